import { readFile } from 'node:fs/promises';
import { canonicalJson, equalBytes, fromHex, parseJson, SmError, toHex } from '@cssi/sm-core';
import { writeAll, writeAtomically } from '../internal/files.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { type HighWaterMark, type ModelLine, mayFollow, type RollbackStore } from '../spec/v1/rollback.ts';

const MAX_STATE_BYTES = 4 << 20;

/** Settings of {@link fileRollbackStore}. */
export interface FileStateOptions {
  readonly path: string;
  /**
   * True when the device is provisioned: the file may be missing and is made. Otherwise a
   * missing file means that somebody removed it, and everything is refused.
   */
  readonly create?: boolean;
}

/** What {@link fileRollbackStore} works with. */
export interface FileStateDeps {
  /** MAC under a key that the disk does not hold, for example `RootKeyService.mac` with a fixed label. */
  readonly mac: (data: Uint8Array) => Promise<Uint8Array>;
}

interface Row extends Omit<HighWaterMark, 'manifestDigest'>, ModelLine {
  /** Hex. */
  readonly manifestDigest: string;
}

const keyOf = ({ publisherId, channel, modelId }: ModelLine): string =>
  JSON.stringify([publisherId, channel, modelId]);

const tampered = () => MODEL_TRANSFER_ERRORS.create('ERR_MODEL_STATE_TAMPERED');
const unavailable = (cause: unknown) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_STATE_UNAVAILABLE', { cause });

const bodyOf = (rows: readonly Row[]): Uint8Array =>
  canonicalJson({ specVersion: '1', marks: rows.map((row) => ({ ...row })) });

const fileOf = (rows: readonly Row[], mac: string): Uint8Array =>
  canonicalJson({ mac, body: parseJson(bodyOf(rows), MAX_STATE_BYTES) });

/**
 * High-water marks in one file with a MAC, replaced atomically.
 *
 * Detects an edited and a removed file. Does not detect that an older copy of the whole
 * file was put back; that takes a counter in hardware. One process at a time.
 */
export function fileRollbackStore(options: FileStateOptions, deps: FileStateDeps): RollbackStore {
  let queue: Promise<unknown> = Promise.resolve();
  /** True once the file was there: it may not go away any more. */
  let seen = options.create !== true;

  async function load(): Promise<Row[]> {
    let bytes: Uint8Array;
    try {
      bytes = await readFile(options.path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unavailable(cause);
      if (seen) throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_STATE_MISSING');
      return [];
    }
    let mac: Uint8Array;
    let rows: Row[];
    try {
      const file = parseJson(bytes, MAX_STATE_BYTES) as unknown as { mac: string; body: { marks: Row[] } };
      mac = fromHex(file.mac);
      rows = file.body.marks;
      // The MAC is over the canonical form, so the file must be nothing but that.
      if (!equalBytes(fileOf(rows, file.mac), bytes)) throw tampered();
    } catch {
      throw tampered();
    }
    if (!equalBytes(await deps.mac(bodyOf(rows)), mac)) throw tampered();
    seen = true;
    return rows;
  }

  const markOf = (rows: readonly Row[], line: ModelLine): HighWaterMark | undefined => {
    const row = rows.find((candidate) => keyOf(candidate) === keyOf(line));
    return row && { epoch: row.epoch, version: row.version, manifestDigest: fromHex(row.manifestDigest) };
  };

  async function raise(line: ModelLine, mark: HighWaterMark): Promise<void> {
    const rows = await load();
    if (!mayFollow(markOf(rows, line), mark)) throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_ROLLBACK');
    const { publisherId, channel, modelId } = line;
    const { epoch, version, manifestDigest } = mark;
    const others = rows.filter((row) => keyOf(row) !== keyOf(line));
    const row: Row = { publisherId, channel, modelId, epoch, version, manifestDigest: toHex(manifestDigest) };
    const next = [...others, row];
    const content = fileOf(next, toHex(await deps.mac(bodyOf(next))));
    try {
      await writeAtomically(options.path, (file) => writeAll(file, content));
    } catch (cause) {
      throw cause instanceof SmError ? cause : unavailable(cause);
    }
    seen = true;
  }

  return {
    specVersion: '1',
    name: 'file',
    read: async (line) => markOf(await load(), line),
    raise(line, mark) {
      const turn = queue.then(() => raise(line, mark));
      queue = turn.catch(() => {});
      return turn;
    },
  };
}

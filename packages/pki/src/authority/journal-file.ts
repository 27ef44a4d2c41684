import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type JournalEnd, JournalReader, JournalWriter } from './journal.ts';
import { StaleLines } from './stale-lines.ts';
import { type StoreChange, StoreState } from './store-state.ts';

const JOURNAL = 'journal';
const TEMPORARY = 'journal.tmp';
const CHUNK_BYTES = 1_048_576;

/** From how much that is outdated on a journal is written anew. */
export interface StaleLimits {
  /** At the start. */
  readonly lines: number;
  /** At any time, when it is more than half of the journal too. */
  readonly bytes: number;
}

/** Makes sure that new names in the folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readInto(handle: FileHandle, reader: JournalReader): Promise<number> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return at;
    reader.push(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
}

async function writeLines(handle: FileHandle, lines: Iterable<Uint8Array>): Promise<void> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const flush = async () => {
    await handle.appendFile(Buffer.concat(pieces));
    [pieces, size] = [[], 0];
  };
  for (const line of lines) {
    pieces.push(line);
    size += line.length;
    if (size >= CHUNK_BYTES) await flush();
  }
  await flush();
}

/** The journal of a folder that is locked, with the state that it leads to. */
export class JournalFile {
  readonly state: StoreState;
  readonly #folder: string;
  readonly #limits: StaleLimits;
  #handle: FileHandle;
  #writer: JournalWriter;
  #stale: StaleLines;

  private constructor(
    folder: string,
    limits: StaleLimits,
    state: StoreState,
    handle: FileHandle,
    writer: JournalWriter,
    stale: StaleLines,
  ) {
    this.state = state;
    this.#folder = folder;
    this.#limits = limits;
    this.#handle = handle;
    this.#writer = writer;
    this.#stale = stale;
  }

  static async open(folder: string, limits: StaleLimits): Promise<JournalFile> {
    await rm(join(folder, TEMPORARY), { force: true });
    const [state, stale] = [new StoreState(), new StaleLines()];
    const reader = new JournalReader((record, bytes) => {
      state.apply(record as StoreChange);
      stale.add(record as StoreChange, bytes);
    });
    const handle = await open(join(folder, JOURNAL), 'a+', 0o600);
    let journal: JournalFile | undefined;
    try {
      const size = await readInto(handle, reader);
      const end = reader.end();
      await JournalFile.#mend(handle, end, size);
      await syncFolder(folder);
      journal = new JournalFile(folder, limits, state, handle, end.writer, stale);
      if (stale.staleLines >= limits.lines || journal.#isBloated()) await journal.#rewrite();
      return journal;
    } catch (error) {
      await (journal?.close() ?? handle.close()).catch(() => undefined);
      throw error;
    }
  }

  /** Cuts a torn end off, or ends the line that lacks its line break only. */
  static async #mend(handle: FileHandle, { length, openLine }: JournalEnd, size: number): Promise<void> {
    if (length < size) await handle.truncate(length);
    if (openLine) await handle.appendFile('\n');
    await handle.sync();
  }

  /** Puts a change on the disk; the state gets it from the caller afterwards. */
  async append(change: StoreChange): Promise<void> {
    if (this.#isBloated()) await this.#rewrite();
    const line = this.#writer.line(change);
    await this.#handle.appendFile(line);
    await this.#handle.datasync();
    this.#stale.add(change, line.length);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #isBloated(): boolean {
    const { staleBytes, bytes } = this.#stale;
    return staleBytes >= this.#limits.bytes && staleBytes * 2 > bytes;
  }

  /** Puts a journal of the state alone in the place of the old one: the rename is all or nothing. */
  async #rewrite(): Promise<void> {
    const [writer, stale] = [new JournalWriter(), new StaleLines()];
    const temporary = join(this.#folder, TEMPORARY);
    await rm(temporary, { force: true });
    const handle = await open(temporary, 'ax', 0o600);
    try {
      await writeLines(handle, linesOf(this.state, writer, stale));
      await handle.sync();
      await rename(temporary, join(this.#folder, JOURNAL));
    } catch (error) {
      await handle.close();
      throw error;
    }
    const old = this.#handle;
    [this.#handle, this.#writer, this.#stale] = [handle, writer, stale];
    await old.close();
    await syncFolder(this.#folder);
  }
}

function* linesOf(state: StoreState, writer: JournalWriter, stale: StaleLines): Generator<Uint8Array> {
  for (const change of state.changes()) {
    const line = writer.line(change);
    stale.add(change, line.length);
    yield line;
  }
}

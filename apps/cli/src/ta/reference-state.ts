import { open, rename, rm, stat } from 'node:fs/promises';
import { canonicalJson, type JsonValue, parseJson } from '@cssi/sm-core';
import type { ReferenceSequence, ReferenceStore } from '@cssi/tee-client/evidence';
import { CLI_ERRORS } from '../errors.ts';
import { fileError, PUBLIC_MODE, readBounded } from '../files.ts';

const FORMAT = 'cssi-reference-state/1';
const MAX_STATE_BYTES = 1 << 16;

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (cause: unknown) => {
      if ((cause as { readonly code?: unknown }).code === 'ENOENT') return false;
      throw fileError(path, cause);
    },
  );

/** What a state file holds; the store that is opened with it judges the values. */
async function readState(path: string): Promise<readonly ReferenceSequence[]> {
  if (!(await isThere(path))) return [];
  const bytes = await readBounded(path, MAX_STATE_BYTES);
  const refuse = (cause?: unknown) =>
    CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `file=${path} reason=no state of reference values`, cause });
  let read: { readonly [name: string]: JsonValue };
  try {
    read = (parseJson(bytes, MAX_STATE_BYTES) ?? {}) as { readonly [name: string]: JsonValue };
  } catch (cause) {
    throw refuse(cause);
  }
  const { format, sequences } = read;
  const isList =
    Array.isArray(sequences) && sequences.every((one) => typeof one === 'object' && one !== null);
  if (format !== FORMAT || !isList) throw refuse();
  return sequences as unknown as readonly ReferenceSequence[];
}

/**
 * Opens a store with what a file says was the newest set of each issuer, and keeps there what is the
 * newest now: without it every command would believe an older set again. The first use makes the file.
 *
 * @throws SmError ERR_CLI_FILE, ERR_CLI_USAGE, and what opening throws; the file is unchanged then
 */
export async function withReferenceState(
  path: string,
  openStore: (sequences: readonly ReferenceSequence[]) => Promise<ReferenceStore>,
): Promise<ReferenceStore> {
  const next = `${path}.new`;
  // Its being there keeps others out: of two commands at once the slower could put an older number back.
  const file = await open(next, 'wx', PUBLIC_MODE).catch((cause: unknown) => {
    throw fileError(next, cause);
  });
  try {
    const before = await readState(path);
    const store = await openStore(before);
    // Issuers of other commands stay.
    const known = new Map([...before, ...store.sequences].map((one) => [one.issuer, one]));
    const sequences = [...known.values()] as unknown as JsonValue;
    await file.writeFile(canonicalJson({ format: FORMAT, sequences }));
    await file.sync();
    await rename(next, path);
    return store;
  } catch (error) {
    await rm(next, { force: true });
    throw (error as { readonly syscall?: unknown }).syscall === undefined ? error : fileError(path, error);
  } finally {
    await file.close();
  }
}

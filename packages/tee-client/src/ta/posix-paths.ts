import { TEE_OBJECT_ID_MAX_LEN, TEE_STORAGE_PRIVATE } from '../spec/v1/internal/constants.ts';
import type { Tee } from '../spec/v1/internal/tee.ts';
import { PosixError } from './posix-error.ts';
import { isNotFound } from './storage.ts';

/** Begin of the identifiers of files, so that they do not meet the application's own objects. */
const PREFIX = 'f/';

/** Names of a path without `.`, with `..` resolved; `/` is where every path begins. */
function namesOf(path: string): string[] {
  if (typeof path !== 'string' || path.includes('\0')) throw new PosixError('EINVAL');
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

/** Identifier of a file. @throws PosixError EINVAL, ENAMETOOLONG */
export function fileId(path: string): Uint8Array {
  const names = namesOf(path);
  // What ends like this names a folder.
  if (names.length === 0 || /(^|\/)\.{0,2}$/.test(path)) throw new PosixError('EINVAL');
  const text = PREFIX + names.join('/');
  const id = new TextEncoder().encode(text);
  // Text with half a surrogate pair would become another name.
  if (new TextDecoder().decode(id) !== text) throw new PosixError('EINVAL');
  if (id.length > TEE_OBJECT_ID_MAX_LEN) throw new PosixError('ENAMETOOLONG');
  return id;
}

/** Bytes as text that is sorted as they are, and back. */
const asText = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const fromText = (text: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(text, (one) => one.charCodeAt(0)));

/** Names directly in a folder, in the order of their bytes. */
export function listFolder(tee: Tee, path: string): string[] {
  const prefix = asText(new TextEncoder().encode([PREFIX.slice(0, -1), ...namesOf(path), ''].join('/')));
  const found = new Set<string>();
  const enumerator = tee.TEE_AllocatePersistentObjectEnumerator();
  try {
    tee.TEE_StartPersistentObjectEnumerator(enumerator, TEE_STORAGE_PRIVATE);
    for (;;) {
      const id = asText(tee.TEE_GetNextPersistentObject(enumerator).objectID);
      if (id.startsWith(prefix)) found.add(id.slice(prefix.length).split('/')[0] as string);
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  } finally {
    tee.TEE_FreePersistentObjectEnumerator(enumerator);
  }
  // A folder does not come where its first file does: `a/b` is behind `a-b`, `a` before it.
  return [...found].sort().map(fromText);
}

import { IDENTIFIER_PATTERN } from './constants.ts';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';

/** Names that Windows gives to devices, with or without an extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** True for a file name that means the same plain file on every system: one component, no tricks. */
export function isSafeFileName(name: string): boolean {
  return IDENTIFIER_PATTERN.test(name) && !name.endsWith('.') && !RESERVED.test(name);
}

/**
 * Checks the file names of a package: each one safe, no two the same when case is ignored.
 *
 * @throws {@link SmError} ERR_MODEL_NAME_UNSAFE
 */
export function checkFileNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const [position, name] of names.entries()) {
    const folded = String(name).toLowerCase();
    if (typeof name !== 'string' || !isSafeFileName(name) || seen.has(folded)) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_NAME_UNSAFE', { detail: `file=${position}` });
    }
    seen.add(folded);
  }
}

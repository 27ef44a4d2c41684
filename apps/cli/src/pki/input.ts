import { PKI_ERRORS, type PkiErrorCode } from '@cssi/pki';
import { CLI_ERRORS } from '../errors.ts';
import { readBounded } from '../files.ts';
import { kindOf, type ObjectKind } from './detect.ts';
import { type FileObject, objectsOf } from './objects.ts';

export type { FileObject } from './objects.ts';

/** Longest file that is read when it does not look like ASN.1, in bytes. */
const MAX_OTHER_BYTES = 1 << 20;
/** Longest file with a revocation list or a message: 16 MiB, as PEM. */
const MAX_FILE_BYTES = 24 << 20;

const looksLikeAsn1 = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x30 || new TextDecoder('latin1').decode(bytes.subarray(0, 4096)).includes('-----BEGIN ');

/** Objects of a file. @throws SmError ERR_CLI_FILE, ERR_PKI_PEM_MALFORMED */
export async function readObjects(path: string): Promise<FileObject[]> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  if (bytes.length > MAX_OTHER_BYTES && !looksLikeAsn1(bytes)) {
    throw CLI_ERRORS.create('ERR_CLI_FILE', {
      detail: `file=${path} reason=larger than ${MAX_OTHER_BYTES} bytes, and neither PEM nor DER`,
    });
  }
  return objectsOf(bytes, path);
}

/** What should have been in a file, and what is. */
export interface Expectation {
  readonly kinds: readonly ObjectKind[];
  /** Of the error when something else is there. */
  readonly code: PkiErrorCode;
  /** Structures of no known form are left to the parser. */
  readonly unknown?: boolean;
}

/**
 * Structures of a file, all of the kinds expected; else the error says which file, what was expected
 * and what is there.
 *
 * @throws SmError ERR_CLI_FILE, ERR_PKI_PEM_MALFORMED, and that of the expectation
 */
export async function readExpected(path: string, expected: Expectation): Promise<FileObject[]> {
  const objects = await readObjects(path);
  const { kinds, code, unknown = false } = expected;
  const found = objects.map(({ der, pemLabel, leftOver }) =>
    leftOver === true ? 'data behind it' : kindOf(der, pemLabel),
  );
  const fits = (kind: string) => (unknown && kind === 'unknown') || kinds.some((one) => one === kind);
  if (objects.length === 0 || !found.every(fits)) {
    throw PKI_ERRORS.create(code, {
      detail: `file=${path} expected=${kinds.join('|')} found=${[...new Set(found)].slice(0, 8).join(',') || 'nothing'}`,
    });
  }
  return objects;
}

/** The only structure of a file, as {@link readExpected}. */
export async function readOnly(path: string, expected: Expectation): Promise<FileObject> {
  const [first, ...others] = await readExpected(path, expected);
  if (others.length === 0) return first!;
  throw PKI_ERRORS.create(expected.code, {
    detail: `file=${path} expected=one ${expected.kinds.join('|')} found=${others.length + 1}`,
  });
}

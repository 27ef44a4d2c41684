import { TEEC_RESULTS } from '../spec/v1/results.ts';

/** Errors as POSIX names them. @standard POSIX.1-2017 errno.h @group POSIX-like basics */
export type PosixCode =
  | 'EACCES'
  | 'EBADF'
  | 'EBUSY'
  | 'EEXIST'
  | 'EFBIG'
  | 'EINTR'
  | 'EINVAL'
  | 'EIO'
  | 'EMFILE'
  | 'ENAMETOOLONG'
  | 'ENOENT'
  | 'ENOMEM'
  | 'ENOSPC'
  | 'EOVERFLOW';

/** What a POSIX-like function ends with instead of -1 and errno. @group POSIX-like basics */
export class PosixError extends Error {
  override readonly name = 'PosixError';
  readonly code: PosixCode;

  constructor(code: PosixCode) {
    super(code);
    this.code = code;
  }
}

const CODES: ReadonlyMap<unknown, PosixCode> = new Map([
  [TEEC_RESULTS.ACCESS_CONFLICT, 'EBUSY'],
  [TEEC_RESULTS.ACCESS_DENIED, 'EACCES'],
  [TEEC_RESULTS.CANCEL, 'EINTR'],
  [TEEC_RESULTS.CORRUPT_OBJECT, 'EIO'],
  [TEEC_RESULTS.ITEM_NOT_FOUND, 'ENOENT'],
  [TEEC_RESULTS.OUT_OF_MEMORY, 'ENOMEM'],
  [TEEC_RESULTS.STORAGE_NO_SPACE, 'ENOSPC'],
  [TEEC_RESULTS.STORAGE_NOT_AVAILABLE, 'EIO'],
]);

/** The GlobalPlatform result of what was thrown, if it is one. */
const resultOf = (error: unknown): unknown =>
  error instanceof Error && 'result' in error ? error.result : undefined;

/** Is it the answer CORRUPT_OBJECT? The object and the handle are gone then. */
export const isCorrupt = (error: unknown): boolean => resultOf(error) === TEEC_RESULTS.CORRUPT_OBJECT;

/** Runs `action`; a GlobalPlatform result becomes the POSIX error, a panic stays one. */
export function asPosix<T>(action: () => T, overflow: PosixCode = 'EOVERFLOW'): T {
  try {
    return action();
  } catch (error) {
    const result = resultOf(error);
    const code = result === TEEC_RESULTS.OVERFLOW ? overflow : CODES.get(result);
    throw code === undefined ? error : new PosixError(code);
  }
}

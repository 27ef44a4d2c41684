/** An error as WebCrypto names it; whoever gives a `cause` knows that it says nothing of a secret. */
function domError(name: string, message: string, cause?: unknown): DOMException {
  return new DOMException(message, cause === undefined ? { name } : { name, cause });
}

export const invalidAccess = (message: string): DOMException => domError('InvalidAccessError', message);
export const notSupported = (message: string): DOMException => domError('NotSupportedError', message);
export const badUsages = (): DOMException => domError('SyntaxError', 'The usages do not fit this key.');
/** Without a cause: bytes of a key, or of what was decrypted, must not come back in an error. */
export const badData = (): DOMException => domError('DataError', 'The data are no key of this algorithm.');
export const operationFailed = (cause?: unknown): DOMException =>
  domError('OperationError', 'The operation failed.', cause);

/** Runs `run`; what the layer below refuses becomes what WebCrypto calls it. */
export function orDomError<T>(wrap: (cause?: unknown) => DOMException, run: () => T): T {
  try {
    return run();
  } catch (error) {
    // A TypeError is the caller's mistake here as in WebCrypto.
    throw error instanceof DOMException || error instanceof TypeError ? error : wrap(error);
  }
}

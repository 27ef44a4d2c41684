/** An error as WebCrypto names it; `cause` never carries secrets. */
function domError(name: string, message: string, cause?: unknown): DOMException {
  return new DOMException(message, cause === undefined ? { name } : { name, cause });
}

export const invalidAccess = (message: string): DOMException => domError('InvalidAccessError', message);
export const notSupported = (message: string): DOMException => domError('NotSupportedError', message);
export const badUsages = (): DOMException => domError('SyntaxError', 'The usages do not fit this key.');
export const badData = (cause?: unknown): DOMException =>
  domError('DataError', 'The data are no key of this algorithm.', cause);
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

/**
 * The same bytes as a plain `Uint8Array`. Of Node's `Buffer`, which is one too, `slice()` is a view: whoever
 * takes it for a copy writes into the bytes of the caller.
 *
 * @internal
 */
export const plainBytes = (bytes: Uint8Array): Uint8Array =>
  bytes instanceof Uint8Array && Object.getPrototypeOf(bytes) !== Uint8Array.prototype
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : bytes;

/**
 * Zeroes memory that an application could reach. What it moved away (`ArrayBuffer.prototype.transfer`)
 * has no length any more and cannot be filled; that is no reason to leave the rest as it is.
 */
export function wipe(bytes: Uint8Array): void {
  if (bytes.length > 0) bytes.fill(0);
}

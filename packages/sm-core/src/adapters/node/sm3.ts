import { createHash, type Hash, hash } from 'node:crypto';
import type { Sm3Hash } from '../../spec/v1/engine.ts';

/** A plain array of the caller's own: a Buffer may lie in a pool, and its `slice` does not copy. */
const plain = (digest: Buffer): Uint8Array => new Uint8Array(digest);

/** A running SM3 on OpenSSL. @standard GB/T 32905-2016 */
class NodeSm3 implements Sm3Hash {
  readonly #inner: Hash;

  constructor(inner: Hash) {
    this.#inner = inner;
  }

  update(data: Uint8Array): this {
    this.#inner.update(data);
    return this;
  }

  digest(): Uint8Array {
    return plain(this.#inner.digest());
  }

  clone(): Sm3Hash {
    return new NodeSm3(this.#inner.copy());
  }
}

/** A new SM3 computation. @standard GB/T 32905-2016 */
export function sm3Hash(): Sm3Hash {
  return new NodeSm3(createHash('sm3'));
}

/** SM3 of the parts one after the other: 32 bytes. @standard GB/T 32905-2016 */
export function sm3Digest(...parts: readonly Uint8Array[]): Uint8Array {
  // The one-shot function is half again as fast on short messages.
  if (parts.length === 1) return plain(hash('sm3', parts[0]!, 'buffer'));
  const inner = createHash('sm3');
  for (const part of parts) inner.update(part);
  return plain(inner.digest());
}

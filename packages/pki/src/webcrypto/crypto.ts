import { webcrypto } from 'node:crypto';
import { createSubtle } from './subtle.ts';
import type { CryptoLike } from './types.ts';

/**
 * An object in the shape of `crypto`, for libraries that take one: {@link createSubtle} and Node's
 * random values.
 *
 * @example
 * ```ts
 * import { createCrypto } from '@cssi/pki/webcrypto';
 * const crypto = createCrypto();
 * const serial = crypto.getRandomValues(new Uint8Array(16));
 * ```
 */
export function createCrypto(): CryptoLike {
  return Object.freeze({
    subtle: createSubtle(),
    getRandomValues: <T extends ArrayBufferView>(array: T): T =>
      webcrypto.getRandomValues(array as never) as T,
    randomUUID: () => webcrypto.randomUUID(),
  });
}

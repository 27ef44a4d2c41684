import { equalBytes, Secret, type Sm2KeyPair, SmError, sm2 } from '@cssi/sm-core';
import { type DecodedPrivateKey, MAX_PRIVATE_KEY_BYTES } from '../spec/v1/container.ts';
import { decodePrivateKey, destroyKey } from './private-key.ts';
import { readPrivateKeyInfo } from './private-key-info.ts';
import { encodeSm2PrivateKey } from './sm2-keys.ts';
import { badOptions } from './support.ts';

const codeOf = (error: unknown): string => (error instanceof SmError ? error.code : '');

/** A pair whose public key is another's would be refused by whoever opens the container. */
function ofPair({ privateKey, publicKey }: Sm2KeyPair): Uint8Array {
  try {
    const own = sm2.keyPair(privateKey).publicKey;
    if (!(publicKey instanceof Uint8Array) || !equalBytes(own, publicKey)) throw badOptions('pair');
    return encodeSm2PrivateKey({ privateKey, publicKey: own });
  } catch (error) {
    throw codeOf(error) === 'ERR_SECRET_DESTROYED' ? error : badOptions('pair');
  }
}

/** Takes over `pkcs8`: nothing else than a key is worth the name of the container. */
function checked(pkcs8: Uint8Array): Uint8Array {
  try {
    if (pkcs8.length > MAX_PRIVATE_KEY_BYTES) throw badOptions('key');
    readPrivateKeyInfo(pkcs8, () => {});
    destroyKey(decodePrivateKey(pkcs8));
    return pkcs8;
  } catch (error) {
    // Keys of kinds that nobody here knows have their form alone to be checked.
    if (codeOf(error) === 'ERR_PKI_ALGORITHM_UNSUPPORTED') return pkcs8;
    pkcs8.fill(0);
    throw badOptions('key');
  }
}

/**
 * PKCS#8 of what the caller gave, checked to be a key whose halves belong together; to be zeroed.
 *
 * @throws SmError ERR_PKI_CONTAINER_OPTIONS, ERR_SECRET_DESTROYED
 */
export function pkcs8Of(key: Sm2KeyPair | Secret | Uint8Array): Uint8Array {
  if (key instanceof Secret) return key.use((bytes) => checked(Uint8Array.from(bytes)));
  if (key instanceof Uint8Array) return checked(Uint8Array.from(key));
  if (!(key?.privateKey instanceof Secret)) throw badOptions('key');
  return ofPair(key);
}

/** Runs `use` with a key as our own reader will read it. @throws SmError ERR_PKI_CONTAINER_OPTIONS */
export function withDecoded<T>(pkcs8: Uint8Array, use: (key: DecodedPrivateKey) => T): T {
  let key: DecodedPrivateKey;
  try {
    key = decodePrivateKey(pkcs8);
  } catch {
    throw badOptions('key');
  }
  try {
    return use(key);
  } finally {
    destroyKey(key);
  }
}

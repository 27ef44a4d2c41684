import { webcrypto } from 'node:crypto';
import { sm3, utf8 } from '@cssi/sm-core';
import type { KeyWish, SmAlgorithm } from './algorithm.ts';
import { checkUse, factsOf, SmCryptoKey } from './crypto-key.ts';
import { HKDF, PBKDF2 } from './derivation.ts';
import { badData, invalidAccess, notSupported, operationFailed } from './dom-errors.ts';
import { HMAC_SM3, SM3_BLOCK_BITS } from './hmac-sm3.ts';
import { bytesOf, handOver, hashName, normalize, numberOf } from './input.ts';
import { SM2 } from './sm2.ts';
import { SM4_CBC, SM4_CTR, SM4_GCM, sm4Length } from './sm4.ts';
import type {
  AlgorithmIdentifierLike,
  AlgorithmLike,
  CryptoKeyLike,
  JsonWebKeyLike,
  KeyFormatLike,
  KeyUsageLike,
  SubtleLike,
} from './types.ts';

const ALGORITHMS: ReadonlyMap<string, SmAlgorithm> = /* @__PURE__ */ new Map([
  ['SM2', SM2],
  ['SM4-CBC', SM4_CBC],
  ['SM4-GCM', SM4_GCM],
  ['SM4-CTR', SM4_CTR],
  ['HMAC', HMAC_SM3],
  ['PBKDF2', PBKDF2],
  ['HKDF', HKDF],
]);
/** Key lengths that a derived key of the platform's has when its parameters give none. */
const HMAC_BLOCK_BITS: Readonly<Record<string, number>> = {
  SM3: SM3_BLOCK_BITS,
  'SHA-1': 512,
  'SHA-256': 512,
  'SHA-384': 1024,
  'SHA-512': 1024,
};
const MAX_DERIVED_BITS = 1 << 16;

/** The platform's; the shapes are the same, its keys are its own. */
const platform = (): SubtleLike => webcrypto.subtle as unknown as SubtleLike;

/** The algorithm of this provider, or nothing where the platform is to be asked. */
function ownAlgorithm(algorithm: AlgorithmLike): SmAlgorithm | undefined {
  if (algorithm.name === 'HMAC' && hashName(algorithm) !== 'SM3') return undefined;
  return ALGORITHMS.get(algorithm.name);
}

/** The algorithm of a key for one use of it. */
function forUse(key: SmCryptoKey, algorithm: AlgorithmLike, usage: KeyUsageLike): SmAlgorithm {
  checkUse(key, algorithm.name, usage);
  return ALGORITHMS.get(factsOf(key).algorithm.name)!;
}

function derivedBits(algorithm: AlgorithmLike): number {
  const { name, length } = algorithm;
  if (name.startsWith('SM4-')) return sm4Length(algorithm);
  if (length !== undefined) return numberOf(length, 'length');
  const bits = name === 'HMAC' ? HMAC_BLOCK_BITS[hashName(algorithm)] : undefined;
  if (bits === undefined) throw notSupported('A key of this algorithm cannot be derived.');
  return bits;
}

function wish(algorithm: AlgorithmLike, extractable: boolean, usages: readonly KeyUsageLike[]): KeyWish {
  return { algorithm, extractable: Boolean(extractable), usages };
}

/** Keys of this provider and of the platform do not wrap each other. */
function bothOwn(one: CryptoKeyLike, other: boolean): one is SmCryptoKey {
  if (one instanceof SmCryptoKey !== other) throw notSupported('The keys are of different providers.');
  return other;
}

function exportOwn(format: KeyFormatLike, key: SmCryptoKey): ArrayBuffer | JsonWebKeyLike {
  const { extractable, algorithm } = factsOf(key);
  if (!extractable) throw invalidAccess('The key is not extractable.');
  const run = ALGORITHMS.get(algorithm.name)?.exportKey;
  if (run === undefined) throw notSupported('A key of this algorithm is not exported.');
  return run(format, key);
}

/** What goes wrong with a key that was decrypted: the name of the error, and not a word of the platform's. */
function unwrapFailed(error: unknown): DOMException {
  return error instanceof DOMException
    ? new DOMException('The unwrapped key was not imported.', { name: error.name })
    : badData();
}

/** A wrapped jwk is its JSON. */
function parseJwk(bytes: Uint8Array): JsonWebKeyLike {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as JsonWebKeyLike;
  } catch {
    throw badData();
  }
}

async function deriveBits(
  given: AlgorithmIdentifierLike,
  key: SmCryptoKey,
  length: number,
  usage: KeyUsageLike,
) {
  const algorithm = normalize(given);
  const run = forUse(key, algorithm, usage).deriveBits;
  if (run === undefined) throw notSupported('Nothing is derived from this key.');
  if (!Number.isInteger(length) || length < 8 || length % 8 !== 0 || length > MAX_DERIVED_BITS) {
    throw operationFailed();
  }
  return run(algorithm, key, length / 8);
}

class SmSubtle implements SubtleLike {
  digest: SubtleLike['digest'] = async (given, data) =>
    normalize(given).name === 'SM3' ? handOver(sm3(bytesOf(data, 'data'))) : platform().digest(given, data);

  generateKey: SubtleLike['generateKey'] = async (given, extractable, usages) => {
    const algorithm = normalize(given);
    const run = ownAlgorithm(algorithm)?.generateKey;
    if (run === undefined) return platform().generateKey(given, extractable, usages);
    return run(wish(algorithm, extractable, usages));
  };

  importKey: SubtleLike['importKey'] = async (format, data, given, extractable, usages) => {
    const algorithm = normalize(given);
    const own = ownAlgorithm(algorithm);
    if (own === undefined) return platform().importKey(format, data, given, extractable, usages);
    return own.importKey(format, data, wish(algorithm, extractable, usages));
  };

  exportKey: SubtleLike['exportKey'] = async (format, key) =>
    key instanceof SmCryptoKey ? exportOwn(format, key) : platform().exportKey(format, key);

  sign: SubtleLike['sign'] = async (given, key, data) => {
    if (!(key instanceof SmCryptoKey)) return platform().sign(given, key, data);
    const algorithm = normalize(given);
    const run = forUse(key, algorithm, 'sign').sign;
    if (run === undefined) throw notSupported('This algorithm does not sign.');
    return handOver(run(algorithm, key, bytesOf(data, 'data')));
  };

  verify: SubtleLike['verify'] = async (given, key, signature, data) => {
    if (!(key instanceof SmCryptoKey)) return platform().verify(given, key, signature, data);
    const algorithm = normalize(given);
    const run = forUse(key, algorithm, 'verify').verify;
    if (run === undefined) throw notSupported('This algorithm does not sign.');
    return run(algorithm, key, bytesOf(signature, 'signature'), bytesOf(data, 'data'));
  };

  encrypt: SubtleLike['encrypt'] = async (given, key, data) =>
    key instanceof SmCryptoKey
      ? this.#transform('encrypt', 'encrypt', given, key, bytesOf(data, 'data'))
      : platform().encrypt(given, key, data);

  decrypt: SubtleLike['decrypt'] = async (given, key, data) =>
    key instanceof SmCryptoKey
      ? this.#transform('decrypt', 'decrypt', given, key, bytesOf(data, 'data'))
      : platform().decrypt(given, key, data);

  deriveBits: SubtleLike['deriveBits'] = async (given, key, length) =>
    key instanceof SmCryptoKey
      ? handOver(await deriveBits(given, key, length, 'deriveBits'))
      : platform().deriveBits(given, key, length);

  deriveKey: SubtleLike['deriveKey'] = async (given, key, derived, extractable, usages) => {
    if (!(key instanceof SmCryptoKey)) return platform().deriveKey(given, key, derived, extractable, usages);
    const algorithm = normalize(derived);
    const bits = await deriveBits(given, key, derivedBits(algorithm), 'deriveKey');
    try {
      return await this.importKey('raw', bits, algorithm, extractable, usages);
    } finally {
      bits.fill(0);
    }
  };

  wrapKey: SubtleLike['wrapKey'] = async (format, key, wrappingKey, given) => {
    if (!bothOwn(key, wrappingKey instanceof SmCryptoKey)) {
      return platform().wrapKey(format, key, wrappingKey, given);
    }
    const out = exportOwn(format, key);
    const bytes = out instanceof ArrayBuffer ? new Uint8Array(out) : utf8(JSON.stringify(out));
    return this.#transform('encrypt', 'wrapKey', given, wrappingKey as SmCryptoKey, bytes);
  };

  unwrapKey: SubtleLike['unwrapKey'] = async (
    format,
    wrapped,
    key,
    given,
    algorithm,
    extractable,
    usages,
  ) => {
    if (!(key instanceof SmCryptoKey)) {
      return platform().unwrapKey(format, wrapped, key, given, algorithm, extractable, usages);
    }
    if (!Array.isArray(usages)) throw new TypeError('usages must be an array');
    normalize(algorithm);
    const out = this.#transform('decrypt', 'unwrapKey', given, key, bytesOf(wrapped, 'wrappedKey'));
    const bytes = new Uint8Array(out);
    try {
      const data = format === 'jwk' ? parseJwk(bytes) : bytes;
      return await this.importKey(format, data, algorithm, extractable, usages);
    } catch (error) {
      throw unwrapFailed(error);
    } finally {
      bytes.fill(0);
    }
  };

  /** Encrypts or decrypts; the copy of the input is zeroed. */
  #transform(
    direction: 'encrypt' | 'decrypt',
    usage: KeyUsageLike,
    given: AlgorithmIdentifierLike,
    key: SmCryptoKey,
    input: Uint8Array,
  ): ArrayBuffer {
    try {
      const algorithm = normalize(given);
      const run = forUse(key, algorithm, usage)[direction];
      if (run === undefined) throw notSupported('This algorithm does not encrypt.');
      return handOver(run(algorithm, key, input));
    } finally {
      input.fill(0);
    }
  }
}

/**
 * An object in the shape of `crypto.subtle` that knows SM2, SM3, SM4 and, with SM3, HMAC, PBKDF2 and
 * HKDF; other algorithms go to Node's.
 *
 * - `{ name: 'SM2', id?, format? }`: signatures are DER (`format: 'raw'` for r‖s) under the signer ID
 *   `id`; ciphertexts are SM2Cipher in DER (or `'c1c3c2'`, `'c1c2c3'`). Keys: raw, spki, pkcs8, jwk.
 * - `{ name: 'SM4-CBC', iv }`, `{ name: 'SM4-GCM', iv, additionalData?, tagLength? }`,
 *   `{ name: 'SM4-CTR', counter, length }`.
 * - `'SM3'`; `{ name: 'HMAC', hash: 'SM3' }`; `{ name: 'PBKDF2' | 'HKDF', hash: 'SM3', … }`.
 *
 * WebCrypto's rules on usages and extractability hold for SM keys as well.
 *
 * @standard GB/T 32918-2016, GB/T 32905-2016, GB/T 17964-2021, GB/T 36624-2018; W3C Web Cryptography API
 * @example
 * ```ts
 * import { createSubtle } from '@cssi/pki/webcrypto';
 * const subtle = createSubtle();
 * const digest = await subtle.digest('SM3', new Uint8Array(3));
 * ```
 */
export function createSubtle(): SubtleLike {
  return Object.freeze(new SmSubtle());
}

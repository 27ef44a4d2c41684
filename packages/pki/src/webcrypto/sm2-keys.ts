import { concatBytes, equalBytes, Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { decodePrivateKey, destroyKey } from '../containers/private-key.ts';
import {
  decodeSm2PublicKeyInfo,
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
} from '../containers/sm2-keys.ts';
import type { KeyWish } from './algorithm.ts';
import { factsOf, publicPointOf, SmCryptoKey, secretOf } from './crypto-key.ts';
import { badData, invalidAccess, notSupported, orDomError } from './dom-errors.ts';
import { bufferOf, bytesOf, checkJwk, checkUsages, fromBase64Url, handOver, toBase64Url } from './input.ts';
import type {
  AlgorithmLike,
  BufferSourceLike,
  JsonWebKeyLike,
  KeyFormatLike,
  KeyUsageLike,
} from './types.ts';

const ALGORITHM: AlgorithmLike = { name: 'SM2', namedCurve: 'SM2' };
const PUBLIC_USAGES: readonly KeyUsageLike[] = ['verify', 'encrypt', 'wrapKey'];
const PRIVATE_USAGES: readonly KeyUsageLike[] = ['sign', 'decrypt', 'unwrapKey'];
const FIELD_BYTES = 32;

function publicKey(point: Uint8Array, { extractable, usages }: KeyWish): SmCryptoKey {
  return new SmCryptoKey({ type: 'public', extractable, algorithm: ALGORITHM, usages }, { publicKey: point });
}

function privateKey(pair: Sm2KeyPair, { extractable, usages }: KeyWish): SmCryptoKey {
  return new SmCryptoKey(
    { type: 'private', extractable, algorithm: ALGORITHM, usages },
    { secret: pair.privateKey, publicKey: pair.publicKey },
  );
}

/** A new pair; each key gets the usages that are its. */
export function generateSm2(wish: KeyWish): { publicKey: SmCryptoKey; privateKey: SmCryptoKey } {
  const { usages } = wish;
  checkUsages(usages, [...PUBLIC_USAGES, ...PRIVATE_USAGES], false);
  const own = usages.filter((usage) => PRIVATE_USAGES.includes(usage));
  checkUsages(own, PRIVATE_USAGES, true);
  const pair = sm2.generateKeyPair();
  return {
    privateKey: privateKey(pair, { ...wish, usages: own }),
    publicKey: publicKey(pair.publicKey, {
      ...wish,
      extractable: true,
      usages: usages.filter((usage) => PUBLIC_USAGES.includes(usage)),
    }),
  };
}

/** PKCS#8 of an SM2 key; other kinds are no key of this algorithm. */
function pairOfPkcs8(data: Uint8Array): Sm2KeyPair {
  const key = decodePrivateKey(data);
  if (key.kind === 'sm2') return key.pair;
  destroyKey(key);
  throw badData();
}

function coordinate(text: unknown): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes.length !== FIELD_BYTES) throw badData();
  return bytes;
}

function fromJwk(data: BufferSourceLike | JsonWebKeyLike, wish: KeyWish): SmCryptoKey {
  const jwk = checkJwk(data, { kty: 'EC', alg: 'SM2' }, wish);
  if (jwk.crv !== 'SM2') throw badData();
  const point = sm2.publicKey(concatBytes(Uint8Array.of(4), coordinate(jwk.x), coordinate(jwk.y)));
  if (jwk.d === undefined) {
    checkUsages(wish.usages, PUBLIC_USAGES, false);
    return publicKey(point, wish);
  }
  checkUsages(wish.usages, PRIVATE_USAGES, true);
  const secret = Secret.take(coordinate(jwk.d));
  try {
    const pair = sm2.keyPair(secret);
    if (equalBytes(pair.publicKey, point)) return privateKey(pair, wish);
    throw badData();
  } catch (error) {
    secret.destroy();
    throw error;
  }
}

function fromPkcs8(data: unknown, wish: KeyWish): SmCryptoKey {
  checkUsages(wish.usages, PRIVATE_USAGES, true);
  const bytes = bytesOf(data, 'data');
  try {
    return privateKey(pairOfPkcs8(bytes), wish);
  } finally {
    bytes.fill(0);
  }
}

/** raw (04‖x‖y of 65 bytes), spki, pkcs8 and jwk. */
export function importSm2(
  format: KeyFormatLike,
  data: BufferSourceLike | JsonWebKeyLike,
  wish: KeyWish,
): SmCryptoKey {
  return orDomError(badData, () => {
    if (format === 'jwk') return fromJwk(data, wish);
    if (format === 'pkcs8') return fromPkcs8(data, wish);
    checkUsages(wish.usages, PUBLIC_USAGES, false);
    const bytes = bytesOf(data, 'data');
    if (format === 'spki') return publicKey(decodeSm2PublicKeyInfo(bytes), wish);
    if (format !== 'raw') throw notSupported('SM2 keys are raw, spki, pkcs8 or jwk.');
    if (bytes.length !== 2 * FIELD_BYTES + 1) throw badData();
    return publicKey(sm2.publicKey(bytes), wish);
  });
}

function toJwk(key: SmCryptoKey): JsonWebKeyLike {
  const point = publicPointOf(key);
  const { type, extractable, usages } = factsOf(key);
  const common = {
    kty: 'EC',
    crv: 'SM2',
    x: toBase64Url(point.subarray(1, 1 + FIELD_BYTES)),
    y: toBase64Url(point.subarray(1 + FIELD_BYTES)),
    ext: extractable,
    key_ops: [...usages],
  };
  return type === 'public' ? common : { ...common, d: secretOf(key).use(toBase64Url) };
}

/** The forms of {@link importSm2}. */
export function exportSm2(format: KeyFormatLike, key: SmCryptoKey): ArrayBuffer | JsonWebKeyLike {
  if (format === 'jwk') return toJwk(key);
  const wanted = format === 'pkcs8' ? 'private' : 'public';
  const { type } = factsOf(key);
  if (type !== wanted) throw invalidAccess(`A ${type} key has no form ${format}.`);
  const point = publicPointOf(key);
  if (format === 'raw') return bufferOf(point);
  if (format === 'spki') return bufferOf(encodeSm2PublicKeyInfo(point));
  if (format === 'pkcs8')
    return handOver(encodeSm2PrivateKey({ privateKey: secretOf(key), publicKey: point }));
  throw notSupported('SM2 keys are raw, spki, pkcs8 or jwk.');
}

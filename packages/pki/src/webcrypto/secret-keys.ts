import { Secret } from '@cssi/sm-core';
import type { KeyWish } from './algorithm.ts';
import { factsOf, SmCryptoKey, secretOf } from './crypto-key.ts';
import { badData, notSupported } from './dom-errors.ts';
import { bufferOf, bytesOf, checkJwk, fromBase64Url, toBase64Url } from './input.ts';
import type { AlgorithmLike, BufferSourceLike, JsonWebKeyLike, KeyFormatLike } from './types.ts';

const MAX_SECRET_BYTES = 1 << 16;

/** A key of `secret`, which it takes over. */
export function secretKey(secret: Secret, algorithm: AlgorithmLike, wish: KeyWish): SmCryptoKey {
  const { extractable, usages } = wish;
  return new SmCryptoKey({ type: 'secret', extractable, algorithm, usages }, { secret });
}

/** `alg` of a secret key in a JSON Web Key: no registry has names for SM4 and SM3, so it is ours. */
const algOf = ({ name }: AlgorithmLike): string => (name === 'HMAC' ? 'HMAC-SM3' : name);

/** Bytes of a raw or jwk key, as a secret of a length that `fits`. */
export function importSecret(
  format: KeyFormatLike,
  data: BufferSourceLike | JsonWebKeyLike,
  wish: KeyWish,
  fits: (length: number) => boolean,
): Secret {
  let bytes: Uint8Array;
  if (format === 'raw') bytes = bytesOf(data, 'data');
  else if (format === 'jwk') {
    bytes = fromBase64Url(checkJwk(data, { kty: 'oct', alg: algOf(wish.algorithm) }, wish).k);
  } else throw notSupported('Secret keys are raw or jwk.');
  if (bytes.length <= MAX_SECRET_BYTES && fits(bytes.length)) return Secret.take(bytes);
  bytes.fill(0);
  throw badData();
}

/** raw or jwk. */
export function exportSecret(format: KeyFormatLike, key: SmCryptoKey): ArrayBuffer | JsonWebKeyLike {
  const secret = secretOf(key);
  if (format === 'raw') return secret.use(bufferOf);
  if (format !== 'jwk') throw notSupported('Secret keys are raw or jwk.');
  const { extractable, usages } = factsOf(key);
  return { kty: 'oct', k: secret.use(toBase64Url), ext: extractable, key_ops: [...usages] };
}

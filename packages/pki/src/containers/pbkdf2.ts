import { getHashes, pbkdf2 as nodePbkdf2 } from 'node:crypto';
import { pbkdf2Sm3 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import type { Pbkdf2Prf } from '../spec/v1/container.ts';

/** What PBKDF2 is computed from. */
export interface Pbkdf2Input {
  readonly prf: Pbkdf2Prf;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

const HASHES: Readonly<Record<Pbkdf2Prf, string>> = {
  'hmac-sm3': 'sm3',
  'hmac-sha1': 'sha1',
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
};

/** Outputs of the hashes in bytes. */
const HASH_BYTES: Readonly<Record<Pbkdf2Prf, number>> = {
  'hmac-sm3': 32,
  'hmac-sha1': 20,
  'hmac-sha224': 28,
  'hmac-sha256': 32,
  'hmac-sha384': 48,
  'hmac-sha512': 64,
};

/** How often all iterations run for a key of `length` bytes. @standard RFC 8018 §5.2 step 2 */
export const pbkdf2Blocks = (prf: Pbkdf2Prf, length: number): number => Math.ceil(length / HASH_BYTES[prf]);

let known: ReadonlySet<string> | undefined;
/** Has this build of Node the hash? OpenSSL can be built without SM3. */
function nodeHas(hash: string): boolean {
  known ??= new Set(getHashes());
  return known.has(hash);
}

/** PBKDF2 on a thread of Node's: the event loop goes on. */
export function pbkdf2OfNode(
  password: Uint8Array,
  { prf, salt, iterations }: Pbkdf2Input,
  length: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    nodePbkdf2(password, salt, iterations, length, HASHES[prf], (error, key) => {
      if (error === null) resolve(new Uint8Array(key.buffer, key.byteOffset, key.length));
      else reject(error);
    });
  });
}

/** Is PBKDF2 with HMAC-SM3 computed off the event loop here? */
export const pbkdf2Sm3IsAsync = (): boolean => nodeHas('sm3');

/**
 * `length` bytes of PBKDF2; the caller zeroes them. Node's `crypto` computes where it has the hash; SM3
 * elsewhere comes from sm-core, which blocks the event loop for about 1.4 s per million iterations.
 *
 * @standard RFC 8018 §5.2
 */
export async function derivePbkdf2(
  password: Uint8Array,
  input: Pbkdf2Input,
  length: number,
): Promise<Uint8Array> {
  if (nodeHas(HASHES[input.prf])) return pbkdf2OfNode(password, input, length);
  if (input.prf === 'hmac-sm3') return pbkdf2Sm3(password, input.salt, input.iterations, length);
  throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: `algorithm=${input.prf}` });
}

import { createHash } from 'node:crypto';
import { sm3 } from '@cssi/sm-core';
import { readAll, readBytesOfBits, readOne } from '../internal/tlv.ts';

type Hash = (bytes: Uint8Array) => Uint8Array;

const node =
  (name: string): Hash =>
  (bytes) =>
    Uint8Array.from(createHash(name).update(bytes).digest());

/** Hashes of a CertID by the names of the algorithm table. SHA-1 only names here and protects nothing. */
const HASHES: ReadonlyMap<string, Hash> = /* @__PURE__ */ new Map<string, Hash>([
  ['sm3', sm3],
  ['sha1', node('sha1')],
  ['sha256', node('sha256')],
  ['sha384', node('sha384')],
  ['sha512', node('sha512')],
]);

/** `undefined` for a hash that is not known. */
export const ocspHash = (name: string): Hash | undefined => HASHES.get(name);

/** Contents of the BIT STRING of a SubjectPublicKeyInfo, which is what key hashes are over. */
export function keyBits(publicKeyInfo: Uint8Array): Uint8Array {
  const [, bits] = readAll(readOne(publicKeyInfo, 0x30).value);
  return readBytesOfBits(bits, 'public key');
}

/** Is `hash` one of the key? SHA-1 by the standard; Chinese responders write SM3 too. */
export function isKeyHash(hash: Uint8Array, publicKeyInfo: Uint8Array): boolean {
  const bits = keyBits(publicKeyInfo);
  const names = hash.length === 20 ? ['sha1'] : hash.length === 32 ? ['sm3', 'sha256'] : [];
  return names.some((name) => Buffer.compare(ocspHash(name)!(bits), hash) === 0);
}

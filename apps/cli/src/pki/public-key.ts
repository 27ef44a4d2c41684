import { sm3, toHex } from '@cssi/sm-core';
import { hexLines } from './bytes.ts';
import { type Entry, entry, label } from './entry.ts';
import { keyLabel } from './labels.ts';

/** A public key as people compare it: kind, point, and the SM3 of its SubjectPublicKeyInfo. */
export function publicKeyEntries(
  publicKeyInfo: Uint8Array,
  keyAlgorithm: string,
  sm2PublicKey: Uint8Array | undefined,
): Entry[] {
  return [
    ...entry(label('公钥', 'Public key'), [
      keyLabel(keyAlgorithm),
      ...(sm2PublicKey === undefined ? [] : hexLines(sm2PublicKey.subarray(1))),
    ]),
    ...entry(label('公钥 SM3', 'Public key SM3'), toHex(sm3(publicKeyInfo))),
  ];
}

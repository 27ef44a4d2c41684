import { encode, rfc8949EncodeOptions } from 'cborg';
import type { CborValue } from './value.ts';

/**
 * Deterministic CBOR: shortest forms, definite lengths, keys in bytewise order of their encoding.
 *
 * @standard RFC 8949 §4.2.1
 * @group Attestation
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return Uint8Array.from(encode(value, rfc8949EncodeOptions));
}

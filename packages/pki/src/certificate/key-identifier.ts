import { sm3 } from '@cssi/sm-core';
import { DerProblem, readAll, readBytesOfBits, readOne } from '../internal/tlv.ts';

const KEY_IDENTIFIER_BYTES = 20;

/**
 * Key identifier (密钥标识符): the first 20 bytes of SM3 over the contents of the public
 * key's BIT STRING, the way RFC 7093 §2 makes one from a hash longer than SHA-1.
 */
export function keyIdentifier(publicKeyInfo: Uint8Array): Uint8Array {
  const [, bits, ...rest] = readAll(readOne(publicKeyInfo, 0x30).value);
  if (rest.length > 0) throw new DerProblem('public key');
  return sm3(readBytesOfBits(bits, 'public key')).slice(0, KEY_IDENTIFIER_BYTES);
}

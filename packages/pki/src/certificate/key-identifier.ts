import { sm3 } from '@cssi/sm-core';
import { reading } from '../internal/reading.ts';
import { DerProblem, expectTag, readAll, readBytesOfBits, readOne } from '../internal/tlv.ts';

const KEY_IDENTIFIER_BYTES = 20;
const MAX_KEY_INFO_BYTES = 4096;

/** As {@link keyIdentifier}, for callers that give malformed keys a meaning of their own. @internal */
export function computeKeyIdentifier(publicKeyInfo: Uint8Array): Uint8Array {
  const [algorithm, bits, ...rest] = readAll(readOne(publicKeyInfo, 0x30).value);
  expectTag(algorithm, 0x30, 'public key');
  if (rest.length > 0) throw new DerProblem('public key');
  return sm3(readBytesOfBits(bits, 'public key')).slice(0, KEY_IDENTIFIER_BYTES);
}

/**
 * Key identifier (密钥标识符) that this package writes: the first 20 bytes of SM3 over the
 * contents of the public key's BIT STRING, the way RFC 7093 §2 makes one from a hash longer
 * than SHA-1.
 *
 * @param publicKeyInfo - SubjectPublicKeyInfo, DER, at most 4,096 bytes
 * @throws {@link SmError} ERR_PKI_KEY_MALFORMED
 */
export const keyIdentifier = (publicKeyInfo: Uint8Array): Uint8Array =>
  reading('ERR_PKI_KEY_MALFORMED', MAX_KEY_INFO_BYTES, publicKeyInfo, computeKeyIdentifier);

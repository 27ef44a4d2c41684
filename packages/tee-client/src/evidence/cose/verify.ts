import { sm2 } from '@cssi/sm-core';
import { malformed } from '../malformed.ts';
import { verifyEcdsa } from '../signatures.ts';
import { ECDSA_HASHES } from './algorithms.ts';
import type { CosePublicKey } from './key.ts';
import { type CoseSign1, coseSigStructure } from './sign1.ts';

const SM2_SIGNATURE_BYTES = 64;

/** Options of {@link verifyCoseSign1}. @group Attestation */
export interface CoseVerifyOptions {
  /** Bytes that were signed with the message but are not part of it. */
  readonly externalAad?: Uint8Array;
  /** Payload of a detached message. */
  readonly payload?: Uint8Array;
}

/**
 * Whether the key signed the message. The key settles the algorithm: a message whose header names another
 * one, or none, is not signed by it.
 *
 * @example
 * ```ts
 * const message = parseCoseSign1(bytes);
 * if (!verifyCoseSign1(message, coseKeyOfSpki(publicKeyInfo))) throw new Error('not genuine');
 * ```
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for a detached message without `payload`, or one that
 * has a payload and is given another
 * @standard RFC 9052 §4.4, RFC 9053 §2.1
 * @group Attestation
 */
export function verifyCoseSign1(
  message: CoseSign1,
  key: CosePublicKey,
  { externalAad, payload }: CoseVerifyOptions = {},
): boolean {
  if (message.detached !== (payload !== undefined)) throw malformed('cose-payload');
  const { algorithm } = key;
  if (message.algorithm !== algorithm) return false;
  const signed = coseSigStructure(message.protectedBytes, payload ?? message.payload, externalAad);
  if (algorithm !== 'SM2-SM3') {
    if (key.key === undefined || key.curve === 'SM2') return false;
    return verifyEcdsa(key.key, key.curve, ECDSA_HASHES[algorithm], signed, message.signature);
  }
  if (message.signature.length !== SM2_SIGNATURE_BYTES) return false;
  try {
    return sm2.verify(key.point, signed, message.signature, { format: 'raw' });
  } catch {
    // r or s out of range: no signature at all.
    return false;
  }
}

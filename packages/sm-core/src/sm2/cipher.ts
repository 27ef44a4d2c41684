import { checkBytes } from '../encoding/bytes.ts';
import { decodeCiphertext, encodeCiphertext, type Sm2CiphertextFormat } from '../encoding/sm2.ts';
import { SmError } from '../error.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { choice } from '../internal/choice.ts';
import type { Secret } from '../secret.ts';
import type { RandomSource, SmEngine } from '../spec/v1/engine.ts';
import { checkOptions, MAX_BYTES, nonceSource } from './input.ts';
import { checkPublicKey, withPrivateKey } from './keys.ts';
import { SM2_MAX_MESSAGE_BYTES, SM2_PARAMETERS } from './parameters.ts';

/** Options of encrypting and decrypting. */
export interface Sm2CipherOptions {
  /** `der` when left out. */
  readonly format?: Sm2CiphertextFormat;
  /** Source of the nonce k; refused by engines without the capability `sm2.random`. */
  readonly random?: RandomSource;
}

/** Ciphertext beyond the message: C1, C3 and the longest DER around them, rounded up. */
const MAX_CIPHERTEXT_BYTES: number = SM2_MAX_MESSAGE_BYTES + 256;

const ciphertextFormat = (options: Sm2CipherOptions): Sm2CiphertextFormat =>
  choice(options.format, 'format', SM2_PARAMETERS.ciphertextFormats);

/** Encrypts M. @standard GB/T 32918.4-2016 §6.1 */
export function encrypt(
  engine: SmEngine,
  publicKey: Uint8Array,
  message: Uint8Array,
  given?: Sm2CipherOptions,
): Uint8Array {
  requireCapability(engine, 'sm2.encrypt');
  const options = checkOptions(given);
  const format = ciphertextFormat(options);
  const random = nonceSource(engine, options.random);
  checkPublicKey(engine, publicKey);
  checkBytes(message, 'message', 1, SM2_MAX_MESSAGE_BYTES);
  return encodeCiphertext(engine.sm2Encrypt(publicKey, message, random), format);
}

/** 04‖x1‖y1‖C3‖C2, or nothing where the ciphertext has not that form. */
function ciphertextParts(ciphertext: Uint8Array, format: Sm2CiphertextFormat): Uint8Array | undefined {
  if (ciphertext.length === 0 || ciphertext.length > MAX_CIPHERTEXT_BYTES) return undefined;
  try {
    return decodeCiphertext(ciphertext, format);
  } catch (error) {
    if (error instanceof SmError) return undefined;
    throw error;
  }
}

/** Decrypts. @standard GB/T 32918.4-2016 §7.1 */
export function decrypt(
  engine: SmEngine,
  privateKey: Secret,
  ciphertext: Uint8Array,
  given?: Sm2CipherOptions,
): Uint8Array {
  requireCapability(engine, 'sm2.decrypt');
  const format = ciphertextFormat(checkOptions(given));
  checkBytes(ciphertext, 'ciphertext', 0, MAX_BYTES);
  return withPrivateKey(privateKey, (d) => {
    const parts = ciphertextParts(ciphertext, format);
    // What exactly was wrong would help an attacker who sends chosen ciphertexts.
    const message = parts === undefined ? undefined : engine.sm2Decrypt(d, parts);
    if (message === undefined) throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
    return message;
  });
}

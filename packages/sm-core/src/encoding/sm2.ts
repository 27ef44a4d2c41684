import { SM_CORE_ERRORS } from '../errors.ts';
import { SM2_PUBLIC_KEY_BYTES, SM2_SIGNATURE_BYTES, SM3_DIGEST_BYTES } from '../spec/v1/engine.ts';
import { checkBytes, concatBytes } from './bytes.ts';
import { DerReader, derElement, derUnsigned } from './der.ts';

/** Form of a signature: `der` is SEQUENCE of r and s (GB/T 35276-2017 §7.3), `raw` is r‖s of 64 bytes. */
export type Sm2SignatureFormat = 'der' | 'raw';

/**
 * Form of a ciphertext: `der` is SM2Cipher (GB/T 35276-2017 §7.2); the others are
 * C1‖C3‖C2 (GB/T 32918.4-2016) and C1‖C2‖C3 (older devices), C1 beginning with 04.
 */
export type Sm2CiphertextFormat = 'der' | 'c1c3c2' | 'c1c2c3';

/** Encodes r‖s. @standard GB/T 35276-2017 §7.3 */
export function encodeSignature(rs: Uint8Array, format: Sm2SignatureFormat): Uint8Array {
  return format === 'raw'
    ? rs
    : derElement(0x30, derUnsigned(rs.subarray(0, 32)), derUnsigned(rs.subarray(32)));
}

/**
 * r‖s of an encoded signature.
 *
 * @standard GB/T 35276-2017 §7.3
 * @throws SmError ERR_INPUT_TYPE, ERR_SM2_SIGNATURE_MALFORMED
 */
export function decodeSignature(signature: Uint8Array, format: Sm2SignatureFormat): Uint8Array {
  checkBytes(signature, 'signature', 0, Number.MAX_SAFE_INTEGER);
  if (format === 'raw') {
    if (signature.length === SM2_SIGNATURE_BYTES) return signature;
    throw SM_CORE_ERRORS.create('ERR_SM2_SIGNATURE_MALFORMED', {
      detail: `length=${signature.length} expected=${SM2_SIGNATURE_BYTES}`,
    });
  }
  try {
    const outer = new DerReader(signature);
    const inner = new DerReader(outer.element(0x30));
    outer.end();
    const rs = concatBytes(inner.unsigned(32), inner.unsigned(32));
    inner.end();
    return rs;
  } catch (cause) {
    throw SM_CORE_ERRORS.create('ERR_SM2_SIGNATURE_MALFORMED', { cause });
  }
}

/** Encodes 04‖x1‖y1‖C3‖C2. @standard GB/T 35276-2017 §7.2 */
export function encodeCiphertext(c1c3c2: Uint8Array, format: Sm2CiphertextFormat): Uint8Array {
  if (format === 'c1c3c2') return c1c3c2;
  const c1 = c1c3c2.subarray(0, SM2_PUBLIC_KEY_BYTES);
  const c3 = c1c3c2.subarray(SM2_PUBLIC_KEY_BYTES, SM2_PUBLIC_KEY_BYTES + SM3_DIGEST_BYTES);
  const c2 = c1c3c2.subarray(SM2_PUBLIC_KEY_BYTES + SM3_DIGEST_BYTES);
  if (format === 'c1c2c3') return concatBytes(c1, c2, c3);
  return derElement(
    0x30,
    derUnsigned(c1.subarray(1, 33)),
    derUnsigned(c1.subarray(33)),
    derElement(0x04, c3),
    derElement(0x04, c2),
  );
}

/**
 * 04‖x1‖y1‖C3‖C2 of an encoded ciphertext; whether the parts are valid is the engine's to say.
 *
 * @standard GB/T 35276-2017 §7.2
 * @throws SmError any code; the caller turns all of them into ERR_DECRYPT_FAILED
 */
export function decodeCiphertext(ciphertext: Uint8Array, format: Sm2CiphertextFormat): Uint8Array {
  if (format === 'c1c3c2') return ciphertext;
  if (format === 'c1c2c3') {
    const split = Math.max(SM2_PUBLIC_KEY_BYTES, ciphertext.length - SM3_DIGEST_BYTES);
    return concatBytes(
      ciphertext.subarray(0, SM2_PUBLIC_KEY_BYTES),
      ciphertext.subarray(split),
      ciphertext.subarray(SM2_PUBLIC_KEY_BYTES, split),
    );
  }
  const outer = new DerReader(ciphertext);
  const inner = new DerReader(outer.element(0x30));
  outer.end();
  const x = inner.unsigned(32);
  const y = inner.unsigned(32);
  const c3 = inner.element(0x04);
  const c2 = inner.element(0x04);
  inner.end();
  checkBytes(c3, 'C3', SM3_DIGEST_BYTES);
  return concatBytes(Uint8Array.of(4), x, y, c3, c2);
}

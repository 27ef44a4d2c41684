import { SM_CORE_ERRORS } from '../errors.ts';
import { SM2_PUBLIC_KEY_BYTES, SM2_SIGNATURE_BYTES, SM3_DIGEST_BYTES } from '../spec/v1/engine.ts';
import { checkBytes, concatBytes } from './bytes.ts';
import { DerReader, derSize, derUnsignedLength, writeDerHeader, writeDerUnsigned } from './der.ts';

/** Form of a signature: `der` is SEQUENCE of r and s (GB/T 35276-2017 §7.3), `raw` is r‖s of 64 bytes. */
export type Sm2SignatureFormat = 'der' | 'raw';

/**
 * Form of a ciphertext: `der` is SM2Cipher (GB/T 35276-2017 §7.2); the others are
 * C1‖C3‖C2 (GB/T 32918.4-2016) and C1‖C2‖C3 (older devices), C1 beginning with 04.
 */
export type Sm2CiphertextFormat = 'der' | 'c1c3c2' | 'c1c2c3';

const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const FIELD_BYTES = 32;
/** Where C3 and C2 begin in 04‖x1‖y1‖C3‖C2. */
const C3_AT = SM2_PUBLIC_KEY_BYTES;
const C2_AT: number = SM2_PUBLIC_KEY_BYTES + SM3_DIGEST_BYTES;

/** Encodes r‖s of 64 bytes, which becomes the result where no other form is asked for. @standard GB/T 35276-2017 §7.3 */
export function encodeSignature(rs: Uint8Array, format: Sm2SignatureFormat): Uint8Array {
  if (format === 'raw') return rs;
  const r = derUnsignedLength(rs, 0, FIELD_BYTES);
  const s = derUnsignedLength(rs, FIELD_BYTES, SM2_SIGNATURE_BYTES);
  // At most 2 · (2 + 33) bytes: every length fits one byte.
  const out = new Uint8Array(6 + r + s);
  const at = writeDerHeader(out, 0, SEQUENCE, 4 + r + s);
  const next = writeDerUnsigned(out, at, rs, 0, FIELD_BYTES, r);
  writeDerUnsigned(out, next, rs, FIELD_BYTES, SM2_SIGNATURE_BYTES, s);
  return out;
}

/**
 * Reads an INTEGER of at most 32 bytes at `at` to the half of `rs` that begins at `to`;
 * gives the place behind it, or -1 when it is not one, or not the shortest form.
 */
function readHalf(der: Uint8Array, at: number, rs: Uint8Array, to: number): number {
  const length = der[at + 1]!;
  let from = at + 2;
  const end = from + length;
  if (der[at] !== 0x02 || !(length > 0 && length <= FIELD_BYTES + 1) || end > der.length) return -1;
  if (der[from]! >= 0x80) return -1;
  if (der[from] === 0 && length > 1) {
    from++;
    if (der[from]! < 0x80) return -1;
  }
  const first = to + FIELD_BYTES - (end - from);
  if (first < to) return -1;
  for (let i = 0; from + i < end; i++) rs[first + i] = der[from + i]!;
  return end;
}

/**
 * r‖s of an encoded signature, 64 bytes; the array itself where it has that form.
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
  // Two INTEGERs of at most 33 bytes: the length of the SEQUENCE is one byte below 0x80.
  if (signature[0] === SEQUENCE && signature[1] === signature.length - 2) {
    const rs = new Uint8Array(SM2_SIGNATURE_BYTES);
    const next = readHalf(signature, 2, rs, 0);
    if (next > 0 && readHalf(signature, next, rs, FIELD_BYTES) === signature.length) return rs;
  }
  throw SM_CORE_ERRORS.create('ERR_SM2_SIGNATURE_MALFORMED', { detail: 'encoding=der' });
}

/** Encodes 04‖x1‖y1‖C3‖C2, which becomes the result where no other form is asked for. @standard GB/T 35276-2017 §7.2 */
export function encodeCiphertext(c1c3c2: Uint8Array, format: Sm2CiphertextFormat): Uint8Array {
  if (format === 'c1c3c2') return c1c3c2;
  const c3 = c1c3c2.subarray(C3_AT, C2_AT);
  const c2 = c1c3c2.subarray(C2_AT);
  if (format === 'c1c2c3') return concatBytes(c1c3c2.subarray(0, C3_AT), c2, c3);
  const x = derUnsignedLength(c1c3c2, 1, 1 + FIELD_BYTES);
  const y = derUnsignedLength(c1c3c2, 1 + FIELD_BYTES, C3_AT);
  const inner = derSize(x) + derSize(y) + derSize(c3.length) + derSize(c2.length);
  const out = new Uint8Array(derSize(inner));
  let at = writeDerHeader(out, 0, SEQUENCE, inner);
  at = writeDerUnsigned(out, at, c1c3c2, 1, 1 + FIELD_BYTES, x);
  at = writeDerUnsigned(out, at, c1c3c2, 1 + FIELD_BYTES, C3_AT, y);
  at = writeDerHeader(out, at, OCTET_STRING, c3.length);
  out.set(c3, at);
  at = writeDerHeader(out, at + c3.length, OCTET_STRING, c2.length);
  out.set(c2, at);
  return out;
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
    const split = Math.max(C3_AT, ciphertext.length - SM3_DIGEST_BYTES);
    return concatBytes(
      ciphertext.subarray(0, C3_AT),
      ciphertext.subarray(split),
      ciphertext.subarray(C3_AT, split),
    );
  }
  const outer = new DerReader(ciphertext);
  const inner = new DerReader(outer.element(SEQUENCE));
  outer.end();
  const c1 = new Uint8Array(SM2_PUBLIC_KEY_BYTES);
  c1[0] = 4;
  inner.unsignedInto(c1.subarray(1, 1 + FIELD_BYTES));
  inner.unsignedInto(c1.subarray(1 + FIELD_BYTES));
  const c3 = inner.element(OCTET_STRING);
  const c2 = inner.element(OCTET_STRING);
  inner.end();
  checkBytes(c3, 'C3', SM3_DIGEST_BYTES);
  return concatBytes(c1, c3, c2);
}

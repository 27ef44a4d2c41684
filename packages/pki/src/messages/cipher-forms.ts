import { concatBytes, fromHex } from '@cssi/sm-core';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, readOctets, readOne, readUnsigned } from '../internal/tlv.ts';
import { octets, sequence, unsigned } from '../internal/write.ts';

/**
 * Forms of an encrypted content key: `der` is SM2Cipher; the raw ones are the values one after
 * the other, as older devices and libraries write them, some without the byte 04 in front.
 *
 * @standard GB/T 35276-2017 §7.2
 */
export type Sm2CipherForm = 'der' | 'c1c3c2' | 'c1c2c3' | 'c1c3c2-without-04' | 'c1c2c3-without-04';

/** All of them. */
export const CIPHER_FORMS: readonly Sm2CipherForm[] = [
  'der',
  'c1c3c2',
  'c1c2c3',
  'c1c3c2-without-04',
  'c1c2c3-without-04',
];

const FIELD = 32;
const POINT_PREFIX = fromHex('04');
/** Point, C3 and at least one byte. */
const MIN_RAW_BYTES = 1 + 2 * FIELD + FIELD + 1;

/** Has the value the form of an SM2Cipher? */
function isSm2Cipher(cipher: Uint8Array): boolean {
  try {
    const cursor = new Cursor(readOne(cipher, 0x30).value);
    readUnsigned(cursor.next('x'), FIELD, 'x');
    readUnsigned(cursor.next('y'), FIELD, 'y');
    const hash = readOctets(cursor.next('hash'), 'hash');
    const text = readOctets(cursor.next('cipher'), 'cipher');
    cursor.end('cipher');
    return hash.length === FIELD && text.length > 0;
  } catch (error) {
    if (error instanceof DerProblem) return false;
    throw error;
  }
}

/** SM2Cipher of a raw cipher; `undefined` when it cannot have that form. */
function fromRaw(value: Uint8Array, form: Exclude<Sm2CipherForm, 'der'>): Uint8Array | undefined {
  const raw = form.endsWith('-without-04') ? concatBytes(POINT_PREFIX, value) : value;
  if (raw.length < MIN_RAW_BYTES || raw[0] !== 0x04) return undefined;
  const rest = raw.subarray(1 + 2 * FIELD);
  const hashFirst = form.startsWith('c1c3c2');
  const hash = hashFirst ? rest.subarray(0, FIELD) : rest.subarray(rest.length - FIELD);
  const text = hashFirst ? rest.subarray(FIELD) : rest.subarray(0, rest.length - FIELD);
  return sequence(
    unsigned(raw.subarray(1, 1 + FIELD)),
    unsigned(raw.subarray(1 + FIELD, 1 + 2 * FIELD)),
    octets(hash),
    octets(text),
  );
}

/** A way in which a value can be an SM2Cipher. */
export interface CipherReading {
  readonly form: Sm2CipherForm;
  readonly cipher: Uint8Array;
}

/** The ways in which a value can be read by the forms allowed, in their order; none but these. */
export function cipherReadings(value: Uint8Array, forms: readonly Sm2CipherForm[]): readonly CipherReading[] {
  // A DER SEQUENCE is not looked at as something else: its first byte is no 04, and its
  // structure is no chance.
  if (isSm2Cipher(value)) return forms.includes('der') ? [{ form: 'der', cipher: value }] : [];
  return forms.flatMap((form) => {
    const cipher = form === 'der' ? undefined : fromRaw(value, form);
    return cipher === undefined ? [] : [{ form, cipher }];
  });
}

/** Notes the deviations of the form that fitted. */
export function noteForm(form: Sm2CipherForm, log: FindingLog): void {
  if (form === 'der') return;
  log.note(form.startsWith('c1c3c2') ? 'CIPHER_RAW' : 'CIPHER_RAW_C1C2C3', 'encryptedKey');
  if (form.endsWith('-without-04')) log.note('CIPHER_WITHOUT_04', 'encryptedKey');
}

import { ECDH } from 'node:crypto';
import { equalBytes, toHex } from '@cssi/sm-core';
import { readName } from '../certificate/names.ts';
import { DerProblem, readAll, readBytesOfBits, readOne } from '../internal/tlv.ts';
import type { Certificate } from '../spec/v1/certificate.ts';

/** Names of the curves whose points may be compressed. */
const CURVES: Readonly<Record<string, string>> = {
  'ec:1.2.840.10045.3.1.7': 'prime256v1',
  'ec:1.3.132.0.34': 'secp384r1',
  'ec:1.3.132.0.35': 'secp521r1',
};

/** What `read` makes of bytes that are well formed, and the bytes themselves of others. */
function orRaw(bytes: Uint8Array, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerProblem) return `raw:${toHex(bytes)}`;
    throw error;
  }
}

function pointOf(key: Uint8Array, curve: string): string {
  try {
    return String(ECDH.convertKey(key, curve, undefined, 'hex', 'uncompressed'));
  } catch {
    // No point of the curve: nobody signs with it.
    return toHex(key);
  }
}

/**
 * The key itself, whatever the algorithm around it is called: SM2 keys go by two names, and
 * points of curves by two forms.
 */
function keyOf({ publicKeyInfo, sm2PublicKey, keyAlgorithm }: Certificate): string {
  if (sm2PublicKey !== undefined) return toHex(sm2PublicKey);
  return orRaw(publicKeyInfo, () => {
    const key = readBytesOfBits(readAll(readOne(publicKeyInfo, 0x30).value)[1], 'public key');
    const curve = CURVES[keyAlgorithm];
    return curve === undefined ? toHex(key) : pointOf(key, curve);
  });
}

/** Invisible characters, case, width and amount of white space do not count. @standard RFC 5280 §7.1, RFC 4518 §2 */
const fold = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toLowerCase()
    .trim()
    .replace(/\s+/gu, ' ');

/** A Name in a form that is equal for equal names, in whatever string types they are written. */
function nameOf(raw: Uint8Array): string {
  return orRaw(raw, () => {
    const relative = readName(readOne(raw, 0x30).value).map((attributes) =>
      attributes
        .map(({ oid, text, raw: value }) =>
          text === undefined ? [oid, 'raw', toHex(value)] : [oid, 'text', fold(text)],
        )
        .map((parts) => JSON.stringify(parts))
        .sort(),
    );
    return JSON.stringify(relative);
  });
}

/** Are these Names (DER) the same name? @standard RFC 5280 §7.1 */
export const sameName = (a: Uint8Array, b: Uint8Array): boolean =>
  equalBytes(a, b) || nameOf(a) === nameOf(b);

/** Do two certificates share the key or the holder's name? Then they are one party's, whatever else they say. */
export const sameHolder = (a: Certificate, b: Certificate): boolean =>
  keyOf(a) === keyOf(b) || sameName(a.subjectRaw, b.subjectRaw);

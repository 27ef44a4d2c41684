import { toHex, utf8 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { DerProblem, readOne } from '../internal/tlv.ts';
import type { NameAttribute } from '../spec/v1/certificate.ts';
import { readName } from './names.ts';

/** A name fits into a certificate. */
const MAX_NAME_BYTES = 65_536;

/** Short names of RFC 4514 §3, and others as OpenSSL prints them. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

const hex = (text: string): string =>
  [...utf8(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');

/**
 * Text with everything escaped that could end the value, or show as something that is not
 * there: control and format characters (the one that turns the direction of text, for one).
 */
function escapeValue(text: string): string {
  return text
    .replace(/[\\,+"<>;=]/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, hex)
    .replace(/^[# ]| $/g, '\\$&');
}

function formatAttribute({ oid, text, raw }: NameAttribute): string {
  const name = SHORT_NAMES[oid];
  if (name === undefined) return `${oid}=#${toHex(raw)}`;
  return `${name}=${text === undefined ? `#${toHex(raw)}` : escapeValue(text)}`;
}

/**
 * A distinguished name (可辨别名) as text in the form of RFC 4514: the most specific part
 * first, special characters escaped, Chinese characters as they are.
 *
 * @param raw - DER of the Name, such as `subjectRaw` of a certificate; at most 65,536 bytes
 * @throws {@link SmError} ERR_PKI_NAME_INVALID
 */
export function formatDistinguishedName(raw: Uint8Array): string {
  const invalid = (reason: string) =>
    PKI_ERRORS.create('ERR_PKI_NAME_INVALID', { detail: `reason=${reason}` });
  if (!(raw instanceof Uint8Array)) throw invalid('type');
  if (raw.length > MAX_NAME_BYTES) throw invalid('size');
  try {
    return [...readName(readOne(raw, 0x30).value)]
      .reverse()
      .map((set) => set.map(formatAttribute).join('+'))
      .join(',');
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    throw invalid(error.message);
  }
}

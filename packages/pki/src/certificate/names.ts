import { derElement, utf8 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { oidBytes, oidText } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll } from '../internal/tlv.ts';
import type { DistinguishedName } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';

/** Attributes in the order they are written, with their longest values in characters. */
const ATTRIBUTES: readonly (readonly [keyof DistinguishedName, string, number])[] = [
  ['country', OIDS.country, 2],
  ['organization', OIDS.organization, 64],
  ['organizationalUnit', OIDS.organizationalUnit, 64],
  ['commonName', OIDS.commonName, 64],
];

const invalid = (field: string, max: number) =>
  PKI_ERRORS.create('ERR_PKI_NAME_INVALID', { detail: `field=${field} max=${max}` });

/** DER of a name; UTF8String, countries PrintableString. @throws SmError ERR_PKI_NAME_INVALID */
export function encodeName(name: DistinguishedName): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [field, oid, max] of ATTRIBUTES) {
    const text: unknown = name[field];
    if (text === undefined && field !== 'commonName') continue;
    // Control characters and lone surrogates make a name that prints as another one.
    const good = typeof text === 'string' && text !== '' && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
    if (!good || [...text].length > max) throw invalid(field, max);
    if (field === 'country' && !/^[A-Z]{2}$/.test(text)) throw invalid(field, max);
    const value = derElement(field === 'country' ? 0x13 : 0x0c, utf8(text));
    parts.push(derElement(0x31, derElement(0x30, derElement(0x06, oidBytes(oid)), value)));
  }
  return derElement(0x30, ...parts);
}

/** One attribute of a name as it stands there. */
export interface NameAttribute {
  readonly oid: string;
  /** `undefined` for a value that is no text. */
  readonly text: string | undefined;
  /** DER of the value. */
  readonly raw: Uint8Array;
}

function decodeText(tag: number, value: Uint8Array): string | undefined {
  switch (tag) {
    case 0x0c:
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
      } catch {
        throw new DerProblem('utf-8');
      }
    // NumericString, PrintableString, TeletexString, IA5String
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x16:
      return new TextDecoder('latin1').decode(value);
    // BMPString
    case 0x1e:
      if (value.length % 2 !== 0) throw new DerProblem('bmp string');
      return new TextDecoder('utf-16be', { ignoreBOM: true }).decode(value);
    default:
      return undefined;
  }
}

/** The relative names of a Name's contents, each a list of attributes. */
export function readName(contents: Uint8Array): readonly (readonly NameAttribute[])[] {
  return readAll(contents).map((set) => {
    const attributes = readAll(expectTag(set, 0x31, 'name').value);
    if (attributes.length === 0) throw new DerProblem('name');
    return attributes.map((attribute) => {
      const [type, value, ...rest] = readAll(expectTag(attribute, 0x30, 'name').value);
      const oid = oidText(expectTag(type, 0x06, 'name').value);
      if (value === undefined || rest.length > 0) throw new DerProblem('name');
      return { oid, text: decodeText(value.tag, value.value), raw: value.raw };
    });
  });
}

/** The known attributes of a Name's contents; the last of each kind, which is the most specific. */
export function decodeName(contents: Uint8Array): Partial<DistinguishedName> {
  const found: { -readonly [K in keyof DistinguishedName]?: string } = {};
  for (const { oid, text } of readName(contents).flat()) {
    const known = ATTRIBUTES.find((entry) => entry[1] === oid);
    if (known !== undefined && text !== undefined) found[known[0]] = text;
  }
  return found as Partial<DistinguishedName>;
}

import { PKI_ERRORS } from '../errors.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readOne } from '../internal/tlv.ts';
import { ia5String, oid, printableString, sequence, set, utf8String } from '../internal/write.ts';
import type { DistinguishedName, NameAttribute, NameSpec } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { isRecord, unknownField } from './known-fields.ts';
import { decodeText, isPrintable, isShowable } from './text.ts';

/** How an attribute is written. */
interface AttributeRule {
  readonly oid: string;
  /** Most characters. @standard RFC 5280 appendix A */
  readonly max: number;
  readonly encode: (text: string) => Uint8Array;
  readonly fits: (text: string) => boolean;
}

const any = (): boolean => true;
const utf8Text = (attribute: string, max: number): AttributeRule => ({
  oid: attribute,
  max,
  encode: utf8String,
  fits: any,
});

/** Attributes in the order they are written: from the widest to the most specific. */
const ATTRIBUTES: Readonly<Record<keyof DistinguishedName, AttributeRule>> = {
  country: {
    oid: OIDS.country,
    max: 2,
    encode: printableString,
    fits: (text) => /^[A-Z]{2}$/.test(text),
  },
  province: utf8Text(OIDS.province, 128),
  locality: utf8Text(OIDS.locality, 128),
  street: utf8Text(OIDS.street, 128),
  postalCode: utf8Text(OIDS.postalCode, 40),
  organization: utf8Text(OIDS.organization, 64),
  organizationIdentifier: utf8Text(OIDS.organizationIdentifier, 256),
  organizationalUnit: utf8Text(OIDS.organizationalUnit, 64),
  title: utf8Text(OIDS.title, 64),
  surname: utf8Text(OIDS.surname, 64),
  givenName: utf8Text(OIDS.givenName, 64),
  commonName: utf8Text(OIDS.commonName, 64),
  serialNumber: { oid: OIDS.serialNumber, max: 64, encode: printableString, fits: isPrintable },
  userId: utf8Text(OIDS.userId, 256),
  email: {
    oid: OIDS.emailAddress,
    max: 255,
    encode: ia5String,
    fits: (text) => /^[\x21-\x7e]+$/.test(text),
  },
};

const FIELDS = /* @__PURE__ */ Object.entries(ATTRIBUTES) as readonly [
  keyof DistinguishedName,
  AttributeRule,
][];
const FIELD_NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set<string>(FIELDS.map(([field]) => field));
const FIELD_OF = /* @__PURE__ */ new Map(FIELDS.map(([field, rule]) => [rule.oid, field]));
const MAX_NAME_BYTES = 4096;

const invalid = (detail: string) => PKI_ERRORS.create('ERR_PKI_NAME_INVALID', { detail });

/** DER of a name; UTF8String but where a standard asks for another. @throws SmError ERR_PKI_NAME_INVALID */
export function encodeName(name: DistinguishedName): Uint8Array {
  if (!isRecord(name)) throw invalid('field=name');
  const unknown = unknownField(name, FIELD_NAMES);
  if (unknown !== undefined) throw invalid(`option=${unknown}`);
  const parts: Uint8Array[] = [];
  for (const [field, { oid: attribute, max, encode, fits }] of FIELDS) {
    const text: unknown = name[field];
    if (text === undefined && field !== 'commonName') continue;
    // Control characters and lone surrogates make a name that prints as another one.
    const good = typeof text === 'string' && isShowable(text) && [...text].length <= max && fits(text);
    if (!good) throw invalid(`field=${field} max=${max}`);
    parts.push(set(sequence(oid(attribute), encode(text))));
  }
  return sequence(...parts);
}

/** The relative names of a Name's contents, each a list of attributes. */
export function readName(contents: Uint8Array): readonly (readonly NameAttribute[])[] {
  return readAll(contents).map((relative) => {
    const attributes = readAll(expectTag(relative, 0x31, 'name').value);
    if (attributes.length === 0) throw new DerProblem('name');
    return attributes.map((attribute) => {
      const parts = readAll(expectTag(attribute, 0x30, 'name').value);
      const value = parts[1];
      const type = readOid(parts[0], 'name');
      if (value === undefined || parts.length > 2) throw new DerProblem('name');
      return { oid: type, text: decodeText(value.tag, value.value), raw: value.raw };
    });
  });
}

/** DER of a name that may be given as DER; no text in it may print as another one. */
function checkedName(raw: Uint8Array): Uint8Array {
  if (!(raw instanceof Uint8Array) || raw.length > MAX_NAME_BYTES) throw invalid('field=raw');
  const copy = Uint8Array.from(raw);
  const attributes = readName(readOne(copy, 0x30).value).flat();
  if (attributes.length === 0) throw invalid('field=raw');
  if (attributes.some(({ text }) => text !== undefined && !isShowable(text))) throw invalid('field=raw');
  return copy;
}

/**
 * DER of a subject's name.
 *
 * @throws SmError ERR_PKI_NAME_INVALID
 */
export function encodeSubject(name: NameSpec): Uint8Array {
  if (!isRecord(name) || !('raw' in name)) return encodeName(name);
  try {
    return checkedName(name.raw);
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    throw invalid(`reason=${error.message}`);
  }
}

/** The issuer's name; bytes from its certificate stay as they are, for readers compare bytes. */
export function encodeIssuer(name: NameSpec): Uint8Array {
  if (!isRecord(name) || !('raw' in name)) return encodeName(name);
  if (!(name.raw instanceof Uint8Array) || name.raw.length > MAX_NAME_BYTES) throw new DerProblem('issuer');
  const { raw, value } = readOne(Uint8Array.from(name.raw), 0x30);
  if (readName(value).length === 0) throw new DerProblem('issuer');
  return raw;
}

/** A Name's contents in the forms that certificates and requests show. */
export interface NameFacts {
  readonly attributes: readonly NameAttribute[];
  /** The known attributes; the last of each kind, which is the most specific. */
  readonly name: Partial<DistinguishedName>;
}

/** Reads a Name's contents. */
export function decodeName(contents: Uint8Array): NameFacts {
  const attributes: NameAttribute[] = [];
  for (const relative of readName(contents)) attributes.push(...relative);
  const name: { -readonly [K in keyof DistinguishedName]?: string } = {};
  for (const { oid: type, text } of attributes) {
    const field = FIELD_OF.get(type);
    if (field !== undefined && text !== undefined) name[field] = text;
  }
  return { attributes, name: name as Partial<DistinguishedName> };
}

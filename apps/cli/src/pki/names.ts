import type { DistinguishedName } from '@cssi/pki';
import { toHex } from '@cssi/sm-core';
import { type Asn1Element, childrenOf, elementAt, oidOf, textOf } from './asn1.ts';
import { SHORT_NAMES } from './oid-names.ts';
import { withoutResidentNumbers } from './text.ts';

/** What of a file is printed. */
export interface Privacy {
  /** Personal identity numbers in full. */
  readonly showIdentity: boolean;
}

/** Text of a file, numbers of identity cards masked unless they were asked for. */
export const personal = (text: string, { showIdentity }: Privacy): string =>
  showIdentity ? text : withoutResidentNumbers(text);

const MAX_HEX_BYTES = 32;

/** Bytes of an unknown value: hex of a few, but no digits of a number that is masked elsewhere. */
export function valueBytes(bytes: Uint8Array, privacy: Privacy): string {
  const ascii = String.fromCharCode(...bytes.subarray(0, 256));
  if (personal(ascii, privacy) !== ascii) return `#… (${bytes.length} bytes)`;
  return bytes.length <= MAX_HEX_BYTES ? `#${toHex(bytes)}` : `#${toHex(bytes.subarray(0, MAX_HEX_BYTES))}…`;
}

/** RFC 4514 §2.4: what would end the value is escaped; what cannot be seen is escaped where lines are made. */
const escapeValue = (text: string): string =>
  text.replace(/[\\,+"<>;=]/g, '\\$&').replace(/^[# ]| $/g, '\\$&');

function attributeText(attribute: Asn1Element, privacy: Privacy): string {
  const [type, value] = childrenOf(attribute);
  const oid = oidOf(type) ?? '?';
  const name = Object.hasOwn(SHORT_NAMES, oid) ? SHORT_NAMES[oid]! : oid;
  const text = textOf(value);
  if (text !== undefined) return `${name}=${escapeValue(personal(text, privacy))}`;
  return `${name}=${value === undefined ? '' : valueBytes(value.raw, privacy)}`;
}

/** Short names of the parts of a subject that is no DER yet. */
const PART_NAMES: Readonly<Record<keyof DistinguishedName, string>> = {
  commonName: 'CN',
  organization: 'O',
  organizationalUnit: 'OU',
  country: 'C',
  province: 'ST',
  locality: 'L',
  street: 'STREET',
  postalCode: 'postalCode',
  title: 'title',
  surname: 'SN',
  givenName: 'GN',
  serialNumber: 'serialNumber',
  userId: 'UID',
  organizationIdentifier: 'organizationIdentifier',
  email: 'emailAddress',
};

/** A subject as text; no value can pass for more than one part. @standard RFC 4514 §2 */
export const subjectText = (subject: DistinguishedName, privacy: Privacy): string =>
  Object.entries(subject)
    .filter(([, value]) => value !== undefined)
    .map(([part, value]) => {
      const name = Object.hasOwn(PART_NAMES, part) ? PART_NAMES[part as keyof DistinguishedName] : part;
      return `${name}=${escapeValue(personal(String(value), privacy))}`;
    })
    .join(',');

/** A Name (可辨别名) as text, the most specific part first. @standard RFC 4514 §2 */
export function nameText(raw: Uint8Array, privacy: Privacy): string {
  const sets = childrenOf(elementAt(raw, 0));
  if (sets.length === 0) return '∅';
  return sets
    .reverse()
    .map((set) =>
      childrenOf(set)
        .map((attribute) => attributeText(attribute, privacy))
        .join('+'),
    )
    .join(',');
}

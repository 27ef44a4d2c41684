import { PKI_ERRORS } from '../errors.ts';
import { DerProblem, readOne, type Tlv } from '../internal/tlv.ts';
import { explicit, printableString, utf8String } from '../internal/write.ts';
import type {
  CertificateExtension,
  IdentityItem,
  IdentityKind,
  IdentityValues,
  PersonDocument,
} from '../spec/v1/certificate.ts';
import { HEALTH_ENTITY_OID, IDENTITY_EXTENSION_OIDS, LEGACY_IDENTITY_ARCS } from '../spec/v1/oids.ts';
import { decodeText, isPrintable, isShowable } from './text.ts';

const MAX_IDENTITY_CHARACTERS = 64;

/** Numbers of the older arcs: organisation and business registration stand the other way round. */
const LEGACY_KINDS: readonly IdentityKind[] = [
  'other',
  'person',
  'socialInsurance',
  'organization',
  'businessRegistration',
  'tax',
];

const KIND_OF: ReadonlyMap<string, IdentityKind> = /* @__PURE__ */ new Map(
  Object.entries(IDENTITY_EXTENSION_OIDS).map(([kind, oid]) => [oid, kind as IdentityKind]),
);

const ARCS: readonly string[] = /* @__PURE__ */ Object.values(LEGACY_IDENTITY_ARCS).map((arc) => `${arc}.`);

/** Kind of an identity extension, and whether it is one of the older arcs; `undefined` for other extensions. */
function kindOf(oid: string): { kind: IdentityKind; legacy: boolean } | undefined {
  const kind = KIND_OF.get(oid);
  if (kind !== undefined) return { kind, legacy: false };
  if (oid === HEALTH_ENTITY_OID) return { kind: 'entity', legacy: true };
  const arc = ARCS.find((prefix) => oid.startsWith(prefix));
  if (arc === undefined) return undefined;
  // Below a number CAs have put numbers of their own, whose values are made otherwise.
  const number = oid.slice(arc.length);
  return { kind: /^[1-5]$/.test(number) ? LEGACY_KINDS[Number(number)]! : 'other', legacy: true };
}

const DOCUMENTS: readonly PersonDocument[] = ['resident', 'military', 'passport'];

/**
 * Text of the CHOICE of documents. The standard does not say whether its tags are explicit or
 * implicit, so both occur: the tag around a string, or in place of the string's own.
 */
function readDocument({ tag, value }: Tlv): Pick<IdentityItem, 'document' | 'value'> | undefined {
  const document = DOCUMENTS[tag & 0x1f];
  if ((tag & 0xc0) !== 0x80 || document === undefined) return undefined;
  if ((tag & 0x20) === 0) return { document, value: decodeText(0x0c, value) };
  const inner = readOne(value, value[0] ?? 0);
  return { document, value: decodeText(inner.tag, inner.value) };
}

/** The text of a value, however it is encoded; nothing when it is none. */
function readValue(raw: Uint8Array): Pick<IdentityItem, 'document' | 'value'> {
  try {
    const element = readOne(raw, raw[0] ?? 0);
    return readDocument(element) ?? { value: decodeText(element.tag, element.value) };
  } catch (error) {
    if (error instanceof DerProblem) return { value: undefined };
    throw error;
  }
}

/**
 * Identity extensions among the extensions of a certificate. Real ones hold strings of every
 * type, tagged or not, or NULL; what is no text is reported with its bytes alone, because it
 * decides nothing.
 *
 * @standard GB/T 20518-2018 §5.2.4.3
 */
export const readIdentity = (extensions: readonly CertificateExtension[]): readonly IdentityItem[] =>
  extensions.flatMap(({ oid, value: raw }) => {
    const known = kindOf(oid);
    return known === undefined ? [] : [{ oid, ...known, ...readValue(raw), raw }];
  });

const invalid = (kind: string) =>
  PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=identity.${kind}` });

function checkedText(kind: string, text: unknown, fits: (text: string) => boolean): string {
  const good = typeof text === 'string' && text.length <= MAX_IDENTITY_CHARACTERS && fits(text);
  if (!good) throw invalid(kind);
  return text;
}

/** Explicit tags, the default of ASN.1; officers' cards have Chinese characters in their numbers. */
function encodePerson(person: NonNullable<IdentityValues['person']>): Uint8Array {
  const { document, number } =
    typeof person === 'string' ? { document: 'resident' as const, number: person } : person;
  const choice = DOCUMENTS.indexOf(document);
  if (choice < 0) throw invalid('person');
  return document === 'military'
    ? explicit(choice, utf8String(checkedText('person', number, isShowable)))
    : explicit(choice, printableString(checkedText('person', number, isPrintable)));
}

/**
 * Identity extensions as pairs of OID and value: `IdentifyCode ::= CHOICE { residenterCardNumber
 * [0] PrintableString, militaryOfficerCardNumber [1] UTF8String, passportNumber [2]
 * PrintableString }` with explicit tags, the others PrintableString.
 *
 * @standard GB/T 20518-2018 §5.2.4.3
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodeIdentity(values: IdentityValues = {}): readonly (readonly [string, Uint8Array])[] {
  const unknown = Object.keys(values).find((kind) => !Object.hasOwn(IDENTITY_EXTENSION_OIDS, kind));
  if (unknown !== undefined) throw invalid('unknown');
  const { person, ...others } = values;
  const list = Object.entries(others).filter(([, text]) => text !== undefined);
  return [
    ...(person === undefined ? [] : [[IDENTITY_EXTENSION_OIDS.person, encodePerson(person)] as const]),
    ...list.map(([kind, text]) => {
      const oid = IDENTITY_EXTENSION_OIDS[kind as keyof typeof others];
      return [oid, printableString(checkedText(kind, text, isPrintable))] as const;
    }),
  ];
}

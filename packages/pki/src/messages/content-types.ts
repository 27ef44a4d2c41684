import type { MessageKind, MessageSyntax } from '../spec/v1/message.ts';

const GM = '1.2.156.10197.6.1.4.2';
const PKCS7 = '1.2.840.113549.1.7';

/** Content types of GB/T 35275. @standard GB/T 35275-2017 (GM/T 0010) */
export const GM_CONTENT_TYPES = {
  data: `${GM}.1`,
  signedData: `${GM}.2`,
  envelopedData: `${GM}.3`,
  signedAndEnvelopedData: `${GM}.4`,
  encryptedData: `${GM}.5`,
  keyAgreementInfo: `${GM}.6`,
} as const;

/** Content types of CMS. @standard RFC 5652 §4 to §8, RFC 5083 §2.1 */
export const CMS_CONTENT_TYPES = {
  data: `${PKCS7}.1`,
  signedData: `${PKCS7}.2`,
  envelopedData: `${PKCS7}.3`,
  encryptedData: `${PKCS7}.6`,
  authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
} as const;

/** Attributes that signers use. @standard RFC 5652 §11, RFC 6211 §2 */
export const ATTRIBUTE_OIDS = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  countersignature: '1.2.840.113549.1.9.6',
  algorithmProtection: '1.2.840.113549.1.9.52',
} as const;

/** Layout and kind of a message. */
export interface ContentKind {
  readonly syntax: MessageSyntax;
  readonly kind: MessageKind;
}

const entries = (syntax: MessageSyntax, types: Readonly<Partial<Record<MessageKind, string>>>) =>
  Object.entries(types).map(([kind, oid]) => [oid, { syntax, kind: kind as MessageKind }] as const);

const KINDS: ReadonlyMap<string, ContentKind> = /* @__PURE__ */ new Map([
  ...entries('gbt35275', GM_CONTENT_TYPES),
  ...entries('rfc5652', CMS_CONTENT_TYPES),
]);

/** Layout and kind that a content type stands for. */
export const contentKind = (oid: string): ContentKind | undefined => KINDS.get(oid);

/** The content type of plain data in a layout. */
export const dataType = (syntax: MessageSyntax): string =>
  syntax === 'gbt35275' ? GM_CONTENT_TYPES.data : CMS_CONTENT_TYPES.data;

/** The content type of a kind in a layout, where it has one. */
export const contentTypeOf = (syntax: MessageSyntax, kind: MessageKind): string | undefined =>
  (syntax === 'gbt35275'
    ? (GM_CONTENT_TYPES as Partial<Record<MessageKind, string>>)
    : (CMS_CONTENT_TYPES as Partial<Record<MessageKind, string>>))[kind];

import {
  type AlgorithmRef,
  type CertificateReference,
  type EncryptedContent,
  type Message,
  type MessageAttribute,
  type MessageRecipient,
  type MessageSigner,
  parseMessage,
  type SignerReport,
  verifySignedMessage,
} from '@cssi/pki/messages';
import { parseTimeStampToken } from '@cssi/pki/timestamp';
import { type JsonValue, SmError, toHex } from '@cssi/sm-core';
import { type Asn1Element, elementAt, oidOf, textOf, timeTextOf } from './asn1.ts';
import { hexLines } from './bytes.ts';
import { type Entry, entry, group, type Label, label, type Value } from './entry.ts';
import { findingEntries, type InspectContext, type Inspected, toJson } from './inspected.ts';
import { labelIn, marked, SIGNATURE_CHECKS } from './labels.ts';
import { nameText, type Privacy, personal } from './names.ts';
import { algorithmText, oidText } from './oid-names.ts';
import { outline } from './outline.ts';
import { certificateEntries, certificateJson } from './show-certificate.ts';
import { timeStampEntries } from './show-time-stamp-info.ts';

const KINDS: Readonly<Record<Message['kind'], Label>> = {
  data: label('数据', 'data'),
  signedData: label('签名数据', 'signedData'),
  envelopedData: label('数字信封', 'envelopedData'),
  signedAndEnvelopedData: label('带签名的数字信封', 'signedAndEnvelopedData'),
  encryptedData: label('加密数据', 'encryptedData'),
  keyAgreementInfo: label('密钥协商', 'keyAgreementInfo'),
  authEnvelopedData: label('鉴别加密信封', 'authEnvelopedData'),
};

const SYNTAXES: Readonly<Record<Message['syntax'], string>> = {
  gbt35275: 'GB/T 35275',
  rfc5652: 'RFC 5652 (CMS)',
};

const algorithm = ({ name, oid }: AlgorithmRef): Label => algorithmText(name, oid);

/** How a message names a certificate. */
export function referenceText(reference: CertificateReference, privacy: Privacy): string[] {
  return reference.by === 'keyIdentifier'
    ? [`key identifier ${toHex(reference.keyIdentifier)}`]
    : [nameText(reference.issuerRaw, privacy), `serial ${toHex(reference.serial)}`];
}

const PREVIEW_CHARACTERS = 160;

/** Length of a content, and its beginning when it is text. */
function contentValue(content: Uint8Array | undefined, privacy: Privacy): Value[] {
  if (content === undefined) return [label('不在消息中（分离）', 'not in the message (detached)')];
  const size = label(`${content.length} 字节`, `${content.length} bytes`);
  try {
    const start = new TextDecoder('utf-8', { fatal: true }).decode(content.subarray(0, 4096), {
      stream: true,
    });
    // Nobody wants to see a key that somebody signed.
    const isText = start !== '' && !/[^\P{Cc}\n\r\t]|PRIVATE KEY/u.test(start);
    const preview = personal(start, privacy).slice(0, PREVIEW_CHARACTERS).replace(/\s+/g, ' ');
    return isText ? [size, `“${preview}”`] : [size];
  } catch {
    return [size];
  }
}

const TIME_STAMP = '1.2.840.113549.1.9.16.2.14';

/** A value that fits on one line. */
function simpleValue(element: Asn1Element | undefined, privacy: Privacy): Value | undefined {
  if (element === undefined) return undefined;
  const oid = oidOf(element);
  if (oid !== undefined) return oidText(oid);
  if (element.tag === 0x04) return toHex(element.value.subarray(0, 64));
  const text = timeTextOf(element) ?? textOf(element);
  return text === undefined ? undefined : personal(text, privacy);
}

/** One attribute: what it is known to hold, or an outline. */
function attributeEntry({ oid, values }: MessageAttribute, context: InspectContext): Entry {
  const [first] = values;
  if (oid === TIME_STAMP && first !== undefined) {
    return { label: oidText(oid), below: tokenEntries(first, context) };
  }
  const simple =
    first === undefined || values.length > 1 ? undefined : simpleValue(elementAt(first, 0), context);
  if (simple !== undefined) return { label: oidText(oid), value: simple };
  return {
    label: oidText(oid),
    below: values
      .slice(0, 4)
      .flatMap((value) => outline(value, { isPublic: true, showIdentity: context.showIdentity })),
  };
}

function tokenEntries(der: Uint8Array, context: InspectContext): Entry[] {
  try {
    return timeStampEntries(parseTimeStampToken(der).info, context);
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    return [{ label: label('无法解读', 'cannot be read'), value: error.code }];
  }
}

/** Without signed attributes only a right signature says that the content is the signed one. */
export const digestOf = ({ digest, signature }: SignerReport): SignerReport['digest'] =>
  digest === 'right' && signature !== 'right' ? 'not-checked' : digest;

/** What was found out about one signer without asking whether the certificate is trusted. */
function checkEntries(report: SignerReport | undefined): Entry[] {
  if (report === undefined) return [];
  const one = (check: string): Label => labelIn(SIGNATURE_CHECKS, check);
  const found = digestOf(report);
  const digest: Label =
    found === 'right'
      ? marked('✓', '内容一致', 'content as signed')
      : found === 'wrong'
        ? marked('✗', '内容不一致', 'content not as signed')
        : one(found);
  return [
    ...entry(label('内容校验', 'Content'), digest),
    ...entry(label('签名校验', 'Signature'), one(report.signature)),
  ];
}

function signerEntry(
  signer: MessageSigner,
  i: number,
  report: SignerReport | undefined,
  context: InspectContext,
): Entry {
  const { signedAttributes, unsignedAttributes } = signer;
  const attributes = (list: readonly MessageAttribute[]) => list.map((one) => attributeEntry(one, context));
  return {
    label: label(`签名者 ${i + 1}`, `Signer ${i + 1}`),
    below: [
      ...entry(label('证书', 'Certificate'), referenceText(signer.reference, context)),
      ...entry(label('杂凑算法', 'Digest algorithm'), algorithm(signer.digestAlgorithm)),
      ...entry(label('签名算法', 'Signature algorithm'), algorithm(signer.signatureAlgorithm)),
      ...checkEntries(report),
      ...group(label('签名属性', 'Signed attributes'), attributes(signedAttributes ?? [])),
      ...group(label('非签名属性', 'Unsigned attributes'), attributes(unsignedAttributes)),
    ],
  };
}

function recipientEntry(recipient: MessageRecipient, i: number, privacy: Privacy): Entry {
  const name = label(`接收者 ${i + 1}`, `Recipient ${i + 1}`);
  if (recipient.kind === 'other') {
    const bytes = recipient.raw.length;
    return { label: name, value: label(`其他类型，${bytes} 字节`, `of another kind, ${bytes} bytes`) };
  }
  return {
    label: name,
    below: [
      ...entry(label('证书', 'Certificate'), referenceText(recipient.reference, privacy)),
      ...entry(label('密钥加密算法', 'Key encryption'), algorithm(recipient.keyEncryptionAlgorithm)),
      ...entry(label('密钥密文', 'Encrypted key'), `${recipient.encryptedKey.length} bytes`),
    ],
  };
}

const encryptedEntries = (encrypted: EncryptedContent): Entry[] => [
  ...entry(label('内容类型', 'Content type'), oidText(encrypted.contentType)),
  ...entry(label('内容加密算法', 'Content encryption'), algorithm(encrypted.algorithm)),
  ...entry(
    label('密文', 'Ciphertext'),
    encrypted.ciphertext === undefined
      ? label('不在消息中', 'not in the message')
      : `${encrypted.ciphertext.length} bytes`,
  ),
];

function bodyEntries(message: Message, reports: readonly SignerReport[], context: InspectContext): Entry[] {
  const parts: Entry[] = [];
  if (message.kind === 'data')
    parts.push(...entry(label('内容', 'Content'), contentValue(message.content, context)));
  if (message.kind === 'signedData') {
    parts.push(
      ...entry(label('内容类型', 'Content type'), oidText(message.contentType)),
      ...entry(label('内容', 'Content'), contentValue(message.content, context)),
    );
  }
  if ('encrypted' in message) parts.push(...encryptedEntries(message.encrypted));
  if ('recipients' in message)
    parts.push(...message.recipients.map((one, i) => recipientEntry(one, i, context)));
  if ('signers' in message) {
    parts.push(...message.signers.map((one, i) => signerEntry(one, i, reports[i], context)));
  }
  if (message.kind === 'keyAgreementInfo') {
    parts.push(
      ...entry(label('用户标识', 'User ID'), hexLines(message.userId, 64)),
      ...entry(label('临时公钥', 'Temporary public key'), hexLines(message.temporaryPublicKey)),
      { label: label('证书', 'Certificate'), below: certificateEntries(message.certificate, context) },
    );
  }
  return [...parts, ...carriedEntries(message, context)];
}

function carriedEntries(message: Message, context: InspectContext): Entry[] {
  if (!('certificates' in message)) return [];
  const { certificates, crls } = message;
  return [
    ...certificates.slice(0, context.entries).map((certificate, i) => ({
      label: label(`附带证书 ${i + 1}`, `Certificate ${i + 1}`),
      below: certificateEntries(certificate, context),
    })),
    ...entry(label('附带吊销列表', 'CRLs'), crls.length === 0 ? undefined : String(crls.length)),
  ];
}

function messageJson(
  message: Message,
  reports: readonly SignerReport[],
  context: InspectContext,
): Record<string, JsonValue> {
  const reference = (one: CertificateReference): JsonValue => referenceText(one, context);
  const signers = 'signers' in message ? message.signers : [];
  return {
    messageKind: message.kind,
    syntax: message.syntax,
    contentType:
      'contentType' in message
        ? message.contentType
        : 'encrypted' in message
          ? message.encrypted.contentType
          : null,
    contentBytes: 'content' in message ? (message.content?.length ?? null) : null,
    contentEncryption: 'encrypted' in message ? message.encrypted.algorithm.name : null,
    signers: signers.map((signer, i) => ({
      certificate: reference(signer.reference),
      digestAlgorithm: signer.digestAlgorithm.name,
      signatureAlgorithm: signer.signatureAlgorithm.name,
      signedAttributes: signer.signedAttributes?.map(({ oid }) => oid) ?? null,
      unsignedAttributes: signer.unsignedAttributes.map(({ oid }) => oid),
      digest: reports[i] === undefined ? 'not-checked' : digestOf(reports[i]!),
      signature: reports[i]?.signature ?? 'not-checked',
      signingTime: toJson(reports[i]?.signingTime, context),
    })),
    recipients:
      'recipients' in message
        ? message.recipients.map((one) => (one.kind === 'other' ? null : reference(one.reference)))
        : [],
    certificates:
      'certificates' in message ? message.certificates.map((one) => certificateJson(one, context)) : [],
    findings: message.findings.map(({ code, where }) => ({ code, where })),
  };
}

/** A message as it is shown; signatures are checked with the certificates it carries, and nothing is trusted. */
export function inspectMessage(der: Uint8Array, context: InspectContext): Inspected {
  const message = parseMessage(der, { policy: context.policy });
  const reports = message.kind === 'signedData' ? verifySignedMessage(message).signers : [];
  const { zh, en } = KINDS[message.kind];
  return {
    kind: 'message',
    title: label(`密码消息：${zh}`, `Message: ${en}`),
    entries: [
      ...entry(label('语法', 'Syntax'), SYNTAXES[message.syntax]),
      ...bodyEntries(message, reports, context),
      ...findingEntries(message.findings),
    ],
    json: messageJson(message, reports, context),
  };
}

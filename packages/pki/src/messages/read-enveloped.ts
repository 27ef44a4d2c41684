import { readAlgorithm } from '../algorithms/index.ts';
import { readImplicitOctets } from '../internal/ber.ts';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, expectTag, readOctets, readOne, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import type {
  AuthEnvelopedMessage,
  EncryptedContent,
  EncryptedMessage,
  EnvelopedMessage,
  MessageRecipient,
  MessageSyntax,
  SignedAndEnvelopedMessage,
} from '../spec/v1/message.ts';
import { readAttributes, readCertificates, readParties, readReference } from './read-parts.ts';
import { type ReadContext, readContentType, readDigestAlgorithms } from './read-signed.ts';
import { readSigner } from './read-signer.ts';

/** Longest encrypted key; an SM2Cipher of a content key has about 125 bytes, one of RSA 1024. */
const MAX_ENCRYPTED_KEY_BYTES = 4096;

/** Tags of recipients that get the key another way: key agreement, shared keys, passwords, others. */
const OTHER_RECIPIENTS = new Set([0xa1, 0xa2, 0xa3, 0xa4]);

/** One RecipientInfo. @standard GB/T 35275-2017, RFC 5652 §6.2 */
function readRecipient(element: Tlv, syntax: MessageSyntax, log: FindingLog): MessageRecipient {
  if (syntax === 'rfc5652' && OTHER_RECIPIENTS.has(element.tag)) return { kind: 'other', raw: element.raw };
  const cursor = new Cursor(expectTag(element, 0x30, 'recipient').value);
  const version = readSmallInteger(cursor.take(0x02, 'recipient version'), 'recipient version');
  const reference = readReference(cursor.next('recipient'));
  const byKey = reference.by === 'keyIdentifier';
  if (byKey && syntax === 'gbt35275') log.note('RECIPIENT_BY_KEY_IDENTIFIER', 'recipientInfo');
  const plain = syntax === 'gbt35275' ? 1 : 0;
  if (version !== (byKey ? 2 : plain)) log.note('MESSAGE_VERSION', 'recipientInfo');
  const keyEncryptionAlgorithm = readAlgorithm(cursor.next('key encryption algorithm'), {
    where: 'keyEncryptionAlgorithm',
    expected: ['sm2-encrypt'],
    log,
  });
  const encryptedKey = readOctets(cursor.next('encrypted key'), 'encrypted key');
  if (encryptedKey.length > MAX_ENCRYPTED_KEY_BYTES) throw new DerProblem('encrypted key');
  cursor.end('recipient');
  return { kind: 'keyTransport', raw: element.raw, version, reference, keyEncryptionAlgorithm, encryptedKey };
}

/** EncryptedContentInfo. @standard GB/T 35275-2017, RFC 5652 §6.1 */
export function readEncryptedContent(
  element: Tlv | undefined,
  syntax: MessageSyntax,
  log: FindingLog,
): EncryptedContent {
  const cursor = new Cursor(expectTag(element, 0x30, 'encrypted content').value);
  const contentType = readContentType(cursor.next('content type'), syntax, log);
  const algorithm = readAlgorithm(cursor.next('content encryption algorithm'), {
    where: 'contentEncryptionAlgorithm',
    expected: ['sm4-cbc', 'sm4-gcm'],
    log,
  });
  const written = cursor.maybe(0x80) ?? cursor.maybe(0xa0);
  const ciphertext =
    written === undefined
      ? undefined
      : readImplicitOctets(written, 0, () => log.note('BER_ENCODING', 'encryptedContent'));
  const shared = syntax === 'gbt35275';
  const first = shared ? cursor.maybe(0x81) : undefined;
  const second = shared ? cursor.maybe(0x82) : undefined;
  cursor.end('encrypted content');
  return {
    contentType,
    algorithm,
    ciphertext,
    ...(first === undefined ? {} : { sharedInfo1: first.value }),
    ...(second === undefined ? {} : { sharedInfo2: second.value }),
  };
}

/** recipientInfos, at least one. */
export function readRecipients(
  element: Tlv | undefined,
  syntax: MessageSyntax,
  log: FindingLog,
): MessageRecipient[] {
  const recipients = readParties(element, 'recipients').map((part) => readRecipient(part, syntax, log));
  if (recipients.length === 0) throw new DerProblem('recipients');
  return recipients;
}

/** Versions of EnvelopedData. @standard GB/T 35275-2017, RFC 5652 §6.1 */
export function checkEnvelopedVersion(
  version: number,
  recipients: readonly MessageRecipient[],
  newer: boolean,
  syntax: MessageSyntax,
  log: FindingLog,
): void {
  const allPlain = recipients.every((each) => each.kind === 'keyTransport' && each.version === 0);
  const cms = newer ? [2, 3, 4] : allPlain ? [0] : [2, 3];
  if (!(syntax === 'gbt35275' ? [1] : cms).includes(version)) log.note('MESSAGE_VERSION', 'envelopedData');
}

/** EnvelopedData. @standard GB/T 35275-2017, RFC 5652 §6.1 */
export function readEnveloped(
  body: Uint8Array,
  { base, log }: ReadContext,
): Omit<EnvelopedMessage, 'findings'> {
  const { syntax } = base;
  const cms = syntax === 'rfc5652';
  const cursor = new Cursor(readOne(body, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  const originator = cms ? cursor.maybe(0xa0) : undefined;
  const recipients = readRecipients(cursor.next('recipients'), syntax, log);
  const encrypted = readEncryptedContent(cursor.next('encrypted content'), syntax, log);
  const attributes = cms ? cursor.maybe(0xa1) : undefined;
  cursor.end('enveloped data');
  const newer = originator !== undefined || attributes !== undefined;
  checkEnvelopedVersion(version, recipients, newer, syntax, log);
  return { ...base, kind: 'envelopedData', version, recipients, encrypted };
}

/** AuthEnvelopedData. @standard RFC 5083 §2.1 */
export function readAuthEnveloped(
  body: Uint8Array,
  { base, log }: ReadContext,
): Omit<AuthEnvelopedMessage, 'findings'> {
  const cursor = new Cursor(readOne(body, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  if (version !== 0) log.note('MESSAGE_VERSION', 'authEnvelopedData');
  cursor.maybe(0xa0);
  const recipients = readRecipients(cursor.next('recipients'), base.syntax, log);
  const encrypted = readEncryptedContent(cursor.next('encrypted content'), base.syntax, log);
  const authenticated = cursor.maybe(0xa1);
  const attributes = authenticated === undefined ? undefined : readAttributes(authenticated);
  const tag = readOctets(cursor.next('tag'), 'tag');
  cursor.maybe(0xa2);
  cursor.end('enveloped data');
  return {
    ...base,
    kind: 'authEnvelopedData',
    version,
    recipients,
    encrypted,
    authenticatedAttributesRaw: attributes?.setRaw,
    authenticatedAttributes: attributes?.attributes ?? [],
    tag,
  };
}

/** SignedAndEnvelopedData. @standard GB/T 35275-2017 */
export function readSignedAndEnveloped(
  body: Uint8Array,
  { base, log }: ReadContext,
): Omit<SignedAndEnvelopedMessage, 'findings'> {
  const cursor = new Cursor(readOne(body, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  if (version !== 1) log.note('MESSAGE_VERSION', 'signedAndEnvelopedData');
  const recipients = readRecipients(cursor.next('recipients'), base.syntax, log);
  const digestAlgorithms = readDigestAlgorithms(cursor.next('digest algorithms'), log);
  const encrypted = readEncryptedContent(cursor.next('encrypted content'), base.syntax, log);
  const certificates = readCertificates(cursor, log);
  const signers = readParties(cursor.next('signers'), 'signers').map((part) =>
    readSigner(part, base.syntax, log),
  );
  cursor.end('signed and enveloped data');
  const kind = 'signedAndEnvelopedData' as const;
  return { ...base, ...certificates, kind, version, recipients, digestAlgorithms, encrypted, signers };
}

/** EncryptedData. @standard GB/T 35275-2017, RFC 5652 §8 */
export function readEncryptedData(
  body: Uint8Array,
  { base, log }: ReadContext,
): Omit<EncryptedMessage, 'findings'> {
  const cms = base.syntax === 'rfc5652';
  const cursor = new Cursor(readOne(body, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  const encrypted = readEncryptedContent(cursor.next('encrypted content'), base.syntax, log);
  const attributes = cms ? cursor.maybe(0xa1) : undefined;
  cursor.end('encrypted data');
  const wanted = cms ? (attributes === undefined ? 0 : 2) : 1;
  if (version !== wanted) log.note('MESSAGE_VERSION', 'encryptedData');
  return { ...base, kind: 'encryptedData', version, encrypted };
}

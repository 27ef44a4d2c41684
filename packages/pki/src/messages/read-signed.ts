import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readOne, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import type { MessageBase, MessageSyntax, SignedMessage } from '../spec/v1/message.ts';
import { CMS_CONTENT_TYPES, dataType } from './content-types.ts';
import { readCertificates, readParties, readSet } from './read-parts.ts';
import { readDigestAlgorithm, readSigner } from './read-signer.ts';

/** Most digest algorithms of one message. */
const MAX_DIGEST_ALGORITHMS = 16;

/** What the readers of all kinds get. */
export interface ReadContext {
  readonly base: Omit<MessageBase, 'findings'>;
  readonly log: FindingLog;
}

/** digestAlgorithms. */
export const readDigestAlgorithms = (
  element: Tlv | undefined,
  log: FindingLog,
): SignedMessage['digestAlgorithms'] =>
  readSet(element, 0x31, MAX_DIGEST_ALGORITHMS, 'digest algorithms').map((part) =>
    readDigestAlgorithm(part, log),
  );

/** An inner content type; that of PKCS#7 in a GB/T 35275 message means its data. */
export function readContentType(element: Tlv | undefined, syntax: MessageSyntax, log: FindingLog): string {
  const oid = readOid(element, 'content type');
  if (syntax === 'gbt35275' && oid === CMS_CONTENT_TYPES.data) log.note('CONTENT_TYPE_PKCS7', 'contentType');
  return oid;
}

/**
 * The content: octets of an OCTET STRING; GB/T 35275 and PKCS#7 also know content of another
 * type, of which the contents octets are signed, without tag and length.
 *
 * @standard RFC 2315 §9.3, RFC 5652 §5.2
 */
function readContent(
  wrapped: Tlv | undefined,
  syntax: MessageSyntax,
): Pick<SignedMessage, 'content' | 'typedContent'> {
  if (wrapped === undefined) return { content: undefined };
  const [element, ...rest] = readAll(wrapped.value);
  if (element === undefined || rest.length > 0) throw new DerProblem('content');
  const typed = syntax === 'gbt35275' && element.tag === 0x30;
  if (typed) return { content: element.value, typedContent: true };
  return { content: expectTag(element, 0x04, 'content').value };
}

/** The version that RFC 5652 §5.1 asks for; GB/T 35275 always has 1. */
function versionFor(message: Omit<SignedMessage, 'version' | 'findings'>): number {
  if (message.syntax === 'gbt35275') return 1;
  const other = [...message.otherCertificates, ...message.otherRevocation].map(([tag]) => tag);
  if (other.includes(0xa3) || message.otherRevocation.length > 0) return 5;
  if (other.includes(0xa2)) return 4;
  const newer = message.contentType !== dataType(message.syntax) || other.includes(0xa1);
  return newer || message.signers.some(({ reference }) => reference.by === 'keyIdentifier') ? 3 : 1;
}

/** SignedData. @standard GB/T 35275-2017, RFC 5652 §5.1 */
export function readSigned(body: Uint8Array, { base, log }: ReadContext): Omit<SignedMessage, 'findings'> {
  const cursor = new Cursor(readOne(body, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  const digestAlgorithms = readDigestAlgorithms(cursor.next('digest algorithms'), log);
  const inner = new Cursor(cursor.take(0x30, 'content info').value);
  const contentType = readContentType(inner.next('content type'), base.syntax, log);
  const content = readContent(inner.maybe(0xa0), base.syntax);
  inner.end('content info');
  const certificates = readCertificates(cursor, log);
  const signers = readParties(cursor.next('signers'), 'signers').map((part) =>
    readSigner(part, base.syntax, log),
  );
  cursor.end('signed data');
  const message = {
    ...base,
    ...certificates,
    kind: 'signedData' as const,
    digestAlgorithms,
    contentType,
    ...content,
    signers,
  };
  if (version !== versionFor(message)) log.note('MESSAGE_VERSION', 'signedData');
  return { ...message, version };
}

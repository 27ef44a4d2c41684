import { equalBytes } from '@cssi/sm-core';
import { encodeAlgorithm } from '../algorithms/index.ts';
import { Cursor } from '../internal/cursor.ts';
import { DerProblem, readAll, readOne, type Tlv } from '../internal/tlv.ts';
import { explicit, integer, oid, retag, sequence, setOf } from '../internal/write.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import {
  MAX_MESSAGE_ATTRIBUTES,
  MAX_MESSAGE_CERTIFICATES,
  MAX_MESSAGE_PARTIES,
  type MessageAttributeSpec,
  type SignedMessage,
} from '../spec/v1/message.ts';
import { contentTypeOf } from './content-types.ts';
import { checkList, checkSize, optionProblem, ownContent } from './options.ts';
import { makeSignerInfo } from './sign-message.ts';
import {
  algorithmsOf,
  checkAttributes,
  checkSignerSpec,
  encodeAttribute,
  type MessageSignerSpec,
} from './write-signer.ts';

/** The parts of SignedData as they stand. */
interface RawParts {
  readonly version: Tlv;
  readonly digestAlgorithms: Tlv;
  readonly contentInfo: Tlv;
  readonly certificates: Tlv | undefined;
  readonly crls: Tlv | undefined;
  readonly signers: Tlv;
}

function rawParts(message: SignedMessage): RawParts {
  if (message?.kind !== 'signedData') throw optionProblem('kind');
  try {
    return splitParts(message);
  } catch (error) {
    // A message that parseMessage gave has every part.
    if (error instanceof DerProblem) throw optionProblem('message');
    throw error;
  }
}

function splitParts(message: SignedMessage): RawParts {
  const outer = new Cursor(readOne(message.raw, 0x30).value);
  outer.next('content type');
  const cursor = new Cursor(readOne(outer.next('content').value, 0x30).value);
  return {
    version: cursor.next('version'),
    digestAlgorithms: cursor.next('digest algorithms'),
    contentInfo: cursor.next('content info'),
    certificates: cursor.maybe(0xa0),
    crls: cursor.maybe(0xa1),
    signers: cursor.next('signers'),
  };
}

const raws = (element: Tlv | undefined): Uint8Array[] =>
  element === undefined ? [] : readAll(element.value).map(({ raw }) => raw);

const withElement = (elements: Uint8Array[], added: Uint8Array): Uint8Array[] =>
  elements.some((element) => equalBytes(element, added)) ? elements : [...elements, added];

/** How a signature is added. */
export interface AddSignatureOptions {
  /** The content of a detached message; it is not checked against the other signatures. */
  readonly content?: Uint8Array;
  /** More certificates to carry, for example those of the new signer's issuers; none is trusted for it. */
  readonly certificates?: readonly Certificate[];
}

function contentToSign(message: SignedMessage, given: Uint8Array | undefined): Uint8Array {
  const content = message.content ?? given;
  if (content === undefined) throw optionProblem('content');
  const own = ownContent(content);
  if (given !== undefined && !equalBytes(ownContent(given), own)) throw optionProblem('content-twice');
  return own;
}

/**
 * The message with one more signature beside those it has (多人签名). What the others signed
 * stays as it is, byte for byte.
 *
 * @returns the new message, DER
 * @standard GB/T 35275-2017, RFC 5652 §5.1
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_SIGNING_FAILED
 */
export async function addSignature(
  message: SignedMessage,
  signer: MessageSignerSpec,
  options: AddSignatureOptions = {},
): Promise<Uint8Array> {
  const parts = rawParts(message);
  const { syntax, contentType } = message;
  const own = contentToSign(message, options.content);
  checkList([signer], 1, 'signers');
  checkSignerSpec(signer, syntax, contentType);
  if (message.signers.length >= MAX_MESSAGE_PARTIES) throw optionProblem('signers');
  checkList(options.certificates, MAX_MESSAGE_CERTIFICATES, 'certificates');
  const added = [signer.certificate, ...(options.certificates ?? [])].map(({ raw }) => raw);
  const certificates = added.reduce(withElement, raws(parts.certificates));
  if (certificates.length > MAX_MESSAGE_CERTIFICATES) throw optionProblem('certificates');
  const info = await makeSignerInfo(signer, syntax, contentType, own);
  const { digest } = algorithmsOf(signer, syntax);
  const announced = message.digestAlgorithms.some(({ name }) => name === digest);
  const newer = signer.identifiedBy === 'keyIdentifier' && message.version < 3;
  const body = sequence(
    newer ? integer(3) : parts.version.raw,
    announced
      ? parts.digestAlgorithms.raw
      : setOf([...raws(parts.digestAlgorithms), encodeAlgorithm(digest)]),
    parts.contentInfo.raw,
    retag(setOf(certificates), 0xa0),
    ...(parts.crls === undefined ? [] : [parts.crls.raw]),
    setOf([...raws(parts.signers), info]),
  );
  return checkSize(sequence(oid(contentTypeOf(syntax, 'signedData')!), explicit(0, body)));
}

/** Unsigned attributes with one more value, or one more attribute. */
function withAttribute(existing: Tlv | undefined, { oid: type, values }: MessageAttributeSpec): Uint8Array {
  let found = false;
  const attributes = raws(existing).map((raw) => {
    const [name, set] = readAll(readOne(raw, 0x30).value);
    if (found || !equalBytes(name!.raw, oid(type))) return raw;
    found = true;
    return sequence(name!.raw, setOf([...raws(set), ...values]));
  });
  const all = found ? attributes : [...attributes, encodeAttribute({ oid: type, values })];
  if (all.length > MAX_MESSAGE_ATTRIBUTES) throw optionProblem('attributes');
  return retag(setOf(all), 0xa1);
}

/**
 * The message with one more unsigned attribute, for example a time stamp over the signature,
 * at the signer with this index. Nothing that was signed changes. Signers are in DER order
 * afterwards, so an index of the old message may be another in the new one.
 *
 * @returns the new message, DER
 * @standard RFC 5652 §5.3, §11
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS
 */
export function addUnsignedAttribute(
  message: SignedMessage,
  signerIndex: number,
  attribute: MessageAttributeSpec,
): Uint8Array {
  const parts = rawParts(message);
  const signers = raws(parts.signers);
  const signer = signers[signerIndex];
  if (signer === undefined) throw optionProblem('signer-index');
  checkAttributes([attribute], false);
  const elements = readAll(readOne(signer, 0x30).value);
  const last = elements[elements.length - 1]!;
  const existing = last.tag === 0xa1 ? last : undefined;
  const kept = existing === undefined ? elements : elements.slice(0, -1);
  signers[signerIndex] = sequence(...kept.map(({ raw }) => raw), withAttribute(existing, attribute));
  const body = sequence(
    parts.version.raw,
    parts.digestAlgorithms.raw,
    parts.contentInfo.raw,
    ...(parts.certificates === undefined ? [] : [parts.certificates.raw]),
    ...(parts.crls === undefined ? [] : [parts.crls.raw]),
    setOf(signers),
  );
  return checkSize(sequence(oid(contentTypeOf(message.syntax, 'signedData')!), explicit(0, body)));
}

import { type AlgorithmName, type AlgorithmRef, readAlgorithm } from '../algorithms/index.ts';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, expectTag, readOctets, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import type { MessageSigner, MessageSyntax } from '../spec/v1/message.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { readAttributes, readIssuerAndSerial, readReference } from './read-parts.ts';

/** Longest signature: RSA of 8192 bits. */
const MAX_SIGNATURE_BYTES = 1024;

/** Signature algorithm that each syntax asks SM2 signers for; others keep their own names. */
const EXPECTED: Readonly<Record<MessageSyntax, AlgorithmName>> = {
  gbt35275: 'sm2-sign',
  rfc5652: 'sm2-sm3',
};

/** Reads the digest algorithm of a message or signer. */
export const readDigestAlgorithm = (element: Tlv | undefined, log: FindingLog): AlgorithmRef =>
  readAlgorithm(element, { where: 'digestAlgorithm', expected: ['sm3'], log });

/**
 * The signature algorithm; `rsaEncryption`, which CMS allows here, takes its hash from the
 * digest algorithm.
 *
 * @standard RFC 5652 §5.3, RFC 3370 §3.2
 */
function readSignatureAlgorithm(
  element: Tlv | undefined,
  digest: AlgorithmRef,
  syntax: MessageSyntax,
  log: FindingLog,
): AlgorithmRef {
  const read = readAlgorithm(element, { where: 'signatureAlgorithm', expected: [EXPECTED[syntax]], log });
  if (read.oid !== OIDS.rsaEncryption || !['sha256', 'sha384', 'sha512'].includes(digest.name)) return read;
  const name = `rsa-pkcs1-${digest.name}` as AlgorithmName;
  return { ...read, name };
}

/** Versions: 1, and in CMS 3 for a signer named by key identifier. */
function checkVersion(version: number, byKey: boolean, log: FindingLog): void {
  if (version !== (byKey ? 3 : 1)) log.note('MESSAGE_VERSION', 'signerInfo');
}

/** One SignerInfo. @standard GB/T 35275-2017, RFC 5652 §5.3 */
export function readSigner(element: Tlv, syntax: MessageSyntax, log: FindingLog): MessageSigner {
  const cursor = new Cursor(expectTag(element, 0x30, 'signer').value);
  const version = readSmallInteger(cursor.take(0x02, 'signer version'), 'signer version');
  const named = cursor.next('signer');
  const reference = syntax === 'gbt35275' ? readIssuerAndSerial(named) : readReference(named);
  checkVersion(version, reference.by === 'keyIdentifier', log);
  const digestAlgorithm = readDigestAlgorithm(cursor.next('digest algorithm'), log);
  const signed = cursor.maybe(0xa0);
  const attributes = signed === undefined ? undefined : readAttributes(signed);
  const algorithm = cursor.next('signature algorithm');
  const signatureAlgorithm = readSignatureAlgorithm(algorithm, digestAlgorithm, syntax, log);
  const signature = readOctets(cursor.next('signature'), 'signature');
  if (signature.length === 0 || signature.length > MAX_SIGNATURE_BYTES) throw new DerProblem('signature');
  const unsigned = cursor.maybe(0xa1);
  cursor.end('signer');
  return {
    raw: element.raw,
    version,
    reference,
    digestAlgorithm,
    signatureAlgorithm,
    signature,
    signedAttributes: attributes?.attributes,
    signedAttributesRaw: attributes?.setRaw,
    unsignedAttributes: unsigned === undefined ? [] : readAttributes(unsigned).attributes,
  };
}

import { encodeAlgorithm } from '../algorithms/index.ts';
import { explicit, integer, octets, oid, retag, sequence, setOf } from '../internal/write.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { MAX_MESSAGE_CERTIFICATES, type MessageSyntax } from '../spec/v1/message.ts';
import { looksLikeAttributes, PREFIX_BYTES } from './attributes-form.ts';
import { contentTypeOf, dataType } from './content-types.ts';
import { digestOf } from './digests.ts';
import {
  checkElement,
  checkList,
  checkOid,
  checkSize,
  checkSyntax,
  optionProblem,
  ownContent,
} from './options.ts';
import {
  algorithmsOf,
  checkSignerCount,
  checkSignerSpec,
  encodeSignerInfo,
  type MessageSignerSpec,
  signBytes,
  signedAttributesSet,
  signsAttributes,
} from './write-signer.ts';

/** What every signed message is made of, in memory or as a stream. */
export interface SignedMessageSpec {
  readonly syntax: MessageSyntax;
  readonly signers: readonly MessageSignerSpec[];
  /** Leaves the content out of the message. */
  readonly detached?: boolean;
  /** Object identifier of the content; plain data of the syntax when left out. */
  readonly contentType?: string;
  /** More certificates to carry, for example those of the issuers; none is trusted for it. */
  readonly certificates?: readonly Certificate[];
  /** Leaves out the certificates of the signers. */
  readonly withoutSignerCertificates?: boolean;
  /** CertificateLists to carry, DER. */
  readonly crls?: readonly Uint8Array[];
}

/** The content type, and every option looked at. @internal */
export function checkSignedSpec(spec: SignedMessageSpec): string {
  if (typeof spec !== 'object' || spec === null) throw optionProblem('signers');
  const { signers, certificates = [], crls = [] } = spec;
  const contentType = spec.contentType ?? dataType(checkSyntax(spec.syntax));
  checkSignerCount(signers);
  checkList(certificates, MAX_MESSAGE_CERTIFICATES - signers.length, 'certificates');
  checkList(crls, MAX_MESSAGE_CERTIFICATES, 'crls');
  for (const crl of crls) checkElement(crl, 'crls', 0x30);
  checkOid(contentType, 'content-type');
  for (const signer of signers) checkSignerSpec(signer, spec.syntax, contentType);
  return contentType;
}

/** digestAlgorithms, each once. @internal */
export const encodeDigestAlgorithms = ({ signers, syntax }: SignedMessageSpec): Uint8Array =>
  setOf(
    [...new Set(signers.map((signer) => algorithmsOf(signer, syntax).digest))].map((name) =>
      encodeAlgorithm(name),
    ),
  );

/** Certificates, each once, and CRLs under their tags; nothing for those that are empty. @internal */
export function encodeCertificates(spec: SignedMessageSpec): Uint8Array[] {
  const { signers, certificates = [], crls = [] } = spec;
  const own = spec.withoutSignerCertificates === true ? [] : signers.map(({ certificate }) => certificate);
  const each = new Map([...own, ...certificates].map(({ fingerprint, raw }) => [fingerprint, raw]));
  return [
    ...(each.size === 0 ? [] : [retag(setOf([...each.values()]), 0xa0)]),
    ...(crls.length === 0 ? [] : [retag(setOf(crls), 0xa1)]),
  ];
}

/** Version of SignedData. @standard GB/T 35275-2017, RFC 5652 §5.1 @internal */
export function signedVersion(spec: SignedMessageSpec, contentType: string): Uint8Array {
  const newer =
    contentType !== dataType(spec.syntax) ||
    spec.signers.some(({ identifiedBy }) => identifiedBy === 'keyIdentifier');
  return integer(spec.syntax === 'rfc5652' && newer ? 3 : 1);
}

/**
 * Content that has the form of signed attributes is not signed as it is: the signature would be
 * one over these attributes, and so over another content.
 *
 * @throws SmError ERR_PKI_MESSAGE_OPTIONS
 * @internal
 */
export function refuseAttributes(content: Uint8Array): void {
  if (looksLikeAttributes(content.subarray(0, PREFIX_BYTES))) throw optionProblem('content');
}

/** Signs for one signer and gives its SignerInfo. @internal */
export async function makeSignerInfo(
  signer: MessageSignerSpec,
  syntax: MessageSyntax,
  contentType: string,
  content: Uint8Array,
): Promise<Uint8Array> {
  let attributesSet: Uint8Array | undefined;
  if (signsAttributes(signer, syntax)) {
    const digest = digestOf(algorithmsOf(signer, syntax).digest, content)!;
    attributesSet = signedAttributesSet(signer, contentType, digest);
  } else refuseAttributes(content);
  const signature = await signBytes(signer, syntax, attributesSet ?? content);
  return encodeSignerInfo(signer, syntax, { attributesSet, signature });
}

/**
 * Makes a signed message (签名数据), DER: attached or detached, by one or several signers. Each
 * signature is checked before it is given out. Without signed attributes the signature is over
 * the content octets, with them over their DER SET OF; content that itself begins like such a
 * SET OF is refused without them. Signer IDs are the default one.
 *
 * @param content - at most 15,728,640 bytes; {@link signMessageStream} takes more
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §5
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_SIGNING_FAILED
 */
export async function signMessage(content: Uint8Array, spec: SignedMessageSpec): Promise<Uint8Array> {
  const contentType = checkSignedSpec(spec);
  const own = ownContent(content);
  // Before any signer is waited for: what the caller changes meanwhile must not count.
  const certificates = encodeCertificates(spec);
  const infos: Uint8Array[] = [];
  for (const signer of spec.signers) infos.push(await makeSignerInfo(signer, spec.syntax, contentType, own));
  const body = sequence(
    signedVersion(spec, contentType),
    encodeDigestAlgorithms(spec),
    sequence(oid(contentType), ...(spec.detached === true ? [] : [explicit(0, octets(own))])),
    ...certificates,
    setOf(infos),
  );
  return checkSize(sequence(oid(contentTypeOf(spec.syntax, 'signedData')!), explicit(0, body)));
}

import { equalBytes, type SmError, sm2 } from '@cssi/sm-core';
import { type AlgorithmName, encodeAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import { encodeTime } from '../internal/times.ts';
import { implicit, integer, octets, oid, retag, sequence, setOf, unsigned } from '../internal/write.ts';
import { readPublicKeyInfo } from '../signature/public-key.ts';
import { verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import {
  MAX_MESSAGE_ATTRIBUTES,
  MAX_MESSAGE_PARTIES,
  type MessageAttributeSpec,
  type MessageSyntax,
} from '../spec/v1/message.ts';
import type { CertificateSigner, SignatureAlgorithm } from '../spec/v1/signer.ts';
import { ATTRIBUTE_OIDS, dataType } from './content-types.ts';
import { checkElement, checkList, checkOid, optionProblem } from './options.ts';

/** One signer of a message that is made. */
export interface MessageSignerSpec {
  readonly signer: CertificateSigner;
  /** Certificate of the signer's key. */
  readonly certificate: Certificate;
  /**
   * `none` signs the content itself, `standard` signs contentType, messageDigest and what is
   * named below. When left out: `none` in GB/T 35275 unless attributes are named, else `standard`.
   */
  readonly attributes?: 'none' | 'standard';
  /** The time that the signer claims; whole seconds. */
  readonly signingTime?: Date;
  /** More attributes to be signed. */
  readonly signedAttributes?: readonly MessageAttributeSpec[];
  readonly unsignedAttributes?: readonly MessageAttributeSpec[];
  /** How the certificate is named; by key identifier in CMS only. */
  readonly identifiedBy?: 'issuerAndSerial' | 'keyIdentifier';
}

/** Algorithm identifiers that a signer's algorithm becomes. */
interface SignerAlgorithms {
  readonly digest: AlgorithmName;
  readonly signature: AlgorithmName;
}

const ALGORITHMS: Readonly<Record<SignatureAlgorithm, SignerAlgorithms>> = {
  'sm2-sm3': { digest: 'sm3', signature: 'sm2-sm3' },
  'ecdsa-p256-sha256': { digest: 'sha256', signature: 'ecdsa-sha256' },
  'ecdsa-p384-sha384': { digest: 'sha384', signature: 'ecdsa-sha384' },
  'rsa-pkcs1-sha256': { digest: 'sha256', signature: 'rsa-pkcs1-sha256' },
};

/** Digest and signature algorithm of a signer; GB/T 35275 knows SM2 only and names it `.301.1`. */
export function algorithmsOf({ signer }: MessageSignerSpec, syntax: MessageSyntax): SignerAlgorithms {
  const algorithms = ALGORITHMS[signer.algorithm];
  if (algorithms === undefined) throw optionProblem('algorithm');
  if (syntax === 'rfc5652') return algorithms;
  if (signer.algorithm !== 'sm2-sm3') throw optionProblem('algorithm');
  return { digest: 'sm3', signature: 'sm2-sign' };
}

/** Does the signer sign attributes, and not the content itself? */
export function signsAttributes(spec: MessageSignerSpec, syntax: MessageSyntax): boolean {
  if (spec.attributes !== undefined) return spec.attributes === 'standard';
  return syntax === 'rfc5652' || spec.signingTime !== undefined || (spec.signedAttributes?.length ?? 0) > 0;
}

const sameKey = (a: Uint8Array, b: Uint8Array): boolean => {
  if (equalBytes(a, b)) return true;
  const [one, two] = [readPublicKeyInfo(a).sm2PublicKey, readPublicKeyInfo(b).sm2PublicKey];
  return one !== undefined && two !== undefined && equalBytes(one, two);
};

/** A certificate that says what its key is for must say that it is for signing. */
export const maySign = ({ keyUsage }: Certificate): boolean =>
  keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation');

/** Is the key for encryption alone? What it signs nobody accepts. */
const onlyEncrypts = (certificate: Certificate): boolean =>
  !maySign(certificate) &&
  (['keyEncipherment', 'dataEncipherment', 'keyAgreement'] as const).some((use) =>
    certificate.keyUsage?.has(use),
  );

/** Years that a signing time may have. */
const [FIRST_YEAR, LAST_YEAR] = [1950, 9999];

function checkSigningTime(time: Date | undefined): void {
  if (time === undefined) return;
  const year = time instanceof Date ? time.getUTCFullYear() : Number.NaN;
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) throw optionProblem('signing-time');
}

function checkHolder({ signer, certificate, identifiedBy }: MessageSignerSpec, syntax: MessageSyntax): void {
  if (!(signer?.publicKeyInfo instanceof Uint8Array)) throw optionProblem('signers');
  if (!(certificate?.publicKeyInfo instanceof Uint8Array)) throw optionProblem('certificate-key');
  if (!sameKey(signer.publicKeyInfo, certificate.publicKeyInfo)) throw optionProblem('certificate-key');
  if (onlyEncrypts(certificate)) throw optionProblem('key-usage');
  const noKeyIdentifier = syntax === 'gbt35275' || certificate.subjectKeyIdentifier === undefined;
  if (identifiedBy === 'keyIdentifier' && noKeyIdentifier) throw optionProblem('identified-by');
}

/** Refuses what would make a message that nobody accepts. */
export function checkSignerSpec(spec: MessageSignerSpec, syntax: MessageSyntax, contentType: string): void {
  const { attributes, signingTime, signedAttributes = [] } = spec;
  checkHolder(spec, syntax);
  algorithmsOf(spec, syntax);
  if (attributes !== undefined && attributes !== 'none' && attributes !== 'standard') {
    throw optionProblem('attributes');
  }
  checkSigningTime(signingTime);
  checkAttributes(spec.signedAttributes, true);
  checkAttributes(spec.unsignedAttributes, false);
  if (signsAttributes(spec, syntax)) return;
  // RFC 5652 §5.3, RFC 2315 §9.2: signed attributes must be there unless the content is plain data.
  if (contentType !== dataType(syntax)) throw optionProblem('attributes');
  if (signingTime !== undefined || signedAttributes.length > 0) throw optionProblem('attributes');
}

const OWN_ATTRIBUTES = new Set<string>([
  ATTRIBUTE_OIDS.contentType,
  ATTRIBUTE_OIDS.messageDigest,
  ATTRIBUTE_OIDS.signingTime,
  // What a caller says about the algorithms might be about others.
  ATTRIBUTE_OIDS.algorithmProtection,
]);
/** Most values of one attribute. */
const MAX_ATTRIBUTE_VALUES = 1024;

/** @throws SmError ERR_PKI_MESSAGE_OPTIONS for attributes that cannot be read again */
export function checkAttributes(
  attributes: readonly MessageAttributeSpec[] | undefined,
  signed: boolean,
): void {
  checkList(attributes, MAX_MESSAGE_ATTRIBUTES - OWN_ATTRIBUTES.size, 'attributes');
  for (const { oid: type, values } of attributes ?? []) {
    checkOid(type, 'attributes');
    if (signed && OWN_ATTRIBUTES.has(type)) throw optionProblem('attributes');
    const good = Array.isArray(values) && values.length > 0 && values.length <= MAX_ATTRIBUTE_VALUES;
    if (!good) throw optionProblem('attributes');
    for (const value of values) checkElement(value, 'attributes');
  }
}

export const encodeAttribute = ({ oid: type, values }: MessageAttributeSpec): Uint8Array =>
  sequence(oid(type), setOf(values));

/** SET OF the signed attributes in DER, tag 31: the bytes to be signed. @standard RFC 5652 §5.4 */
export function signedAttributesSet(
  { signingTime, signedAttributes = [] }: MessageSignerSpec,
  contentType: string,
  digest: Uint8Array,
): Uint8Array {
  const own: MessageAttributeSpec[] = [
    { oid: ATTRIBUTE_OIDS.contentType, values: [oid(contentType)] },
    { oid: ATTRIBUTE_OIDS.messageDigest, values: [octets(digest)] },
  ];
  if (signingTime !== undefined) {
    own.push({ oid: ATTRIBUTE_OIDS.signingTime, values: [encodeTime(signingTime)] });
  }
  return setOf([...own, ...signedAttributes].map(encodeAttribute));
}

/** What a signer made, to be put into a SignerInfo. */
export interface MadeSignature {
  readonly attributesSet: Uint8Array | undefined;
  readonly signature: Uint8Array;
}

/** SignerInfo. @standard GB/T 35275-2017, RFC 5652 §5.3 */
export function encodeSignerInfo(
  spec: MessageSignerSpec,
  syntax: MessageSyntax,
  made: MadeSignature,
): Uint8Array {
  const { certificate, unsignedAttributes = [] } = spec;
  const { digest, signature } = algorithmsOf(spec, syntax);
  const byKey = spec.identifiedBy === 'keyIdentifier';
  const none = new Uint8Array(0);
  return sequence(
    integer(byKey ? 3 : 1),
    byKey
      ? implicit(0, certificate.subjectKeyIdentifier!)
      : sequence(certificate.issuerRaw, unsigned(certificate.serial)),
    encodeAlgorithm(digest),
    made.attributesSet === undefined ? none : retag(made.attributesSet, 0xa0),
    encodeAlgorithm(signature),
    octets(made.signature),
    unsignedAttributes.length === 0 ? none : retag(setOf(unsignedAttributes.map(encodeAttribute)), 0xa1),
  );
}

/** The error for a signer whose signature is wrong. */
export const signingFailed = (): SmError => PKI_ERRORS.create('ERR_PKI_SIGNING_FAILED');

/**
 * Signs bytes in memory and checks what came back.
 *
 * @throws SmError ERR_PKI_SIGNING_FAILED, and whatever the signer rejects with
 */
export async function signBytes(
  spec: MessageSignerSpec,
  syntax: MessageSyntax,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const { signature: algorithm } = algorithmsOf(spec, syntax);
  // The signer gets a copy: what was hashed here must stay what it was.
  const signature = await spec.signer.sign(Uint8Array.from(bytes));
  if (!(signature instanceof Uint8Array)) throw signingFailed();
  const { check } = verifySignature(algorithm, spec.signer.publicKeyInfo, bytes, signature);
  if (check !== 'right') throw signingFailed();
  return Uint8Array.from(signature);
}

/** e = SM3(Z‖M) begins with Z of the signer's key under the default ID. */
export function signerZ({ signer }: MessageSignerSpec): Uint8Array {
  const { sm2PublicKey } = readPublicKeyInfo(signer.publicKeyInfo);
  if (sm2PublicKey === undefined) throw optionProblem('algorithm');
  return sm2.z(sm2PublicKey);
}

/** At least one signer, and no more than can be read again. */
export function checkSignerCount(signers: readonly MessageSignerSpec[]): void {
  if (!Array.isArray(signers) || signers.length === 0 || signers.length > MAX_MESSAGE_PARTIES) {
    throw optionProblem('signers');
  }
  checkList(signers, MAX_MESSAGE_PARTIES, 'signers');
}

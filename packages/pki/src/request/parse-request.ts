import { Secret, utf8 } from '@cssi/sm-core';
import { decodeName } from '../certificate/names.ts';
import {
  type ParseOptions,
  readSignatureAlgorithm,
  readSubjectKey,
  signatureName,
} from '../certificate/parse-certificate.ts';
import { decodeExtensions, type ExtensionFacts } from '../certificate/read-extensions.ts';
import { decodeText } from '../certificate/text.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readBytesOfBits,
  readOne,
  readSmallInteger,
  type Tlv,
} from '../internal/tlv.ts';
import { type SignatureOptions, type SignatureResult, verifySignature } from '../signature/verify.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { type CertificateRequest, MAX_REQUEST_BYTES, type RequestAttribute } from './types.ts';

const WHAT = 'attributes';

function readAttribute(element: Tlv): { oid: string; values: readonly Tlv[] } {
  const [type, values, ...rest] = readAll(expectTag(element, 0x30, WHAT).value);
  const oid = readOid(type, WHAT);
  const list = readAll(expectTag(values, 0x31, WHAT).value);
  if (rest.length > 0 || list.length === 0) throw new DerProblem(WHAT);
  return { oid, values: list };
}

/** Some software leaves the attributes out where the standard asks for an empty set. */
function readAttributes(element: Tlv | undefined): ReadonlyMap<string, readonly Tlv[]> {
  const list = element === undefined ? [] : readAll(element.value).map(readAttribute);
  const byOid = new Map(list.map(({ oid, values }) => [oid, values]));
  if (byOid.size !== list.length) throw new DerProblem('repeated attribute');
  return byOid;
}

/** The one value of an attribute that is there. */
function single(attributes: ReadonlyMap<string, readonly Tlv[]>, oid: string): Tlv | undefined {
  const values = attributes.get(oid);
  if (values !== undefined && values.length !== 1) throw new DerProblem(WHAT);
  return values?.[0];
}

function passwordOf(value: Tlv | undefined): Secret | undefined {
  if (value === undefined) return undefined;
  const text = decodeText(value.tag, value.value);
  if (text === undefined) throw new DerProblem(WHAT);
  return Secret.take(utf8(text));
}

function requestedFacts(facts: ExtensionFacts): CertificateRequest['requested'] {
  const { keyUsage, extendedKeyUsage, isCa, pathLength, subjectAltNames, dnsNames, ipAddresses, identity } =
    facts;
  return {
    keyUsage,
    extendedKeyUsage,
    isCa,
    ...(pathLength === undefined ? {} : { pathLength }),
    subjectAltNames,
    dnsNames,
    ipAddresses,
    identity,
  };
}

function parse(der: Uint8Array, log: FindingLog): CertificateRequest {
  const outer = new Cursor(readOne(der, 0x30).value);
  const info = outer.take(0x30, 'info');
  const signatureRef = readSignatureAlgorithm(outer.next('signature'), 'signatureAlgorithm', log);
  const signature = readBytesOfBits(outer.next('signature'), 'signature');
  outer.end('trailing');
  const body = new Cursor(info.value);
  if (readSmallInteger(body.next('version'), 'version') !== 0) throw new DerProblem('version');
  const subject = body.take(0x30, 'subject');
  const { attributes: subjectAttributes, name } = decodeName(subject.value);
  const publicKeyInfo = body.take(0x30, 'public key').raw;
  const list = body.maybe(0xa0);
  // PKCS#10 has no default for them: an empty set is written.
  if (list === undefined) log.note('REQUEST_ATTRIBUTES_ABSENT', 'attributes');
  const attributes = readAttributes(list);
  body.end('trailing');
  const facts = decodeExtensions(single(attributes, OIDS.extensionRequest)?.raw, log);
  const challengePassword = passwordOf(single(attributes, OIDS.challengePassword));
  const shown: RequestAttribute[] = [...attributes]
    .filter(([oid]) => oid !== OIDS.challengePassword)
    .map(([oid, values]) => ({ oid, values: values.map(({ raw }) => raw) }));
  return {
    raw: der,
    infoRaw: info.raw,
    subjectRaw: subject.raw,
    subject: name,
    subjectAttributes,
    publicKeyInfo,
    ...readSubjectKey(publicKeyInfo, log),
    attributes: shown,
    ...(challengePassword === undefined ? {} : { challengePassword }),
    requestedExtensions: facts.extensions,
    requested: requestedFacts(facts),
    signatureAlgorithm: signatureName(signatureRef),
    signatureRef,
    signature,
    findings: log.findings,
  };
}

/**
 * Reads a certificate request (PKCS#10) strictly; known deviations as `parseCertificate` does.
 * Reading does not check the signature: see {@link verifyCertificateRequest}.
 *
 * @param der - at most 65,536 bytes; copied
 * @throws {@link SmError} ERR_PKI_CSR_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 * @standard RFC 2986 §4
 */
export function parseCertificateRequest(der: Uint8Array, { policy }: ParseOptions = {}): CertificateRequest {
  const log = new FindingLog(policy);
  return reading('ERR_PKI_CSR_MALFORMED', MAX_REQUEST_BYTES, der, (copy) => parse(copy, log));
}

/**
 * Checks that whoever made the request has its private key (私钥拥有证明), over the bytes as
 * received. A request without this proof must not be granted.
 *
 * @param options - `signerIds`: what the SM2 signature may have been made with; the default
 * signer ID when left out
 * @throws {@link SmError} ERR_SM2_ID_INVALID, ERR_PKI_PATH_OPTIONS
 * @standard RFC 2986 §3
 */
export function verifyCertificateRequest(
  request: CertificateRequest,
  options: Pick<SignatureOptions, 'signerIds'> = {},
): SignatureResult {
  const { signatureRef, infoRaw, signature } = request;
  return verifySignature(signatureRef, request, infoRaw, signature, { signerIds: options.signerIds });
}

import { concatBytes, equalBytes } from '@cssi/sm-core';
import { signStructure } from '../certificate/sign.ts';
import { readOne } from '../internal/tlv.ts';
import {
  enumerated,
  explicit,
  generalizedTime,
  implicit,
  octets,
  oid,
  retag,
  sequence,
} from '../internal/write.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import {
  MAX_OCSP_ENTRIES,
  OCSP_RESPONSE_STATUS,
  type OcspAnswer,
  type OcspResponseSpec,
  type OcspResponseStatus,
} from '../spec/v1/ocsp.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { REVOCATION_REASONS, type RevocationFacts } from '../spec/v1/revocation.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { extension } from './extensions.ts';
import { keyBits, ocspHash } from './ocsp-hash.ts';
import { nonceExtension } from './ocsp-request.ts';
import { isReason } from './reasons.ts';
import { invalidOption, wholeSeconds } from './write-support.ts';

/** Most certificates that go along. */
const MAX_CHAIN = 8;

const time = (value: Date, option: string): Uint8Array => generalizedTime(wholeSeconds(value, option));

function revokedInfo({ revocationDate, reason }: RevocationFacts): Uint8Array {
  if (!isReason(reason) || reason === 'removeFromCRL') throw invalidOption('reason');
  const code = reason === 'unspecified' ? [] : [explicit(0, enumerated(REVOCATION_REASONS[reason]))];
  return retag(sequence(time(revocationDate, 'revocationDate'), ...code), 0xa1);
}

function certStatus({ status, revocation }: OcspAnswer): Uint8Array {
  if ((status === 'revoked') !== (revocation !== undefined)) throw invalidOption('revocation');
  if (revocation !== undefined) return revokedInfo(revocation);
  if (status !== 'good' && status !== 'unknown') throw invalidOption('status');
  return implicit(status === 'good' ? 0 : 2, new Uint8Array(0));
}

function singleExtensions({ archiveCutoff, revocation }: OcspAnswer): Uint8Array[] {
  const list: Uint8Array[] = [];
  if (archiveCutoff !== undefined) {
    list.push(extension(OIDS.ocspArchiveCutoff, false, time(archiveCutoff, 'archiveCutoff')));
  }
  // §4.4.5: entries of a list may be repeated here.
  if (revocation?.invalidityDate !== undefined) {
    list.push(extension(OIDS.invalidityDate, false, time(revocation.invalidityDate, 'invalidityDate')));
  }
  return list.length === 0 ? [] : [explicit(1, sequence(...list))];
}

function encodeAnswer(answer: OcspAnswer): Uint8Array {
  const { thisUpdate, nextUpdate } = answer;
  const next = nextUpdate === undefined ? [] : [explicit(0, time(nextUpdate, 'nextUpdate'))];
  if (nextUpdate !== undefined && nextUpdate < thisUpdate) throw invalidOption('nextUpdate');
  return sequence(
    answer.certId.raw,
    certStatus(answer),
    time(thisUpdate, 'thisUpdate'),
    ...next,
    ...singleExtensions(answer),
  );
}

function encodeTbs(spec: OcspResponseSpec): Uint8Array {
  const { responder, responderId = 'key', answers, nonce } = spec;
  if (!Array.isArray(answers) || answers.length === 0 || answers.length > MAX_OCSP_ENTRIES) {
    throw invalidOption('answers');
  }
  const id =
    responderId === 'name'
      ? explicit(1, responder.subjectRaw)
      : explicit(2, octets(ocspHash('sha1')!(keyBits(responder.publicKeyInfo))));
  return sequence(
    id,
    time(spec.producedAt, 'producedAt'),
    sequence(...answers.map(encodeAnswer)),
    ...(nonce === undefined ? [] : [explicit(1, sequence(nonceExtension(nonce)))]),
  );
}

const respond = (status: OcspResponseStatus, ...bytes: readonly Uint8Array[]): Uint8Array =>
  sequence(enumerated(OCSP_RESPONSE_STATUS[status]), ...bytes);

/**
 * Writes and signs an OCSP response (在线证书状态查询响应). The signature is verified before the
 * response leaves. Times are cut to whole seconds.
 *
 * @param signer - holds the key of `spec.responder`
 * @param chain - certificates that go along, the responder's first; none when the CA itself answers. At most 8.
 * @returns the response, DER
 * @throws {@link SmError} ERR_PKI_REVOCATION_OPTIONS, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_SIGNING_FAILED,
 * and what the signer throws
 * @standard RFC 6960 §4.2.1
 */
export async function createOcspResponse(
  spec: OcspResponseSpec,
  signer: CertificateSigner,
  chain: readonly Certificate[] = [],
): Promise<Uint8Array> {
  if (!equalBytes(spec.responder.publicKeyInfo, signer.publicKeyInfo)) throw invalidOption('responder');
  if (!Array.isArray(chain) || chain.length > MAX_CHAIN) throw invalidOption('chain');
  const signed = readOne(await signStructure(signer, () => encodeTbs(spec)), 0x30).value;
  const certificates =
    chain.length === 0 ? [] : [explicit(0, sequence(...chain.map(({ raw }: Certificate) => raw)))];
  const basic = sequence(concatBytes(signed, ...certificates));
  return respond('successful', explicit(0, sequence(oid(OIDS.ocspBasic), octets(basic))));
}

/**
 * Writes a response that says why there is no answer; it carries no signature.
 *
 * @throws {@link SmError} ERR_PKI_REVOCATION_OPTIONS
 * @standard RFC 6960 §4.2.1, §2.3
 */
export function createOcspErrorResponse(status: Exclude<OcspResponseStatus, 'successful'>): Uint8Array {
  const known = Object.hasOwn(OCSP_RESPONSE_STATUS, status);
  if (!known || (status as string) === 'successful') throw invalidOption('status');
  return respond(status);
}

import { SmError } from '@cssi/sm-core';
import { readAlgorithm } from '../algorithms/index.ts';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import {
  DerProblem,
  readAll,
  readBytesOfBits,
  readEnumerated,
  readOctets,
  readOne,
  type Tlv,
} from '../internal/tlv.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import {
  MAX_OCSP_ENTRIES,
  MAX_OCSP_RESPONSE_BYTES,
  OCSP_RESPONSE_STATUS,
  type OcspBasicResponse,
  type OcspResponse,
  type OcspResponseStatus,
} from '../spec/v1/ocsp.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { RevocationReadOptions } from '../spec/v1/revocation.ts';
import { ExtensionList } from './extensions.ts';
import { readNonce, skipVersion } from './ocsp-request.ts';
import { readGeneralized, readSingleResponse } from './ocsp-single.ts';

/** Most certificates that come along with a response. */
const MAX_CERTIFICATES = 16;
const KNOWN: ReadonlySet<string> = new Set<string>([OIDS.ocspNonce]);

const STATUSES = /* @__PURE__ */ new Map<number, OcspResponseStatus>(
  (Object.entries(OCSP_RESPONSE_STATUS) as [OcspResponseStatus, number][]).map(([name, code]) => [
    code,
    name,
  ]),
);

/** byName `[1]`, byKey `[2]`, both explicit. */
function readResponder(element: Tlv): OcspBasicResponse['responder'] {
  if (element.tag === 0xa1) return { nameRaw: readOne(element.value, 0x30).raw };
  if (element.tag === 0xa2) return { keyHash: readOne(element.value, 0x04).value };
  throw new DerProblem('responderID');
}

/** A certificate that cannot be read can have signed nothing that we check. */
function readCertificates(element: Tlv | undefined, log: FindingLog): Certificate[] {
  if (element === undefined) return [];
  const list = readAll(readOne(element.value, 0x30).value);
  if (list.length > MAX_CERTIFICATES) throw new DerProblem('certs');
  return list.flatMap(({ raw }) => {
    try {
      return [parseCertificate(raw, { policy: log.policy })];
    } catch (error) {
      if (error instanceof SmError && error.code === 'ERR_PKI_CERTIFICATE_MALFORMED') return [];
      throw error;
    }
  });
}

function readBasic(der: Uint8Array, log: FindingLog): OcspBasicResponse {
  const outer = new Cursor(readOne(der, 0x30).value);
  const tbs = outer.take(0x30, 'tbsResponseData');
  const where = { where: 'signatureAlgorithm', expected: ['sm2-sm3'], log } as const;
  const signatureAlgorithm = readAlgorithm(outer.take(0x30, 'algorithm'), where);
  const signature = readBytesOfBits(outer.next('signature'), 'signature');
  const certificates = readCertificates(outer.maybe(0xa0), log);
  outer.end('trailing');

  const data = new Cursor(tbs.value);
  skipVersion(data);
  const responder = readResponder(data.next('responderID'));
  const producedAt = readGeneralized(data.next('producedAt'), 'producedAt');
  const list = readAll(data.take(0x30, 'responses').value);
  const extensions = new ExtensionList(data.maybe(0xa1), 'responseExtensions', log);
  data.end('trailing');
  if (list.length > MAX_OCSP_ENTRIES) throw new DerProblem('responses');
  const nonce = extensions.read(OIDS.ocspNonce, readNonce);
  return {
    tbsRaw: tbs.raw,
    signatureAlgorithm,
    signature,
    responder,
    producedAt,
    responses: list.map((element) => readSingleResponse(element, log)),
    ...(nonce === undefined ? {} : { nonce }),
    certificates,
    unknownCritical: extensions.unknownCritical(KNOWN),
  };
}

function parse(der: Uint8Array, log: FindingLog): OcspResponse {
  const outer = new Cursor(readOne(der, 0x30).value);
  const status = STATUSES.get(readEnumerated(outer.next('responseStatus'), 'responseStatus'));
  const bytes = outer.maybe(0xa0);
  outer.end('trailing');
  // An error says nothing about certificates, and success without an answer is none.
  if (status === undefined || (status === 'successful') !== (bytes !== undefined)) {
    throw new DerProblem('responseStatus');
  }
  if (bytes === undefined) return { raw: der, status, findings: log.findings };
  const body = new Cursor(readOne(bytes.value, 0x30).value);
  if (readOid(body.next('responseType'), 'responseType') !== OIDS.ocspBasic) {
    throw new DerProblem('responseType');
  }
  const basic = readBasic(readOctets(body.next('response'), 'response'), log);
  body.end('trailing');
  return { raw: der, status, basic, findings: log.findings };
}

/**
 * Reads an OCSP response (在线证书状态查询响应): an error, or a basic response. Nothing of it is
 * checked yet; `verifyOcspResponse` does that.
 *
 * @param der - at most 262,144 bytes; copied
 * @throws {@link SmError} ERR_PKI_OCSP_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 * @standard RFC 6960 §4.2.1
 */
export function parseOcspResponse(der: Uint8Array, options: RevocationReadOptions = {}): OcspResponse {
  const log = new FindingLog(options.policy);
  return reading('ERR_PKI_OCSP_MALFORMED', MAX_OCSP_RESPONSE_BYTES, der, (copy) => parse(copy, log));
}

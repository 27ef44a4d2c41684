import {
  type Certificate,
  type CertificateRevocationList,
  certIdMatches,
  judgeRevocation,
  type OcspAnswer,
  type OcspCertId,
  PKI_ERRORS,
  verifyCrlSignature,
} from '@cssi/pki';

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';

const refused = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', { detail: `reason=${reason}` });

/** Lists of one CA by which answers are given: the newest complete one, and the delta lists laid over it. */
interface Lists {
  readonly issuer: Certificate;
  readonly complete: CertificateRevocationList;
  readonly deltas: readonly CertificateRevocationList[];
}

/** Is it of everything that the CA issued, and understood? Another list shows nobody as good. */
function check(list: CertificateRevocationList, issuer: Certificate, now: Date): void {
  if (verifyCrlSignature(list, issuer).check !== 'right') throw refused('list of another issuer');
  if (list.issuingDistributionPoint !== undefined) throw refused('list of a part of the certificates');
  if (list.unknownCritical.length > 0) throw refused('list with unknown critical extensions');
  if (list.thisUpdate > now) throw refused('list of the future');
}

const newer = (a: CertificateRevocationList, b: CertificateRevocationList): number =>
  b.thisUpdate.getTime() - a.thisUpdate.getTime() || Number((b.crlNumber ?? 0n) - (a.crlNumber ?? 0n));

/**
 * The lists that count. A delta list alone says nothing of most certificates, and one of another
 * complete list may say what nobody would see.
 *
 * @throws SmError ERR_PKI_REVOCATION_OPTIONS
 */
export function listsOf(lists: readonly CertificateRevocationList[], issuer: Certificate, now: Date): Lists {
  for (const list of lists) check(list, issuer, now);
  const [complete] = lists.filter(({ baseCrlNumber }) => baseCrlNumber === undefined).sort(newer);
  if (complete === undefined) throw refused('no complete list');
  const number = complete.crlNumber ?? -1n;
  const deltas = lists.filter(
    ({ baseCrlNumber, crlNumber }) => baseCrlNumber !== undefined && (crlNumber ?? 0n) > number,
  );
  if (deltas.some(({ baseCrlNumber }) => baseCrlNumber! > number)) {
    throw refused('delta list without its complete list');
  }
  const latest = [complete, ...deltas].sort(newer)[0]!;
  if (latest.nextUpdate !== undefined && latest.nextUpdate < now) throw refused('list past its next update');
  return { issuer, complete, deltas };
}

/**
 * What the CA's lists say, by the same judgement as `verify`; a serial number that the CA never gave is
 * good by them, like any other. The answer has the times of the list that decided.
 *
 * @throws SmError ERR_PKI_REVOCATION_OPTIONS when they do not say
 */
export function answerBy(certId: OcspCertId, { issuer, complete, deltas }: Lists, now: Date): OcspAnswer {
  if (!certIdMatches(certId, { serial: certId.serial }, issuer)) {
    return { certId, status: 'unknown', thisUpdate: now };
  }
  // Only name and serial number of whom is asked about are known; complete lists need no more.
  const asked: Certificate = {
    ...issuer,
    serial: certId.serial,
    issuerRaw: issuer.subjectRaw,
    notBefore: complete.thisUpdate,
    notAfter: new Date(Date.UTC(9999, 11, 31)),
  };
  const crls = [complete, ...deltas];
  const { status, code, revocation, thisUpdate } = judgeRevocation(asked, issuer, { time: now, crls });
  const decided = crls.find((list) => list.thisUpdate.getTime() === thisUpdate?.getTime());
  if (status === 'unknown' || decided === undefined) throw refused(code);
  const { nextUpdate } = decided;
  const isCurrent = nextUpdate !== undefined && nextUpdate >= now;
  return {
    certId,
    status,
    ...(status === 'revoked' && revocation !== undefined ? { revocation } : {}),
    thisUpdate: decided.thisUpdate,
    ...(isCurrent ? { nextUpdate } : {}),
  };
}

/** Refuses a responder whose answers nobody would count. @throws SmError ERR_PKI_REVOCATION_OPTIONS */
export function checkResponder(responder: Certificate, issuer: Certificate): void {
  if (Buffer.compare(responder.raw, issuer.raw) === 0) return;
  if (responder.extendedKeyUsage?.includes(OCSP_SIGNING) !== true) {
    throw refused('responder certificate is not for ocspSigning');
  }
  if (Buffer.compare(responder.issuerRaw, issuer.subjectRaw) !== 0) {
    throw refused('responder certificate of another issuer');
  }
}

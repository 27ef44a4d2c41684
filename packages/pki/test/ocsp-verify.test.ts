import { describe, expect, it } from 'vitest';
import {
  createOcspErrorResponse,
  type OcspVerifyOptions,
  parseOcspResponse,
  verifyOcspResponse,
} from '../src/revocation/index.ts';
import type { RevocationReport } from '../src/spec/v1/revocation.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { crlOf, type ResponseChanges, responseOf, revokedEntry } from './support/revocation.ts';

const NONCE = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

/** Verdict on a fresh leaf by one response of its CA, or of the responder that `make` gives. */
async function judged(
  make: ResponseChanges | ((ca: Holder) => Promise<ResponseChanges>) = {},
  options: Partial<OcspVerifyOptions> = {},
): Promise<RevocationReport> {
  const ca = await root();
  const leaf = await under(ca, 'leaf');
  const changes = typeof make === 'function' ? await make(ca) : make;
  const response = await responseOf(ca, leaf, changes);
  return verifyOcspResponse(response, {
    certificate: leaf.certificate,
    issuer: ca.certificate,
    time: NOW,
    ...options,
  });
}

const delegated =
  (changes: Parameters<typeof under>[2] = {}, more: ResponseChanges = {}) =>
  async (ca: Holder): Promise<ResponseChanges> => ({
    responder: await under(ca, 'OCSP', { profile: 'ocsp-responder', ...changes }),
    ...more,
  });

describe('a response that counts [part of SEAL-015]', () => {
  const GOOD: readonly [string, Parameters<typeof judged>[0], Partial<OcspVerifyOptions>][] = [
    ['by the CA itself, named by key', {}, {}],
    ['by the CA itself, named by name', { responderId: 'name' }, {}],
    ['by a delegated responder, named by key', delegated(), {}],
    ['by a delegated responder, named by name', delegated({}, { responderId: 'name' }), {}],
    ['with CertIDs by SHA-1', { request: { hash: 'sha1' } }, {}],
    ['with CertIDs by SHA-256', { request: { hash: 'sha256' } }, {}],
    ['with the nonce of the request', { nonce: NONCE }, { nonce: NONCE }],
    ['with a nonce that nobody asked for', { nonce: NONCE }, {}],
    ['stale by less than is tolerated', { answer: { nextUpdate: NOW } }, { toleranceSeconds: 300 }],
    [
      'later than the time of judgement',
      { answer: { thisUpdate: day(1), nextUpdate: day(2) } },
      { evidenceTime: day(1) },
    ],
  ];
  it.each(GOOD)('%s', async (_, make, options) => {
    expect(await judged(make, options)).toMatchObject({
      status: 'good',
      code: 'NOT_REVOKED',
      source: 'ocsp',
      notes: [],
    });
  });

  it('says revoked, from its date or the invalidity date on', async () => {
    const answer = (revocationDate: Date, invalidityDate?: Date) => ({
      answer: {
        status: 'revoked',
        revocation: {
          revocationDate,
          reason: 'keyCompromise',
          ...(invalidityDate === undefined ? {} : { invalidityDate }),
        },
        thisUpdate: day(5),
        nextUpdate: day(6),
      } as const,
    });
    const later = { evidenceTime: day(5) };
    expect(await judged(answer(NOW), later)).toMatchObject({
      status: 'revoked',
      code: 'CERTIFICATE_REVOKED',
    });
    expect(await judged(answer(day(1)), later)).toMatchObject({
      status: 'good',
      code: 'CERTIFICATE_REVOKED_LATER',
    });
    expect(await judged(answer(day(1), day(-1)), later)).toMatchObject({ status: 'revoked' });
  });

  it('after the certificate expired only with an archive that goes back far enough', async () => {
    const late = { thisUpdate: day(400), nextUpdate: day(401) };
    const options = { evidenceTime: day(400) };
    expect(await judged({ answer: late }, options)).toMatchObject({ code: 'REVOCATION_EVIDENCE_TOO_LATE' });
    expect(await judged({ answer: { ...late, archiveCutoff: day(300) } }, options)).toMatchObject({
      status: 'good',
    });
    expect(await judged({ answer: { ...late, archiveCutoff: day(380) } }, options)).toMatchObject({
      status: 'unknown',
    });
  });

  it('by a responder the caller trusts, whoever issued it', async () => {
    const other = await root({ subject: { commonName: 'OCSP' }, issuer: { commonName: 'OCSP' } });
    const make = async () => ({ responder: other, chain: [] });
    expect(await judged(make)).toMatchObject({ code: 'OCSP_RESPONDER_UNKNOWN' });
    expect(await judged(make, { trustedResponders: [other.certificate] })).toMatchObject({ status: 'good' });
  });
});

describe('a response that does not count [part of SEAL-015]', () => {
  const BAD: readonly [string, Parameters<typeof judged>[0], Partial<OcspVerifyOptions>, string][] = [
    ['out of date', { answer: { nextUpdate: NOW } }, {}, 'REVOCATION_EVIDENCE_STALE'],
    [
      'stale by more than is tolerated',
      { answer: { nextUpdate: day(-0.5) } },
      { toleranceSeconds: 300 },
      'REVOCATION_EVIDENCE_STALE',
    ],
    [
      'from the future',
      { answer: { thisUpdate: day(1), nextUpdate: day(2) } },
      {},
      'REVOCATION_EVIDENCE_FUTURE',
    ],
    ['signed in the future', { producedAt: day(1) }, {}, 'REVOCATION_EVIDENCE_FUTURE'],
    ['that does not know the certificate', { answer: { status: 'unknown' } }, {}, 'OCSP_CERTIFICATE_UNKNOWN'],
    ['without the nonce', {}, { nonce: NONCE }, 'OCSP_NONCE_MISSING'],
    ['with another nonce', { nonce: NONCE.slice(1) }, { nonce: NONCE }, 'OCSP_NONCE_WRONG'],
    [
      'about another serial number',
      { request: { certificate: { serial: Uint8Array.of(9) } } },
      {},
      'OCSP_NO_ANSWER',
    ],
    ['whose responder did not come along', delegated({}, { chain: [] }), {}, 'OCSP_RESPONDER_UNKNOWN'],
    [
      'by a certificate for something else',
      delegated({ profile: 'tls-server' }),
      {},
      'OCSP_RESPONDER_NOT_AUTHORISED',
    ],
    ['by a person of the same CA', delegated({ profile: 'person' }), {}, 'OCSP_RESPONDER_NOT_AUTHORISED'],
    [
      'by an expired responder',
      delegated({ notBefore: day(-9), notAfter: day(-2) }),
      {},
      'OCSP_RESPONDER_NOT_AUTHORISED',
    ],
    [
      'by a responder that was not valid yet',
      delegated({ notBefore: day(-0.5) }),
      {},
      'OCSP_RESPONDER_NOT_AUTHORISED',
    ],
    [
      'by a responder that may not sign',
      delegated({ keyUsage: ['keyAgreement'] }),
      {},
      'OCSP_RESPONDER_NOT_AUTHORISED',
    ],
  ];
  it.each(BAD)('%s', async (_, make, options, code) => {
    expect(await judged(make, options)).toMatchObject({ status: 'unknown', code });
  });

  it('without nextUpdate at any later time', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const { basic, ...rest } = await responseOf(ca, leaf);
    const { nextUpdate: _, ...single } = basic!.responses[0]!;
    const endless = { ...rest, basic: { ...basic!, responses: [single] } };
    const at = (time: Date, toleranceSeconds = 0) =>
      verifyOcspResponse(endless, {
        certificate: leaf.certificate,
        issuer: ca.certificate,
        time,
        toleranceSeconds,
      });
    expect(at(day(-1)).status).toBe('good');
    expect(at(NOW)).toMatchObject({ status: 'unknown', code: 'REVOCATION_EVIDENCE_STALE' });
    expect(at(NOW, 86_400).status).toBe('good');
  });

  it('by a responder of another CA of the same name, or altered on the way', async () => {
    const forger = await root();
    expect(await judged(async () => delegated()(forger))).toMatchObject({
      code: 'OCSP_RESPONDER_NOT_AUTHORISED',
    });
    expect(await judged({ responder: forger, responderId: 'name', chain: [] })).toMatchObject({
      code: 'OCSP_SIGNATURE_WRONG',
    });
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const altered = Uint8Array.from((await responseOf(ca, leaf)).raw);
    altered[altered.length - 1]! ^= 1;
    const options = { certificate: leaf.certificate, issuer: ca.certificate, time: NOW };
    expect(verifyOcspResponse(parseOcspResponse(altered), options)).toMatchObject({
      status: 'unknown',
      code: 'OCSP_SIGNATURE_WRONG',
    });
  });

  it('by a responder that was revoked itself; without nocheck and a list that is a remark', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const responder = await under(ca, 'OCSP', { profile: 'ocsp-responder' });
    // The same certificate without id-pkix-ocsp-nocheck.
    const { extensions } = responder.certificate;
    const asking = {
      ...responder.certificate,
      extensions: extensions.filter(({ oid }) => oid !== '1.3.6.1.5.5.7.48.1.5'),
    };
    const { basic, ...rest } = await responseOf(ca, leaf, { responder });
    const response = { ...rest, basic: { ...basic!, certificates: [asking] } };
    const options = { certificate: leaf.certificate, issuer: ca.certificate, time: NOW };
    expect(verifyOcspResponse(response, options)).toMatchObject({
      status: 'good',
      notes: [{ code: 'OCSP_RESPONDER_NOT_CHECKED' }],
    });
    const good = await crlOf(ca);
    // The list answers for the responder alone: what it says of the leaf is for judgeRevocation.
    expect(verifyOcspResponse(response, { ...options, crls: [good] })).toMatchObject({
      status: 'good',
      notes: [],
    });
    const bad = await crlOf(ca, { entries: [revokedEntry(responder)] });
    expect(verifyOcspResponse(response, { ...options, crls: [bad] })).toMatchObject({
      status: 'unknown',
      code: 'OCSP_RESPONDER_REVOKED',
    });
  });

  it('because it is an error, or has a critical extension that is not evaluated', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const options = { certificate: leaf.certificate, issuer: ca.certificate, time: NOW };
    const error = parseOcspResponse(createOcspErrorResponse('tryLater'));
    expect(verifyOcspResponse(error, { ...options, nonce: NONCE })).toMatchObject({
      status: 'unknown',
      code: 'OCSP_RESPONSE_ERROR',
    });
    const { basic, ...rest } = await responseOf(ca, leaf);
    const critical = { ...rest, basic: { ...basic!, unknownCritical: ['1.2.3'] } };
    expect(verifyOcspResponse(critical, options)).toMatchObject({ code: 'OCSP_CRITICAL_EXTENSION' });
    expect(codeOf(() => verifyOcspResponse(critical, { ...options, time: new Date(Number.NaN) }))).toBe(
      'ERR_PKI_PATH_OPTIONS',
    );
  });
});

import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../src/index.ts';
import { validateCertificatePath } from '../src/path/index.ts';
import {
  certIdMatches,
  findRevoked,
  judgeRevocation,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
  verifyCrlSignature,
  verifyOcspResponse,
} from '../src/revocation/index.ts';
import { codeOf, troubles } from './support/codes.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const FILE = 'vectors/certs/generated_pki.json';
const present = sharedPresent(FILE);
const cases = present ? vectorCases(FILE) : [];
const der = (name: string): Uint8Array => derOf(cases.find((item) => item.name === name)!);
const certificate = (name: string) => parseCertificate(der(name));
const time = new Date('2026-06-01T00:00:00Z');

describe.skipIf(!present)('lists and OCSP of BouncyCastle [part of SEAL-015]', () => {
  it('a list of a CA with a revoked certificate', () => {
    const [sub, list] = [certificate('set0.sub'), parseCrl(der('set0.crl'), { policy: 'strict' })];
    expect(list).toMatchObject({ version: 2, crlNumber: 5n, unknownCritical: [] });
    expect(list.authorityKeyIdentifier).toEqual(sub.subjectKeyIdentifier);
    expect([...list.revoked].map(({ serial, reason }) => `${toHex(serial)} ${reason}`)).toEqual([
      '03f7 keyCompromise',
      '4d superseded',
    ]);
    expect(findRevoked(list, certificate('set0.revoked').serial)?.reason).toBe('keyCompromise');
    expect(verifyCrlSignature(list, sub).check).toBe('right');
    expect(verifyCrlSignature(list, certificate('set0.root')).check).toBe('wrong');
  });

  it('an altered list, and one without entries', () => {
    const sub = certificate('set0.sub');
    expect(verifyCrlSignature(parseCrl(der('set0.crl-tampered')), sub).check).toBe('wrong');
    const empty = parseCrl(der('set0.crl-empty-root'));
    expect(empty.revoked.count).toBe(0);
    expect(judgeRevocation(sub, certificate('set0.root'), { time, crls: [empty] }).status).toBe('good');
  });

  const HASHES = ['sm3', 'sha1'] as const;
  it.each(HASHES)('OCSP with CertIDs by %s', (hash) => {
    const [sub, sign, revoked] = [
      certificate('set0.sub'),
      certificate('set0.sign'),
      certificate('set0.revoked'),
    ];
    const request = parseOcspRequest(der(`set0.ocsp-request-${hash}`));
    expect(certIdMatches(request.certIds[0]!, sign, sub)).toBe(true);
    const response = parseOcspResponse(der(`set0.ocsp-response-${hash}`));
    const judge = (of: typeof sign, issuer = sub) =>
      verifyOcspResponse(response, { certificate: of, issuer, time });
    expect(judge(sign)).toMatchObject({ status: 'good', notes: [{ code: 'OCSP_RESPONDER_NOT_CHECKED' }] });
    expect(judge(revoked)).toMatchObject({ status: 'revoked', revocation: { reason: 'keyCompromise' } });
    expect(judge(certificate('set0.enc'))).toMatchObject({ status: 'unknown', code: 'OCSP_NO_ANSWER' });
    expect(codeOf(() => judge(sign, certificate('set0.root')))).toBe('ERR_PKI_PATH_OPTIONS');
  });

  it('paths with revocation', () => {
    const options = {
      time,
      anchors: [certificate('set0.root')],
      intermediates: [certificate('set0.sub')],
      crls: [parseCrl(der('set0.crl')), parseCrl(der('set0.crl-empty-root'))],
      revocation: 'all',
    } as const;
    const judge = (name: string, changes: object = {}) =>
      troubles(validateCertificatePath(certificate(name), { ...options, ...changes }).verdict);
    expect(judge('set0.sign')).toEqual([]);
    expect(judge('set0.revoked')).toEqual(['CERTIFICATE_REVOKED']);
    expect(judge('set0.sign', { crls: [parseCrl(der('set0.crl-tampered'))], revocation: 'leaf' })).toEqual([
      'CRL_SIGNATURE_WRONG',
    ]);
    const ocspResponses = [parseOcspResponse(der('set0.ocsp-response-sm3'))];
    expect(judge('set0.revoked', { crls: [], ocspResponses, revocation: 'leaf' })).toEqual([
      'CERTIFICATE_REVOKED',
      'OCSP_RESPONDER_NOT_CHECKED',
    ]);
  });
});

const THIRD = 'vectors/certs/third_party_certs.json';
const thirdPresent = sharedPresent(THIRD);
const lists = thirdPresent ? vectorCases(THIRD).filter(({ kind }) => kind === 'crl') : [];

describe.skipIf(lists.length === 0)('lists of third parties', () => {
  it.each(lists)('$sha256', (item) => {
    expect(parseCrl(derOf(item)).revoked.count).toBeGreaterThanOrEqual(0);
  });
});

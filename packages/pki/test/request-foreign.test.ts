import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { certificatesFromPem } from '../src/index.ts';
import { parseCertificateRequest, verifyCertificateRequest } from '../src/request/index.ts';
import { derOf, sharedPresent, sharedText, vectorCases } from './support/shared.ts';

const THIRD_PARTY = 'vectors/certs/third_party_certs.json';
const GENERATED = 'vectors/certs/generated_pki.json';
const foreign = [THIRD_PARTY, GENERATED].flatMap((path) =>
  sharedPresent(path) ? vectorCases(path).filter(({ kind }) => kind === 'csr') : [],
);

describe.skipIf(foreign.length === 0)('requests that others made [part of SEAL-015]', () => {
  it.each(foreign.map((item) => [item.name ?? item.subject!, item] as const))(
    '%s is judged as expected',
    (_, item) => {
      const request = parseCertificateRequest(derOf(item));
      const plain = item.note?.includes('plain SM3') === true;
      const judged = verifyCertificateRequest(request, plain ? { signerIds: ['plain-sm3'] } : {});
      if (item.expected?.startsWith('invalid')) {
        expect(judged).toEqual({ check: 'wrong' });
        return;
      }
      expect(judged).toEqual(plain ? { check: 'right', signerId: 'plain-sm3' } : { check: 'right' });
      // Plain SM3 is never tried unasked.
      if (plain) expect(verifyCertificateRequest(request).check).toBe('wrong');
      if (item.pub !== undefined) expect(toHex(request.sm2PublicKey!)).toBe(item.pub);
      const damaged = Uint8Array.from(request.infoRaw);
      damaged[damaged.length - 4]! ^= 1;
      expect(verifyCertificateRequest({ ...request, infoRaw: damaged }).check).toBe('wrong');
    },
  );

  it('are six, one of them over plain SM3 without Z, one tampered with', () => {
    expect(foreign).toHaveLength(6);
    expect(foreign.filter(({ note }) => note?.includes('plain SM3'))).toHaveLength(1);
    expect(foreign.filter(({ expected }) => expected?.startsWith('invalid'))).toHaveLength(1);
  });
});

const TONGSUO = 'samples/seal/tongsuo-certs/';
describe.skipIf(!sharedPresent(`${TONGSUO}sm2-noza-csr.pem`))('requests of Tongsuo', () => {
  it('belong to the certificates beside them', () => {
    for (const stem of ['sm2', 'sm2-noza']) {
      const text = sharedText(`${TONGSUO}${stem}-csr.pem`);
      const body = /-----BEGIN[^-]+-----([^-]+)-----END/.exec(text)![1]!;
      const request = parseCertificateRequest(Uint8Array.from(Buffer.from(body, 'base64')));
      const [certificate] = certificatesFromPem(sharedText(`${TONGSUO}${stem}-cert.pem`));
      expect(toHex(request.publicKeyInfo)).toBe(toHex(certificate!.publicKeyInfo));
      expect(toHex(request.subjectRaw)).toBe(toHex(certificate!.subjectRaw));
      expect(request.findings.map(({ code }) => code)).toEqual(['SM2_CURVE_AS_KEY_ALGORITHM']);
    }
  });
});

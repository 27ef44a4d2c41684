import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BasicOCSPResponse, OCSPRequest, OCSPResponse } from '@peculiar/asn1-ocsp';
import { AsnConvert } from '@peculiar/asn1-schema';
import { describe, expect, it } from 'vitest';
import {
  certIdMatches,
  createOcspErrorResponse,
  createOcspRequest,
  createOcspResponse,
  parseOcspRequest,
  parseOcspResponse,
} from '../src/revocation/index.ts';
import type { OcspAnswer, OcspHash, OcspResponseSpec } from '../src/spec/v1/ocsp.ts';
import { day, newSigner, root, under } from './support/authority.ts';
import { codeOf, codeOfAsync } from './support/codes.ts';
import { hasOpenssl } from './support/openssl.ts';
import { responseDer } from './support/revocation.ts';

const HASHES: readonly OcspHash[] = ['sm3', 'sha1', 'sha256'];
const NONCE = Uint8Array.from({ length: 32 }, (_, i) => i);
const REVOKED = { revocationDate: day(-5), reason: 'keyCompromise', invalidityDate: day(-6) } as const;

function withFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-ocsp-'));
  try {
    const file = join(folder, 'file.der');
    writeFileSync(file, bytes);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const openssl = (...args: readonly string[]): string => execFileSync('openssl', args, { encoding: 'utf8' });

describe('a request', () => {
  it.each(HASHES)('with hashes by %s is read as it was written [part of SEAL-015]', async (hash) => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const der = createOcspRequest({
      certificate: leaf.certificate,
      issuer: ca.certificate,
      hash,
      nonce: NONCE,
    });
    const request = parseOcspRequest(der, { policy: 'strict' });
    expect(request).toMatchObject({ nonce: NONCE, signed: false, unknownCritical: [], findings: [] });
    const [id] = request.certIds;
    expect(id).toMatchObject({ hash, serial: leaf.certificate.serial });
    expect(certIdMatches(id!, leaf.certificate, ca.certificate)).toBe(true);
    expect(certIdMatches(id!, ca.certificate, ca.certificate)).toBe(false);
    expect(certIdMatches(id!, leaf.certificate, (await root()).certificate)).toBe(false);
    expect(certIdMatches({ ...id!, hash: '1.2.3' }, leaf.certificate, ca.certificate)).toBe(false);
    const { tbsRequest } = AsnConvert.parse(der, OCSPRequest);
    expect(new Uint8Array(tbsRequest.requestList[0]!.reqCert.issuerKeyHash.buffer)).toEqual(
      id!.issuerKeyHash,
    );
  });

  it.skipIf(!hasOpenssl)('is read by OpenSSL', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const der = createOcspRequest({ certificate: leaf.certificate, issuer: ca.certificate, nonce: NONCE });
    const text = withFile(der, (file) => openssl('ocsp', '-reqin', file, '-req_text', '-noverify'));
    expect(text).toContain('Hash Algorithm: sm3');
    expect(text).toContain('OCSP Nonce');
  });

  it('with bad options is not written', async () => {
    const ca = await root();
    const spec = { certificate: ca.certificate, issuer: ca.certificate };
    for (const bad of [
      { hash: 'md5' },
      { nonce: new Uint8Array(0) },
      { nonce: new Uint8Array(129) },
      { nonce: 'x' },
    ]) {
      expect(codeOf(() => createOcspRequest({ ...spec, ...bad } as typeof spec))).toBe(
        'ERR_PKI_REVOCATION_OPTIONS',
      );
    }
  });
});

describe('a response', () => {
  const STATUSES: readonly [string, Partial<OcspAnswer>][] = [
    ['good', { status: 'good' }],
    ['revoked', { status: 'revoked', revocation: REVOKED, archiveCutoff: day(-99) }],
    ['unknown', { status: 'unknown' }],
  ];
  it.each(STATUSES)('that says %s is read as it was written [part of SEAL-015]', async (status, answer) => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const der = await responseDer(ca, leaf, { answer, nonce: NONCE });
    const { basic, findings } = parseOcspResponse(der, { policy: 'strict' });
    expect(findings).toEqual([]);
    expect(basic).toMatchObject({ producedAt: day(-1), nonce: NONCE, certificates: [], unknownCritical: [] });
    expect(basic!.responses[0]).toMatchObject({ thisUpdate: day(-1), nextUpdate: day(6), ...answer });
    const outer = AsnConvert.parse(der, OCSPResponse);
    const inner = AsnConvert.parse(outer.responseBytes!.response.buffer, BasicOCSPResponse);
    const [single] = inner.tbsResponseData.responses;
    expect(
      Object.keys(single!.certStatus).filter((key) => single!.certStatus[key as 'good'] !== undefined),
    ).toContain(status);
    expect(single!.thisUpdate).toEqual(day(-1));
  });

  it.skipIf(!hasOpenssl)('is read by OpenSSL [part of SEAL-015]', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const responder = await under(ca, 'OCSP', { profile: 'ocsp-responder' });
    const answer = { status: 'revoked', revocation: REVOKED } as const;
    const der = await responseDer(ca, leaf, { answer, responder, responderId: 'name', nonce: NONCE });
    const text = withFile(der, (file) => openssl('ocsp', '-respin', file, '-resp_text', '-noverify'));
    for (const line of [
      'OCSP Response Status: successful',
      'CN = OCSP',
      'Cert Status: revoked',
      'keyCompromise',
      'SM2-with-SM3',
      'OCSP No Check',
    ]) {
      expect(text).toContain(line);
    }
  });

  const ERRORS = ['malformedRequest', 'internalError', 'tryLater', 'sigRequired', 'unauthorized'] as const;
  it.each(ERRORS)('of an error, %s, carries nothing else', (status) => {
    const der = createOcspErrorResponse(status);
    expect(parseOcspResponse(der)).toMatchObject({ status, findings: [] });
    expect(parseOcspResponse(der).basic).toBeUndefined();
  });

  it('with bad options is not written', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const spec = { certificate: leaf.certificate, issuer: ca.certificate };
    const [certId] = parseOcspRequest(createOcspRequest(spec)).certIds;
    const answer: OcspAnswer = { certId: certId!, status: 'good', thisUpdate: day(-1) };
    const good: OcspResponseSpec = { responder: ca.certificate, producedAt: day(-1), answers: [answer] };
    const code = (changes: Partial<OcspResponseSpec>) =>
      codeOfAsync(() => createOcspResponse({ ...good, ...changes }, ca.signer));
    const answers = (changes: object) => ({ answers: [{ ...answer, ...changes }] });
    const bad: Partial<OcspResponseSpec>[] = [
      { answers: [] },
      { answers: Array.from({ length: 257 }, () => answer) },
      { producedAt: new Date(Number.NaN) },
      { nonce: new Uint8Array(0) },
      { responder: leaf.certificate },
      answers({ status: 'revoked' }),
      answers({ revocation: REVOKED }),
      answers({ status: 'fine' }),
      answers({ status: 'revoked', revocation: { ...REVOKED, reason: 'removeFromCRL' } }),
      answers({ nextUpdate: day(-2) }),
      answers({ thisUpdate: 0 }),
    ];
    for (const changes of bad) expect(await code(changes)).toBe('ERR_PKI_REVOCATION_OPTIONS');
    expect(codeOf(() => createOcspErrorResponse('successful' as 'tryLater'))).toBe(
      'ERR_PKI_REVOCATION_OPTIONS',
    );
    expect(codeOf(() => createOcspErrorResponse('toString' as 'tryLater'))).toBe(
      'ERR_PKI_REVOCATION_OPTIONS',
    );
    const liar = { ...newSigner(), publicKeyInfo: ca.signer.publicKeyInfo };
    expect(await codeOfAsync(() => createOcspResponse(good, liar))).toBe('ERR_PKI_SIGNING_FAILED');
  });
});

describe('what was altered or cut', () => {
  it('is refused or reads as something: never anything else', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const responder = await under(ca, 'OCSP', { profile: 'ocsp-responder' });
    const answer = { status: 'revoked', revocation: REVOKED } as const;
    const response = await responseDer(ca, leaf, { answer, responder, nonce: NONCE });
    const spec = { certificate: leaf.certificate, issuer: ca.certificate };
    const request = createOcspRequest({ ...spec, nonce: NONCE });
    for (const [good, read] of [
      [response, parseOcspResponse],
      [request, parseOcspRequest],
    ] as const) {
      const codes = new Set<string>();
      for (let at = 0; at < good.length; at++) {
        codes.add(codeOf(() => read(good.subarray(0, at))));
        for (const bit of [0x01, 0x20, 0x80]) {
          const bad = Uint8Array.from(good);
          bad[at]! ^= bit;
          codes.add(codeOf(() => read(bad)));
        }
      }
      expect([...codes].sort()).toEqual(['ERR_PKI_OCSP_MALFORMED', 'nothing was thrown']);
      expect(codeOf(() => read(new Uint8Array(300_000)))).toBe('ERR_PKI_OCSP_MALFORMED');
      expect(codeOf(() => read('x' as never))).toBe('ERR_PKI_OCSP_MALFORMED');
    }
  });
});

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ecdsaP256SoftwareSigner } from '../src/adapters/software.ts';
import { certificatesFromPem, issueCertificate, parseCertificate, pemEncode } from '../src/index.ts';
import { readAll, readBytesOfBits, readOne } from '../src/internal/tlv.ts';
import {
  createTimeStampAuthority,
  createTimeStampRequest,
  parseTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  verifyTimeStampToken,
} from '../src/timestamp/index.ts';
import { day, NOW } from './support/authority.ts';
import { statuses } from './support/codes.ts';
import { hasOpenssl } from './support/openssl.ts';
import { derOf, sharedBytes, sharedPresent, sharedText, vectorCases } from './support/shared.ts';
import { type StampingSite, stampingSite, tsaOptions } from './support/timestamp.ts';

const GOOD = 'passed passed passed';
const VECTORS = 'vectors/certs/generated_pki.json';

describe.skipIf(!sharedPresent(VECTORS))('responses of BouncyCastle', () => {
  const cases = () => vectorCases(VECTORS);
  const certificate = (name: string) => parseCertificate(derOf(cases().find((item) => item.name === name)!));

  it('[part of SEAL-016] are accepted, with certificates named by SM3 and by SHA-256', () => {
    const responses = cases().filter(({ kind }) => kind === 'tsp-response');
    expect(responses).toHaveLength(2);
    const request = parseTimeStampRequest(derOf(cases().find(({ kind }) => kind === 'tsp-request')!));
    for (const item of responses) {
      const { content, gen_time: time } = item as unknown as { content: string; gen_time: string };
      const { token, status, statusText } = parseTimeStampResponse(derOf(item));
      expect([status, statusText]).toEqual(['granted', ['Operation Okay']]);
      const path = { anchors: [certificate('set0.root')], intermediates: [certificate('set0.sub')] };
      const report = verifyTimeStampToken(token!, {
        content: fromHex(content),
        request,
        path,
        policy: 'strict',
      });
      expect(statuses(report.verdict)).toBe(GOOD);
      expect(report.info.time).toEqual(new Date(time));
      const wrong = verifyTimeStampToken(token!, { content: utf8('x'), request, path });
      expect(wrong.verdict.integrity.status).toBe('failed');
      const foreign = verifyTimeStampToken(token!, {
        content: fromHex(content),
        path: { anchors: [certificate('ossl1.cert')] },
      });
      expect(foreign.verdict.trust.status).toBe('failed');
    }
    const named = responses.map(
      (item) => parseTimeStampToken(parseTimeStampResponse(derOf(item)).token!).signingCertificates[0]!.hash,
    );
    expect(named).toEqual(['sm3', 'sha256']);
  });
});

const SEALS = 'samples/seal/generated/';
describe.skipIf(!sharedPresent(`${SEALS}msg.tst`))('tokens of seal software', () => {
  const anchors = () => certificatesFromPem(sharedText(`${SEALS}ca.pem`));

  it('[part of SEAL-016] msg.tst is accepted for msg.txt alone', () => {
    const token = sharedBytes(`${SEALS}msg.tst`);
    const content = sharedBytes(`${SEALS}msg.txt`);
    const path = { anchors: anchors() };
    expect(statuses(verifyTimeStampToken(token, { content, path, policy: 'strict' }).verdict)).toBe(GOOD);
    const longer = Uint8Array.of(...content, 10);
    expect(statuses(verifyTimeStampToken(token, { content: longer, path }).verdict)).toBe(
      'failed passed passed',
    );
  });

  it('[part of SEAL-016] the token in a version 5 seal is over the signature of the seal', () => {
    const [, , , signature, stamp] = readAll(readOne(sharedBytes(`${SEALS}seal-v5-ts.esl`), 0x30).value);
    const token = readBytesOfBits(readOne(stamp!.value, 0x03), 'time stamp');
    // What is stamped is the value of the BIT STRING.
    const content = readBytesOfBits(signature, 'signature');
    const report = verifyTimeStampToken(token, { content, path: { anchors: anchors() } });
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report.findings).toEqual([]);
  });
});

describe.skipIf(!hasOpenssl)('openssl ts', () => {
  let site: StampingSite;
  let folder: string;
  beforeAll(async () => {
    site = await stampingSite();
    folder = mkdtempSync(join(tmpdir(), 'cssi-ts-'));
    return () => rmSync(folder, { recursive: true });
  });
  const openssl = (...options: string[]) =>
    execFileSync('openssl', ['ts', ...options], {
      encoding: 'utf8',
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('[part of TCCIA-024] reads our requests and responses', async () => {
    const request = createTimeStampRequest({ content: utf8('内容'), nonce: 0x1234n, policy: '1.2.3.4' });
    writeFileSync(join(folder, 'a.tsq'), request);
    const query = openssl('-query', '-in', 'a.tsq', '-text');
    expect(query).toMatch(/Hash Algorithm: sm3/);
    expect(query).toMatch(/Policy OID: 1\.2\.3\.4/);
    expect(query).toMatch(/Nonce: 0x1234/);
    const options = {
      acceptedPolicies: ['1.2.3.4'],
      accuracy: { seconds: 2 },
      ordering: true,
      includeName: true,
    };
    writeFileSync(
      join(folder, 'a.tsr'),
      await createTimeStampAuthority(tsaOptions(site.tsa, options)).reply(request),
    );
    const reply = openssl('-reply', '-in', 'a.tsr', '-text');
    expect(reply).toMatch(/Status: Granted/);
    expect(reply).toMatch(/Time stamp: Dec {2}1 00:00:00 2026 GMT/);
    expect(reply).toMatch(/Accuracy: 0x02 seconds/);
    expect(reply).toMatch(/Ordering: yes/);
    expect(reply).toMatch(/TSA: DirName/);
    writeFileSync(join(folder, 'b.tsr'), await createTimeStampAuthority(tsaOptions(site.tsa)).reply(request));
    expect(openssl('-reply', '-in', 'b.tsr', '-text')).toMatch(/unacceptedPolicy|policy is not offered/);
  });

  it('[part of TCCIA-024] makes requests that we answer', async () => {
    writeFileSync(join(folder, 'content'), 'content');
    openssl('-query', '-data', 'content', '-sm3', '-cert', '-out', 'c.tsq');
    const der = Uint8Array.from(readFileSync(join(folder, 'c.tsq')));
    const request = parseTimeStampRequest(der, { policy: 'tolerant' });
    expect(request).toMatchObject({ imprint: { hash: 'sm3' }, certReq: true });
    const { token } = parseTimeStampResponse(await createTimeStampAuthority(tsaOptions(site.tsa)).reply(der));
    const report = verifyTimeStampToken(token!, {
      content: utf8('content'),
      request,
      path: { anchors: [site.ca.certificate] },
    });
    expect(statuses(report.verdict)).toBe(GOOD);
  });

  // Its ts command cannot be told the signer ID of SM2; with P-256 it checks all the rest.
  it('[part of TCCIA-024] verifies our responses of an authority with a P-256 key', async () => {
    const keys = () => ecdsaP256SoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const [caSigner, signer] = [keys(), keys()];
    const name = { commonName: 'P-256 root' };
    const base = {
      issuer: name,
      notBefore: day(-1),
      notAfter: day(9),
      issuerPublicKeyInfo: caSigner.publicKeyInfo,
    };
    const spec = {
      ...base,
      subject: name,
      publicKeyInfo: caSigner.publicKeyInfo,
      profile: 'root-ca' as const,
    };
    const ca = await issueCertificate(spec, caSigner);
    const tsaSpec = {
      ...base,
      subject: { commonName: 'P-256 TSA' },
      publicKeyInfo: signer.publicKeyInfo,
      profile: 'tsa' as const,
    };
    const certificate = parseCertificate(await issueCertificate(tsaSpec, caSigner));
    writeFileSync(join(folder, 'content'), 'content');
    writeFileSync(join(folder, 'ca.pem'), pemEncode('CERTIFICATE', ca));
    const request = createTimeStampRequest({ content: utf8('content'), hash: 'sha256' });
    const options = tsaOptions({ signer, certificate }, { includeName: true, accuracy: { millis: 20 } });
    writeFileSync(join(folder, 'd.tsq'), request);
    writeFileSync(join(folder, 'd.tsr'), await createTimeStampAuthority(options).reply(request));
    const verify = (...what: string[]) =>
      openssl(
        '-verify',
        ...what,
        '-in',
        'd.tsr',
        '-CAfile',
        'ca.pem',
        '-attime',
        String(NOW.getTime() / 1000),
      );
    expect(verify('-data', 'content')).toMatch(/Verification: OK/);
    expect(verify('-queryfile', 'd.tsq')).toMatch(/Verification: OK/);
    writeFileSync(join(folder, 'content'), 'Content');
    expect(() => verify('-data', 'content')).toThrow();
  });

  it('makes tokens that we accept, of an authority with a P-256 key', () => {
    const run = (...options: string[]) => execFileSync('openssl', options, { cwd: folder, stdio: 'ignore' });
    const extensions = '[v3]\nextendedKeyUsage=critical,timeStamping\n';
    writeFileSync(
      join(folder, 'ts.cnf'),
      `${extensions}[tsa]\ndefault_tsa=tsa\nserial=serial\ndefault_policy=1.2.3.4\ndigests=sha256,sha512,sm3\naccuracy=secs:1,millisecs:500,microsecs:100\nordering=yes\ntsa_name=yes\ness_cert_id_alg=sha256\nsigner_digest=sha256\n[req]\ndistinguished_name=dn\n[dn]\n`,
    );
    writeFileSync(join(folder, 'serial'), '01');
    writeFileSync(join(folder, 'content'), 'content');
    run(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'k.pem',
      '-out',
      'c.pem',
      '-subj',
      '/CN=openssl tsa',
      '-days',
      '30',
      '-config',
      'ts.cnf',
      '-extensions',
      'v3',
    );
    openssl('-query', '-data', 'content', '-sm3', '-cert', '-out', 'e.tsq');
    openssl(
      '-reply',
      '-queryfile',
      'e.tsq',
      '-signer',
      'c.pem',
      '-inkey',
      'k.pem',
      '-config',
      'ts.cnf',
      '-section',
      'tsa',
      '-out',
      'e.tsr',
    );
    const { token } = parseTimeStampResponse(Uint8Array.from(readFileSync(join(folder, 'e.tsr'))));
    const anchors = certificatesFromPem(readFileSync(join(folder, 'c.pem'), 'utf8'));
    const request = parseTimeStampRequest(Uint8Array.from(readFileSync(join(folder, 'e.tsq'))));
    const report = verifyTimeStampToken(token!, { content: utf8('content'), request, path: { anchors } });
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report.info).toMatchObject({ ordering: true, accuracy: { seconds: 1, millis: 500, micros: 100 } });
    expect(report.info.tsaRaw).toBeDefined();
  });
});

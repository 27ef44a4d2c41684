import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
  encryptPrivateKey,
  type ForeignPrivateKey,
  openPkcs12,
  pemEncode,
  privateKeyFromPem,
  type Sm2PrivateKeyRead,
  sealPkcs12,
} from '../src/containers/index.ts';
import { issueCertificate } from '../src/index.ts';
import { request } from './support/authority.ts';
import { rejectionOf } from './support/containers.ts';
import { hasOpenssl, NO_OPENSSL } from './support/openssl.ts';

const FAST = { iterations: 1000, prf: 'hmac-sha256' } as const;
const PASSWORD = 'Test1234';

describe.skipIf(!hasOpenssl)('containers and OpenSSL', () => {
  if (!hasOpenssl) console.info(NO_OPENSSL);
  let folder: string;
  let pair: Sm2KeyPair;
  let certificate: Uint8Array;

  const file = (name: string) => join(folder, name);
  const run = (args: readonly string[], input?: Uint8Array | string): Buffer =>
    execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'pipe'] });
  const text = (args: readonly string[], input?: Uint8Array | string) => run(args, input).toString('latin1');
  const sm2Of = async (pem: string, password?: string) =>
    (await privateKeyFromPem(pem, password === undefined ? {} : { password })) as Sm2PrivateKeyRead;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cssi-containers-'));
    pair = sm2.generateKeyPair();
    const signer = sm2SoftwareSigner(pair);
    const { publicKeyInfo } = signer;
    certificate = await issueCertificate(
      request({ publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo }),
      signer,
    );
    writeFileSync(file('cert.pem'), pemEncode('CERTIFICATE', certificate));
    writeFileSync(
      file('key.pem'),
      text(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2']),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['sm4-cbc', 'aes128-cbc', 'aes192-cbc', 'aes256-cbc'] as const)(
    'opens our encrypted key under %s, and not with another password [part of SEAL-018]',
    async (cipher) => {
      const pem = pemEncode(
        'ENCRYPTED PRIVATE KEY',
        await encryptPrivateKey(pair, PASSWORD, { ...FAST, cipher }),
      );
      const args = ['pkey', '-pubout', '-outform', 'DER', '-passin'];
      expect(toHex(run([...args, `pass:${PASSWORD}`], pem))).toBe(
        toHex(encodeSm2PublicKeyInfo(pair.publicKey)),
      );
      expect(() => run([...args, 'pass:x'], pem)).toThrow();
    },
  );

  it.each(['sm4-cbc', 'aes128', 'aes-192-cbc', 'aes-256-cbc', 'des3'])(
    'writes an encrypted key under %s that we open [part of SEAL-018]',
    async (cipher) => {
      const clear = await sm2Of(text(['pkey', '-in', file('key.pem')]));
      for (const prf of ['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA512']) {
        const args = ['pkcs8', '-topk8', '-in', file('key.pem'), '-v2', cipher, '-v2prf', prf, '-passout'];
        const opened = await sm2Of(text([...args, `pass:${PASSWORD}`]), PASSWORD);
        expect(opened.pair.privateKey.equals(clear.pair.privateKey)).toBe(true);
        expect(opened.findings.some(({ where }) => where.endsWith('cipher'))).toBe(cipher === 'des3');
      }
    },
  );

  it.each(['-sm4-cbc', '-aes-128-cbc', '-aes-192-cbc', '-aes-256-cbc', '-des3'])(
    'writes the old encrypted PEM with %s, which we open and call weak',
    async (cipher) => {
      const clear = await sm2Of(text(['pkey', '-in', file('key.pem')]));
      const pem = text(['ec', '-in', file('key.pem'), cipher, '-passout', `pass:${PASSWORD}`]);
      expect(pem).toContain('Proc-Type: 4,ENCRYPTED');
      const opened = await sm2Of(pem, PASSWORD);
      expect(opened.pair.privateKey.equals(clear.pair.privateKey)).toBe(true);
      expect(opened.findings.map(({ code }) => code)).toEqual(['CONTAINER_WEAK']);
      expect(await rejectionOf(privateKeyFromPem(pem, { password: 'x' }))).toBe('ERR_DECRYPT_FAILED');
      expect(await rejectionOf(privateKeyFromPem(pem))).toBe('ERR_PKI_CONTAINER_OPTIONS');
      const strict = privateKeyFromPem(pem, { password: PASSWORD, policy: 'strict' });
      expect(await rejectionOf(strict)).toBe('ERR_PKI_DEVIATION_REFUSED');
    },
  );

  it('writes keys in its older forms, which we open', async () => {
    const sm2Pem = text(['ec', '-in', file('key.pem')]);
    const clear = await sm2Of(text(['pkey', '-in', file('key.pem')]));
    expect((await sm2Of(sm2Pem)).pair.privateKey.equals(clear.pair.privateKey)).toBe(true);
    const p384 = text(['ecparam', '-name', 'secp384r1', '-genkey', '-noout']);
    const rsa = text(['genrsa', '-traditional', '2048']);
    for (const [pem, kind] of [
      [p384, 'ec-p384'],
      [rsa, 'rsa'],
    ] as const) {
      const key = (await privateKeyFromPem(pem)) as ForeignPrivateKey;
      expect(key.kind).toBe(kind);
      const own = key.pkcs8.use((der) =>
        createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }),
      );
      expect(own.equals(createPrivateKey(pem))).toBe(true);
    }
  });

  it.each(['sm3', 'sha256'] as const)(
    'opens our PKCS#12 with a MAC over %s [part of SEAL-018]',
    async (macHash) => {
      const keys = [{ key: pair, certificate, friendlyName: 'our key' }];
      const options = { ...FAST, macHash, macIterations: 1500 };
      writeFileSync(
        file('ours.pfx'),
        await sealPkcs12({ keys, certificates: [certificate] }, PASSWORD, options),
      );
      const args = ['pkcs12', '-in', file('ours.pfx'), '-nodes', '-passin'];
      const out = text([...args, `pass:${PASSWORD}`]);
      expect(out).toContain('friendlyName: our key');
      expect(out.split('BEGIN CERTIFICATE')).toHaveLength(3);
      expect((await sm2Of(out)).pair.privateKey.equals(pair.privateKey)).toBe(true);
      const info = execFileSync('sh', [
        '-c',
        `openssl pkcs12 -in ${file('ours.pfx')} -info -noout -passin pass:${PASSWORD} 2>&1`,
      ]).toString();
      expect(info).toContain(`MAC: ${macHash}, Iteration 1500`);
      expect(info).toMatch(/Shrouded Keybag: PBES2, PBKDF2, (sm4-cbc|SM4-CBC)/);
      expect(() => run([...args, 'pass:x'])).toThrow();
    },
  );

  it('writes PKCS#12 with SM4 and SM3, and in its default form, which we open', async () => {
    writeFileSync(file('own.pem'), pemEncode('PRIVATE KEY', encodeSm2PrivateKey(pair)));
    const base = ['pkcs12', '-export', '-inkey', file('own.pem'), '-in', file('cert.pem'), '-passout'];
    const ways: readonly (readonly string[])[] = [
      [],
      ['-keypbe', 'SM4-CBC', '-certpbe', 'SM4-CBC', '-macalg', 'SM3', '-name', '名'],
      ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'SHA1'],
      ['-keypbe', 'NONE', '-certpbe', 'NONE', '-macalg', 'SHA512'],
      ['-nomac'],
    ];
    for (const way of ways) {
      const opened = await openPkcs12(run([...base, `pass:${PASSWORD}`, ...way]), PASSWORD, {
        mac: 'optional',
      });
      expect(opened.authenticated).toBe(way[0] !== '-nomac');
      expect((opened.keys[0]!.key as Sm2PrivateKeyRead).pair.privateKey.equals(pair.privateKey)).toBe(true);
      expect(toHex(opened.keys[0]!.certificate!)).toBe(toHex(certificate));
      expect(opened.unread).toEqual([]);
    }
  });

  it('writes PKCS#12 whose certificates are under RC2, which is unsupported by name', async () => {
    let der: Buffer;
    try {
      der = run(['pkcs12', '-export', '-legacy', '-nokeys', '-in', file('cert.pem'), '-passout', 'pass:p']);
    } catch {
      console.info('openssl has no legacy provider: RC2 is checked on bytes made by hand only');
      return;
    }
    expect(await rejectionOf(openPkcs12(der, 'p'))).toBe('ERR_PKI_ALGORITHM_UNSUPPORTED');
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { equalBytes, fromHex, Secret, type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  type ForeignPrivateKey,
  openPkcs12,
  type Pkcs12Contents,
  type Sm2PrivateKeyRead,
  sealPkcs12,
} from '../src/containers/index.ts';
import { issueCertificate } from '../src/index.ts';
import { request } from './support/authority.ts';
import { rejectionOf } from './support/containers.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const GENERATED = 'vectors/certs/generated_pki.json';
const FAST = { iterations: 1000 } as const;
const WRONG_PASSWORDS = ['', 'x', 'pfxpass ', '口令', Uint8Array.of(0xff, 0xfe)];
const generated = sharedPresent(GENERATED) ? vectorCases(GENERATED) : [];
const pfx = generated.filter(({ kind }) => kind === 'pfx');
const named = (name: string) => derOf(generated.find((item) => item.name === name)!);
const scalar = ({ pair }: Sm2PrivateKeyRead) => pair.privateKey.use(toHex);
const codes = ({ findings }: Pkcs12Contents) => findings.map(({ code, where }) => `${code} ${where}`);

const sign = sm2.generateKeyPair();
const encrypt = sm2.generateKeyPair();
const certificate = async (pair: Sm2KeyPair, commonName: string) => {
  const signer = sm2SoftwareSigner(pair);
  const { publicKeyInfo } = signer;
  const subject = { commonName };
  const spec = { publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo, subject, issuer: subject };
  return issueCertificate(request(spec), signer);
};
let signCertificate: Uint8Array;
let encryptCertificate: Uint8Array;
let small: Uint8Array;

beforeAll(async () => {
  signCertificate = await certificate(sign, 'sign');
  encryptCertificate = await certificate(encrypt, 'encrypt');
  small = await sealPkcs12({ keys: [{ key: sign, certificate: signCertificate }] }, 'p', FAST);
});

describe.skipIf(pfx.length === 0)('PKCS#12 of BouncyCastle and OpenSSL', () => {
  it.each(pfx.map((item) => [item.name!, item] as const))(
    '%s opens: its key, its certificate [part of SEAL-018]',
    async (_, item) => {
      const { password, cert } = item as unknown as { password: string; cert: string };
      const opened = await openPkcs12(derOf(item), password);
      expect(opened.keys).toHaveLength(1);
      const key = opened.keys[0]!.key as Sm2PrivateKeyRead;
      expect(toHex(named(item.key!))).toContain(`0420${scalar(key)}`);
      expect(opened.certificates.map(({ der }) => toHex(der))).toContain(toHex(named(cert)));
      for (const wrong of WRONG_PASSWORDS) {
        expect(await rejectionOf(openPkcs12(derOf(item), wrong))).toBe('ERR_DECRYPT_FAILED');
      }
      expect(await rejectionOf(openPkcs12(derOf(item), password, { policy: 'strict' }))).toBe(
        'ERR_PKI_DEVIATION_REFUSED',
      );
    },
  );

  it('say what is weak or not DER about them', async () => {
    const [bouncy, openssl] = [await openPkcs12(named('set0.pfx-3des'), 'pfxpass'), pfx[1]!];
    expect(codes(bouncy)).toContain('BER_ENCODING pfx');
    expect(codes(bouncy)).toContain('CONTAINER_WEAK macData.digest');
    expect(codes(bouncy).some((text) => text.startsWith('CONTAINER_WEAK keyBag.cipher'))).toBe(true);
    const other = await openPkcs12(derOf(openssl), (openssl as unknown as { password: string }).password);
    expect(codes(other).every((text) => text.startsWith('CONTAINER_WEAK'))).toBe(true);
    expect(codes(other).some((text) => text.includes('iterations'))).toBe(true);
  });
});

describe('PKCS#12 of ours [part of SEAL-018]', () => {
  it('holds a dual pair with its certificates and those of the CAs', async () => {
    const der = await sealPkcs12(
      {
        keys: [
          { key: sign, certificate: signCertificate, friendlyName: '签名 sign' },
          { key: encrypt, certificate: encryptCertificate, friendlyName: '加密 😀' },
        ],
        certificates: [signCertificate],
      },
      '口令',
      { iterations: 10_000 },
    );
    const opened = await openPkcs12(der, '口令', { policy: 'strict' });
    expect(opened.findings).toEqual([]);
    expect(opened.unread).toEqual([]);
    expect(opened.keys.map(({ friendlyName }) => friendlyName)).toEqual(['签名 sign', '加密 😀']);
    expect(opened.keys.map(({ key }) => scalar(key as Sm2PrivateKeyRead))).toEqual(
      [sign, encrypt].map(({ privateKey }) => privateKey.use(toHex)),
    );
    expect(opened.keys.map((key) => toHex(key.certificate!))).toEqual(
      [signCertificate, encryptCertificate].map(toHex),
    );
    expect(opened.certificates).toHaveLength(3);
    const hex = toHex(der);
    expect(hex.split('06082a811ccf55016802').length - 1).toBe(3); // SM4-CBC
    expect(hex.split('06092a811ccf5501831102').length - 1).toBe(3); // HMAC-SM3
    expect(hex).not.toContain(scalar(opened.keys[0]!.key as Sm2PrivateKeyRead));
  });

  it('holds keys of other kinds, and certificates alone', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pkcs8 = Secret.copy(privateKey.export({ format: 'der', type: 'pkcs8' }));
    const one = await openPkcs12(await sealPkcs12({ keys: [{ key: pkcs8 }] }, 'p', FAST), 'p');
    const key = one.keys[0]!.key as ForeignPrivateKey;
    expect(key.kind).toBe('ec-p256');
    expect(key.pkcs8.equals(pkcs8)).toBe(true);
    const two = await openPkcs12(
      await sealPkcs12({ keys: [], certificates: [signCertificate] }, 'p', FAST),
      'p',
    );
    expect(two.keys).toEqual([]);
    expect(two.certificates.map(({ der }) => toHex(der))).toEqual([toHex(signCertificate)]);
  });

  it.each(['sha256', 'sha384', 'sha512'] as const)('has a MAC over %s when asked', async (macHash) => {
    const input = { keys: [{ key: sign, certificate: signCertificate }] };
    const der = await sealPkcs12(input, 'p', { ...FAST, macHash, macIterations: 1001 });
    expect((await openPkcs12(der, 'p')).keys).toHaveLength(1);
    expect(await rejectionOf(openPkcs12(der, 'q'))).toBe('ERR_DECRYPT_FAILED');
  });

  it('is not written of what does not belong together or is nothing', async () => {
    const good = { key: sign, certificate: signCertificate };
    const calls: readonly (readonly [never, string, object])[] = [
      [{ keys: [] } as never, 'p', FAST],
      [{} as never, 'p', FAST],
      [null as never, 'p', FAST],
      [{ keys: [{ key: sign, certificate: encryptCertificate }] } as never, 'p', FAST],
      [{ keys: [{ key: sign, certificate: fromHex('3000') }] } as never, 'p', FAST],
      [{ keys: [{ ...good, friendlyName: 'x'.repeat(257) }] } as never, 'p', FAST],
      [{ keys: [good], certificates: ['x'] } as never, 'p', FAST],
      [{ keys: Array.from({ length: 129 }, () => good) } as never, 'p', FAST],
      [{ keys: [good] } as never, '', FAST],
      [{ keys: [good] } as never, 'p', { ...FAST, macHash: 'sha1' }],
      [{ keys: [good] } as never, 'p', { ...FAST, macIterations: 999 }],
      [{ keys: [good] } as never, 'p', { ...FAST, macIterations: 2_000_001 }],
      [{ keys: [good] } as never, 'p', { iterations: 1 }],
    ];
    for (const [input, password, options] of calls) {
      expect(await rejectionOf(sealPkcs12(input, password, options))).toBe('ERR_PKI_CONTAINER_OPTIONS');
    }
  });
});

describe('PKCS#12 from outside', () => {
  it('changed anywhere: one of the codes, never another key', async () => {
    const outcomes = new Set<string>();
    for (let at = 0; at < small.length; at++) {
      const changed = Uint8Array.from(small);
      changed[at]! ^= 1 << (at % 8);
      const code = await openPkcs12(changed, 'p').then(
        ({ keys }) => `opened ${keys.length}`,
        (error: { code: string }) => error.code,
      );
      outcomes.add(code);
    }
    for (const code of outcomes) {
      expect(code).toMatch(
        /^ERR_(DECRYPT_FAILED|PKI_(CONTAINER_MALFORMED|ALGORITHM_UNSUPPORTED|WORK_LIMIT))$/,
      );
    }
  });

  it('cut anywhere or too long', async () => {
    for (let length = 0; length < small.length; length += 7) {
      expect(await rejectionOf(openPkcs12(small.subarray(0, length), 'p'))).toBe(
        'ERR_PKI_CONTAINER_MALFORMED',
      );
    }
    const long = new Uint8Array(small.length + 1);
    long.set(small);
    expect(await rejectionOf(openPkcs12(long, 'p'))).toBe('ERR_PKI_CONTAINER_MALFORMED');
    expect(await rejectionOf(openPkcs12(new Uint8Array((1 << 20) + 1), 'p'))).toBe(
      'ERR_PKI_CONTAINER_MALFORMED',
    );
    expect(await rejectionOf(openPkcs12('x' as never, 'p'))).toBe('ERR_PKI_CONTAINER_MALFORMED');
    expect(equalBytes(long.subarray(0, -1), small)).toBe(true);
  });
});

import { concatBytes, kdfSm3, Secret, type Sm2KeyPair, sm2, sm4, toHex, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { openCfcaSm2 } from '../src/containers/index.ts';
import { issueCertificate } from '../src/index.ts';
import { integer, octets, oid, sequence } from '../src/internal/write.ts';
import { request } from './support/authority.ts';
import { rejectionOf } from './support/containers.ts';

const SM2_DATA = '1.2.156.10197.6.1.4.2.1';
const MALFORMED = 'ERR_PKI_CONTAINER_MALFORMED';
const pair = sm2.generateKeyPair();
let certificate: Uint8Array;

beforeAll(async () => {
  const signer = sm2SoftwareSigner(pair);
  const { publicKeyInfo } = signer;
  certificate = await issueCertificate(
    request({ publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo }),
    signer,
  );
});

/** The container, as public code describes it. */
function craft({
  version = 1,
  cipher = '1.2.156.10197.1.104',
  keyType = SM2_DATA,
  holderType = SM2_DATA,
  plain = pair.privateKey.use((bytes) => Uint8Array.from(bytes)),
  holder = certificate,
  password = '123456',
} = {}): Uint8Array {
  const derived = kdfSm3(utf8(password), 32);
  const key = Secret.copy(derived.subarray(16));
  const data = sm4.cbcEncrypt(key, derived.subarray(0, 16), plain);
  return sequence(
    integer(version),
    sequence(oid(keyType), oid(cipher), octets(data)),
    sequence(oid(holderType), octets(holder)),
  );
}

/** A pair whose private key begins with a zero byte. */
function shortPair(): Sm2KeyPair {
  const bytes = Secret.random(32).use((random) => Uint8Array.from(random));
  bytes[0] = 0;
  return sm2.keyPair(Secret.take(bytes));
}

describe('key container of CFCA', () => {
  it('opens, and is weak [part of SEAL-018]', async () => {
    const opened = await openCfcaSm2(craft(), '123456');
    expect(opened.pair.privateKey.equals(pair.privateKey)).toBe(true);
    expect(toHex(opened.certificate)).toBe(toHex(certificate));
    expect(opened.findings.map(({ code }) => code)).toEqual(['SM4_OID_WITHOUT_MODE', 'CONTAINER_WEAK']);
    const named = await openCfcaSm2(craft({ cipher: '1.2.156.10197.1.104.2' }), utf8('123456'));
    expect(named.findings.map(({ code }) => code)).toEqual(['CONTAINER_WEAK']);
    expect(await rejectionOf(openCfcaSm2(craft(), '123456', { policy: 'strict' }))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
  });

  it('opens with a private key whose leading zeros were left out', async () => {
    const short = shortPair();
    const signer = sm2SoftwareSigner(short);
    const { publicKeyInfo } = signer;
    const holder = await issueCertificate(
      request({ publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo }),
      signer,
    );
    const plain = short.privateKey.use((bytes) => Uint8Array.from(bytes.subarray(1)));
    const opened = await openCfcaSm2(craft({ plain, holder }), '123456');
    expect(opened.pair.privateKey.equals(short.privateKey)).toBe(true);
  });

  it('does not open with another password, or with another key in it', async () => {
    for (const password of ['', '1234567', Uint8Array.of(0)]) {
      expect(await rejectionOf(openCfcaSm2(craft(), password))).toBe('ERR_DECRYPT_FAILED');
    }
    const other = sm2.generateKeyPair().privateKey.use((bytes) => Uint8Array.from(bytes));
    for (const plain of [other, new Uint8Array(32), new Uint8Array(33), new Uint8Array(0)]) {
      expect(await rejectionOf(openCfcaSm2(craft({ plain }), '123456'))).toBe('ERR_DECRYPT_FAILED');
    }
  });

  it('is refused when it is none', async () => {
    const cases = [
      [craft({ version: 2 }), MALFORMED],
      [craft({ keyType: '1.2.840.113549.1.7.1' }), MALFORMED],
      [craft({ holderType: '1.2.840.113549.1.7.1' }), MALFORMED],
      [craft({ cipher: '1.2.156.10197.1.104.1' }), 'ERR_PKI_ALGORITHM_UNSUPPORTED'],
      [craft({ holder: utf8('no certificate') }), MALFORMED],
      [concatBytes(craft(), Uint8Array.of(0)), MALFORMED],
      [new Uint8Array(0), MALFORMED],
      ['x' as unknown as Uint8Array, MALFORMED],
    ] as const;
    for (const [der, code] of cases) expect(await rejectionOf(openCfcaSm2(der, '123456'))).toBe(code);
  });

  it('changed in any byte before the certificate gives no key', async () => {
    const der = craft();
    for (let at = 0; at < der.length - certificate.length; at++) {
      const changed = Uint8Array.from(der);
      changed[at]! ^= 1 << (at % 8);
      expect(await rejectionOf(openCfcaSm2(changed, '123456'))).toMatch(
        /^ERR_(DECRYPT_FAILED|PKI_(CONTAINER_MALFORMED|ALGORITHM_UNSUPPORTED))$/,
      );
    }
  });
});

import { inspect } from 'node:util';
import { kdfSm3, Secret, type Sm2KeyPair, sm2, sm4, toHex, utf8 } from '@cssi/sm-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sm2SoftwareDecipherer, sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  type DecodedPrivateKey,
  decryptPkcs8,
  decryptPrivateKey,
  encodeSm2PrivateKey,
  encryptPrivateKey,
  envelopeKeyPair,
  openCfcaSm2,
  openEnvelopedKey,
  openPkcs12,
  pemEncode,
  privateKeyFromPem,
  type Sm2PrivateKeyRead,
  sealPkcs12,
} from '../src/containers/index.ts';
import { passwordBytes } from '../src/containers/support.ts';
import { issueCertificate } from '../src/index.ts';
import { integer, octets, oid, sequence } from '../src/internal/write.ts';
import { request } from './support/authority.ts';
import { rejectionOf } from './support/containers.ts';

const FAST = { iterations: 1000 } as const;
const pair = sm2.generateKeyPair();
const d = pair.privateKey.use(toHex);
let certificate: Uint8Array;

/** Every plaintext and key that passes through SM4 while a test runs. */
interface Seen {
  readonly plaintexts: Uint8Array[];
  readonly keys: Secret[];
}

function watch(): Seen {
  const seen: Seen = { plaintexts: [], keys: [] };
  for (const name of ['cbcDecrypt', 'ecbDecryptBlocks'] as const) {
    const real = sm4[name] as (key: Secret, ...rest: readonly never[]) => Uint8Array;
    vi.spyOn(sm4, name).mockImplementation(((key: Secret, ...rest: readonly never[]) => {
      const plaintext = real(key, ...rest);
      seen.plaintexts.push(plaintext);
      seen.keys.push(key);
      return plaintext;
    }) as never);
  }
  const encrypt = sm4.cbcEncrypt;
  vi.spyOn(sm4, 'cbcEncrypt').mockImplementation((key, iv, plaintext, options) => {
    seen.plaintexts.push(plaintext);
    seen.keys.push(key);
    return encrypt(key, iv, plaintext, options);
  });
  return seen;
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
function expectZeroed(seen: Seen, count: number): void {
  expect(seen.plaintexts).toHaveLength(count);
  expect(seen.keys.every((key) => key.destroyed)).toBe(true);
}

beforeAll(async () => {
  const signer = sm2SoftwareSigner(pair);
  const { publicKeyInfo } = signer;
  certificate = await issueCertificate(
    request({ publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo }),
    signer,
  );
});
afterEach(() => vi.restoreAllMocks());

describe('secrets on their way through containers', () => {
  it('are zeroed after an encrypted key was written, read, and decoded', async () => {
    const seen = watch();
    const der = await encryptPrivateKey(pair, 'p', FAST);
    expectZeroed(seen, 1);
    expect(seen.plaintexts.every(isZero)).toBe(true);
    const key = (await decryptPrivateKey(der, 'p')) as Sm2PrivateKeyRead;
    expectZeroed(seen, 2);
    expect(seen.plaintexts.every(isZero)).toBe(true);
    expect(key.pair.privateKey.use(toHex)).toBe(d);
  });

  it('are zeroed when the plaintext is no key', async () => {
    const seen = watch();
    const garbage = { key: Secret.copy(kdfSm3(utf8('x'), 32).subarray(16)), iv: kdfSm3(utf8('x'), 16) };
    const data = sm4.cbcEncrypt(garbage.key, garbage.iv, utf8('not a key'));
    const type = oid('1.2.156.10197.6.1.4.2.1');
    const der = sequence(
      integer(1),
      sequence(type, oid('1.2.156.10197.1.104'), octets(data)),
      sequence(type, octets(certificate)),
    );
    expect(await rejectionOf(openCfcaSm2(der, 'x'))).toBe('ERR_DECRYPT_FAILED');
    garbage.key.destroy();
    expectZeroed(seen, 2);
    expect(isZero(seen.plaintexts[1]!)).toBe(true);
  });

  it('are zeroed after PKCS#12, opened or refused', async () => {
    const der = await sealPkcs12({ keys: [{ key: pair, certificate }] }, 'p', FAST);
    const seen = watch();
    const { keys } = await openPkcs12(der, 'p');
    expectZeroed(seen, 2);
    expect(seen.plaintexts.every(isZero)).toBe(true);
    expect((keys[0]!.key as Sm2PrivateKeyRead).pair.privateKey.use(toHex)).toBe(d);
    const own: Sm2KeyPair = {
      privateKey: Secret.copy(new Uint8Array(32).fill(7)),
      publicKey: pair.publicKey,
    };
    expect(await rejectionOf(sealPkcs12({ keys: [{ key: own }] }, 'p', { ...FAST, macIterations: 1 }))).toBe(
      'ERR_PKI_CONTAINER_OPTIONS',
    );
    expect(seen.plaintexts.every(isZero)).toBe(true);
  });

  it('are zeroed after SM2EnvelopedKey, opened or refused', async () => {
    const holder = sm2.generateKeyPair();
    const seen = watch();
    const der = envelopeKeyPair(holder.publicKey, pair);
    await openEnvelopedKey(der, sm2SoftwareDecipherer(holder));
    const changed = Uint8Array.from(der);
    changed[der.length - 1]! ^= 1;
    expect(await rejectionOf(openEnvelopedKey(changed, sm2SoftwareDecipherer(holder)))).toBe(
      'ERR_DECRYPT_FAILED',
    );
    expectZeroed(seen, 2);
    expect(seen.plaintexts.every(isZero)).toBe(true);
  });

  it('stay the caller’s where the caller gave them', async () => {
    const password = Secret.copy(utf8('p'));
    const bytes = utf8('p');
    const pkcs8 = encodeSm2PrivateKey(pair);
    await encryptPrivateKey(pkcs8, password, FAST);
    await encryptPrivateKey(pair, bytes, FAST);
    expect([password.destroyed, pair.privateKey.destroyed, toHex(bytes)]).toEqual([false, false, '70']);
    expect(toHex(pkcs8)).toContain(d);
    expect(passwordBytes(bytes)).not.toBe(bytes);
  });

  it('can be destroyed by whoever read them', async () => {
    const der = await encryptPrivateKey(pair, 'p', FAST);
    const { pkcs8 } = await decryptPkcs8(der, 'p');
    pkcs8.destroy();
    expect(pkcs8.destroyed).toBe(true);
  });
});

describe('secrets are not shown', () => {
  it('by what was read, nor by an error', async () => {
    const der = await encryptPrivateKey(pair, 'the password', FAST);
    const pem = pemEncode('PRIVATE KEY', encodeSm2PrivateKey(pair));
    const read: readonly DecodedPrivateKey[] = [
      await decryptPrivateKey(der, 'the password'),
      await privateKeyFromPem(pem),
    ];
    for (const key of read) {
      const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
      expect(shown).toContain('[Secret]');
      expect(shown).not.toContain(d.slice(0, 10));
    }
    for (const attempt of [
      () => decryptPrivateKey(der, 'another password'),
      () => privateKeyFromPem(pem.replace('\nMI', '\n*I')),
      () => openPkcs12(der, 'another password'),
    ]) {
      const error = await attempt().then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain('password');
      expect(shown).not.toContain(pem.slice(60, 80));
    }
  });
});

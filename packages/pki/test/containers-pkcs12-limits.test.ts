import { generateKeyPairSync } from 'node:crypto';
import { Secret, type Sm2KeyPair, sm2, sm4 } from '@cssi/sm-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  encodeSm2PrivateKey,
  encryptPrivateKey,
  MAX_CONTAINER_BYTES,
  openPkcs12,
  sealPkcs12,
} from '../src/containers/index.ts';
import { encryptionOf } from '../src/containers/pbes2.ts';
import { derivationsOf, listsOf } from '../src/containers/pkcs12-input.ts';
import { issueCertificate } from '../src/index.ts';
import { request } from './support/authority.ts';
import { rejectionOf } from './support/containers.ts';
import { craft, extension, extensions } from './support/craft.ts';

const FAST = { iterations: 1000 } as const;
const REFUSED = 'ERR_PKI_CONTAINER_OPTIONS';
const pair = sm2.generateKeyPair();
const other = sm2.generateKeyPair();
const mixed: Sm2KeyPair = { privateKey: pair.privateKey, publicKey: other.publicKey };
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ecSecret = Secret.copy(ec.privateKey.export({ format: 'der', type: 'pkcs8' }));
const issuer = sm2SoftwareSigner(pair);
const issue = (publicKeyInfo: Uint8Array) =>
  issueCertificate(request({ publicKeyInfo, issuerPublicKeyInfo: issuer.publicKeyInfo }), issuer);
let certificate: Uint8Array;
let ecCertificate: Uint8Array;
let otherEcCertificate: Uint8Array;
const seal = (input: unknown, options: object = FAST, password: string | Uint8Array = 'p') =>
  sealPkcs12(input as never, password, options as never);

beforeAll(async () => {
  certificate = await issue(issuer.publicKeyInfo);
  ecCertificate = await issue(ec.publicKey.export({ format: 'der', type: 'spki' }));
  otherEcCertificate = await issue(otherEc.publicKey.export({ format: 'der', type: 'spki' }));
});
afterEach(() => vi.restoreAllMocks());

describe('iterations of a container that is written', () => {
  const most = (keys: number, options: object = {}) =>
    encryptionOf(
      options,
      derivationsOf(listsOf({ keys: Array.from({ length: keys }, () => ({ key: pair, certificate })) })),
    );

  it('are 600,000 by default for as many keys as fit the reader, and fewer for more', () => {
    expect([1, 4, 15, 16, 128].map((keys) => most(keys).iterations)).toEqual([
      600_000, 600_000, 600_000, 588_235, 77_519,
    ]);
    // 32 bytes by a hash of 20 run twice.
    expect(most(16, { prf: 'hmac-sha1', cipher: 'aes256-cbc' }).iterations).toBe(294_117);
  });

  it('that the reader would refuse are refused, before anything is derived', async () => {
    const encrypt = vi.spyOn(sm4, 'cbcEncrypt');
    const input = { keys: [{ key: pair, certificate }] };
    for (const [what, options] of [
      [input, { iterations: 5_000_001 }],
      [input, { iterations: 2_500_001, prf: 'hmac-sha1', cipher: 'aes256-cbc' }],
      [{ keys: Array.from({ length: 16 }, () => ({ key: pair })) }, { iterations: 625_001 }],
    ] as const) {
      expect(await rejectionOf(seal(what, { ...options, macIterations: 1000 }))).toBe(REFUSED);
    }
    const alone = { iterations: 5_000_001, prf: 'hmac-sha1', cipher: 'aes256-cbc' } as const;
    expect(await rejectionOf(encryptPrivateKey(pair, 'p', alone))).toBe(REFUSED);
    expect(encrypt).not.toHaveBeenCalled();
  });

  it('of a dual pair with a chain at the default, and of 16 keys, are what the reader takes', async () => {
    const own = { key: pair, certificate };
    // SHA-256 in place of SM3 is four times as fast; the numbers are the same.
    const dual = await seal(
      { keys: [own, own], certificates: [certificate] },
      { prf: 'hmac-sha256', macIterations: 1000 },
    );
    expect((await openPkcs12(dual, 'p')).keys).toHaveLength(2);
    const limit = openPkcs12(dual, 'p', { maxIterations: 3 * 600_000 - 1 });
    expect(await rejectionOf(limit)).toBe('ERR_PKI_WORK_LIMIT');
    const keys = Array.from({ length: 16 }, () => own);
    expect(17 * most(16).iterations).toBeLessThanOrEqual(10_000_000);
    const small = await seal({ keys }, FAST);
    const limited = openPkcs12(small, 'p', { maxIterations: 16_999 });
    expect(await rejectionOf(limited)).toBe('ERR_PKI_WORK_LIMIT');
    expect((await openPkcs12(small, 'p', { maxIterations: 17_000 })).keys).toHaveLength(16);
  }, 20_000);

  it('count once per output of the hash when they are read', async () => {
    const options = { ...FAST, prf: 'hmac-sha1', cipher: 'aes256-cbc' };
    const der = await seal({ keys: [{ key: pair }] }, options);
    expect(await rejectionOf(openPkcs12(der, 'p', { maxIterations: 1999 }))).toBe('ERR_PKI_WORK_LIMIT');
    expect((await openPkcs12(der, 'p', { maxIterations: 2000 })).keys).toHaveLength(1);
    for (const maxIterations of [0, 1.5, 10_000_001, '5' as never]) {
      expect(await rejectionOf(openPkcs12(der, 'p', { maxIterations }))).toBe(REFUSED);
    }
  });
});

describe('size of a container that is written', () => {
  it('is known before anything is derived, and held to what is read', async () => {
    const big = Array.from({ length: 200 }, () => certificate);
    const der = await seal({ keys: [], certificates: big });
    expect((await openPkcs12(der, 'p')).certificates).toHaveLength(200);
    const long = craft({ rest: extensions(extension('2a0304', new Uint8Array(5000))) });
    const encrypt = vi.spyOn(sm4, 'cbcEncrypt');
    const count = Math.min(256, Math.ceil(MAX_CONTAINER_BYTES / long.length) + 1);
    if (count * long.length <= MAX_CONTAINER_BYTES) throw new Error(`certificate of ${long.length} is short`);
    const certificates = Array.from({ length: count }, () => long);
    expect(await rejectionOf(seal({ keys: [], certificates }))).toBe(REFUSED);
    expect(encrypt).not.toHaveBeenCalled();
  });
});

describe('what a container is written of', () => {
  it('belongs together: the halves of a key, a key and its certificate', async () => {
    const pkcs8 = encodeSm2PrivateKey(pair);
    const halves = Uint8Array.from(pkcs8);
    halves.set(other.publicKey, halves.length - 65);
    const good: readonly object[] = [
      { key: pair, certificate },
      { key: Secret.copy(pkcs8), certificate },
      { key: ecSecret, certificate: ecCertificate },
    ];
    for (const key of good) {
      expect((await openPkcs12(await seal({ keys: [key] }), 'p')).keys[0]!.certificate).toBeDefined();
    }
    const wrong: readonly object[] = [
      { key: mixed },
      { key: mixed, certificate },
      { key: Secret.copy(halves) },
      { key: Secret.copy(pkcs8), certificate: ecCertificate },
      { key: ecSecret, certificate },
      { key: ecSecret, certificate: otherEcCertificate },
      { key: ecSecret, certificate: Uint8Array.of(0x30, 0) },
      { key: pair, certificate: Uint8Array.of(1, 2, 3) },
    ];
    for (const key of wrong) expect(await rejectionOf(seal({ keys: [key] }))).toBe(REFUSED);
    const junk = { keys: [{ key: pair }], certificates: [Uint8Array.of(0x30, 0)] };
    expect(await rejectionOf(seal(junk))).toBe(REFUSED);
    expect(await rejectionOf(encryptPrivateKey(mixed, 'p', FAST))).toBe(REFUSED);
    expect(await rejectionOf(encryptPrivateKey(halves, 'p', FAST))).toBe(REFUSED);
  });

  it('is refused with a code when it is nothing, has holes, or a password that is no text', async () => {
    const keys = [{ key: pair, certificate }];
    for (const input of [
      { keys: [null] },
      { keys: new Array(3) },
      { keys: new Array(2 ** 31) },
      { keys: [7] },
      { keys, certificates: [null] },
      { keys, certificates: new Array(1) },
      { keys, certificates: null },
      { keys: [{ key: null }] },
      { keys: [{ key: pair, certificate: null }] },
      { keys: [{ key: pair, friendlyName: null }] },
    ]) {
      expect(await rejectionOf(seal(input))).toBe(REFUSED);
    }
    expect(await rejectionOf(seal({ keys }, null as never))).toBe(REFUSED);
    expect(await rejectionOf(seal({ keys }, FAST, Uint8Array.of(0xff, 0xfe)))).toBe(REFUSED);
    const der = await seal({ keys });
    expect(await rejectionOf(openPkcs12(der, 'p', null as never))).toBe(REFUSED);
  });
});

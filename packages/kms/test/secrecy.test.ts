import { inspect } from 'node:util';
import { toBase64, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import type { KeyManagementService } from '../src/index.ts';
import { codeOf, setup } from './support/kms.ts';
import { recordingRandom } from './support/random.ts';
import { writtenText } from './support/store.ts';

/** The forms a key could leak in. */
const forms = (bytes: Uint8Array): string[] => [
  toHex(bytes),
  toHex(bytes).toUpperCase(),
  toBase64(bytes).replace(/=+$/, ''),
  [...bytes].join(','),
  [...bytes].join(', '),
];

const describeError = (error: unknown): string =>
  `${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}${String(error)}`;

describe('canary', () => {
  it('finds no key in the store, in answers, alerts or errors [part of TCCIA-088]', async () => {
    const random = recordingRandom();
    const { kms, store, root, alerts, key } = setup({}, { random });
    const said: string[] = [];
    const say = async (call: () => Promise<unknown>): Promise<void> => {
      try {
        said.push(inspect(await call(), { depth: 10, maxArrayLength: null, showHidden: true }));
      } catch (error) {
        said.push(describeError(error));
      }
    };
    await say(() => kms.createTenant({ tenantId: 'a' }));
    for (const [algorithm, usage] of [
      ['SM4', 'encrypt'],
      ['SM2', 'sign'],
      ['SM2', 'encrypt'],
    ] as const) {
      const reference = await key('a', algorithm, usage);
      const message = utf8('message');
      for (const round of ['used', 'rotated', 'disabled', 'broken']) {
        if (round === 'rotated') await say(() => kms.rotateKey(reference));
        if (round === 'disabled') await say(() => kms.disableKey(reference));
        if (round === 'broken') store.onVersion = (row) => ({ ...row, state: 'enabled', revision: 99 });
        await say(() => kms.describeKey(reference));
        await say(() => kms.getPublicKey(reference));
        await say(() => kms.sign({ ...reference, message }));
        await say(() => kms.verify({ ...reference, message, signature: new Uint8Array(70) }));
        await say(() => kms.encrypt({ ...reference, plaintext: message }));
        await say(() => kms.decrypt({ ...reference, ciphertext: new Uint8Array(60) }));
        await say(() => kms.signer('a', reference.keyId));
      }
      store.onVersion = (row) => row;
      await say(() => kms.destroyKey(reference));
    }
    said.push(inspect(kms, { depth: 20, showHidden: true, maxArrayLength: null }), JSON.stringify(alerts));
    // What the source gave in 16 and 32 bytes are keys, scalars of signatures and key ids.
    const ids = writtenText(store);
    const secrets = random.given.filter(
      (bytes) => (bytes.length === 16 || bytes.length === 32) && !ids.includes(`"k${toHex(bytes)}"`),
    );
    expect(secrets.length).toBeGreaterThanOrEqual(6);
    expect(secrets.map(toHex)).toContain(toHex(root.wrapped[0]!));
    const everything = `${writtenText(store)}\n${said.join('\n')}`;
    expect(everything.length).toBeGreaterThan(10_000);
    const found = secrets.filter((secret) => forms(secret).some((form) => everything.includes(form)));
    expect(found.length).toBe(0);
  });

  it('finds a canary that is really there', () => {
    const secret = Uint8Array.from({ length: 16 }, (_, i) => i * 7);
    for (const leak of [toHex(secret), toBase64(secret), inspect(secret)]) {
      expect(forms(secret).some((form) => leak.replaceAll(/\s+/g, ' ').includes(form))).toBe(true);
    }
  });

  it('offers no operation that gives a key out [part of TCCIA-088]', () => {
    const { kms } = setup();
    const names: (keyof KeyManagementService)[] = [
      'specVersion',
      'createTenant',
      'createKey',
      'describeKey',
      'listKeys',
      'rotateKey',
      'disableKey',
      'enableKey',
      'destroyKey',
      'sign',
      'verify',
      'encrypt',
      'decrypt',
      'getPublicKey',
      'signer',
      'close',
    ];
    const members = [
      ...Object.getOwnPropertyNames(kms),
      ...Object.getOwnPropertyNames(Object.getPrototypeOf(kms)),
    ].filter((name) => name !== 'constructor');
    expect(members.sort()).toEqual([...names].sort());
  });

  it('names neither tenant nor key in an error', async () => {
    const { kms, key } = setup();
    await kms.createTenant({ tenantId: 'very-secret-name' });
    const { keyId } = await key('very-secret-name', 'SM4', 'encrypt');
    for (const tenantId of ['very-secret-name', 'other']) {
      const error = await kms
        .sign({ tenantId, keyId, message: utf8('m') })
        .catch((reason: unknown) => reason);
      expect(describeError(error)).not.toContain(keyId);
      expect((error as Error).message).not.toContain('very-secret-name');
    }
  });
});

describe('scope', () => {
  it("does not let a tenant use another's key, whatever it is called [part of TCCIA-015, TCCIA-091]", async () => {
    const { kms, key } = setup();
    for (const tenantId of ['a', 'ab', 'a.b']) await kms.createTenant({ tenantId });
    const own = await key('a', 'SM4', 'encrypt');
    const { ciphertext } = await kms.encrypt({ ...own, plaintext: utf8('p') });
    for (const tenantId of ['ab', 'a.b', 'A', 'nobody']) {
      const stolen = { tenantId, keyId: own.keyId };
      expect(await codeOf(() => kms.decrypt({ ...stolen, ciphertext }))).toBe('ERR_KMS_NOT_FOUND');
      expect(await codeOf(() => kms.encrypt({ ...stolen, plaintext: utf8('p') }))).toBe('ERR_KMS_NOT_FOUND');
      expect(await codeOf(() => kms.disableKey(stolen))).toBe('ERR_KMS_NOT_FOUND');
    }
  });

  it('refuses each use a key was not made for [part of TCCIA-091]', async () => {
    const { kms, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const signing = await key('a', 'SM2', 'sign');
    const cipher = await key('a', 'SM2', 'encrypt');
    const message = utf8('m');
    const denied = [
      () => kms.sign({ ...cipher, message }),
      () => kms.verify({ ...cipher, message, signature: new Uint8Array(70) }),
      () => kms.signer('a', cipher.keyId),
      () => kms.encrypt({ ...signing, plaintext: message }),
      () => kms.decrypt({ ...signing, ciphertext: new Uint8Array(70) }),
    ];
    for (const call of denied) expect(await codeOf(call)).toBe('ERR_KMS_USAGE_DENIED');
  });
});

describe('algorithms', () => {
  it('offers approved signatures and ciphers only [part of TCCIA-096, TCCIA-103]', async () => {
    const { kms } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const names = ['AES', 'AES-256-GCM', '3DES', 'RC4', 'RSA', 'ECDSA', 'Ed25519', 'HMAC-SHA256', 'MD5'];
    for (const name of names) {
      const algorithm = name as 'SM2';
      for (const usage of ['sign', 'encrypt'] as const) {
        const request = { tenantId: 'a', algorithm, usage: [usage], label: '' };
        expect(await codeOf(() => kms.createKey(request))).toBe('ERR_KMS_ALGORITHM_UNSUPPORTED');
      }
    }
    const sm4Signing = { tenantId: 'a', algorithm: 'SM4', usage: ['sign'], label: '' } as const;
    expect(await codeOf(() => kms.createKey(sm4Signing))).toBe('ERR_KMS_ALGORITHM_UNSUPPORTED');
  });

  it('encrypts with integrity, bound to tenant, key and associated data [part of TCCIA-104, TCCIA-105]', async () => {
    const { kms, key } = setup();
    for (const tenantId of ['a', 'b']) await kms.createTenant({ tenantId });
    const own = await key('a', 'SM4', 'encrypt');
    const asymmetric = await key('a', 'SM2', 'encrypt');
    const others = [await key('a', 'SM4', 'encrypt'), await key('b', 'SM4', 'encrypt')];
    const aad = utf8('subject 1');
    const plaintext = utf8('plaintext');
    const { ciphertext } = await kms.encrypt({ ...own, plaintext, aad });
    for (const other of others) {
      expect(await codeOf(() => kms.decrypt({ ...other, ciphertext, aad }))).toBe('ERR_DECRYPT_FAILED');
    }
    const wrong = utf8('subject 2');
    expect(await codeOf(() => kms.decrypt({ ...own, ciphertext, aad: wrong }))).toBe('ERR_DECRYPT_FAILED');
    const sealed = (await kms.encrypt({ ...asymmetric, plaintext })).ciphertext;
    for (const [reference, bytes, extra] of [
      [own, ciphertext, { aad }],
      [asymmetric, sealed, {}],
    ] as const) {
      for (let at = 0; at < bytes.length; at++) {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= 0x80;
        const code = await codeOf(() => kms.decrypt({ ...reference, ciphertext: changed, ...extra }));
        expect(code, `byte ${at}`).toBe('ERR_DECRYPT_FAILED');
      }
    }
  });
});

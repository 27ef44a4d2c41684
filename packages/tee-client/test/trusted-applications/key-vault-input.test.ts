import { sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openKeyVault } from '../../src/key-vault.ts';
import { KEY_VAULT_COMMANDS } from '../../src/spec/v1/key-vault.ts';
import {
  ALICE,
  BOB,
  failureOf,
  flipped,
  given,
  PUBLIC,
  room,
  startKeyVault as start,
  vaults,
} from './support.ts';

describe('wrapped keys', () => {
  it('come back with what they were', async () => {
    const { alice } = await vaults();
    for (const type of ['SM4', 'HMAC-SM3', 'SM2-sign', 'SM2-encrypt'] as const) {
      const usages = {
        SM4: ['decrypt', 'encrypt', 'wrap'],
        'HMAC-SM3': ['mac', 'wrap'],
        'SM2-sign': ['sign', 'wrap'],
        'SM2-encrypt': ['decrypt', 'wrap'],
      } as const;
      const key = await alice.generateKey({ type, label: 'a key', usages: usages[type] });
      const again = await alice.unwrapKey(await alice.wrapKey(key.id));
      expect(again).toEqual({ ...key, id: again.id });
      expect(again.id).not.toBe(key.id);
    }
  });

  it('open what the first one closed, with nonces of their own', async () => {
    const { alice } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM4', usages: ['encrypt', 'decrypt', 'wrap'] });
    const sealed = await alice.encrypt(id, utf8('x'));
    const again = await alice.unwrapKey(await alice.wrapKey(id));
    expect(await alice.decrypt(again.id, sealed)).toEqual(utf8('x'));
    const other = await alice.encrypt(again.id, utf8('x'));
    expect(toHex(other.subarray(0, 6))).not.toBe(toHex(sealed.subarray(0, 6)));
  });

  it('are of no use to others, altered, on another device, or as a blob of the root key service', async () => {
    const { alice, bob } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM4', usages: ['encrypt', 'wrap'] });
    const blob = await alice.wrapKey(id);
    expect((await failureOf(() => bob.unwrapKey(blob))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    for (const at of [0, 1, 40, blob.length - 1]) {
      expect((await failureOf(() => alice.unwrapKey(flipped(blob, at)))).code).toBe('ERR_TEEC_MAC_INVALID');
    }
    const other = await openKeyVault(start().as(ALICE));
    expect((await failureOf(() => other.unwrapKey(blob))).code).toBe('ERR_TEEC_MAC_INVALID');
  });

  it('do not open with UNWRAP, which would give the key in clear', async () => {
    const harness = start();
    const vault = await openKeyVault(harness.as(PUBLIC));
    const { id } = await vault.generateKey({ type: 'SM4', usages: ['encrypt', 'wrap'] });
    const blob = await vault.wrapKey(id);
    const { result } = harness.call(PUBLIC, 2, given(blob), given(new Uint8Array(0)), room(8192));
    expect(result).toBe('MAC_INVALID');
  });
});

describe('bad input', () => {
  it.each([
    ['a type', { type: 'AES' }],
    ['a usage of another type', { type: 'SM4', usages: ['sign'] }],
    ['no usage', { type: 'SM4', usages: [] }],
    ['a usage twice', { type: 'SM4', usages: ['encrypt', 'encrypt'] }],
    ['a long label', { type: 'SM4', label: 'x'.repeat(65) }],
    ['a label with control characters', { type: 'SM4', label: 'a\nb' }],
    [
      'access to what the key cannot',
      { type: 'SM4', usages: ['encrypt'], access: [{ ...BOB, usages: ['decrypt'] }] },
    ],
    [
      'the same client twice',
      {
        type: 'SM4',
        access: [
          { ...BOB, usages: ['encrypt'] },
          { ...BOB, usages: ['decrypt'] },
        ],
      },
    ],
    ['a UUID that is none', { type: 'SM4', access: [{ login: 1, uuid: 'bob', usages: ['encrypt'] }] }],
    ['a login out of range', { type: 'SM4', access: [{ ...BOB, login: -1, usages: ['encrypt'] }] }],
  ])('refuses templates with %s', async (_, template) => {
    const { alice } = await vaults();
    const { code } = await failureOf(() => alice.generateKey(template as never));
    expect(code).toBe('ERR_TEEC_BAD_PARAMETERS');
    expect(await alice.listKeys()).toEqual([]);
  });

  it.each([
    ['SM4 of 15 bytes', 'SM4', new Uint8Array(15)],
    ['SM4 of 17 bytes', 'SM4', new Uint8Array(17)],
    ['a short MAC key', 'HMAC-SM3', new Uint8Array(15)],
    ['an SM2 key of zeroes', 'SM2-sign', new Uint8Array(97)],
    ['half a pair', 'SM2-encrypt', new Uint8Array(32)],
  ] as const)('refuses material: %s', async (_, type, material) => {
    const { alice } = await vaults();
    const { code } = await failureOf(() => alice.importKey({ type }, material));
    expect(code).toBe('ERR_TEEC_BAD_PARAMETERS');
  });

  it.each(['SM2-sign', 'SM2-encrypt'] as const)(
    'refuses a %s pair whose halves are of two pairs',
    async (type) => {
      const { alice } = await vaults();
      const [one, other] = [sm2.generateKeyPair(), sm2.generateKeyPair()];
      const material = one.privateKey.use((d) => Uint8Array.from([...d, ...other.publicKey]));
      expect((await failureOf(() => alice.importKey({ type }, material))).code).toBe(
        'ERR_TEEC_BAD_PARAMETERS',
      );
      const good = one.privateKey.use((d) => Uint8Array.from([...d, ...one.publicKey]));
      const { id } = await alice.importKey({ type }, good);
      expect(await alice.publicKey(id)).toEqual(one.publicKey);
    },
  );

  it('makes no key when the answer would not fit', async () => {
    const harness = start();
    const template = utf8('{"access":[],"label":"","type":"SM4","usages":["encrypt"]}');
    const { result } = harness.call(ALICE, KEY_VAULT_COMMANDS.GENERATE, given(template), room(100));
    expect(result).toBe('SHORT_BUFFER');
    expect(await (await openKeyVault(harness.as(ALICE))).listKeys()).toEqual([]);
  });

  it.each([
    ['spaces', '{"access": [],"label":"","type":"SM4","usages":["encrypt"]}'],
    ['names not in order', '{"label":"","access":[],"type":"SM4","usages":["encrypt"]}'],
    ['a name twice', '{"access":[],"label":"","label":"","type":"SM4","usages":["encrypt"]}'],
    ['no JSON', 'SM4'],
    ['depth', '['.repeat(2000)],
  ])('refuses JSON with %s', (_, text) => {
    const { result } = start().call(ALICE, KEY_VAULT_COMMANDS.GENERATE, given(utf8(text)), room(4096));
    expect(result).toBe('BAD_FORMAT');
  });

  it('refuses parameters of other types and unknown ids, and lives on', async () => {
    const harness = start();
    for (const command of Object.values(KEY_VAULT_COMMANDS)) {
      const { result } = harness.call(ALICE, command, { type: 1, a: 0, b: 0 });
      expect(result).toBe('BAD_PARAMETERS');
    }
    const vault = await openKeyVault(harness.as(ALICE));
    expect((await failureOf(() => vault.describeKey('00'.repeat(16)))).code).toBe('ERR_TEEC_ITEM_NOT_FOUND');
    expect((await failureOf(() => vault.describeKey('00'.repeat(15)))).code).toBe('ERR_TEEC_BAD_PARAMETERS');
    expect((await failureOf(() => vault.describeKey('00'.repeat(17)))).code).toBe('ERR_TEEC_EXCESS_DATA');
  });

  it('holds 256 keys of one owner and says so', async () => {
    const { alice, bob } = await vaults();
    for (let i = 0; i < 256; i++) await alice.generateKey({ type: 'SM4' });
    const { code } = await failureOf(() => alice.generateKey({ type: 'SM4' }));
    expect(code).toBe('ERR_TEEC_STORAGE_NO_SPACE');
    await bob.generateKey({ type: 'SM4' });
  });
});

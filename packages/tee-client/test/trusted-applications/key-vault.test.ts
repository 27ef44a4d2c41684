import { equalBytes, fromHex, hmacSm3, Secret, sm2, sm3, sm4, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openKeyVault } from '../../src/key-vault.ts';
import { KEY_VAULT_LIMITS } from '../../src/spec/v1/key-vault.ts';
import { ALICE, BOB, failureOf, flipped, PUBLIC, startKeyVault as start, vaults } from './support.ts';

describe('keys of the vault', () => {
  it('encrypts and decrypts with associated data [part of CSSI-005]', async () => {
    const { alice } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM4' });
    for (const length of [0, 1, 16, 100, KEY_VAULT_LIMITS.plaintext]) {
      const plaintext = new Uint8Array(length).fill(7);
      const sealed = await alice.encrypt(id, plaintext, utf8('aad'));
      expect(sealed.length).toBe(length + 28);
      expect(equalBytes(await alice.decrypt(id, sealed, utf8('aad')), plaintext)).toBe(true);
    }
  });

  it('gives the ciphertext of SM4-GCM: an imported key opens it anywhere [part of CSSI-009]', async () => {
    const { alice } = await vaults();
    const key = fromHex('0123456789abcdeffedcba9876543210');
    const { id } = await alice.importKey({ type: 'SM4' }, key);
    const sealed = await alice.encrypt(id, utf8('text'), utf8('aad'));
    const gcm = sm4.gcm(Secret.copy(key));
    expect(gcm.open(sealed.slice(0, 12), sealed.slice(12), utf8('aad'))).toEqual(utf8('text'));
  });

  it('refuses every altered ciphertext and other associated data with one code', async () => {
    const { alice } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM4' });
    const sealed = await alice.encrypt(id, utf8('plaintext'), utf8('aad'));
    for (let at = 0; at < sealed.length; at++) {
      const { code } = await failureOf(() => alice.decrypt(id, flipped(sealed, at), utf8('aad')));
      expect(code).toBe('ERR_TEEC_MAC_INVALID');
    }
    for (const length of [0, 12, 27, sealed.length - 1]) {
      const { code } = await failureOf(() => alice.decrypt(id, sealed.subarray(0, length), utf8('aad')));
      expect(code).toBe('ERR_TEEC_MAC_INVALID');
    }
    expect((await failureOf(() => alice.decrypt(id, sealed))).code).toBe('ERR_TEEC_MAC_INVALID');
  });

  it('never gives a nonce twice, not across crashes either', async () => {
    const nonces = new Set<string>();
    let { folder, stop, as } = start();
    let vault = await openKeyVault(as(ALICE));
    const { id } = await vault.generateKey({ type: 'SM4' });
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 700; i++) {
        nonces.add(toHex((await vault.encrypt(id, new Uint8Array(0))).subarray(0, 12)));
      }
      stop();
      ({ folder, stop, as } = start({ folder }));
      vault = await openKeyVault(as(ALICE));
    }
    expect(nonces.size).toBe(4 * 700);
  });

  it('sets nonces aside in storage before it uses one, and uses none when that fails', async () => {
    const seen: string[] = [];
    let failing = false;
    const harness = start({
      instrument: (tee) => ({
        ...tee,
        TEE_AEInit: (...args) => {
          seen.push('encrypt');
          tee.TEE_AEInit(...args);
        },
        TEE_WriteObjectData: (...args) => {
          seen.push('store');
          if (failing) throw tee.error('STORAGE_NO_SPACE');
          tee.TEE_WriteObjectData(...args);
        },
      }),
    });
    const vault = await openKeyVault(harness.as(ALICE));
    const { id } = await vault.generateKey({ type: 'SM4' });
    seen.length = 0;
    for (let i = 0; i < 1025; i++) await vault.encrypt(id, utf8('x'));
    expect(seen.indexOf('store')).toBe(0);
    expect(seen.filter((step) => step === 'store')).toHaveLength(2);
    expect(seen.slice(-2)).toEqual(['store', 'encrypt']);
    const other = (await vault.generateKey({ type: 'SM4' })).id;
    failing = true;
    seen.length = 0;
    expect((await failureOf(() => vault.encrypt(other, utf8('x')))).code).toBe('ERR_TEEC_STORAGE_NO_SPACE');
    expect(seen).toEqual(['store']);
  });

  it('signs and verifies digests; the signature is one of SM2', async () => {
    const { alice } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM2-sign' });
    const digest = sm3(utf8('message'));
    const signature = await alice.signDigest(id, digest);
    const publicKey = await alice.publicKey(id);
    expect(sm2.verifyDigest(publicKey, digest, signature, { format: 'raw' })).toBe(true);
    expect(await alice.verifyDigest(id, digest, signature)).toBe(true);
    expect(await alice.verifyDigest(id, sm3(utf8('other')), signature)).toBe(false);
    expect(await alice.verifyDigest(id, digest, flipped(signature, 40))).toBe(false);
  });

  it('encrypts to a public key as sm-core does, and back', async () => {
    const { alice } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM2-encrypt' });
    const outside = sm2.encrypt(await alice.publicKey(id), utf8('from outside'), { format: 'c1c3c2' });
    expect(await alice.decryptFrom(id, outside)).toEqual(utf8('from outside'));
    expect(await alice.decryptFrom(id, await alice.encryptTo(id, utf8('inside')))).toEqual(utf8('inside'));
    const { code } = await failureOf(() => alice.decryptFrom(id, flipped(outside, 70)));
    expect(code).toBe('ERR_TEEC_CIPHERTEXT_INVALID');
  });

  it('computes and compares HMAC-SM3', async () => {
    const { alice } = await vaults();
    const key = new Uint8Array(20).fill(3);
    const { id } = await alice.importKey({ type: 'HMAC-SM3' }, key);
    const mac = await alice.mac(id, utf8('data'));
    expect(mac).toEqual(hmacSm3(key, utf8('data')));
    expect(await alice.verifyMac(id, utf8('data'), mac)).toBe(true);
    expect(await alice.verifyMac(id, utf8('data'), flipped(mac, 0))).toBe(false);
  });

  it('lists, describes and deletes', async () => {
    const { alice, bob } = await vaults();
    const made = [];
    for (let i = 0; i < 40; i++) made.push(await alice.generateKey({ type: 'SM4', label: `key ${i}` }));
    expect(await alice.listKeys()).toEqual([...made].sort((a, b) => (a.id < b.id ? -1 : 1)));
    expect(await bob.listKeys()).toEqual([]);
    const [first] = made;
    if (first === undefined) throw new Error('no key');
    expect(await alice.describeKey(first.id)).toEqual(first);
    await alice.deleteKey(first.id);
    expect((await failureOf(() => alice.describeKey(first.id))).code).toBe('ERR_TEEC_ITEM_NOT_FOUND');
    expect(await alice.listKeys()).toHaveLength(39);
  });

  it('keeps keys, access lists and deletions over restarts', async () => {
    const first = start();
    const before = await openKeyVault(first.as(ALICE));
    const kept = await before.generateKey({ type: 'SM4', label: 'kept' });
    const gone = await before.generateKey({ type: 'SM4', label: 'gone' });
    await before.setAccess(kept.id, [{ ...BOB, usages: ['decrypt'] }]);
    const sealed = await before.encrypt(kept.id, utf8('x'));
    await before.deleteKey(gone.id);
    first.stop();
    const second = start({ folder: first.folder });
    const bob = await openKeyVault(second.as(BOB));
    expect(await bob.decrypt(kept.id, sealed)).toEqual(utf8('x'));
    expect((await bob.listKeys()).map(({ label }) => label)).toEqual(['kept']);
  });
});

describe('access control [part of CSSI-006]', () => {
  it('refuses everybody but the owner at first, for every command on a key', async () => {
    const { alice, bob } = await vaults();
    const cipher = (await alice.generateKey({ type: 'SM4' })).id;
    const hmac = (await alice.generateKey({ type: 'HMAC-SM3' })).id;
    const signing = (await alice.generateKey({ type: 'SM2-sign' })).id;
    const pke = (await alice.generateKey({ type: 'SM2-encrypt' })).id;
    const refused = [
      () => bob.describeKey(cipher),
      () => bob.encrypt(cipher, utf8('x')),
      () => bob.decrypt(cipher, new Uint8Array(40)),
      () => bob.deleteKey(cipher),
      () => bob.setAccess(cipher, [{ ...BOB, usages: ['encrypt'] }]),
      () => bob.wrapKey(cipher),
      () => bob.mac(hmac, utf8('x')),
      () => bob.verifyMac(hmac, utf8('x'), new Uint8Array(32)),
      () => bob.signDigest(signing, new Uint8Array(32)),
      () => bob.verifyDigest(signing, new Uint8Array(32), new Uint8Array(64)),
      () => bob.publicKey(signing),
      () => bob.encryptTo(pke, utf8('x')),
      () => bob.decryptFrom(pke, new Uint8Array(120)),
    ];
    for (const call of refused) expect((await failureOf(call)).code).toBe('ERR_TEEC_ACCESS_DENIED');
  });

  it('gives others the usages on the list and no more, until it is taken back', async () => {
    const { alice, bob } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM4', access: [{ ...BOB, usages: ['encrypt'] }] });
    const sealed = await bob.encrypt(id, utf8('x'));
    expect((await failureOf(() => bob.decrypt(id, sealed))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    expect((await failureOf(() => bob.setAccess(id, []))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    expect((await failureOf(() => bob.deleteKey(id))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    await alice.setAccess(id, []);
    expect((await failureOf(() => bob.encrypt(id, utf8('x')))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    expect(await alice.decrypt(id, sealed)).toEqual(utf8('x'));
  });

  it('tells the same UUID with another login apart', async () => {
    const harness = start();
    const { id } = await (await openKeyVault(harness.as(ALICE))).generateKey({ type: 'SM4' });
    const group = await openKeyVault(harness.as({ ...ALICE, login: 2 }));
    expect((await failureOf(() => group.encrypt(id, utf8('x')))).code).toBe('ERR_TEEC_ACCESS_DENIED');
  });

  it('lets nobody do what the key is not for, its owner included', async () => {
    const { alice } = await vaults();
    const { id } = await alice.generateKey({ type: 'SM4', usages: ['encrypt'] });
    const sealed = await alice.encrypt(id, utf8('x'));
    expect((await failureOf(() => alice.decrypt(id, sealed))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    expect((await failureOf(() => alice.wrapKey(id))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    expect((await failureOf(() => alice.mac(id, utf8('x')))).code).toBe('ERR_TEEC_BAD_PARAMETERS');
  });

  it('counts every PUBLIC client as one', async () => {
    const harness = start();
    const { id } = await (await openKeyVault(harness.as(PUBLIC))).generateKey({ type: 'SM4' });
    await (await openKeyVault(harness.as(PUBLIC))).encrypt(id, utf8('x'));
    const alice = await openKeyVault(harness.as(ALICE));
    expect((await failureOf(() => alice.encrypt(id, utf8('x')))).code).toBe('ERR_TEEC_ACCESS_DENIED');
  });
});

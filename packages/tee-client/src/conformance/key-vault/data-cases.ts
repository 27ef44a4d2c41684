import { equalBytes, hmacSm3, Secret, sm2, sm4, toHex, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { TEEC_SHAREDMEM_MIN_MAX_SIZE } from '../../spec/v1/constants.ts';
import { KEY_VAULT_LIMITS as LIMITS } from '../../spec/v1/key-vault.ts';
import { expectEqual } from '../support.ts';
import { between, flipped, type KeyVaultSubject, onEach, type VaultKit } from './subject.ts';
import { HMAC_SM3, SM2, SM4_GCM } from './vectors.ts';

const DATA = 'KeyVault v1; CSSI-005';
const AAD = utf8('conformance');
const MAC_INVALID = ['ERR_TEEC_MAC_INVALID'];
const BAD = ['ERR_TEEC_BAD_PARAMETERS'];

const fixedKey = ({ make, vault }: VaultKit) => make(vault, { type: 'SM4' }, SM4_GCM.key);

/** A case with the key of the vector. */
const withVector = (
  id: string,
  run: (kit: VaultKit, key: string) => Promise<void>,
): ConformanceCase<KeyVaultSubject> => onEach(id, DATA, async (kit) => run(kit, (await fixedKey(kit)).id));

const results: readonly ConformanceCase<KeyVaultSubject>[] = [
  withVector('data.vector-sm4', async ({ vault }, key) => {
    expectBytes(await vault.decrypt(key, SM4_GCM.sealed, SM4_GCM.aad), SM4_GCM.plaintext, 'RFC 8998 A.1');
  }),
  withVector('data.form', async ({ vault, bytes }, key) => {
    for (const length of [0, 1, 15, 16, 17, 4096]) {
      const plaintext = bytes(`plaintext ${length}`, length);
      const sealed = await vault.encrypt(key, plaintext, AAD);
      expectEqual(sealed.length, length + LIMITS.encryptOverhead, 'length of what encrypt gives');
      const gcm = sm4.gcm(Secret.copy(SM4_GCM.key));
      let opened: Uint8Array | undefined;
      try {
        opened = gcm.open(sealed.slice(0, 12), sealed.slice(12), AAD);
      } catch {}
      expectBytes(opened, plaintext, 'SM4-GCM outside of the module');
      expectBytes(await vault.decrypt(key, sealed, AAD), plaintext, 'and inside');
    }
  }),
  withVector('data.largest', async ({ vault, bytes }, key) => {
    // What fits the smallest parameter every implementation of GlobalPlatform has to take.
    const plaintext = bytes('plaintext', TEEC_SHAREDMEM_MIN_MAX_SIZE - LIMITS.encryptOverhead);
    const opened = await vault.decrypt(key, await vault.encrypt(key, plaintext));
    expectTrue(equalBytes(opened, plaintext), '512 KiB with what encryption adds');
  }),
  onEach('data.vector-mac', DATA, async ({ make, vault }) => {
    const { id } = await make(vault, { type: 'HMAC-SM3' }, HMAC_SM3.key);
    expectBytes(await vault.mac(id, HMAC_SM3.data), HMAC_SM3.mac, 'HMAC-SM3');
    expectBytes(
      await vault.mac(id, new Uint8Array(0)),
      hmacSm3(HMAC_SM3.key, new Uint8Array(0)),
      'of nothing',
    );
    expectTrue(await vault.verifyMac(id, HMAC_SM3.data, HMAC_SM3.mac), 'the MAC is one');
  }),
  onEach('data.vector-signature', DATA, async ({ make, vault }) => {
    const { id } = await make(vault, { type: 'SM2-sign' }, SM2.material);
    expectBytes(await vault.publicKey(id), SM2.publicKey, 'public key');
    expectTrue(await vault.verifyDigest(id, SM2.digest, SM2.signature), 'GM/T 0003.5 A.2 verifies');
    const signature = await vault.signDigest(id, SM2.digest);
    expectTrue(
      sm2.verifyDigest(SM2.publicKey, SM2.digest, signature, { format: 'raw' }),
      'its signature verifies outside',
    );
  }),
  onEach('data.vector-pke', DATA, async ({ make, vault }) => {
    const { id } = await make(vault, { type: 'SM2-encrypt' }, SM2.material);
    expectBytes(await vault.decryptFrom(id, SM2.ciphertext), SM2.plaintext, 'GM/T 0003.5 C.2');
    const ciphertext = await vault.encryptTo(id, AAD);
    expectBytes(await vault.decryptFrom(id, ciphertext), AAD, 'what it encrypted itself');
  }),
  withVector('data.fresh', async ({ vault }, key) => {
    const nonces = new Set<string>();
    for (let i = 0; i < 64; i++) nonces.add(toHex((await vault.encrypt(key, AAD)).subarray(0, 12)));
    expectEqual(nonces.size, 64, 'nonces of 64 messages');
  }),
  between('data.same-results', DATA, async (from, to) => {
    const [a, b] = [await fixedKey(from), await fixedKey(to)];
    const sealed = await from.vault.encrypt(a.id, AAD, AAD);
    expectBytes(await to.vault.decrypt(b.id, sealed, AAD), AAD, `encrypted by ${from.name}`);
    const [signs, verifies] = [
      await from.make(from.vault, { type: 'SM2-sign' }, SM2.material),
      await to.make(to.vault, { type: 'SM2-sign' }, SM2.material),
    ];
    const signature = await from.vault.signDigest(signs.id, SM2.digest);
    expectTrue(await to.vault.verifyDigest(verifies.id, SM2.digest, signature), `signed by ${from.name}`);
  }),
];

const refusals: readonly ConformanceCase<KeyVaultSubject>[] = [
  withVector('data.flipped', async ({ vault }, key) => {
    for (let at = 0; at < SM4_GCM.sealed.length; at += 3) {
      await expectCode(
        () => vault.decrypt(key, flipped(SM4_GCM.sealed, at), SM4_GCM.aad),
        MAC_INVALID,
        `a bit changed in byte ${at}`,
      );
    }
  }),
  withVector('data.truncated', async ({ vault }, key) => {
    for (const length of [0, 12, 27, SM4_GCM.sealed.length - 1]) {
      const sealed = SM4_GCM.sealed.slice(0, length);
      await expectCode(() => vault.decrypt(key, sealed, SM4_GCM.aad), MAC_INVALID, `${length} bytes`);
    }
  }),
  withVector('data.other-aad', async ({ vault }, key) => {
    for (const aad of [new Uint8Array(0), AAD, SM4_GCM.aad.slice(1)]) {
      await expectCode(() => vault.decrypt(key, SM4_GCM.sealed, aad), MAC_INVALID, 'other associated data');
    }
  }),
  onEach('data.other-key', DATA, async ({ vault, make }) => {
    const { id } = await make(vault, { type: 'SM4' });
    await expectCode(() => vault.decrypt(id, SM4_GCM.sealed, SM4_GCM.aad), MAC_INVALID, 'another key');
  }),
  onEach('data.other-type', DATA, async ({ vault, make }) => {
    const hmac = (await make(vault, { type: 'HMAC-SM3' })).id;
    const signing = (await make(vault, { type: 'SM2-sign' })).id;
    const digest = new Uint8Array(32);
    await expectCode(() => vault.encrypt(hmac, AAD), BAD, 'encryption with a key for MACs');
    await expectCode(() => vault.signDigest(hmac, digest), BAD, 'a signature with a key for MACs');
    await expectCode(() => vault.mac(signing, AAD), BAD, 'a MAC with a key for signatures');
    await expectCode(() => vault.decryptFrom(signing, SM2.ciphertext), BAD, 'decryption with it');
    await expectCode(() => vault.publicKey(hmac), BAD, 'the public key of a key for MACs');
  }),
  onEach('data.unknown-key', DATA, async ({ vault }) => {
    const id = '00'.repeat(16);
    const what = 'a key that is not there';
    await expectCode(() => vault.encrypt(id, AAD), ['ERR_TEEC_ITEM_NOT_FOUND'], what);
    await expectCode(() => vault.deleteKey(id), ['ERR_TEEC_ITEM_NOT_FOUND'], what);
  }),
  withVector('data.deleted-key', async ({ vault }, key) => {
    await vault.deleteKey(key);
    const call = () => vault.decrypt(key, SM4_GCM.sealed, SM4_GCM.aad);
    await expectCode(call, ['ERR_TEEC_ITEM_NOT_FOUND'], 'a key that was deleted');
  }),
  onEach('data.mac-altered', DATA, async ({ vault, make }) => {
    const { id } = await make(vault, { type: 'HMAC-SM3' }, HMAC_SM3.key);
    for (const at of [0, 15, 31]) {
      expectTrue(!(await vault.verifyMac(id, HMAC_SM3.data, flipped(HMAC_SM3.mac, at))), `byte ${at}`);
    }
    expectTrue(!(await vault.verifyMac(id, AAD, HMAC_SM3.mac)), 'other data');
  }),
  onEach('data.signature-altered', DATA, async ({ vault, make }) => {
    const { id } = await make(vault, { type: 'SM2-sign' }, SM2.material);
    for (const at of [0, 31, 32, 63]) {
      expectTrue(!(await vault.verifyDigest(id, SM2.digest, flipped(SM2.signature, at))), `byte ${at}`);
    }
    expectTrue(!(await vault.verifyDigest(id, flipped(SM2.digest, 5), SM2.signature)), 'another digest');
  }),
  onEach('data.pke-altered', DATA, async ({ vault, make }) => {
    const { id } = await make(vault, { type: 'SM2-encrypt' }, SM2.material);
    for (const at of [70, 100, SM2.ciphertext.length - 1]) {
      const call = () => vault.decryptFrom(id, flipped(SM2.ciphertext, at));
      await expectCode(call, ['ERR_TEEC_CIPHERTEXT_INVALID'], `byte ${at}`);
    }
  }),
  withVector('data.excess', async ({ vault }, key) => {
    const codes = ['ERR_TEEC_EXCESS_DATA', 'ERR_TEEC_OUT_OF_MEMORY'];
    await expectCode(() => vault.encrypt(key, new Uint8Array(LIMITS.plaintext + 1)), codes, 'too much data');
  }),
  onEach('data.material', DATA, async ({ vault, make }) => {
    for (const length of [0, 15, 17, 32]) {
      const call = () => make(vault, { type: 'SM4' }, new Uint8Array(length).fill(1));
      await expectCode(call, BAD, `an SM4 key of ${length} bytes`);
    }
    const stranger = SM2.material.slice();
    stranger[31] = (stranger[31] ?? 0) ^ 2;
    for (const type of ['SM2-sign', 'SM2-encrypt'] as const) {
      await expectCode(() => make(vault, { type }, stranger), BAD, 'a public key of another private one');
    }
  }),
  withVector('data.keeps-inputs', async ({ vault }, key) => {
    const [plaintext, aad] = [SM4_GCM.plaintext.slice(), SM4_GCM.aad.slice()];
    await vault.encrypt(key, plaintext, aad);
    expectTrue(
      equalBytes(plaintext, SM4_GCM.plaintext) && equalBytes(aad, SM4_GCM.aad),
      'inputs stay the caller’s',
    );
  }),
];

/** The data encryption service gives the same results on every module. */
export const dataCases: readonly ConformanceCase<KeyVaultSubject>[] = [...results, ...refusals];

import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type KeyReference, KMS_MAX_ENCRYPTIONS } from '../src/index.ts';
import { RowGuard } from '../src/internal/row-guard.ts';
import { codeOf, setup } from './support/kms.ts';

const plaintext = utf8('p');

async function world() {
  const made = setup();
  await made.kms.createTenant({ tenantId: 'a' });
  const cipher = await made.key('a', 'SM4', 'encrypt');
  const reserved = async (key: KeyReference = cipher) =>
    (await made.store.inner.readVersion('a', key.keyId, 1))!.version.reservedUses;
  return { ...made, cipher, reserved };
}

describe('encryptions per key version', () => {
  it('are set aside in the store before the first one is made', async () => {
    const { kms, store, cipher, reserved } = await world();
    store.beforeCommit = () => {
      throw new Error('power loss');
    };
    await expect(kms.encrypt({ ...cipher, plaintext })).rejects.toThrow('power loss');
    store.beforeCommit = () => undefined;
    await kms.encrypt({ ...cipher, plaintext });
    expect(await reserved()).toBeGreaterThanOrEqual(1);
  });

  it('are never more than the store was told, at any moment', async () => {
    const { kms, cipher, reserved } = await world();
    for (let made = 1; made <= 800; made++) {
      await kms.encrypt({ ...cipher, plaintext });
      if (made % 50 === 0) expect(await reserved()).toBeGreaterThanOrEqual(made);
    }
    expect((await kms.describeKey(cipher)).reservedUses).toBeLessThanOrEqual(256 + 512 + 1024);
  });

  it('are counted on after a crash, never from the start', async () => {
    const { kms, store, root, cipher, reserved } = await world();
    await kms.encrypt({ ...cipher, plaintext });
    const before = await reserved();
    const restarted = setup({}, { store, root });
    await restarted.kms.encrypt({ ...cipher, plaintext });
    expect(await reserved()).toBe(before + 256);
  });

  it('are shared by instances without one losing count', async () => {
    const { kms, store, root, cipher, reserved } = await world();
    const others = Array.from({ length: 4 }, () => setup({}, { store, root }).kms);
    await Promise.all([kms, ...others].map((each) => each.encrypt({ ...cipher, plaintext })));
    expect(await reserved()).toBe(5 * 256);
  });

  it('come to a hard stop at 2^32, and rotation goes on', async () => {
    const { store, root, cipher } = await world();
    const guard = new RowGuard(root, () => undefined);
    const { version } = (await store.inner.readVersion('a', cipher.keyId, 1))!;
    const revision = version.revision + 1;
    const almost = await guard.sealVersion({ ...version, revision, reservedUses: KMS_MAX_ENCRYPTIONS - 3 });
    expect(await store.inner.commit({ versions: [almost] })).toBe(true);
    const { kms } = setup({}, { store, root });
    for (let i = 0; i < 3; i++) await kms.encrypt({ ...cipher, plaintext });
    expect((await kms.describeKey(cipher)).reservedUses).toBe(KMS_MAX_ENCRYPTIONS);
    for (let i = 0; i < 3; i++) {
      expect(await codeOf(() => kms.encrypt({ ...cipher, plaintext }))).toBe('ERR_KMS_USAGE_LIMIT');
    }
    await kms.rotateKey(cipher);
    expect((await kms.encrypt({ ...cipher, plaintext })).version).toBe(2);
  });

  it('share one reservation among calls at the same time', async () => {
    const { kms, store, cipher, reserved } = await world();
    store.changes.length = 0;
    await Promise.all(Array.from({ length: 200 }, () => kms.encrypt({ ...cipher, plaintext })));
    expect(store.changes.length).toBe(1);
    expect(await reserved()).toBe(256);
  });

  it('give up with a code when every reservation loses', async () => {
    const { kms, store, cipher } = await world();
    const { inner } = store;
    store.beforeCommit = async (change) => {
      const row = change.versions?.[0];
      if (row !== undefined) await inner.commit({ versions: [row] });
    };
    expect(await codeOf(() => kms.encrypt({ ...cipher, plaintext }))).toBe('ERR_KMS_CONFLICT');
  });

  it('are not counted for SM2 and for decryption', async () => {
    const { kms, cipher, key, reserved } = await world();
    const sm2Key = await key('a', 'SM2', 'encrypt');
    await kms.encrypt({ ...sm2Key, plaintext });
    expect(await reserved(sm2Key)).toBe(0);
    const { ciphertext } = await kms.encrypt({ ...cipher, plaintext });
    const before = await reserved();
    for (let i = 0; i < 300; i++) await kms.decrypt({ ...cipher, ciphertext });
    expect(await reserved()).toBe(before);
  });
});

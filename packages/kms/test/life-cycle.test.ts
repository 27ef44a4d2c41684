import { Secret, sm2, systemRandom, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { KMS_MAX_VERSIONS } from '../src/index.ts';
import { addMonths } from '../src/internal/describe.ts';
import { RowGuard } from '../src/internal/row-guard.ts';
import { codeOf, NOW, setup } from './support/kms.ts';
import { recordingRandom } from './support/random.ts';
import { testRoot } from './support/root.ts';
import { HostileStore, storedText } from './support/store.ts';

const plaintext = utf8('plaintext');

async function world(options = {}, deps = {}) {
  const made = setup(options, deps);
  await made.kms.createTenant({ tenantId: 'a' });
  return { ...made, cipher: await made.key('a', 'SM4', 'encrypt') };
}

describe('life cycle', () => {
  it('makes, stores, rotates and destroys symmetric and asymmetric keys [part of TCCIA-016, EDGE-048]', async () => {
    const { kms, store, key } = await world();
    for (const [algorithm, usage] of [
      ['SM4', 'encrypt'],
      ['SM2', 'sign'],
      ['SM2', 'encrypt'],
    ] as const) {
      const reference = await key('a', algorithm, usage);
      expect((await kms.rotateKey(reference)).version).toBe(2);
      const wrapped = (await store.inner.readVersions('a', reference.keyId))!.versions.map((row) =>
        toHex(row.wrappedKey!),
      );
      await kms.disableKey(reference);
      await kms.destroyKey(reference);
      const held = await storedText(store.inner, 'a', reference.keyId);
      for (const blob of wrapped) expect(held).not.toContain(blob);
      const rows = (await store.inner.readVersions('a', reference.keyId))!.versions;
      expect(rows.map((row) => row.wrappedKey)).toEqual([null, null]);
      expect(await codeOf(() => kms.enableKey(reference))).toBe('ERR_KMS_STATE_TRANSITION');
    }
  });

  it('does not bring a destroyed key back when the old wrapped key is put back', async () => {
    const { kms, store, root, cipher } = await world();
    const { ciphertext } = await kms.encrypt({ ...cipher, plaintext });
    const old = (await store.inner.readVersion('a', cipher.keyId, 1))!.version;
    await kms.disableKey(cipher);
    await kms.destroyKey(cipher);
    for (const put of [old, { ...old, state: 'destroyed' as const }]) {
      store.onVersion = () => put;
      const { kms: fresh } = setup({}, { store, root });
      expect(await codeOf(() => fresh.decrypt({ ...cipher, ciphertext }))).not.toBe('accepted');
      expect(await codeOf(() => fresh.enableKey(cipher))).toBe('ERR_KMS_ROW_INTEGRITY');
    }
  });

  it('wraps every version anew when the state changes', async () => {
    const { kms, store, cipher } = await world();
    await kms.rotateKey(cipher);
    const blobs = async () =>
      (await store.inner.readVersions('a', cipher.keyId))!.versions.map((row) => toHex(row.wrappedKey!));
    const before = await blobs();
    await kms.disableKey(cipher);
    const disabled = await blobs();
    await kms.enableKey(cipher);
    const all = [...before, ...disabled, ...(await blobs())];
    expect(new Set(all).size).toBe(6);
  });

  it('changes state also while encryptions are being counted', async () => {
    const { kms, store, cipher } = await world();
    let interfere = true;
    store.beforeCommit = async (change) => {
      if (!interfere || change.keys === undefined) return;
      interfere = false;
      await kms.encrypt({ ...cipher, plaintext });
    };
    expect((await kms.disableKey(cipher)).state).toBe('disabled');
    expect((await kms.describeKey(cipher)).reservedUses).toBe(256);
  });

  it('gives way to a change of state during a rotation', async () => {
    const { kms, store, root, cipher } = await world();
    const other = setup({}, { store, root }).kms;
    let interfere = true;
    store.beforeCommit = async (change) => {
      if (!interfere || change.versions?.[0]?.version !== 2) return;
      interfere = false;
      await other.disableKey(cipher);
    };
    expect(await codeOf(() => kms.rotateKey(cipher))).toBe('ERR_KMS_CONFLICT');
    const { state, version } = await kms.describeKey(cipher);
    expect([state, version]).toEqual(['disabled', 1]);
  });

  it('refuses a version more than the limit', async () => {
    const { kms, store, root, cipher } = await world();
    const guard = new RowGuard(root, () => undefined);
    const key = (await store.inner.readKey('a', cipher.keyId))!;
    const full = await guard.sealKey({ ...key, revision: 2, currentVersion: KMS_MAX_VERSIONS });
    await store.inner.commit({ keys: [full] });
    expect(await codeOf(() => kms.rotateKey(cipher))).toBe('ERR_KMS_VERSION_LIMIT');
  });
});

describe('rotation period', () => {
  it('is 18 months unless shorter, and never longer [TCCIA-092]', async () => {
    const { kms, cipher, key, time } = await world();
    const described = await kms.describeKey(cipher);
    expect([described.rotationMonths, described.rotationDue]).toEqual([18, '2028-06-01T00:00:00.000Z']);
    const tooLong = { algorithm: 'SM4', usage: ['encrypt'], label: '', rotationMonths: 19 } as const;
    expect(await codeOf(() => kms.createKey({ tenantId: 'a', ...tooLong }))).toBe(
      'ERR_KMS_PARAMETER_INVALID',
    );
    expect(await codeOf(() => kms.createTenant({ tenantId: 'b', maxRotationMonths: 19 }))).toBe(
      'ERR_KMS_PARAMETER_INVALID',
    );
    const { ciphertext } = await kms.encrypt({ ...cipher, plaintext });
    const asymmetric = await key('a', 'SM2', 'encrypt');
    time.now = new Date('2028-05-31T23:59:59.999Z');
    expect(await codeOf(() => kms.encrypt({ ...cipher, plaintext }))).toBe('accepted');
    time.now = new Date('2028-06-01T00:00:00Z');
    for (const overdue of [cipher, asymmetric]) {
      expect(await codeOf(() => kms.encrypt({ ...overdue, plaintext }))).toBe('ERR_KMS_ROTATION_OVERDUE');
    }
    expect((await kms.decrypt({ ...cipher, ciphertext })).plaintext).toEqual(plaintext);
    expect((await kms.rotateKey(cipher)).rotationDue).toBe('2029-12-01T00:00:00.000Z');
    expect((await kms.encrypt({ ...cipher, plaintext })).version).toBe(2);
    expect((await kms.decrypt({ ...cipher, ciphertext })).plaintext).toEqual(plaintext);
  });

  it.each([
    ['2026-08-31T10:00:00.000Z', 18, '2028-02-29T10:00:00.000Z'],
    ['2026-12-31T00:00:00.000Z', 2, '2027-02-28T00:00:00.000Z'],
    ['2026-01-15T00:00:00.000Z', 12, '2027-01-15T00:00:00.000Z'],
  ])('of %s and %i months ends %s', (from, months, to) => {
    expect(addMonths(from, months).toISOString()).toBe(to);
  });
});

describe('random source', () => {
  it('makes every key, and is recorded with it [part of TCCIA-017]', async () => {
    const random = recordingRandom();
    const { kms, root, key, cipher } = await world({}, { random });
    const given = () => new Set(random.given.map(toHex));
    expect(given()).toContain(toHex(root.wrapped[0]!));
    expect(await kms.describeKey(cipher)).toMatchObject({
      randomProvider: 'test/recording',
      randomHealth: 'health-tests-passed',
    });
    const signing = await key('a', 'SM2', 'sign');
    const { publicKey } = await kms.getPublicKey(signing);
    const candidates = random.given.filter((bytes) => bytes.length === 32);
    const made = candidates.map((bytes) => toHex(sm2.keyPair(Secret.copy(bytes)).publicKey));
    expect(made).toContain(toHex(publicKey));
  });

  it('gives no key once it repeats itself [part of TCCIA-017]', async () => {
    const { store } = setup();
    let stuck = false;
    const source = {
      fill: (out: Uint8Array) => (stuck ? void out.fill(0x41) : systemRandom.fill(out)),
    };
    const { kms } = setup({}, { store, random: { id: 'sticks', source } });
    expect(await codeOf(() => kms.createTenant({ tenantId: 'a' }))).toBe('accepted');
    stuck = true;
    for (const algorithm of ['SM2', 'SM4'] as const) {
      const request = { tenantId: 'a', algorithm, usage: ['encrypt'], label: '' } as const;
      expect(await codeOf(() => kms.createKey(request))).toBe('ERR_RANDOM_UNHEALTHY');
    }
    expect(await store.inner.listKeys('a', { limit: 5 })).toEqual([]);
  });
});

describe('neighbours that fail', () => {
  it('answers with a code when the root is gone, and works when it is back', async () => {
    const { kms, store, root, cipher } = await world();
    const { ciphertext } = await kms.encrypt({ ...cipher, plaintext });
    const cold = setup({}, { store, root });
    root.down = true;
    expect(await codeOf(() => cold.kms.decrypt({ ...cipher, ciphertext }))).toBe('ERR_KMS_ROOT_UNAVAILABLE');
    expect(await codeOf(() => kms.createTenant({ tenantId: 'b' }))).toBe('ERR_KMS_ROOT_UNAVAILABLE');
    expect(cold.alerts).toEqual([]);
    root.down = false;
    expect(await codeOf(() => cold.kms.decrypt({ ...cipher, ciphertext }))).toBe('accepted');
    expect(await codeOf(() => kms.createTenant({ tenantId: 'b' }))).toBe('accepted');
  });

  it('takes another root for an altered store', async () => {
    const { cipher, store } = await world();
    const { kms, alerts } = setup({}, { store, root: testRoot(8) });
    expect(await codeOf(() => kms.encrypt({ ...cipher, plaintext }))).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(alerts.length).toBe(1);
  });

  it('uses cached keys while the store is away, and nothing else', async () => {
    const { kms, store, cipher, key } = await world();
    const { ciphertext } = await kms.encrypt({ ...cipher, plaintext });
    const cold = await key('a', 'SM4', 'encrypt');
    store.down = true;
    expect(await codeOf(() => kms.decrypt({ ...cipher, ciphertext }))).toBe('accepted');
    await expect(kms.encrypt({ ...cold, plaintext })).rejects.toThrow();
    store.down = false;
    expect(await codeOf(() => kms.encrypt({ ...cold, plaintext }))).toBe('accepted');
  });

  it('leaves nothing usable behind when the outcome of a commit is unknown', async () => {
    const { kms, store, cipher } = await world();
    await kms.encrypt({ ...cipher, plaintext });
    const commit = store.inner.commit.bind(store.inner);
    store.beforeCommit = async (change) => {
      if (change.keys === undefined) return;
      await commit(change);
      throw new Error('connection lost after the commit');
    };
    await expect(kms.disableKey(cipher)).rejects.toThrow('connection lost');
    expect(await codeOf(() => kms.encrypt({ ...cipher, plaintext }))).toBe('ERR_KMS_KEY_STATE');
  });

  it('keeps the clock of the caller', async () => {
    const { kms, cipher } = await world({}, { store: new HostileStore(), time: NOW });
    expect((await kms.describeKey(cipher)).createdAt).toBe('2026-12-01T00:00:00.000Z');
  });
});

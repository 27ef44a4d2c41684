import { Secret, utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { LoadingCache } from '../src/internal/loading-cache.ts';
import { codeOf, NOW, setup } from './support/kms.ts';

const plaintext = utf8('plaintext');

describe('cached keys', () => {
  it('signs, verifies, encrypts and decrypts without a call to store or root', async () => {
    const { kms, store, root, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const cipher = await key('a', 'SM4', 'encrypt');
    const signing = await key('a', 'SM2', 'sign');
    const { ciphertext } = await kms.encrypt({ ...cipher, plaintext });
    const { signature } = await kms.sign({ ...signing, message: plaintext });
    const before = { store: store.calls, ...root.calls };
    for (let i = 0; i < 20; i++) {
      await kms.encrypt({ ...cipher, plaintext });
      await kms.decrypt({ ...cipher, ciphertext });
      await kms.sign({ ...signing, message: plaintext });
      await kms.verify({ ...signing, message: plaintext, signature });
    }
    expect({ store: store.calls, ...root.calls }).toEqual(before);
  });

  it('unwraps a key once however many calls wait for it', async () => {
    const { kms, store, root, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const cipher = await key('a', 'SM4', 'encrypt');
    const { ciphertext } = await kms.encrypt({ ...cipher, plaintext });
    const cold = setup({}, { store, root });
    const before = root.calls.unwrap;
    await Promise.all(Array.from({ length: 100 }, () => cold.kms.decrypt({ ...cipher, ciphertext })));
    expect(root.calls.unwrap - before).toBe(1);
  });

  it('works with more keys in use than the cache holds', async () => {
    const { kms, key } = setup({ cacheKeys: 8 });
    await kms.createTenant({ tenantId: 'a' });
    const keys = [];
    for (let i = 0; i < 20; i++) keys.push(await key('a', 'SM4', 'encrypt'));
    const made = await Promise.all(keys.map((each) => kms.encrypt({ ...each, plaintext })));
    for (const [i, { ciphertext }] of made.entries()) {
      expect((await kms.decrypt({ ...keys[i]!, ciphertext })).plaintext).toEqual(plaintext);
    }
  });

  it('uses no key after its disabling has resolved, also under load', async () => {
    const { kms, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const cipher = await key('a', 'SM4', 'encrypt');
    let disabled = false;
    const late: string[] = [];
    const caller = async () => {
      for (let i = 0; i < 200; i++) {
        const startedLate = disabled;
        const code = await codeOf(() => kms.encrypt({ ...cipher, plaintext }));
        if (startedLate) late.push(code);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const stop = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await kms.disableKey(cipher);
      disabled = true;
    };
    await Promise.all([caller(), caller(), caller(), stop()]);
    expect(late.length).toBeGreaterThan(0);
    expect(new Set(late)).toEqual(new Set(['ERR_KMS_KEY_STATE']));
  });

  it('caches nothing that was read before a change of state', async () => {
    const { kms, store, root, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const cipher = await key('a', 'SM4', 'encrypt');
    // A read is held back until the key is disabled, and then returns what it saw before.
    const cold = setup({}, { store, root });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const stale = (await store.inner.readKey('a', cipher.keyId))!;
    let first = true;
    store.beforeRead = () => (first ? held : undefined);
    store.onKey = (row) => {
      if (!first) return row;
      first = false;
      return stale;
    };
    const waiting = codeOf(() => cold.kms.encrypt({ ...cipher, plaintext }));
    await new Promise((resolve) => setImmediate(resolve));
    store.beforeRead = () => undefined;
    const disabling = cold.kms.disableKey(cipher);
    release();
    await Promise.all([waiting, disabling.catch(() => undefined)]);
    const code = await codeOf(() => cold.kms.encrypt({ ...cipher, plaintext }));
    const { state } = await kms.describeKey(cipher);
    expect([state, code]).toEqual(['disabled', 'ERR_KMS_KEY_STATE']);
  });

  it('unlocks no key that another instance disabled since its record was cached', async () => {
    const { kms, store, root, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const cipher = await key('a', 'SM4', 'encrypt');
    const other = setup({}, { store, root });
    // A malformed ciphertext makes the other instance read the record, but not the key.
    const malformed = { ...cipher, ciphertext: new Uint8Array(3) };
    expect(await codeOf(() => other.kms.decrypt(malformed))).toBe('ERR_DECRYPT_FAILED');
    await kms.disableKey(cipher);
    expect(await codeOf(() => other.kms.encrypt({ ...cipher, plaintext }))).toBe('ERR_KMS_KEY_STATE');
  });

  it('describes the version that is current when a rotation comes in between', async () => {
    const { kms, store, root, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const signing = await key('a', 'SM2', 'sign');
    const other = setup({}, { store, root }).kms;
    let reads = 0;
    store.beforeRead = async () => {
      if (++reads !== 2) return;
      await other.rotateKey(signing);
    };
    const described = await kms.describeKey(signing);
    const { publicKey, version } = await kms.getPublicKey(signing);
    expect([described.version, version]).toEqual([2, 2]);
    expect(described.publicKey).toEqual(publicKey);
  });

  it('asks the store nothing about ids that no key can have', async () => {
    const { kms, store } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const before = store.calls;
    for (const keyId of ['', 'a/1', '../a', `k${'0'.repeat(31)}`, `k${'0'.repeat(32)}/1`]) {
      expect(await codeOf(() => kms.encrypt({ tenantId: 'a', keyId, plaintext }))).toBe('ERR_KMS_NOT_FOUND');
    }
    expect(store.calls).toBe(before);
  });

  it('zeroes its keys when it is closed, also those a running call loads', async () => {
    const { kms, store, root, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const signing = await key('a', 'SM2', 'sign');
    const taken: Secret[] = [];
    const take = vi.spyOn(Secret, 'take').mockImplementation((bytes) => {
      const secret = Secret.copy(bytes);
      taken.push(secret);
      return secret;
    });
    try {
      const warm = setup({}, { store, root }).kms;
      await warm.sign({ ...signing, message: plaintext });
      expect(taken.some((secret) => !secret.destroyed)).toBe(true);
      await warm.close();
      expect(taken.every((secret) => secret.destroyed)).toBe(true);
      const cold = setup({}, { store, root }).kms;
      const running = cold.sign({ ...signing, message: plaintext });
      await cold.close();
      await running;
      expect(taken.length).toBeGreaterThan(2);
      expect(taken.every((secret) => secret.destroyed)).toBe(true);
    } finally {
      take.mockRestore();
    }
  });

  it('follows another instance within the cache time', async () => {
    const { kms, store, root, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const cipher = await key('a', 'SM4', 'encrypt');
    const other = setup({ cacheSeconds: 30 }, { store, root });
    await other.kms.encrypt({ ...cipher, plaintext });
    await kms.disableKey(cipher);
    other.time.now = new Date(NOW.getTime() + 29_000);
    expect(await codeOf(() => other.kms.encrypt({ ...cipher, plaintext }))).toBe('accepted');
    other.time.now = new Date(NOW.getTime() + 30_000);
    expect(await codeOf(() => other.kms.encrypt({ ...cipher, plaintext }))).toBe('ERR_KMS_KEY_STATE');
  });

  it('answers every call with one code once it is closed', async () => {
    const { kms, key } = setup();
    await kms.createTenant({ tenantId: 'a' });
    const signing = await key('a', 'SM2', 'sign');
    const signer = await kms.signer('a', signing.keyId);
    const running = kms.sign({ ...signing, message: plaintext });
    await kms.close();
    await running;
    const calls = [
      () => kms.sign({ ...signing, message: plaintext }),
      () => signer.sign(plaintext),
      () => kms.describeKey(signing),
      () => kms.createTenant({ tenantId: 'b' }),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('ERR_KMS_CLOSED');
  });

  it.each([{ cacheKeys: 7 }, { cacheKeys: 1.5 }, { cacheSeconds: 0 }, { cacheSeconds: 3601 }])(
    'refuses options out of bounds: %o',
    async (options) => {
      expect(await codeOf(async () => setup(options))).toBe('ERR_KMS_PARAMETER_INVALID');
    },
  );
});

describe('loading cache', () => {
  const make = (capacity = 2) => {
    const disposed: string[] = [];
    const clock = { now: 0 };
    const cache = new LoadingCache<string>({
      capacity,
      maxAgeMilliseconds: 100,
      now: () => clock.now,
      dispose: (value) => disposed.push(value),
    });
    const put = (name: string) => cache.load(name, async () => `v-${name}`);
    return { cache, disposed, clock, put };
  };

  it('disposes of the value used longest ago', async () => {
    const { cache, disposed, put } = make();
    await put('a');
    await put('b');
    cache.get('a');
    await put('c');
    expect(disposed).toEqual(['v-b']);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['v-a', undefined, 'v-c']);
  });

  it('disposes of a value that is too old', async () => {
    const { cache, disposed, clock, put } = make();
    await put('a');
    clock.now = 99;
    expect(cache.get('a')).toBe('v-a');
    clock.now = 100;
    expect(cache.get('a')).toBeUndefined();
    expect(disposed).toEqual(['v-a']);
  });

  it('disposes of everything under a prefix, and of nothing else', async () => {
    const { cache, disposed, put } = make(5);
    for (const name of ['t/k1/1', 't/k1/2', 't/k11/1', 'u/k1/1']) await put(name);
    cache.invalidate('t/k1/');
    expect(disposed).toEqual(['v-t/k1/1', 'v-t/k1/2']);
    expect(cache.size).toBe(2);
  });

  it('throws a load away that an invalidation overtook', async () => {
    const { cache, disposed } = make();
    let finish = (_value: string): void => undefined;
    const load = cache.load('a', () => new Promise((resolve) => (finish = resolve)));
    cache.invalidate('a');
    finish('old');
    await load;
    expect(cache.get('a')).toBeUndefined();
    expect(disposed).toEqual(['old']);
  });

  it('loads again after a failed load', async () => {
    const { cache, put } = make();
    await expect(cache.load('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await put('a');
    expect(cache.get('a')).toBe('v-a');
  });
});

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  createSm2,
  createSmModule,
  HealthCheckedRandom,
  MODULE_SERVICES,
  type ModuleState,
  Secret,
  SM2_PARAMETERS,
  SM4_PARAMETERS,
  type SmModule,
  sm2,
  sm4,
  utf8,
} from '../src/index.ts';
import { createSmPool } from '../src/pool/index.ts';
import { nodeThreads } from '../src/pool/threads.ts';

// Each test shows one check of the requirements whole; the details have tests of their own.

const code = (name: string) => expect.objectContaining({ code: name });
const unknown = (value: string) => value as never;
const key = () => Secret.take(new Uint8Array(16).fill(3));
const message = utf8('message');

describe('parameters', () => {
  it('are one inspectable, frozen configuration, and unknown values are refused [EDGE-011]', () => {
    expect(SM2_PARAMETERS).toMatchObject({
      curve: 'sm2p256v1',
      hash: 'sm3',
      privateKeyBytes: 32,
      defaultId: '1234567812345678',
      idBytes: { min: 0, max: 8191 },
      nonceRules: ['random', 'hedged'],
    });
    expect(SM4_PARAMETERS.gcm).toMatchObject({
      keyBytes: 16,
      nonceBytes: { min: 1, max: 1024, default: 12 },
      nonceRule: 'unique',
      tagBytes: [16, 15, 14, 13, 12, 8, 4],
    });
    for (const entry of Object.values(SM4_PARAMETERS)) {
      for (const field of ['standard', 'keyBytes', 'nonceBytes', 'nonceRule', 'tagBytes', 'padding'])
        expect(entry).toHaveProperty(field);
      expect(Object.isFrozen(entry)).toBe(true);
    }
    expect(Object.isFrozen(SM2_PARAMETERS) && Object.isFrozen(SM2_PARAMETERS.idBytes)).toBe(true);

    const pair = sm2.generateKeyPair();
    const value = code('ERR_INPUT_VALUE');
    const length = code('ERR_INPUT_LENGTH');
    const iv = new Uint8Array(16);
    expect(() => sm2.signWith(pair, message, { format: unknown('jws') })).toThrow(value);
    expect(() => sm2.encrypt(pair.publicKey, message, { format: unknown('c3c1c2') })).toThrow(value);
    expect(() =>
      sm2.keyExchange({ role: unknown('third'), pair, peerPublicKey: pair.publicKey, keyLength: 16 }),
    ).toThrow(value);
    expect(() => sm2.z(pair.publicKey, new Uint8Array(8192))).toThrow(code('ERR_SM2_ID_INVALID'));
    expect(() => sm4.cbcEncrypt(key(), iv, message, { padding: unknown('zero') })).toThrow(value);
    expect(() => sm4.encryptor(unknown('gcm'), key(), iv)).toThrow(value);
    expect(() => sm4.mac(unknown('md5'), key(), message)).toThrow(value);
    for (const options of [{ tagBytes: 7 }, { nonceCheck: unknown('maybe') }]) {
      expect(() => sm4.gcm(key(), options)).toThrow(code('ERR_INPUT_VALUE'));
    }
    expect(() => sm4.gcm(key(), { nonceBytes: 0 })).toThrow();
    expect(() => sm4.gcm(key()).seal(new Uint8Array(11), message)).toThrow(length);
    expect(() => sm4.aead(Secret.take(new Uint8Array(15)))).toThrow(length);
  });
});

describe('the module', () => {
  const state = (module: SmModule): ModuleState => module.status().state;

  it('tests itself at power-on and on condition, is silent in the error state, zeroises, has its table and integrity [EDGE-012]', () => {
    // Power-on self-test: known answers, random source, integrity of both forms of the kernel.
    const module = createSmModule();
    expect(module.status()).toMatchObject({ state: 'operational', random: 'healthy' });
    expect(module.status().integrity.map(({ name, passed }) => [name, passed])).toEqual([
      ['kernel-simd128', true],
      ['kernel-scalar', true],
    ]);
    expect(module.status().selfTest?.passed.length).toBeGreaterThan(15);

    // Conditional tests: a key pair that does not agree with itself is not given out and ends the module.
    let right = true;
    const faulty = {
      ...nobleEngine,
      sm2PublicKey: (d: Uint8Array) => nobleEngine.sm2PublicKey(right ? d : d.map((byte) => byte ^ 1)),
    };
    const failing = createSmModule({ engine: faulty });
    right = false;
    expect(() => failing.sm2.generateKeyPair()).toThrow(code('ERR_PAIR_INCONSISTENT'));

    // Error state: every service of every group is silent, none of them gives output.
    expect(state(failing)).toBe('error');
    const groups = { sm2: failing.sm2, sm3: failing.sm3, sm4: failing.sm4, zuc: failing.zuc };
    let silent = 0;
    for (const [name, group] of Object.entries(groups)) {
      for (const [service, call] of Object.entries(group)) {
        if (typeof call !== 'function') continue;
        expect(() => (call as () => unknown)(), `${name}.${service}`).toThrow(code('ERR_MODULE_STATE'));
        silent++;
      }
    }
    expect(silent).toBeGreaterThan(60);
    expect(() => failing.randomBytes(1)).toThrow(code('ERR_MODULE_STATE'));

    // Integrity: one changed byte of a part, and the module never becomes operational.
    const part = { name: 'part', sm3: '00'.repeat(32), bytes: () => Uint8Array.of(1) };
    expect(state(createSmModule({ components: [part] }))).toBe('error');

    // Zeroisation: what the module made and gave out is gone.
    const pair = module.sm2.generateKeyPair();
    const secret = module.randomSecret(16);
    module.zeroise();
    expect([pair.privateKey.destroyed, secret.destroyed, state(module)]).toEqual([true, true, 'zeroised']);

    // Role and service table: every service has a role and says what it touches.
    for (const { service, role, csps } of MODULE_SERVICES) {
      expect(['crypto-officer', 'user'], service).toContain(role);
      expect(Array.isArray(csps)).toBe(true);
    }
    const named = new Set(MODULE_SERVICES.map(({ service }) => service));
    for (const service of ['sm2.sign', 'sm2.decrypt', 'sm4.aead', 'zeroise', 'selfTest'])
      expect(named).toContain(service);
  });
});

/** How the platform's source may break. */
const BROKEN_SOURCES: readonly (readonly [string, (out: Uint8Array) => unknown])[] = [
  ['is stuck', (out: Uint8Array) => out.fill(0xa5)],
  ['counts', (out: Uint8Array) => out.set(out.map((_, i) => i))],
  ['never sets one bit', (out: Uint8Array) => out.set(out.map((_, i) => (i * 167) & 0xf7))],
];

describe('a random source that fails', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it.each(BROKEN_SOURCES)(
    'and %s gives no key, no signature and no nonce [EDGE-013]',
    async (_name, fill) => {
      // The platform's own source, as every function uses it that is not given one.
      const real = globalThis.crypto;
      vi.stubGlobal('crypto', {
        ...real,
        getRandomValues(out: Uint8Array) {
          fill(out);
          return out;
        },
      });
      vi.resetModules();
      const core = await import('../src/index.ts');
      const unhealthy = code('ERR_RANDOM_UNHEALTHY');
      const d = core.Secret.take(new Uint8Array(32).fill(7));
      const pair = core.sm2.keyPair(d);
      const sm4Key = core.Secret.take(new Uint8Array(16));
      for (const call of [
        () => core.sm2.generateKeyPair(),
        () => core.sm2.signWith(pair, message),
        () => core.sm2.signWith(pair, message, { hedged: true }),
        () => core.sm2.signer(pair).sign(message),
        () => core.sm2.encrypt(pair.publicKey, message),
        () => core.sm2.keyExchange({ role: 'initiator', pair, peerPublicKey: pair.publicKey, keyLength: 16 }),
        () => core.sm4.aead(sm4Key).seal(message),
        () => core.sm4.gcm(sm4Key).sealBox(message, message),
        () => core.Secret.random(16),
        () => core.randomBytes(16),
      ]) {
        expect(call).toThrow(unhealthy);
      }
      // What needs no randomness goes on.
      expect(core.sm3(message)).toHaveLength(32);
    },
  );

  it('in the middle of its life is stopped before the next key, also below a façade', () => {
    let stuck = false;
    const good = new HealthCheckedRandom();
    const random = new HealthCheckedRandom((out) => (stuck ? void out.fill(9) : good.fill(out)), {
      poolBytes: 0,
    });
    const own = createSm2(nobleEngine);
    const pair = own.generateKeyPair(random);
    stuck = true;
    expect(() => own.signWith(pair, message, { random })).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    expect(() => own.generateKeyPair(random)).toThrow(code('ERR_RANDOM_UNHEALTHY'));
  });
});

describe('batches', () => {
  it('give results in order, a failing item loses no other, and what they gain is on record [EDGE-029]', () => {
    const pair = sm2.generateKeyPair();
    const signer = sm2.signer(pair);
    const messages = [utf8('a'), unknown('not bytes') as Uint8Array, utf8('c')];
    const signed = signer.signMany(messages);
    expect(signed.map(({ ok }) => ok)).toEqual([true, false, true]);
    const items = signed.map((result, i) => ({
      publicKey: pair.publicKey,
      message: i === 2 ? utf8('changed') : utf8('a'),
      signature: result.ok ? result.signature : new Uint8Array(3),
    }));
    expect(sm2.verifyMany(items)).toMatchObject([
      { ok: true, valid: true },
      { ok: false, error: { code: 'ERR_SM2_SIGNATURE_MALFORMED' } },
      { ok: true, valid: false },
    ]);
    const aead = sm4.aead(key());
    const sealed = aead.sealMany([
      { plaintext: utf8('a') },
      { plaintext: unknown('b') as Uint8Array },
      { plaintext: utf8('c') },
    ]);
    expect(sealed.map(({ ok }) => ok)).toEqual([true, false, true]);
    const path = new URL('../../../docs/measurements/sm-core.json', import.meta.url);
    const record = JSON.parse(readFileSync(path, 'utf8')) as {
      results: readonly { resultId: string; ratios: Readonly<Record<string, number>> }[];
    };
    for (const id of ['sm2.sign.batch64', 'sm2.verify.batch64', 'sm4.aead.batch256x64B', 'sm3.many64x1KiB']) {
      const row = record.results.find(({ resultId }) => resultId === id);
      expect(row?.ratios['ours, one by one'], id).toBeGreaterThan(0);
    }
  });
});

describe('a slow receiver', () => {
  const fake = nodeThreads(new URL('./support/pool-worker.mjs', import.meta.url));
  const PIECE = 1 << 20;

  it('makes the sender wait instead of growing its memory [EDGE-032]', { timeout: 60_000 }, async () => {
    const pool = createSmPool({ workers: 2, queue: 2 }, { start: fake });
    let given = 0;
    function* endless() {
      for (;;) {
        given++;
        yield new Uint8Array(PIECE).fill(9);
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let received = 0;
    for await (const digest of pool.map(endless(), (piece) => pool.sm3(piece))) {
      expect(digest.length).toBeGreaterThan(0);
      received++;
      expect(given - received).toBeLessThanOrEqual(8);
      await new Promise((resolve) => setTimeout(resolve, 5));
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      if (received === 120) break;
    }
    await pool.close();
    // 120 MiB went through; a fraction of it was ever there.
    expect(most).toBeLessThan(64 * PIECE);
  });

  it('is one of a hundred callers without an error [part of TCCIA-033]', { timeout: 60_000 }, async () => {
    const pool = createSmPool({ workers: 2, queue: 4 }, { start: fake });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => pool.sm3(Uint8Array.of(9, i)).then((bytes) => bytes.length)),
    );
    expect(answers).toHaveLength(100);
    await pool.close();
  });
});

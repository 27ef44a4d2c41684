import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  createSm2,
  HealthCheckedRandom,
  Secret,
  type SmEngine,
  type SmModuleOptions,
  utf8,
} from '../src/index.ts';
import {
  calls,
  code,
  component,
  components,
  expectSilence,
  failingRandom,
  make,
  message,
} from './support/module.ts';
import { seededStream } from './support/seeded-random.ts';

describe('states of the module', () => {
  it('gives no service before the self-test and all of them after it [part of EDGE-012]', () => {
    const module = make({ start: false });
    expect(module.status()).toMatchObject({ state: 'power-on', integrity: [], selfTest: undefined });
    for (const [name, call] of calls(module)) expect(call, name).toThrow(code('ERR_MODULE_STATE'));
    module.selfTest();
    expect(module.status().state).toBe('operational');
    for (const [name, call] of calls(module)) expect(call, name).not.toThrow();
  });

  it('tests itself when it is made, and again on demand [part of EDGE-012]', () => {
    const module = make();
    expect(module.status().state).toBe('operational');
    const report = module.selfTest();
    expect(report.passed).toContain('sm2.sign');
    expect(module.status()).toMatchObject({ state: 'operational', selfTest: report, random: 'healthy' });
  });

  const broken = (change: Partial<SmEngine>): SmEngine => ({ ...nobleEngine, ...change });
  it.each([
    [
      'a wrong known answer',
      { engine: broken({ sm2PublicKey: () => new Uint8Array(65) }) },
      'ERR_SELF_TEST_FAILED',
    ],
    [
      'a stuck random source',
      { random: { fill: (out: Uint8Array) => void out.fill(5) } },
      'ERR_RANDOM_UNHEALTHY',
    ],
    [
      'a changed part',
      { components: [{ ...components[0]!, bytes: () => utf8('another part of the module') }] },
      'ERR_MODULE_INTEGRITY',
    ],
    ['a part without a digest', { components: [{ ...components[0]!, sm3: '' }] }, 'ERR_MODULE_INTEGRITY'],
    [
      'a part that is missing',
      {
        components: [
          {
            name: 'gone',
            sm3: '00'.repeat(32),
            bytes: () => {
              throw new Error('ENOENT');
            },
          },
        ],
      },
      'ERR_MODULE_INTEGRITY',
    ],
  ] as const)(
    'is in the error state after %s, and gives nothing [part of EDGE-012]',
    (_name, options, error) => {
      const module = make(options as SmModuleOptions);
      expect(module.status()).toMatchObject({ state: 'error', error });
      expectSilence(module);
      // Nor does the failure go away by asking again.
      expectSilence(module);
      const waiting = make({ ...(options as SmModuleOptions), start: false });
      expect(() => waiting.selfTest()).toThrow(code(error));
    },
  );

  it('goes to the error state when an on-demand test fails [part of EDGE-012]', () => {
    let damaged = false;
    const part = component('part', Uint8Array.of(1, 2, 3));
    const module = make({
      components: [{ ...part, bytes: () => (damaged ? Uint8Array.of(1, 2, 2) : part.bytes()) }],
    });
    expect(module.status().state).toBe('operational');
    damaged = true;
    expect(() => module.selfTest()).toThrow(code('ERR_MODULE_INTEGRITY'));
    expectSilence(module);
  });

  it('goes to the error state when the random source fails in use [part of EDGE-012, part of EDGE-013]', () => {
    const { random, fail } = failingRandom();
    const module = make({ random });
    const pair = module.sm2.generateKeyPair();
    fail();
    expect(() => {
      for (let i = 0; i < 4; i++) module.sm2.signWith(pair, message);
    }).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    expect(module.status()).toMatchObject({
      state: 'error',
      error: 'ERR_RANDOM_UNHEALTHY',
      random: 'failed',
    });
    expectSilence(module);
  });

  it('goes to the error state when the random source fails within a batch [part of EDGE-012, part of EDGE-013]', () => {
    const item = { plaintext: message, associatedData: message };
    for (const batch of ['sign', 'seal'] as const) {
      const { random, fail } = failingRandom();
      const module = make({ random });
      const signer = module.sm2.signer(module.sm2.generateKeyPair());
      const aead = module.sm4.aead(Secret.take(new Uint8Array(16)));
      const run = () =>
        batch === 'sign' ? signer.signMany(Array(8).fill(message)) : aead.sealMany(Array(8).fill(item));
      expect(run().every(({ ok }) => ok)).toBe(true);
      fail();
      expect(run, batch).toThrow(code('ERR_MODULE_STATE'));
      expect(module.status()).toMatchObject({ state: 'error', error: 'ERR_RANDOM_UNHEALTHY' });
      expectSilence(module);
    }
  });

  it('goes to the error state when the random source fails outside the module [part of EDGE-012]', () => {
    const { random, fail } = failingRandom();
    const modules = [make({ random }), make({ random })];
    fail();
    expect(() => random.check()).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    expect(() => modules[0]!.sm3.sm3(message)).toThrow(code('ERR_MODULE_STATE'));
    for (const module of modules) {
      expect(module.status()).toMatchObject({ state: 'error', error: 'ERR_RANDOM_UNHEALTHY' });
      expectSilence(module);
    }
  });

  it('goes on when a source of the caller has failed', () => {
    const module = make();
    const random = new HealthCheckedRandom((out) => void out.fill(1));
    const pair = module.sm2.generateKeyPair();
    const zeros = { fill: (out: Uint8Array) => void out.fill(0) };
    for (const source of [random, zeros]) {
      expect(() => module.sm2.generateKeyPair(source)).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    }
    expect(() => module.sm2.signWith(pair, message, { random })).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    // Good for the key, and then no more: the consistency test does not draw from it.
    let draws = 0;
    const once = (out: Uint8Array) => {
      if (draws++ > 0) throw new Error('empty');
      seededStream('once')(out);
    };
    module.sm2.generateKeyPair({ fill: once });
    expect(module.status().state).toBe('operational');
  });

  it('gives out no inconsistent key pair [part of EDGE-012]', () => {
    let faulty = false;
    const other = createSm2(nobleEngine).generateKeyPair();
    const engine = broken({
      sm2PublicKey: (d) => (faulty ? other.publicKey : nobleEngine.sm2PublicKey(d)),
    });
    const module = make({ engine });
    module.sm2.generateKeyPair();
    faulty = true;
    expect(() => module.sm2.generateKeyPair()).toThrow(code('ERR_PAIR_INCONSISTENT'));
    expect(module.status()).toMatchObject({ state: 'error', error: 'ERR_PAIR_INCONSISTENT' });
    expectSilence(module);
  });

  it('gives out no key pair whose consistency test has thrown [part of EDGE-012]', () => {
    let faulty = false;
    const engine = broken({
      sm2VerifyDigest: (...args) => {
        if (faulty) throw new Error('engine');
        return nobleEngine.sm2VerifyDigest(...args);
      },
    });
    const module = make({ engine });
    faulty = true;
    expect(() => module.sm2.generateKeyPair()).toThrow(code('ERR_PAIR_INCONSISTENT'));
    expectSilence(module);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { kernelBytes } from '../src/adapters/wasm/kernel.ts';
import {
  APPROVED_ALGORITHMS,
  createModuleManifest,
  createSm2,
  createSm3,
  createSm4,
  createSmModule,
  createZuc,
  fromHex,
  HealthCheckedRandom,
  MODULE_SERVICES,
  MODULE_TRANSITIONS,
  type ModuleComponent,
  type RandomSource,
  Secret,
  SM4_PARAMETERS,
  type SmEngine,
  type SmModule,
  type SmModuleOptions,
  sm3,
  toHex,
  utf8,
  verifyModuleFiles,
} from '../src/index.ts';
import { Gate } from '../src/module/gate.ts';
import { KERNEL_COMPONENTS } from '../src/module/integrity.ts';
import { seededStream } from './support/seeded-random.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const component = (name: string, bytes: Uint8Array): ModuleComponent => ({
  name,
  bytes: () => bytes,
  sm3: toHex(sm3(bytes)),
});
const components = [component('part', utf8('a part of the module'))];
const make = (options: SmModuleOptions = {}) =>
  createSmModule({ engine: nobleEngine, components, ...options });
const message = utf8('message');

/** A source that can be made to fail. */
function failingRandom(): { random: HealthCheckedRandom; fail: () => void } {
  const good = seededStream('module');
  let stuck = false;
  const random = new HealthCheckedRandom((out) => (stuck ? void out.fill(1) : good(out)), { poolBytes: 16 });
  return {
    random,
    fail: () => {
      stuck = true;
    },
  };
}

/** Every service of the module itself and one of each façade, with nothing but valid input. */
function calls(module: SmModule): readonly (readonly [string, () => unknown])[] {
  const key = () => Secret.take(new Uint8Array(16));
  const d = () => Secret.take(fromHex('01'.repeat(32)));
  return [
    ['sm2.generateKeyPair', () => module.sm2.generateKeyPair()],
    ['sm2.keyPair', () => module.sm2.keyPair(d())],
    ['sm2.sign', () => module.sm2.sign(d(), message)],
    ['sm3.sm3', () => module.sm3.sm3(message)],
    ['sm3.hmacSm3', () => module.sm3.hmacSm3(key(), message)],
    ['sm4.ctr', () => module.sm4.ctr(key(), new Uint8Array(16), message)],
    ['sm4.gcm', () => module.sm4.gcm(key())],
    ['zuc.stream', () => module.zuc.stream(new Uint8Array(16), new Uint8Array(16))],
    ['randomBytes', () => module.randomBytes(8)],
    ['randomSecret', () => module.randomSecret(8)],
  ];
}

function expectSilence(module: SmModule): void {
  for (const [name, call] of calls(module)) expect(call, name).toThrow(code('ERR_MODULE_STATE'));
  expect(() => module.selfTest()).toThrow(code('ERR_MODULE_STATE'));
}

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

  it('silences objects that it gave out before the error [part of EDGE-012]', () => {
    const { random, fail } = failingRandom();
    const module = make({ random });
    const gcm = module.sm4.gcm(Secret.take(new Uint8Array(16)));
    const hash = module.sm3.sm3Hash().update(message);
    const box = gcm.sealBox(message, message);
    expect(gcm.openBox(box, message)).toEqual(message);
    expect(hash.clone().digest()).toEqual(sm3(message));
    fail();
    expect(() => {
      for (let i = 0; i < 4; i++) gcm.sealBox(message, message);
    }).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    expect(() => gcm.openBox(box, message)).toThrow(code('ERR_MODULE_STATE'));
    expect(() => gcm.seal(new Uint8Array(12), message)).toThrow(code('ERR_MODULE_STATE'));
    for (const use of [() => hash.update(message), () => hash.digest(), () => hash.clone()]) {
      expect(use).toThrow(code('ERR_MODULE_STATE'));
    }
    // Zeroing is served in every state.
    gcm.destroy();
  });

  it('silences a key exchange at each of its steps [part of EDGE-012]', () => {
    const begin = () => {
      const { random, fail } = failingRandom();
      const module = make({ random });
      const [a, b] = [module.sm2.generateKeyPair(), module.sm2.generateKeyPair()];
      const side = <const R extends 'initiator' | 'responder'>(role: R, own: typeof a, peer: typeof a) =>
        module.sm2.keyExchange({ role, pair: own, peerPublicKey: peer.publicKey, keyLength: 16 });
      const alice = side('initiator', a, b);
      const bob = side('responder', b, a);
      const end = () => {
        fail();
        expect(() => {
          for (let i = 0; i < 4; i++) module.randomBytes(16);
        }).toThrow(code('ERR_RANDOM_UNHEALTHY'));
      };
      return { alice, bob, end };
    };
    const whole = begin();
    const [toBob, toAlice] = [whole.alice.offer(), whole.bob.offer()];
    const [left, right] = [whole.alice.agree(toAlice), whole.bob.agree(toBob)];
    const { key, confirmation } = left.confirm(right.confirmation);
    expect(right.confirm(confirmation).equals(key)).toBe(true);

    const early = begin();
    early.end();
    expect(() => early.alice.offer()).toThrow(code('ERR_MODULE_STATE'));
    const late = begin();
    late.alice.offer();
    const offer = late.bob.offer();
    const confirming = late.alice.agree(offer);
    late.end();
    expect(() => confirming.confirm(new Uint8Array(32))).toThrow(code('ERR_MODULE_STATE'));
    const shown = begin();
    const first = shown.alice.offer();
    shown.bob.offer();
    const responder = shown.bob.agree(first);
    shown.end();
    expect(() => responder.confirmation).toThrow(code('ERR_MODULE_STATE'));
  });

  it('gives nothing out when the state changes during the call [part of EDGE-012]', () => {
    const module = make();
    const good = seededStream('zeroising');
    const drawn: Uint8Array[] = [];
    const source = {
      fill: (out: Uint8Array) => {
        good(out);
        drawn.push(out);
        module.zeroise();
      },
    };
    expect(() => module.sm2.generateKeyPair(source)).toThrow(code('ERR_MODULE_STATE'));
    expect(module.status().state).toBe('zeroised');
    // The private key of the pair that was not given out.
    expect(drawn[0]!.every((byte) => byte === 0)).toBe(true);
  });

  it('zeroes all of a batch that must not be given out [part of EDGE-012]', () => {
    const parts = [utf8('one'), utf8('two'), utf8('three')];
    const secret = Secret.copy(parts[0]!);
    const stuck = {
      destroy: () => {
        throw new Error('stuck');
      },
    };
    const refused = new Error('refused');
    const gate = new Gate({
      enter: () => undefined,
      leave: () => {
        throw refused;
      },
      failed: () => undefined,
    });
    const batch = [stuck, ...parts.map((plaintext) => ({ ok: true, plaintext })), { key: { secret } }];
    expect(gate.service('sm4.aead', () => batch)).toThrow(refused);
    for (const part of parts) expect(part.every((byte) => byte === 0)).toBe(true);
    expect(secret.destroyed).toBe(true);
  });

  it('is not brought back by a self-test during which it was zeroised', () => {
    const good = seededStream('zeroised');
    let module: SmModule | undefined;
    const random = new HealthCheckedRandom((out) => {
      good(out);
      module?.zeroise();
    });
    module = make({ random, start: false });
    expect(() => module?.selfTest()).toThrow(code('ERR_MODULE_STATE'));
    expect(module.status().state).toBe('zeroised');
  });

  it('does not go on for errors of the caller', () => {
    const module = make();
    expect(() => module.sm3.sm3('x' as unknown as Uint8Array)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => module.sm4.ctr(Secret.take(new Uint8Array(3)), new Uint8Array(16), message)).toThrow();
    expect(module.status().state).toBe('operational');
  });

  it('is not made of options that are none', () => {
    for (const options of [
      null,
      7,
      'x',
      { engine: null },
      { engine: 'noble' },
      { random: null },
      { random: {} },
    ]) {
      expect(() => createSmModule(options as unknown as SmModuleOptions)).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('has no way back from error and none at all from zeroised', () => {
    expect(MODULE_TRANSITIONS.error).toEqual(['zeroised']);
    expect(MODULE_TRANSITIONS.zeroised).toEqual([]);
    expect(Object.isFrozen(MODULE_TRANSITIONS)).toBe(true);
  });
});

describe('zeroisation', () => {
  it('zeroes what the module has generated and given out [part of EDGE-012]', () => {
    const module = make();
    const pair = module.sm2.generateKeyPair();
    const secret = module.randomSecret(32);
    const gcm = module.sm4.gcm(Secret.take(new Uint8Array(16)));
    module.zeroise();
    expect(pair.privateKey.destroyed).toBe(true);
    expect(secret.destroyed).toBe(true);
    expect(() => gcm.seal(new Uint8Array(12), message)).toThrow(code('ERR_MODULE_STATE'));
    expect(module.status().state).toBe('zeroised');
    expectSilence(module);
    module.zeroise();
    expect(module.status().state).toBe('zeroised');
  });

  it('does not stop at an object that cannot be zeroed [part of EDGE-012]', () => {
    const random = new HealthCheckedRandom(seededStream('destroy'));
    const module = make({ random });
    const [first, stubborn, last] = [module.randomSecret(8), module.randomSecret(8), module.randomSecret(8)];
    Object.defineProperty(stubborn, 'destroy', { value: () => undefined });
    const gcm = module.sm4.gcm(Secret.take(new Uint8Array(16)));
    Object.defineProperty(gcm, 'destroy', {
      value: () => {
        throw new Error('stuck');
      },
    });
    const after = module.randomSecret(8);
    expect(() => module.zeroise()).toThrow('stuck');
    for (const secret of [first, stubborn, last, after]) expect(secret.destroyed).toBe(true);
    expectSilence(module);
    expect(() => module.zeroise()).not.toThrow();
  });

  it('is served in the error state and before the self-test [part of EDGE-012]', () => {
    for (const module of [make({ start: false }), make({ components: [{ ...components[0]!, sm3: '' }] })]) {
      module.zeroise();
      expect(module.status().state).toBe('zeroised');
      expectSilence(module);
    }
  });

  it('empties the random pool', () => {
    const pools: Uint8Array[] = [];
    const good = seededStream('pool');
    const random = new HealthCheckedRandom((out) => {
      good(out);
      if (out.length < 32_768) pools.push(out);
    });
    const module = make({ random });
    module.randomBytes(1);
    expect(pools[0]!.some((byte) => byte !== 0)).toBe(true);
    module.zeroise();
    expect(pools[0]!.every((byte) => byte === 0)).toBe(true);
  });
});

describe('integrity', () => {
  it('is that of the kernel as built [part of EDGE-012, part of TCCIA-043]', () => {
    expect(KERNEL_COMPONENTS.map(({ name }) => name)).toEqual(['kernel-simd128', 'kernel-scalar']);
    for (const { bytes, sm3: expected } of KERNEL_COMPONENTS) expect(expected).toBe(toHex(sm3(bytes())));
    const module = createSmModule();
    expect(module.status().integrity.map(({ passed }) => passed)).toEqual([true, true]);
  });

  it('shows every changed byte of the kernel that we tried [part of EDGE-012, part of TCCIA-043]', () => {
    const kernel = kernelBytes(true);
    const part = component('kernel-simd128', kernel);
    for (const at of [0, 1, 7, kernel.length >> 1, kernel.length - 2, kernel.length - 1]) {
      const changed = Uint8Array.from(kernel);
      changed[at]! ^= 1 << (at % 8);
      const module = make({ components: [{ ...part, bytes: () => changed }] });
      expect(module.status()).toMatchObject({ state: 'error', error: 'ERR_MODULE_INTEGRITY' });
      expect(module.status().integrity).toMatchObject([{ name: 'kernel-simd128', passed: false }]);
    }
    const shorter = make({ components: [{ ...part, bytes: () => kernel.subarray(1) }] });
    expect(shorter.status().state).toBe('error');
  });

  const files: Readonly<Record<string, string>> = { 'index.js': 'one', 'a/b.js': 'two' };
  const read = (name: string) => {
    if (!Object.hasOwn(files, name)) throw new Error('ENOENT');
    return utf8(files[name]!);
  };
  const manifest = createModuleManifest(Object.keys(files), read, sm3);

  it('of files is verified against a manifest', () => {
    expect(verifyModuleFiles(JSON.parse(JSON.stringify(manifest)), read, sm3)).toEqual([
      'a/b.js',
      'index.js',
    ]);
    const changed = (name: string) => (name === 'a/b.js' ? utf8('tw0') : read(name));
    expect(() => verifyModuleFiles(manifest, changed, sm3)).toThrow(code('ERR_MODULE_INTEGRITY'));
    const missing = { ...manifest, files: { ...manifest.files, 'gone.js': '00'.repeat(32) } };
    expect(() => verifyModuleFiles(missing, read, sm3)).toThrow(code('ERR_MODULE_INTEGRITY'));
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'x'],
    ['another version', { ...manifest, specVersion: '2' }],
    ['another digest', { ...manifest, algorithm: 'SHA-256' }],
    ['no files', { ...manifest, files: {} }],
    ['a list', { ...manifest, files: ['a'] }],
    ['a file outside', { ...manifest, files: { '../secret': '00'.repeat(32) } }],
    ['an absolute file', { ...manifest, files: { '/etc/passwd': '00'.repeat(32) } }],
    ['a drive', { ...manifest, files: { 'C:x': '00'.repeat(32) } }],
    ['a back-slash', { ...manifest, files: { '..\\x': '00'.repeat(32) } }],
    ['a short digest', { ...manifest, files: { 'index.js': '00' } }],
    ['a digest that is no text', { ...manifest, files: { 'index.js': 7 } }],
  ])('refuses a manifest that is %s', (_name, value) => {
    expect(() => verifyModuleFiles(value, read, sm3)).toThrow(code('ERR_JSON_MALFORMED'));
  });
});

describe('compliance mode', () => {
  it('refuses algorithms that are not approved, by name [part of TCCIA-043]', () => {
    const module = make({ compliance: true });
    expect(module.status().compliance).toBe(true);
    for (const name of [
      'RSA',
      'AES-128-GCM',
      'SHA-256',
      'ECDSA',
      'SM9',
      'SM4-XTS-IEEE',
      'MD5',
      '',
      '__proto__',
      'SM2 ',
    ]) {
      expect(() => module.checkAlgorithm(name), name).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    }
    for (const name of [undefined, null, 7, {}]) {
      const call = () => module.checkAlgorithm(name as unknown as string);
      expect(call).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    }
    expect(module.checkAlgorithm('sm2')).toMatchObject({ name: 'SM2', standard: 'GB/T 32918-2016' });
    expect(module.checkAlgorithm('1.2.156.10197.1.104')?.name).toBe('SM4');
    expect(module.status().state).toBe('operational');
  });

  it('refuses modes that no national standard has [part of TCCIA-043]', () => {
    const key = Secret.take(Uint8Array.from({ length: 32 }, (_, i) => i));
    const run = (module: SmModule) => module.sm4.xtsIeeeEncrypt(key, new Uint8Array(16), new Uint8Array(16));
    expect(() => run(make({ compliance: true }))).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    expect(run(make())).toHaveLength(16);
    expect(
      make({ compliance: true }).sm4.xtsGbEncrypt(key, new Uint8Array(16), new Uint8Array(16)),
    ).toHaveLength(16);
  });

  it('takes no random source from a caller', () => {
    const module = make({ compliance: true });
    const random = { fill: (out: Uint8Array) => seededStream('caller')(out) };
    const pair = module.sm2.generateKeyPair();
    for (const call of [
      () => module.sm2.generateKeyPair(random),
      () => module.sm2.signWith(pair, message, { random }),
      () => module.sm2.encrypt(pair.publicKey, message, { random }),
    ]) {
      expect(call).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    }
    expect(module.sm2.verify(pair.publicKey, message, module.sm2.signWith(pair, message))).toBe(true);
  });

  it('uses no random source of a caller, whatever it looks like', () => {
    const used: string[] = [];
    const source = <T extends object>(name: string, value: T) =>
      Object.assign(value, {
        fill: (out: Uint8Array) => {
          used.push(name);
          seededStream('hidden')(out);
        },
      }) as unknown as RandomSource;
    /** Nothing for whoever asks first. */
    const late = (random: RandomSource, after: number) => {
      let reads = 0;
      return Object.defineProperty({} as { random?: RandomSource }, 'random', {
        get: () => (reads++ < after ? undefined : random),
      });
    };
    for (const own of [undefined, new HealthCheckedRandom(seededStream('compliant'))]) {
      const module = make({ compliance: true, ...(own === undefined ? {} : { random: own }) });
      const pair = module.sm2.generateKeyPair();
      const peerPublicKey = pair.publicKey;
      const attempt = (options: object, argument?: RandomSource) => {
        for (const call of [
          () => module.sm2.generateKeyPair(argument),
          () => module.sm2.sign(pair.privateKey, message, options),
          () => module.sm2.signWith(pair, message, options),
          () => module.sm2.signDigest(pair.privateKey, sm3(message), options),
          () => module.sm2.signer(pair, options).sign(message),
          () => module.sm2.encrypt(pair.publicKey, message, options),
          () => module.sm2.envelopeKey(pair.publicKey, pair, options),
          () =>
            module.sm2.keyExchange(
              Object.defineProperties(
                { role: 'initiator', pair, peerPublicKey, keyLength: 16 } as const,
                Object.getOwnPropertyDescriptors(options),
              ),
            ),
        ]) {
          try {
            call();
          } catch (error) {
            expect(['ERR_ALGORITHM_NOT_APPROVED', 'ERR_INPUT_TYPE']).toContain(
              (error as { code?: string }).code,
            );
          }
        }
      };
      const shapes = [
        source('function', () => undefined),
        source('array', []),
        source('bytes', new Uint8Array(1)),
        source('object', {}),
      ];
      for (const shape of shapes) {
        attempt({ random: shape }, shape);
        attempt(Object.assign(() => undefined, { random: shape }));
        for (const after of [1, 2, 3]) attempt(late(shape, after));
      }
      expect(used).toEqual([]);
      expect(module.status().state).toBe('operational');
    }
  });

  it('is off unless it is asked for', () => {
    const module = make();
    expect(module.status().compliance).toBe(false);
    expect(module.checkAlgorithm('RSA')).toBeUndefined();
  });

  it('lists what is approved: the modes of national standards, and nothing else', () => {
    const names = APPROVED_ALGORITHMS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(APPROVED_ALGORITHMS.every(({ standard }) => /^GB\/T \d/.test(standard))).toBe(true);
    for (const [mode, { standard }] of Object.entries(SM4_PARAMETERS)) {
      if (mode === 'gmac') continue;
      expect(names.includes(`SM4-${mode.toUpperCase()}`), mode).toBe(standard.startsWith('GB/T'));
    }
    expect(Object.isFrozen(APPROVED_ALGORITHMS) && APPROVED_ALGORITHMS.every(Object.isFrozen)).toBe(true);
  });
});

describe('identity and services', () => {
  it('says what the module is [part of TCCIA-043]', () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(make().status()).toMatchObject({
      specVersion: '1',
      name: '@cssi/sm-core',
      version,
      profile: 'GB/T 37092 level 1, not certified',
      engine: { name: 'noble', path: 'javascript' },
      error: undefined,
    });
  });

  it('has a row for every service and a service for every row [part of EDGE-012]', () => {
    const module = make({ start: false });
    const facades = {
      sm2: createSm2(nobleEngine),
      sm3: createSm3(nobleEngine),
      sm4: createSm4(nobleEngine),
      zuc: createZuc(nobleEngine),
    };
    const functions = Object.entries(facades).flatMap(([group, facade]) =>
      Object.keys(facade).map((name) => `${group}.${name}`),
    );
    const own = Object.keys(module).filter((name) => !Object.hasOwn(facades, name));
    expect(MODULE_SERVICES.map(({ service }) => service).sort()).toEqual([...functions, ...own].sort());
    expect(MODULE_SERVICES.every((row) => Object.isFrozen(row) && Object.isFrozen(row.csps))).toBe(true);
  });

  it('is of the same results as the plain functions', () => {
    const module = make();
    expect(module.sm3.sm3(message)).toEqual(sm3(message));
    const pair = module.sm2.generateKeyPair();
    expect(createSm2(nobleEngine).verify(pair.publicKey, message, module.sm2.signWith(pair, message))).toBe(
      true,
    );
    expect(createSm4(nobleEngine).ctr(Secret.take(new Uint8Array(16)), new Uint8Array(16), message)).toEqual(
      module.sm4.ctr(Secret.take(new Uint8Array(16)), new Uint8Array(16), message),
    );
  });

  it('draws from its own source', () => {
    const draws: number[] = [];
    const good = seededStream('own');
    const module = make({
      random: {
        fill: (out) => {
          draws.push(out.length);
          good(out);
        },
      },
    });
    const pair = module.sm2.generateKeyPair();
    const before = draws.length;
    for (let i = 0; i < 40; i++) module.sm2.signWith(pair, message);
    expect(draws.length).toBeGreaterThan(before);
  });

  it('takes options that are inherited', () => {
    const module = make({ random: new HealthCheckedRandom(seededStream('inherited')) });
    const pair = module.sm2.generateKeyPair();
    const signature = module.sm2.signWith(pair, message, Object.create({ format: 'raw', id: utf8('me') }));
    expect(module.sm2.verify(pair.publicKey, message, signature, { format: 'raw', id: utf8('me') })).toBe(
      true,
    );
  });

  it('gives the same object for the same object', () => {
    const hash = make().sm3.sm3Hash();
    expect(hash.update(message)).toBe(hash);
    expect(hash.update(message).update(message)).toBe(hash);
    expect(hash.clone()).not.toBe(hash);
  });
});

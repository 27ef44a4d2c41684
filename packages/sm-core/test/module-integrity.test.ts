import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { kernelBytes } from '../src/adapters/wasm/kernel.ts';
import {
  createModuleManifest,
  createSm2,
  createSm3,
  createSm4,
  createSmModule,
  createZuc,
  HealthCheckedRandom,
  MODULE_SERVICES,
  Secret,
  sm3,
  toHex,
  utf8,
  verifyModuleFiles,
} from '../src/index.ts';
import { KERNEL_COMPONENTS } from '../src/module/integrity.ts';
import { code, component, components, expectSilence, make, message } from './support/module.ts';
import { seededStream } from './support/seeded-random.ts';

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

import { afterEach, describe, expect, it, vi } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { nodeEngine } from '../src/adapters/node.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import { webAssembly } from '../src/adapters/wasm/web-assembly.ts';
import { createWasmEngine, hasSimd, wasmEngine } from '../src/adapters/wasm.ts';
import { ScriptedNonces } from '../src/conformance/engine/support.ts';
import {
  createSm2,
  createSm4,
  defaultEngine,
  engineReport,
  engineTable,
  Secret,
  toHex,
  utf8,
} from '../src/index.ts';
import { ENGINE_CAPABILITIES, PUBLIC_CAPABILITIES } from '../src/internal/capability.ts';
import { TEST_ENGINES, wasmFast, wasmScalar, wasmScalarFast, wasmSimd } from './support/engines.ts';
import { seededBytes } from './support/seeded.ts';

const bytes = seededBytes('engine table');

/** What README.md shows. */
const TABLE = `
| Capability | wasm | wasm, fast | noble | node | sm-crypto |
| --- | --- | --- | --- | --- | --- |
| \`sm3\` | ct | ct | yes | yes | yes |
| \`sm3.many\` | ct | ct | yes | — | — |
| \`hmac-sm3\` | ct | ct | yes | yes | yes |
| \`sm2.keygen\` | ct | ct | yes | — | yes |
| \`sm2.sign\` | ct | ct | yes | — | yes |
| \`sm2.verify\` | public | public | public | — | public |
| \`sm2.encrypt\` | ct | ct | yes | — | yes |
| \`sm2.decrypt\` | ct | ct | yes | — | yes |
| \`sm2.random\` | yes | yes | yes | — | — |
| \`sm2.multiply\` | ct | ct | yes | — | — |
| \`sm2.exchange\` | ct | ct | yes | — | — |
| \`sm2.decompress\` | public | public | public | — | — |
| \`sm2.prepared-private\` | ct | ct | yes | — | — |
| \`sm2.prepared-public\` | public | public | public | — | — |
| \`sm4.blocks\` | ct | ct | yes | yes | yes |
| \`sm4.cbc\` | ct | yes | yes | yes | yes |
| \`sm4.ctr\` | ct | ct | yes | yes | — |
| \`sm4.gcm\` | ct | ct | yes | — | — |
| \`zuc\` | ct | ct | yes | — | — |
`.trim();

describe('table of engines and capabilities', () => {
  it('is what the engines say', () => {
    expect(
      engineTable([
        ['wasm', wasmSimd],
        ['wasm, fast', wasmFast],
        ['noble', nobleEngine],
        ['node', nodeEngine],
        ['sm-crypto', smCryptoEngine],
      ]),
    ).toBe(TABLE);
  });

  it.each(TEST_ENGINES)('has a row for each capability of %s', (_name, engine) => {
    const rows = engineReport(engine);
    expect(rows.map((row) => row.capability).sort()).toEqual([...engine.capabilities].sort());
    for (const row of rows) {
      expect(row).toEqual({
        capability: row.capability,
        engine: engine.name,
        path: engine.profile.path,
        constantTime: engine.profile.constantTime.has(row.capability),
      });
    }
  });

  it('is complete for the engines that can do everything', () => {
    for (const engine of [wasmSimd, wasmScalar, wasmFast, wasmEngine, nobleEngine, defaultEngine]) {
      expect(engineReport(engine).map((row) => row.capability)).toEqual(ENGINE_CAPABILITIES);
    }
  });
});

describe('profiles and paths', () => {
  it('can be chosen, are detected and reported, and give the same outputs [EDGE-031]', () => {
    // The path: detected when left out, else as told.
    expect(createWasmEngine().profile.path).toBe(hasSimd() ? 'wasm-simd128' : 'wasm');
    expect([wasmSimd, wasmScalar, nobleEngine, nodeEngine].map((engine) => engine.profile.path)).toEqual([
      'wasm-simd128',
      'wasm',
      'javascript',
      'native',
    ]);
    // The profile: everything that touches a secret in constant time, or CBC by tables.
    const leaky = (engine: typeof wasmSimd) =>
      engineReport(engine)
        .filter((row) => !row.constantTime && !PUBLIC_CAPABILITIES.includes(row.capability))
        .map((row) => row.capability);
    expect([wasmSimd, wasmScalar, wasmFast, wasmScalarFast].map(leaky)).toEqual([
      [],
      [],
      ['sm4.cbc'],
      ['sm4.cbc'],
    ]);
    // The outputs.
    const [key, iv, nonce, data] = [bytes(16), bytes(16), bytes(12), bytes(5000)];
    const d = bytes(32).fill(0x7f, 0, 1);
    const results = [wasmSimd, wasmScalar, wasmFast, wasmScalarFast, nobleEngine].map((engine) => {
      const sm4 = createSm4(engine);
      const secret = Secret.copy(key);
      const sm2 = createSm2(engine);
      const pair = sm2.keyPair(Secret.copy(d));
      const random = () => new ScriptedNonces('7f'.repeat(32));
      return [
        sm4.cbcEncrypt(secret, iv, data),
        sm4.cbcDecrypt(secret, iv, sm4.cbcEncrypt(secret, iv, data)),
        sm4.ctr(secret, iv, data),
        sm4.gcm(secret).seal(nonce, data, iv),
        sm2.signWith(pair, data, { random: random() }),
        sm2.encrypt(pair.publicKey, data, { random: random() }),
        pair.publicKey,
        engine.sm3Digest(data),
      ].map(toHex);
    });
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it.each(['slow', '', null, 1])('refuses the profile %j', (profile) => {
    expect(() => createWasmEngine({ profile: profile as 'fast' })).toThrow(
      expect.objectContaining({ code: 'ERR_INPUT_VALUE' }),
    );
  });
});

describe('default engine', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  /** The package, loaded afresh with `wasm` in the place of WebAssembly. */
  async function loadWith(wasm: unknown) {
    vi.stubGlobal('WebAssembly', wasm);
    vi.resetModules();
    return import('../src/index.ts');
  }

  /** What a run time throws that does not compile, by the name it gives it. */
  const failure = (name: string, message: string) => Object.assign(new Error(message), { name });

  /** WebAssembly that counts the modules it compiles, or throws what `refuse` gives. */
  function watched(refuse: () => unknown = () => undefined) {
    const sizes: number[] = [];
    const real = webAssembly()!;
    class Module extends real.Module {
      constructor(source: Uint8Array<ArrayBuffer>) {
        const error = refuse();
        if (error !== undefined) throw error;
        super(source);
        sizes.push(source.length);
      }
    }
    const { Instance, validate } = real;
    return { wasm: { Module, Instance, validate }, sizes };
  }

  it('is the constant-time WebAssembly engine, compiled at first use and once', async () => {
    const { wasm, sizes } = watched();
    const core = await loadWith(wasm);
    expect(sizes).toEqual([]);
    expect(toHex(core.sm3(utf8('abc')))).toMatch(/^66c7f0f4/);
    core.sm2.generateKeyPair();
    core.sm4.gcm(core.Secret.take(bytes(16)));
    expect(core.selfTest().engine).toBe('wasm');
    expect(sizes).toHaveLength(1);
    const rows = core.engineReport();
    expect(rows).toHaveLength(ENGINE_CAPABILITIES.length);
    for (const row of rows) {
      const { capability, path, constantTime, engine } = row;
      expect([engine, constantTime]).toEqual(['wasm', !PUBLIC_CAPABILITIES.includes(capability)]);
      expect(path).toMatch(/^wasm/);
    }
  });

  it.each([
    ['without WebAssembly', () => undefined],
    ['without WebAssembly.Module', () => ({ validate: () => false })],
    [
      'where the run time refuses to compile',
      () => watched(() => failure('CompileError', 'disallowed by embedder')).wasm,
    ],
    ['where evaluation is barred', () => watched(() => failure('EvalError', 'refused')).wasm],
    [
      'where a policy bars compilation',
      () => watched(() => new Error('blocked by the Content Security Policy of the page')).wasm,
    ],
  ])('%s is noble, and the report says so', async (_where, wasm) => {
    const core = await loadWith(wasm());
    expect(toHex(core.sm3(utf8('abc')))).toMatch(/^66c7f0f4/);
    expect(core.defaultEngine.name).toBe('noble');
    for (const row of core.engineReport()) expect(row).toMatchObject({ engine: 'noble', path: 'javascript' });
    const { wasmEngine: barred, createWasmEngine: create } = await import('../src/adapters/wasm.ts');
    const refused = expect.objectContaining({ code: 'ERR_ENGINE_CAPABILITY' });
    expect(() => barred.sm3()).toThrow(refused);
    expect(() => create().sm3()).toThrow(refused);
  });

  it.each([
    [
      'too little memory',
      new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory'),
    ],
    ['a stack that is used up', new RangeError('Maximum call stack size exceeded')],
    ['a module that does not link', failure('LinkError', 'import is missing')],
    ['what is no error', 'thrown'],
  ])('stays undecided after %s: that use fails, the next one has WebAssembly', async (_what, error) => {
    let fails = true;
    const core = await loadWith(watched(() => (fails ? error : undefined)).wasm);
    const { wasmEngine: same } = await import('../src/adapters/wasm.ts');
    for (const use of [() => core.sm3(utf8('abc')), () => core.defaultEngine.name, () => same.sm3()]) {
      let thrown: unknown;
      try {
        use();
      } catch (caught) {
        thrown = caught;
      }
      expect(thrown).toBe(error);
    }
    fails = false;
    expect(toHex(core.sm3(utf8('abc')))).toMatch(/^66c7f0f4/);
    expect(core.defaultEngine.name).toBe('wasm');
  });
});

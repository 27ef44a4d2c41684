import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { createNodeEngine, nodeEngine } from '../src/adapters/node.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import { wasmEngine } from '../src/adapters/wasm.ts';
import { runSuite, smEngineSuite } from '../src/conformance/index.ts';
import { type EngineCapability, engineReport, type SmEngine } from '../src/index.ts';
import { refuseAll } from '../src/internal/capability.ts';
import type { Sm4Key } from '../src/spec/v1/engine.ts';
import { isStacked, stackEngines } from '../src/stack-engines.ts';
import { seededBytes } from './support/seeded.ts';

const refused = expect.objectContaining({ code: 'ERR_ENGINE_CAPABILITY' });
const bytes = seededBytes('stack');

/** An engine that has only `capabilities` and writes down what it is asked. */
function only(name: string, log: string[], ...capabilities: readonly EngineCapability[]): SmEngine {
  const refusals = refuseAll(name);
  const methods = Object.fromEntries(
    Object.keys(refusals).map((method) => [
      method,
      (...input: readonly never[]) => {
        log.push(`${name}.${method}`);
        return (nobleEngine[method as keyof typeof refusals] as (...all: readonly never[]) => unknown)(
          ...input,
        );
      },
    ]),
  );
  return {
    ...refusals,
    ...methods,
    specVersion: '1',
    name,
    capabilities: new Set(capabilities),
    profile: { path: `path-of-${name}`, constantTime: new Set(capabilities.slice(0, 1)) },
  };
}

describe('stack of engines', () => {
  it('takes each capability from the first engine that has it and says so [part of EDGE-031]', () => {
    const log: string[] = [];
    const stack = stackEngines(
      only('a', log, 'sm3', 'sm2.keygen'),
      only('b', log, 'sm2.keygen', 'sm2.verify', 'sm4.blocks'),
      only('c', log, 'sm3', 'sm4.blocks'),
    );
    expect(stack.name).toBe('a+b+c');
    expect([...stack.provides]).toEqual([
      ['sm3', 'a'],
      ['sm2.keygen', 'a'],
      ['sm2.verify', 'b'],
      ['sm4.blocks', 'b'],
    ]);
    stack.sm3Digest(bytes(3));
    const key = stack.sm2PublicKey(bytes(32).fill(1, 0, 1));
    expect(stack.sm2IsPublicKey(key)).toBe(true);
    expect(stack.sm2VerifyDigest(key, bytes(32), bytes(64))).toBe(false);
    stack.sm4(bytes(16)).encryptBlocks(bytes(16), bytes(16));
    expect(log).toEqual(['a.sm3Digest', 'a.sm2PublicKey', 'b.sm2IsPublicKey', 'b.sm2VerifyDigest', 'b.sm4']);
    expect(stack.profile.path).toBe('path-of-a+path-of-b+path-of-c');
    expect([...stack.profile.constantTime]).toEqual(['sm3']);
    expect(engineReport(stack)).toEqual([
      { capability: 'sm3', engine: 'a', path: 'path-of-a', constantTime: true },
      { capability: 'sm2.keygen', engine: 'a', path: 'path-of-a', constantTime: false },
      { capability: 'sm2.verify', engine: 'b', path: 'path-of-b', constantTime: false },
      { capability: 'sm4.blocks', engine: 'b', path: 'path-of-b', constantTime: false },
    ]);
  });

  it('stays strict: what no engine has is refused under the name of the stack', () => {
    const stack = stackEngines(only('a', [], 'sm3'), only('b', [], 'sm2.keygen'));
    for (const call of [
      () => stack.sm3Many([]),
      () => stack.sm2IsPublicKey(bytes(65)),
      () => stack.sm2SignDigest(bytes(32), bytes(32), { fill: () => undefined }),
      () => stack.sm2PreparePrivate(bytes(32)),
      () => stack.sm4(bytes(16)),
      () => stack.sm4Gcm(bytes(16)),
      () => stack.zuc(bytes(16), bytes(16)),
    ]) {
      expect(call).toThrow(refused);
      expect(call).toThrow(/engine=a\+b /);
    }
  });

  it('leaves the engines as they were', () => {
    stackEngines(smCryptoEngine, nobleEngine);
    expect(() => smCryptoEngine.sm4Gcm(bytes(16))).toThrow(refused);
    expect(smCryptoEngine.capabilities.has('sm4.gcm')).toBe(false);
  });

  it('claims sm2.random only when every engine that draws has it', () => {
    const drawing = ['sm2.sign', 'sm2.encrypt'] as const;
    const has = (...engines: readonly [SmEngine, ...SmEngine[]]) =>
      stackEngines(...engines).capabilities.has('sm2.random');
    expect(has(only('a', [], ...drawing), only('b', [], ...drawing, 'sm2.random'))).toBe(false);
    expect(has(only('a', [], 'sm2.sign'), only('b', [], ...drawing, 'sm2.random'))).toBe(false);
    expect(has(only('a', [], 'sm2.sign', 'sm2.random'), only('b', [], 'sm2.encrypt'))).toBe(false);
    expect(has(only('a', [], 'sm2.random'), only('b', [], 'sm3'))).toBe(false);
    expect(has(only('a', [], ...drawing, 'sm2.random'), only('b', [], ...drawing))).toBe(true);
  });

  it('claims hmac-sm3 only for the SM3 that it has', () => {
    const stack = stackEngines(only('a', [], 'sm3'), only('b', [], 'sm3', 'hmac-sm3'));
    expect([...stack.provides]).toEqual([['sm3', 'a']]);
  });

  it('gives one SM4 key whose calls run on one engine each', () => {
    const [blocks, ctr] = [createNodeEngine(['sm4-ecb']), createNodeEngine(['sm4-ctr'])];
    const stack = stackEngines(blocks, ctr);
    const raw = bytes(16);
    const [key, other] = [stack.sm4(raw), nobleEngine.sm4(raw)];
    const data = bytes(48);
    const outputs = [new Uint8Array(48), new Uint8Array(48)] as const;
    for (const method of ['encryptBlocks', 'decryptBlocks'] as const) {
      key[method](data, outputs[0]);
      other[method](data, outputs[1]);
      expect(outputs[0]).toEqual(outputs[1]);
    }
    const counters = [new Uint8Array(16), new Uint8Array(16)] as const;
    key.ctr(counters[0], data, outputs[0]);
    other.ctr(counters[1], data, outputs[1]);
    expect([outputs[0], counters[0]]).toEqual([outputs[1], counters[1]]);
    expect(() => key.cbcEncrypt(bytes(16), data, outputs[0])).toThrow(refused);
    expect(() => key.cbcDecrypt(bytes(16), data, outputs[0])).toThrow(refused);
    key.destroy();
    const destroyed = expect.objectContaining({ code: 'ERR_SECRET_DESTROYED' });
    expect(() => key.encryptBlocks(data, outputs[0])).toThrow(destroyed);
    expect(() => key.decryptBlocks(data, outputs[0])).toThrow(destroyed);
    expect(() => key.ctr(counters[0], data, outputs[0])).toThrow(destroyed);
  });

  it('leaves no key schedule behind when an engine cannot make its own', () => {
    const made: Sm4Key[] = [];
    const first: SmEngine = {
      ...only('a', [], 'sm4.blocks'),
      sm4(key) {
        const schedule = nobleEngine.sm4(key);
        made.push(schedule);
        return schedule;
      },
    };
    const second: SmEngine = {
      ...only('b', [], 'sm4.ctr'),
      sm4() {
        throw new Error('no memory');
      },
    };
    expect(() => stackEngines(first, second).sm4(bytes(16))).toThrow('no memory');
    expect(made).toHaveLength(1);
    const block = bytes(16);
    expect(() => made[0]!.encryptBlocks(block, block)).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_DESTROYED' }),
    );
  });

  it('hands out the key of the engine itself when one engine does all of it', () => {
    const seen: unknown[] = [];
    const watched: SmEngine = {
      ...nobleEngine,
      sm4(key) {
        const inner = nobleEngine.sm4(key);
        seen.push(inner);
        return inner;
      },
    };
    expect(stackEngines(only('a', [], 'sm3'), watched).sm4(bytes(16))).toBe(seen[0]);
  });

  it('counts a stack among the engines as its engines', () => {
    const [a, b, c] = [only('a', [], 'sm3'), only('b', [], 'zuc'), only('c', [], 'sm2.keygen')];
    const nested = stackEngines(stackEngines(a, b), c);
    expect(nested.engines).toEqual([a, b, c]);
    expect(nested.name).toBe('a+b+c');
    expect(isStacked(nested)).toBe(true);
    expect(isStacked(a)).toBe(false);
  });

  it('takes no engine of another interface version', () => {
    const other = { ...nobleEngine, specVersion: '2' as '1' };
    const wrong = expect.objectContaining({ code: 'ERR_INPUT_VALUE' });
    expect(() => stackEngines(other)).toThrow(wrong);
    expect(() => stackEngines(nobleEngine, other)).toThrow(wrong);
  });

  it.each([
    ['wasm above noble', stackEngines(wasmEngine, nobleEngine)],
    ['node above wasm', stackEngines(nodeEngine, wasmEngine)],
    ['node above noble', stackEngines(nodeEngine, nobleEngine)],
    ['sm-crypto above noble', stackEngines(smCryptoEngine, nobleEngine)],
  ])('passes the conformance suite: %s', { timeout: 60_000 }, async (_what, stack) => {
    const cases = smEngineSuite.cases.filter((item) => !item.id.endsWith('million'));
    const { name, capabilities } = stack;
    const report = await runSuite({ ...smEngineSuite, cases }, { name, capabilities, subject: stack });
    expect(report.results.filter((r) => r.outcome === 'fail').map((r) => `${r.id}: ${r.detail}`)).toEqual([]);
  });
});

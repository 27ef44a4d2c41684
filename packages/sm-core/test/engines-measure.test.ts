import { describe, expect, it, vi } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { nodeEngine } from '../src/adapters/node.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import type { EngineCapability, SmEngine } from '../src/index.ts';
import { ENGINE_CAPABILITIES } from '../src/internal/capability.ts';
import { fastestEngine, measureEngines } from '../src/measure-engines.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const quick = { milliseconds: 1 };

/** An engine that takes `wait` milliseconds for a digest. */
function slow(name: string, wait: number, constantTime: readonly EngineCapability[] = []): SmEngine {
  return {
    ...nobleEngine,
    name,
    capabilities: new Set<EngineCapability>(['sm3']),
    profile: { path: 'javascript', constantTime: new Set(constantTime) },
    sm3Digest() {
      for (const end = performance.now() + wait; performance.now() < end; );
      return new Uint8Array(32);
    },
  };
}

describe('measuring engines', () => {
  it('gives a row for each engine and each capability that it has', () => {
    const engines = [nobleEngine, nodeEngine, smCryptoEngine];
    const rows = measureEngines(engines, quick);
    const measurable = (item: EngineCapability) => item !== 'hmac-sm3' && item !== 'sm2.random';
    const expected = ENGINE_CAPABILITIES.filter(measurable).flatMap((capability) =>
      engines.filter((engine) => engine.capabilities.has(capability)).map((e) => `${capability} ${e.name}`),
    );
    expect(rows.map((row) => `${row.capability} ${row.engine}`)).toEqual(expected);
    for (const row of rows) expect(row.perSecond).toBeGreaterThan(0);
  });

  it('measures only what it is asked for', () => {
    const rows = measureEngines([nobleEngine], { ...quick, capabilities: ['sm2.random', 'sm3'] });
    expect(rows.map((row) => row.capability)).toEqual(['sm3']);
  });

  it('picks the engine that is faster by far', () => {
    const [one, other] = [slow('slow', 2), slow('quick', 0)];
    const options = { milliseconds: 5, capabilities: ['sm3'] } as const;
    expect(fastestEngine([one, other], options)).toBe(other);
    expect(fastestEngine([other, one], options)).toBe(other);
    expect(fastestEngine([one, other], { milliseconds: 5 })).toBe(other);
  });

  it('tells engines apart that need more than a second', () => {
    // A clock that moves on by so many seconds with each digest.
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const lasting = (name: string, seconds: number): SmEngine => ({
      ...slow(name, 0),
      sm3Digest() {
        now += 1000 * seconds;
        return new Uint8Array(32);
      },
    });
    try {
      const [one, other] = [lasting('slow', 5), lasting('less slow', 4)];
      const options = { ...quick, capabilities: ['sm3'] } as const;
      expect(measureEngines([one, other], options).map((row) => row.perSecond)).toEqual([1 / 5, 1 / 4]);
      expect(fastestEngine([one], options)).toBe(one);
      expect(fastestEngine([one, other], options)).toBe(other);
      expect(fastestEngine([other, one], options)).toBe(other);
    } finally {
      clock.mockRestore();
    }
  });

  it('asks for what the first engine does when nothing is named', () => {
    const first = slow('first', 2);
    expect(fastestEngine([first, nobleEngine], { milliseconds: 5 })).toBe(nobleEngine);
    // The others lack most of what noble does.
    expect(fastestEngine([nobleEngine, slow('quick', 0)], quick)).toBe(nobleEngine);
  });

  it('never picks an engine that lacks something', () => {
    const pick = (...capabilities: readonly EngineCapability[]) =>
      fastestEngine([slow('quick', 0), nobleEngine], { ...quick, capabilities });
    expect(pick('sm3', 'sm2.keygen')).toBe(nobleEngine);
    expect(() =>
      fastestEngine([nodeEngine, smCryptoEngine], { ...quick, capabilities: ['sm2.sign', 'zuc'] }),
    ).toThrow(code('ERR_ENGINE_CAPABILITY'));
  });

  it('picks by constant time first when asked to', () => {
    const [leaky, careful] = [slow('quick', 0), slow('slow', 1, ['sm3'])];
    const options = { milliseconds: 3, capabilities: ['sm3'], constantTime: true } as const;
    expect(fastestEngine([leaky, careful], options)).toBe(careful);
    expect(() => fastestEngine([leaky], options)).toThrow(code('ERR_ENGINE_CAPABILITY'));
  });

  it('refuses options that make no sense', () => {
    for (const milliseconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 10_001]) {
      expect(() => measureEngines([nobleEngine], { milliseconds })).toThrow(code('ERR_INPUT_VALUE'));
      expect(() => fastestEngine([nobleEngine], { milliseconds })).toThrow(code('ERR_INPUT_VALUE'));
    }
    expect(() => measureEngines([], quick)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => fastestEngine([], quick)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => measureEngines(undefined as unknown as SmEngine[], quick)).toThrow(code('ERR_INPUT_VALUE'));
  });
});

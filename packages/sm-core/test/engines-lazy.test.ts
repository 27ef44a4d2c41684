import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import type { EngineCapability, SmEngine } from '../src/index.ts';
import { METHOD_CAPABILITY } from '../src/internal/capability.ts';
import { lazyEngine } from '../src/internal/lazy-engine.ts';

/** A lazy engine, and how often it was made. */
function counted(make: () => SmEngine = () => nobleEngine, known: Parameters<typeof lazyEngine>[1] = {}) {
  const count = { made: 0 };
  const engine = lazyEngine(() => {
    count.made++;
    return make();
  }, known);
  return { engine, count };
}

describe('lazy engine', () => {
  it('is made when it is first used, and once', () => {
    const { engine, count } = counted();
    expect(engine.specVersion).toBe('1');
    expect(count.made).toBe(0);
    engine.sm3Digest(new Uint8Array(1));
    engine.sm3().digest();
    expect(engine.name).toBe('noble');
    expect(engine.profile).toBe(nobleEngine.profile);
    expect(count.made).toBe(1);
  });

  it('tells what is known without being made', () => {
    const capabilities = new Set<EngineCapability>(['sm3']);
    const { engine, count } = counted(undefined, { name: 'known', capabilities });
    expect([engine.name, engine.capabilities]).toEqual(['known', capabilities]);
    expect(count.made).toBe(0);
  });

  it.each(Object.keys(METHOD_CAPABILITY) as (keyof typeof METHOD_CAPABILITY)[])(
    'hands %s on with all its arguments',
    (method) => {
      const seen: unknown[][] = [];
      const result = Symbol('result');
      const record = (...input: unknown[]) => {
        seen.push(input);
        return result;
      };
      const { engine } = counted(() => ({ ...nobleEngine, [method]: record }) as unknown as SmEngine);
      // Only sm3Digest takes any number of arguments.
      const count = method === 'sm3Digest' ? 3 : engine[method].length;
      const input = [1, 2, 3].slice(0, count);
      const { [method]: call } = engine as unknown as Record<string, (...all: unknown[]) => unknown>;
      expect(call!(...input)).toBe(result);
      expect(seen).toEqual([input]);
    },
  );

  it('tries again after it could not be made', () => {
    let fails = true;
    const { engine, count } = counted(() => {
      if (fails) throw new Error('not now');
      return nobleEngine;
    });
    expect(() => engine.sm3()).toThrow('not now');
    expect(() => engine.name).toThrow('not now');
    fails = false;
    expect(engine.sm3Digest()).toEqual(nobleEngine.sm3Digest());
    expect(count.made).toBe(3);
  });
});

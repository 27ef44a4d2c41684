import { describe, expect, it } from 'vitest';
import { type Flow, run, runAsync, wait } from '../../src/adapters/software/flow.ts';

function* sum(...values: (number | Promise<number>)[]): Flow<number> {
  let total = 0;
  for (const value of values) total += yield* wait(value);
  return total;
}

function* guarded(value: Promise<number> | number, log: string[]): Flow<number> {
  try {
    return yield* wait(value);
  } catch (error) {
    log.push((error as Error).message);
    return -1;
  } finally {
    log.push('end');
  }
}

describe('a flow', () => {
  it('stays synchronous as long as nothing is a promise', () => {
    expect(run(sum(1, 2, 3))).toBe(6);
  });

  it('waits where something is', async () => {
    const result = run(sum(1, Promise.resolve(2), 3, Promise.resolve(4)));
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(10);
  });

  it('a rejection is an exception inside it', async () => {
    const log: string[] = [];
    expect(await run(guarded(Promise.reject(new Error('no')), log))).toBe(-1);
    expect(log).toEqual(['no', 'end']);
  });

  it('an exception leaves it: thrown at once, or as a rejection', async () => {
    function* fail(first: unknown): Flow<never> {
      yield* wait(first);
      throw new Error('out');
    }
    expect(() => run(fail(1))).toThrow('out');
    await expect(run(fail(Promise.resolve()))).rejects.toThrow('out');
    await expect(runAsync(fail(1))).rejects.toThrow('out');
  });
});

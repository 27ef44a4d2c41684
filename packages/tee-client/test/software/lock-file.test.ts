import { readdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { lockFolder } from '../../src/adapters/software/lock-file.ts';
import { temporaryFolder } from '../basics.ts';

/** Runs once, in the moment before the contents of a lock are written. */
let between: (() => void) | undefined;

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const first = <A extends unknown[], R>(write: (...args: A) => R) => {
    return (...args: A): R => {
      const run = between;
      between = undefined;
      run?.();
      return write(...args);
    };
  };
  return { ...fs, writeSync: first(fs.writeSync), writeFileSync: first(fs.writeFileSync) };
});

const attempt = (folder: string): (() => void) | string => {
  try {
    return lockFolder(folder);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it('is taken by one of two that come at the same moment', () => {
  const folder = temporaryFolder();
  let other: (() => void) | string = 'not run';
  between = () => {
    other = attempt(folder);
  };
  const ends = [attempt(folder), other];
  expect(ends.filter((end) => typeof end === 'function')).toHaveLength(1);
  expect(ends).toContain('ERR_TEE_LOCKED');
  for (const end of ends) if (typeof end === 'function') end();
  expect(readdirSync(folder)).toEqual([]);
});

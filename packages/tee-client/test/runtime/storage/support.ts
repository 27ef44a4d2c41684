import { Secret, sm3, toHex, utf8 } from '@cssi/sm-core';
import { expect } from 'vitest';
import {
  type ObjectStore,
  type ObjectStoreOptions,
  openObjectStore,
} from '../../../src/runtime/storage/object-store.ts';
import type { Image, MemoryDisk } from './disk.ts';

export const UUID = '5d0c2a9e-7f41-4b6a-9c53-1e8f64b2d7a0';
export const OTHER_UUID = 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931c';
export const QUOTA = 16 << 20;
export const id = (text: string): Uint8Array => utf8(text);
export const seedOf = (value: number): Secret => Secret.copy(new Uint8Array(32).fill(value));

/** `length` bytes that depend on `from`. */
export const bytes = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + from * 31 + (i >> 8)) & 0xff);

export function openStore(disk: MemoryDisk, options: Partial<ObjectStoreOptions> = {}): ObjectStore {
  const seed = seedOf(7);
  try {
    return openObjectStore({ files: disk, seed, uuid: UUID, quotaBytes: QUOTA, ...options });
  } finally {
    // Keys are derived at once: the store has to work without the seed.
    seed.destroy();
  }
}

/** All a store holds: digest of attributes and data by identifier. */
export type Contents = ReadonlyMap<string, string>;

export function contentsOf(store: ObjectStore): Contents {
  return new Map(
    store.list().map((one) => [toHex(one), digestOf(store.attributes(one)!, store.get(one)!)] as const),
  );
}

/** What {@link contentsOf} keeps of an object. */
export const digestOf = (attributes: Uint8Array, data: Uint8Array): string =>
  `${attributes.length} ${toHex(sm3(attributes))} ${data.length} ${toHex(sm3(data))}`;

export const sameContents = (a: Contents, b: Contents): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);

export const withCode = (code: string) => expect.objectContaining({ code });
export const withResult = (message: string) => expect.objectContaining({ name: 'TeeError', message });

/** An image with one file changed. */
export function changed(image: Image, name: string, change: (contents: Uint8Array) => Uint8Array): Image {
  return new Map(
    [...image].map(([one, contents]) => [one, one === name ? change(contents.slice()) : contents]),
  );
}

/** Numbers from a seed (mulberry32), below 1. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed to print, or the one of the environment to repeat a run. */
export function testSeed(name: string): number {
  const given = Number(process.env.CSSI_TEST_SEED);
  const seed = Number.isInteger(given) && given > 0 ? given : (Math.random() * 2 ** 31) >>> 0;
  console.log(`${name}: CSSI_TEST_SEED=${seed}`);
  return seed;
}

import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/runtime/storage/object-store.ts';
import { TeeError } from '../../../src/spec/v1/internal/error.ts';
import { MemoryDisk } from './disk.ts';
import { bytes, contentsOf, digestOf, id, openStore, randomFrom, sameContents, testSeed } from './support.ts';

interface Modelled {
  attributes: Uint8Array;
  data: Uint8Array;
}

/** What the store should do, in a few lines. */
class Model {
  readonly objects = new Map<string, Modelled>();

  contents(): Map<string, string> {
    return new Map(
      [...this.objects].map(([key, one]) => [toHex(id(key)), digestOf(one.attributes, one.data)]),
    );
  }

  get(key: string): Modelled {
    const found = this.objects.get(key);
    if (found === undefined) throw new TeeError('ITEM_NOT_FOUND');
    return found;
  }

  create(key: string, attributes: Uint8Array, data: Uint8Array, overwrite: boolean): void {
    if (this.objects.has(key) && !overwrite) throw new TeeError('ACCESS_CONFLICT');
    this.objects.set(key, { attributes, data });
  }

  write(key: string, position: number, data: Uint8Array): void {
    const object = this.get(key);
    if (data.length === 0) return;
    const next = new Uint8Array(Math.max(object.data.length, position + data.length));
    next.set(object.data);
    next.set(data, position);
    object.data = next;
  }

  truncate(key: string, size: number): void {
    const object = this.get(key);
    const next = new Uint8Array(size);
    next.set(object.data.subarray(0, size));
    object.data = next;
  }

  rename(key: string, to: string): void {
    const object = this.get(key);
    if (this.objects.has(to)) throw new TeeError('ACCESS_CONFLICT');
    this.objects.delete(key);
    this.objects.set(to, object);
  }
}

type Both = (target: { store: ObjectStore } | { model: Model }) => unknown;

/** One random action, for the store and for the model. */
function action(random: () => number): Both {
  const below = (limit: number): number => Math.floor(random() * limit);
  const key = `k${below(6)}`;
  const other = `k${below(6)}`;
  const length = [0, 1, 10, 100, 3000, 16_384, 16_385, 40_000][below(8)]!;
  const position = [0, 1, 16_383, 16_384, 20_000, 50_000, below(60_000)][below(7)]!;
  const data = bytes(length, below(1000));
  const attributes = bytes(below(3) * 20, below(1000));
  const overwrite = random() < 0.7;
  switch (below(8)) {
    case 0:
      return (t) =>
        'store' in t
          ? t.store.create(id(key), attributes, data, overwrite)
          : t.model.create(key, attributes, data, overwrite);
    case 1:
    case 2:
    case 3:
      return (t) =>
        'store' in t ? t.store.write(id(key), position, data) : t.model.write(key, position, data);
    case 4:
      return (t) => ('store' in t ? t.store.truncate(id(key), position) : t.model.truncate(key, position));
    case 5:
      return (t) => ('store' in t ? t.store.delete(id(key)) : t.model.objects.delete(key));
    case 6:
      return (t) => ('store' in t ? t.store.rename(id(key), id(other)) : t.model.rename(key, other));
    default:
      return (t) => {
        if ('store' in t) t.store.setAttributes(id(key), attributes);
        else t.model.get(key).attributes = attributes;
      };
  }
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof TeeError) return error.message;
    throw error;
  }
}

describe('random histories', () => {
  it('leave what a map would hold, over runs, compactions and failing disks', () => {
    const seed = testSeed('random histories');
    const random = randomFrom(seed);
    for (let round = 0; round < 12; round++) {
      let disk = new MemoryDisk();
      let store = openStore(disk);
      const model = new Model();
      for (let i = 0; i < 120; i++) {
        const act = action(random);
        const expected = outcome(() => act({ model }));
        if (random() < 0.1) {
          // The disk fails somewhere in the action; then it is done again, if it was not done.
          const before = contentsOf(store);
          disk.failAt = disk.steps.length + Math.floor(random() * 5);
          let failed = false;
          try {
            outcome(() => act({ store }));
          } catch {
            failed = true;
          }
          disk.failAt = Number.POSITIVE_INFINITY;
          if (failed && sameContents(contentsOf(store), before)) outcome(() => act({ store }));
        } else {
          expect(
            outcome(() => act({ store })),
            `round ${round}, action ${i}`,
          ).toEqual(expected);
        }
        if (random() < 0.05) store.compact();
        if (random() < 0.05) {
          store.close();
          disk = new MemoryDisk(disk.image());
          store = openStore(disk);
        }
        if (i % 10 === 0)
          expect(sameContents(contentsOf(store), model.contents()), `round ${round}`).toBe(true);
        const reading = `k${Math.floor(random() * 6)}`;
        const [from, length] = [Math.floor(random() * 60_000), Math.floor(random() * 40_000)];
        const part = model.objects.get(reading)?.data.subarray(from, from + length);
        if (part !== undefined) {
          expect(toHex(store.read(id(reading), from, length)), `round ${round}, read ${i}`).toBe(toHex(part));
        }
      }
      expect(sameContents(contentsOf(store), model.contents())).toBe(true);
      expect(store.usage.used).toBe(
        [...model.objects].reduce(
          (sum, [key, o]) => sum + 256 + key.length + o.attributes.length + o.data.length,
          0,
        ),
      );
      const again = openStore(new MemoryDisk(disk.image()));
      expect(sameContents(contentsOf(again), model.contents())).toBe(true);
      expect(again.usage).toEqual(store.usage);
    }
  });
});

import { sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/runtime/storage/object-store.ts';
import { FATES, type Image, imageAfter, MemoryDisk } from './disk.ts';
import { bytes, type Contents, contentsOf, id, openStore, sameContents } from './support.ts';

type Action = (store: ObjectStore) => void;

/** A small life of a store: all kinds of changes, and three runs. */
const RUNS: readonly (readonly Action[])[] = [
  [
    (s) => s.put(id('a'), bytes(40, 1)),
    (s) => s.create(id('key'), bytes(50, 2), bytes(10, 3), false),
    (s) => s.write(id('a'), 30, bytes(30, 4)),
    (s) => s.put(id('a'), bytes(20_000, 5)),
  ],
  [
    (s) => s.write(id('a'), 16_000, bytes(800, 6)),
    (s) => s.truncate(id('a'), 16_100),
    (s) => s.rename(id('key'), id('other')),
    (s) => s.compact(),
    (s) => s.setAttributes(id('other'), bytes(33, 7)),
    (s) => s.write(id('a'), 16_200, bytes(5, 8)),
  ],
  [
    (s) => s.compact(),
    (s) => s.create(id('other'), bytes(3, 9), bytes(300, 10), true),
    (s) => s.delete(id('a')),
    (s) => s.put(new Uint8Array(0), new Uint8Array(0)),
    (s) => s.compact(),
  ],
];

interface History {
  readonly disk: MemoryDisk;
  /** What the store held when so many steps were done. */
  readonly confirmed: readonly {
    readonly steps: number;
    readonly contents: Contents;
    readonly sequence: number;
  }[];
}

function play(runs: readonly (readonly Action[])[], writesThrough = false): History {
  const disk = new MemoryDisk(new Map(), writesThrough);
  const confirmed: { steps: number; contents: Contents; sequence: number }[] = [
    { steps: 0, contents: new Map(), sequence: 0 },
  ];
  for (const run of runs) {
    const store = openStore(disk);
    for (const action of run) {
      action(store);
      confirmed.push({ steps: disk.steps.length, contents: contentsOf(store), sequence: store.sequence });
    }
    store.close();
  }
  return { disk, confirmed };
}

/** The states allowed after a cut behind `steps` steps. */
function allowed({ confirmed }: History, steps: number) {
  const last = confirmed.findLastIndex((one) => one.steps <= steps);
  return { old: confirmed[last]!, next: confirmed[last + 1] };
}

/** Several fates often leave the same bytes; once is enough then. */
const seen = new Map<History, Set<string>>();

function isKnown(history: History, expected: number, image: Image): boolean {
  const known = seen.get(history) ?? new Set();
  seen.set(history, known);
  const files = [...image].map(([name, contents]) => `${name} ${toHex(sm3(contents))}`).sort();
  const key = `${expected} ${files.join()}`;
  const isThere = known.has(key);
  known.add(key);
  return isThere;
}

/** Opens, compares, goes on working, and opens again. */
function check(history: History, steps: number, image: Image, label: string): void {
  const { old, next } = allowed(history, steps);
  if (isKnown(history, old.steps, image)) return;
  const { writesThrough } = history.disk;
  const disk = new MemoryDisk(image, writesThrough);
  const store = openStore(disk);
  const found = contentsOf(store);
  const isOld = sameContents(found, old.contents);
  const isNew = next !== undefined && sameContents(found, next.contents);
  if (!isOld && !isNew) throw new Error(`neither old nor new: ${label}`);
  expect(store.sequence, label).toBeGreaterThanOrEqual(old.sequence);
  store.put(id('after'), bytes(100, steps));
  const after = contentsOf(store);
  store.close();
  const again = openStore(new MemoryDisk(disk.image(), writesThrough));
  if (!sameContents(contentsOf(again), after)) throw new Error(`lost after going on: ${label}`);
  again.close();
}

/** Whatever becomes of what was not synced, a power cut leaves this. */
function staysAs(disk: MemoryDisk, contents: Contents, label: string): void {
  for (const fate of FATES) {
    const again = openStore(new MemoryDisk(imageAfter(new Map(), disk.steps, fate)));
    if (!sameContents(contentsOf(again), contents)) throw new Error(`lost: ${label}, ${fate.label}`);
  }
}

/** With sync calls, and where every write is synced on its own (Node's permission model takes fsync away). */
describe.each([
  ['synced by calls', false],
  ['synced by every write', true],
])('a power cut at any point of a disk that is %s', (_, writesThrough) => {
  it('leaves the old or the new state, at every step and for every fate of what was not synced [part of CC-023]', () => {
    const history = play(RUNS, writesThrough);
    const { steps } = history.disk;
    let cuts = 0;
    for (let count = 0; count <= steps.length; count++) {
      for (const fate of FATES) {
        const image = imageAfter(new Map(), steps.slice(0, count), fate);
        check(history, count, image, `${count} steps, ${fate.label}, names ${fate.names}`);
        cuts++;
      }
    }
    expect(cuts).toBeGreaterThan(2000);
  });

  it('leaves it also when the recovery itself is cut [part of CC-023]', () => {
    const history = play(RUNS.slice(0, 2), writesThrough);
    const { steps } = history.disk;
    let cuts = 0;
    for (let count = 1; count <= steps.length; count++) {
      const all = FATES.find((fate) => fate.label === 'all' && !fate.names)!;
      const image = imageAfter(new Map(), steps.slice(0, count), all);
      const first = new MemoryDisk(image, writesThrough);
      openStore(first).close();
      for (let done = 0; done < first.steps.length; done++) {
        for (const fate of FATES) {
          const second = imageAfter(image, first.steps.slice(0, done + 1), fate);
          check(history, count, second, `${count} steps, recovery ${done + 1}, ${fate.label}`);
          cuts++;
        }
      }
    }
    expect(cuts).toBeGreaterThan(500);
  });

  it('leaves it when first the process ends and, after the store was opened again, the power is cut', () => {
    const script = RUNS.flat();
    const { disk: whole, confirmed } = play([script], writesThrough);
    for (let at = 1; at < whole.steps.length; at++) {
      const disk = new MemoryDisk(new Map(), writesThrough);
      disk.failAt = at;
      const store = openStore(disk);
      let done = 0;
      try {
        for (const action of script) {
          action(store);
          done++;
        }
      } catch {
        disk.failAt = Number.POSITIVE_INFINITY;
      }
      // The same disk: what was written but not synced is still seen, and still not safe.
      const next = openStore(disk);
      const found = contentsOf(next);
      const states = confirmed.slice(done, done + 2).map((one) => one.contents);
      if (!states.some((state) => sameContents(state, found))) throw new Error(`neither old nor new: ${at}`);
      staysAs(disk, found, `seen, ${at}`);
      next.put(id('after'), bytes(100));
      staysAs(disk, contentsOf(next), `confirmed, ${at}`);
    }
  });

  it('leaves it while a compaction runs bit by bit between commits', () => {
    const big = bytes(360_000, 1);
    const runs: Action[][] = [
      [
        ...Array.from(
          { length: 3 },
          (_, i): Action =>
            (s) =>
              s.put(id(`big ${i % 2}`), big),
        ),
        (s) => s.delete(id('big 0')),
        ...Array.from(
          { length: 4 },
          (_, i): Action =>
            (s) =>
              s.write(id('big 1'), i * 100, bytes(10, i)),
        ),
      ],
    ];
    const history = play(runs, writesThrough);
    const { steps } = history.disk;
    expect(steps.some((step) => step.kind === 'remove')).toBe(true);
    const few = FATES.filter(
      (fate) => fate.names && ['nothing', 'all', 'torn at 42', 'all but the first'].includes(fate.label),
    );
    for (let count = 0; count <= steps.length; count++) {
      for (const fate of few) {
        const image = imageAfter(new Map(), steps.slice(0, count), fate);
        check(history, count, image, `${count} steps, ${fate.label}`);
      }
    }
  });

  it('leaves nothing behind that is not in use', () => {
    const disk = new MemoryDisk();
    openStore(disk).put(id('a'), bytes(300));
    const left = new Map([
      ...disk.image(),
      ['log.2', bytes(900)],
      ['log.77', bytes(9)],
      ['counter.tmp', bytes(9)],
    ]);
    left.set('log.1', Uint8Array.of(...left.get('log.1')!, ...bytes(5000)));
    const next = new MemoryDisk(left);
    const store = openStore(next);
    expect(next.list().sort()).toEqual(['counter', 'log.1']);
    store.put(id('b'), bytes(10));
    expect(next.image().get('log.1')!.length).toBe(store.usage.logBytes);
  });

  it('needs two syncs for a commit', () => {
    const disk = new MemoryDisk(new Map(), writesThrough);
    const store = openStore(disk);
    store.put(id('a'), bytes(10));
    for (const action of [
      () => store.put(id('a'), bytes(100)),
      () => store.write(id('a'), 3, bytes(70_000)),
      () => store.truncate(id('a'), 4),
      () => store.delete(id('a')),
    ]) {
      const before = disk.steps.length;
      action();
      const made = disk.steps.slice(before).map((step) => step.kind);
      expect(made.filter((kind) => kind.startsWith('sync'))).toHaveLength(2);
    }
  });
});

describe('a disk that fails', () => {
  it('ends in the old or the new state when any step throws, and the store goes on without being opened anew', () => {
    const script = RUNS.flat();
    const { disk: whole, confirmed } = play([script]);
    for (let at = 0; at < whole.steps.length; at++) {
      const disk = new MemoryDisk();
      disk.failAt = at;
      const store = openStore(disk);
      for (const [i, action] of script.entries()) {
        const [before, after] = [confirmed[i]!.contents, confirmed[i + 1]!.contents];
        try {
          action(store);
        } catch {
          disk.failAt = Number.POSITIVE_INFINITY;
          const found = contentsOf(store);
          const isNew = sameContents(found, after);
          if (!isNew && !sameContents(found, before)) throw new Error(`neither old nor new: ${at}`);
          if (!isNew) action(store);
        }
        if (!sameContents(contentsOf(store), after)) throw new Error(`not the new state: ${at}`);
      }
      expect(disk.handles, `failed at ${at}`).toBe(2);
      store.close();
      expect(disk.handles, `failed at ${at}`).toBe(0);
      const again = openStore(new MemoryDisk(disk.image()));
      expect(sameContents(contentsOf(again), confirmed.at(-1)!.contents), `failed at ${at}`).toBe(true);
    }
  });

  it('leaves no file open that could not be written, in a full disk tried again and again', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    for (let i = 0; i < 10; i++) {
      // The new log is there, its header cannot be written.
      disk.failAt = disk.steps.length + 1 + (i === 0 ? 0 : 1);
      expect(() => store.put(id('a'), bytes(10))).toThrowError('power cut');
      expect(disk.handles).toBe(0);
    }
    disk.failAt = Number.POSITIVE_INFINITY;
    store.put(id('a'), bytes(10));
    expect(disk.handles).toBe(2);
  });

  it('says so, and refuses to work with files it cannot read', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    store.put(id('a'), bytes(10));
    disk.failAt = disk.steps.length;
    expect(() => store.put(id('b'), bytes(10))).toThrowError('power cut');
    expect(() => store.put(id('b'), bytes(10))).toThrowError('power cut');
    // Not even reading goes on before it is known what the disk holds.
    expect(() => store.has(id('b'))).toThrowError('power cut');
    disk.failAt = Number.POSITIVE_INFINITY;
    expect(store.has(id('b'))).toBe(false);
    store.put(id('b'), bytes(10));
    expect(store.get(id('b'))).toEqual(bytes(10));
  });
});

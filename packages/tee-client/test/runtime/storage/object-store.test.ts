import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { equalBytes } from '@cssi/sm-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  nodeStoreFiles,
  openObjectStore,
  runtimeObjectId,
  STORE_OBJECT_BYTES,
  type StoreStep,
} from '../../../src/runtime/storage/object-store.ts';
import { TEE_CLIENT_ERRORS } from '../../../src/spec/v1/errors.ts';
import { MemoryDisk } from './disk.ts';
import {
  bytes,
  contentsOf,
  id,
  openStore,
  sameContents,
  seedOf,
  UUID,
  withCode,
  withResult,
} from './support.ts';

const CHUNK = 16_384;

describe('object store', () => {
  it('gives back what was put, also after it was opened again [part of CC-023]', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    expect(store.get(id('a'))).toBeUndefined();
    expect(store.attributes(id('a'))).toBeUndefined();
    expect(store.size(id('a'))).toBeUndefined();
    store.put(id('a'), bytes(100));
    store.create(id('b'), bytes(20), bytes(50_000), false);
    const before = contentsOf(store);
    store.close();
    const again = openStore(disk);
    expect(sameContents(contentsOf(again), before)).toBe(true);
    expect(again.get(id('b'))).toEqual(bytes(50_000));
    expect(again.attributes(id('b'))).toEqual(bytes(20));
    expect(again.attributes(id('a'))).toEqual(new Uint8Array(0));
  });

  it('makes no file before the first change', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    expect(store.list()).toEqual([]);
    expect(store.delete(id('a'))).toBe(false);
    expect(store.usage).toMatchObject({ used: 0, objects: 0, logBytes: 0 });
    store.compact();
    expect(disk.list()).toEqual([]);
    expect(store.sequence).toBe(0);
  });

  it('takes identifiers of 0 to 80 bytes, any bytes', () => {
    const store = openStore(new MemoryDisk());
    const ids = [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0, 255), new Uint8Array(80).fill(255)];
    for (const [i, one] of ids.entries()) store.put(one, bytes(i + 1));
    expect(store.list()).toEqual(ids);
    for (const [i, one] of ids.entries()) expect(store.get(one)).toEqual(bytes(i + 1));
    expect(() => store.put(new Uint8Array(81), bytes(1))).toThrowError(withResult('BAD_PARAMETERS'));
  });

  it.each([
    [0, 10],
    [5, 3],
    [CHUNK - 1, 2],
    [CHUNK, CHUNK],
    [CHUNK - 7, 3 * CHUNK],
    [2 * CHUNK + 100, 1],
    [40_000, 40_000],
  ])('writes at %i, %i bytes', (position, length) => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    const model = new Uint8Array(Math.max(45_000, position + length));
    model.set(bytes(45_000, 3));
    store.put(id('a'), bytes(45_000, 3));
    store.write(id('a'), position, bytes(length, 9));
    model.set(bytes(length, 9), position);
    expect(equalBytes(store.get(id('a'))!, model)).toBe(true);
    expect(equalBytes(openStore(new MemoryDisk(disk.image())).get(id('a'))!, model)).toBe(true);
  });

  it('fills holes with zeroes, and what was cut does not come back [part of CC-023]', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    store.put(id('a'), new Uint8Array(40_000).fill(0xff));
    store.truncate(id('a'), 100);
    store.truncate(id('a'), 30_000);
    expect(store.read(id('a'), 0, 100)).toEqual(new Uint8Array(100).fill(0xff));
    expect(store.read(id('a'), 100, 29_900)).toEqual(new Uint8Array(29_900));
    store.truncate(id('a'), 50);
    store.write(id('a'), 60, bytes(1, 5));
    expect(store.get(id('a'))!.subarray(50, 60)).toEqual(new Uint8Array(10));
    store.write(id('a'), 100_000, bytes(1));
    expect(store.size(id('a'))).toBe(100_001);
    expect(
      store
        .get(id('a'))!
        .subarray(61, 100_000)
        .every((byte) => byte === 0),
    ).toBe(true);
    store.compact();
    const again = openStore(new MemoryDisk(disk.image()));
    expect(sameContents(contentsOf(again), contentsOf(store))).toBe(true);
  });

  it('reads up to the end', () => {
    const store = openStore(new MemoryDisk());
    store.put(id('a'), bytes(100));
    expect(store.read(id('a'), 90, 50)).toEqual(bytes(100).subarray(90));
    expect(store.read(id('a'), 100, 1)).toEqual(new Uint8Array(0));
    expect(store.read(id('a'), 5000, 1)).toEqual(new Uint8Array(0));
    expect(store.read(id('a'), 0, 0)).toEqual(new Uint8Array(0));
  });

  it('answers for objects that are not there, or are', () => {
    const store = openStore(new MemoryDisk());
    store.put(id('a'), bytes(1));
    store.put(id('b'), bytes(2));
    for (const action of [
      () => store.read(id('x'), 0, 1),
      () => store.write(id('x'), 0, bytes(1)),
      () => store.truncate(id('x'), 1),
      () => store.setAttributes(id('x'), bytes(1)),
      () => store.rename(id('x'), id('y')),
    ]) {
      expect(action).toThrowError(withResult('ITEM_NOT_FOUND'));
    }
    expect(() => store.create(id('a'), bytes(1), bytes(1), false)).toThrowError(
      withResult('ACCESS_CONFLICT'),
    );
    expect(() => store.rename(id('a'), id('b'))).toThrowError(withResult('ACCESS_CONFLICT'));
    expect(() => store.rename(id('a'), id('a'))).toThrowError(withResult('ACCESS_CONFLICT'));
    expect(store.get(id('a'))).toEqual(bytes(1));
    expect(store.delete(id('x'))).toBe(false);
  });

  it('refuses positions beyond 2^32 - 1, and such that are none', () => {
    const store = openStore(new MemoryDisk());
    store.put(id('a'), bytes(1));
    expect(() => store.write(id('a'), 0xffffffff, bytes(1))).toThrowError(withResult('OVERFLOW'));
    expect(() => store.truncate(id('a'), 2 ** 32)).toThrowError(withResult('OVERFLOW'));
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 60]) {
      expect(() => store.write(id('a'), wrong, bytes(1))).toThrowError(RangeError);
      expect(() => store.read(id('a'), wrong, 1)).toThrowError(RangeError);
    }
    expect(store.get(id('a'))).toEqual(bytes(1));
  });

  it('keeps to the quota: STORAGE_NO_SPACE, nothing changed, and what frees space always goes', () => {
    const store = openStore(new MemoryDisk(), { quotaBytes: 3 * STORE_OBJECT_BYTES + 1003 });
    store.put(id('a'), bytes(1000));
    store.put(id('b'), bytes(1));
    const before = contentsOf(store);
    for (const action of [
      () => store.put(id('c'), bytes(1)),
      () => store.write(id('a'), 900, bytes(102 + STORE_OBJECT_BYTES)),
      () => store.truncate(id('a'), 2000),
      () => store.truncate(id('a'), 0xffffffff),
      () => store.setAttributes(id('b'), bytes(STORE_OBJECT_BYTES + 1)),
      () => store.create(id('b'), bytes(0), bytes(1000), true),
    ]) {
      expect(action).toThrowError(withResult('STORAGE_NO_SPACE'));
      expect(sameContents(contentsOf(store), before)).toBe(true);
    }
    store.write(id('a'), 0, bytes(1000, 4));
    store.truncate(id('a'), 10);
    store.put(id('c'), bytes(900));
    expect(store.usage.used).toBe(3 * STORE_OBJECT_BYTES + 3 + 10 + 1 + 900);
    expect(store.delete(id('c'))).toBe(true);
    expect(store.usage).toMatchObject({ used: 2 * STORE_OBJECT_BYTES + 13, objects: 2 });
  });

  it('refuses a quota that is none, and stores nothing with none at all', () => {
    for (const quotaBytes of [-1, 0.5, Number.NaN, 2 ** 40]) {
      expect(() => openStore(new MemoryDisk(), { quotaBytes })).toThrowError(RangeError);
    }
    const disk = new MemoryDisk();
    expect(() => openStore(disk, { quotaBytes: 0 }).put(id('a'), bytes(0))).toThrowError(
      withResult('STORAGE_NO_SPACE'),
    );
    expect(disk.list()).toEqual([]);
  });

  it('opens what is larger than a quota that was lowered', () => {
    const disk = new MemoryDisk();
    openStore(disk).put(id('a'), bytes(5000));
    const store = openStore(disk, { quotaBytes: 1000 });
    expect(store.get(id('a'))).toEqual(bytes(5000));
    expect(() => store.put(id('b'), bytes(1))).toThrowError(withResult('STORAGE_NO_SPACE'));
    store.truncate(id('a'), 10);
    store.put(id('b'), bytes(1));
  });

  it('holds many objects and a large one of several megabytes', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    const large = bytes(5_000_001, 1);
    store.put(id('large'), large);
    for (let i = 0; i < 3000; i++) store.put(id(`object ${i}`), bytes(i % 50, i));
    const again = openStore(new MemoryDisk(disk.image()));
    expect(again.usage.objects).toBe(3001);
    expect(equalBytes(again.get(id('large'))!, large)).toBe(true);
    for (let i = 0; i < 3000; i += 7) expect(again.get(id(`object ${i}`))).toEqual(bytes(i % 50, i));
  });

  it('costs what it changes: a small write into a large object is no large write', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    store.put(id('a'), bytes(4_000_000));
    const before = disk.steps.length;
    store.write(id('a'), 2_000_000, bytes(10, 8));
    const written = disk.steps
      .slice(before)
      .reduce((sum, s) => sum + (s.kind === 'write' ? s.bytes.length : 0), 0);
    expect(written).toBeLessThan(CHUNK + 500);
  });

  it('reads only what is asked for', () => {
    const disk = new MemoryDisk();
    openStore(disk).put(id('a'), bytes(4_000_000));
    const store = openStore(disk);
    const before = disk.reads;
    store.read(id('a'), 2_000_000, 10);
    expect(disk.reads - before).toBe(1);
    store.read(id('a'), 2_000_010, 10);
    expect(disk.reads - before).toBe(1);
  });

  it('keeps the log within bounds, without being asked', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    store.put(id('a'), bytes(200_000));
    let longest = 0;
    for (let i = 0; i < 200; i++) {
      store.write(id('a'), (i * 10_000) % 190_000, bytes(10_000, i));
      longest = Math.max(longest, store.usage.logBytes);
    }
    expect(disk.list().sort()).not.toContain('log.1');
    expect(longest).toBeLessThan(1.5 * (1 << 20));
    store.compact();
    expect(store.usage.garbageBytes).toBeLessThan(1000);
  });

  it('never makes one call do much of a compaction, also when it changes much meanwhile', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk, { quotaBytes: 64 << 20 });
    const [size, part] = [12 << 20, 131_072];
    const model = new Uint8Array(size);
    store.put(id('a'), model);
    let most = 0;
    for (let i = 0; !disk.list().includes('log.3'); i++) {
      const from = disk.steps.length;
      const at = ((i * 37) % (size / part)) * part;
      model.set(bytes(part, i), at);
      store.write(id('a'), at, bytes(part, i));
      const steps = disk.steps.slice(from);
      most = Math.max(
        most,
        steps.reduce((sum, s) => sum + (s.kind === 'write' ? s.bytes.length : 0), 0),
      );
    }
    // What is written, four times that or half a mebibyte, and as much at the end.
    expect(most).toBeLessThan(part + 3 * (1 << 19));
    expect(equalBytes(store.get(id('a'))!, model)).toBe(true);
    expect(equalBytes(openStore(new MemoryDisk(disk.image())).get(id('a'))!, model)).toBe(true);
  });

  it('goes on when a compaction cannot be written, and does it later', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    store.put(id('a'), bytes(600_000));
    const { open } = disk;
    let refused = 0;
    disk.open = (name, create) => {
      if (create) {
        refused++;
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE');
      }
      return open.call(disk, name, create);
    };
    for (let i = 0; i < 10; i++) store.put(id('a'), bytes(300_000, i));
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(4);
    expect(store.get(id('a'))).toEqual(bytes(300_000, 9));
    disk.open = open;
    for (let i = 0; i < 20; i++) store.put(id('a'), bytes(300_000, i));
    expect(store.usage.logBytes).toBeLessThan(3 << 20);
    expect(store.get(id('a'))).toEqual(bytes(300_000, 19));
  });

  it('answers BAD_STATE after close', () => {
    const store = openStore(new MemoryDisk());
    store.put(id('a'), bytes(1));
    store.close();
    store.close();
    for (const action of [() => store.get(id('a')), () => store.put(id('a'), bytes(1)), () => store.list()]) {
      expect(action).toThrowError(withResult('BAD_STATE'));
    }
  });

  it('keeps objects of the runtime apart by their first byte', () => {
    expect(runtimeObjectId('persistent-time')[0]).toBe('r'.charCodeAt(0));
  });
});

describe.each(['calls', 'writes'] as const)('object store on the disk, durable by %s', (durability) => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'cssi-store-'));
    folders.push(made);
    return join(made, 'deep', 'er');
  };
  /** Changed where a folder cannot be synced. */
  const marker = durability === 'writes' ? ['.sync'] : [];
  const namesIn = (path: string): string[] => readdirSync(path).sort();
  const open = (path: string, before?: (step: StoreStep) => void) =>
    openObjectStore({
      files: nodeStoreFiles(path, before, durability),
      seed: seedOf(1),
      uuid: UUID,
      quotaBytes: 1 << 20,
    });

  it('keeps what was stored, in files only the owner may read', () => {
    const path = folder();
    const store = open(path);
    store.put(id('a'), bytes(100_000));
    store.write(id('a'), 5, bytes(9, 2));
    const before = contentsOf(store);
    store.close();
    expect(namesIn(path)).toEqual([...marker, 'counter', 'log.1']);
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const again = open(path);
    expect(sameContents(contentsOf(again), before)).toBe(true);
    again.compact();
    expect(namesIn(path)).toEqual([...marker, 'counter', 'log.2']);
    again.close();
    expect(sameContents(contentsOf(open(path)), before)).toBe(true);
  });

  it('is in the old or the new state when the process ends in front of any step', () => {
    const counted: StoreStep[] = [];
    open(folder(), (step) => counted.push(step)).put(id('a'), bytes(10));
    expect(new Set(counted)).toEqual(new Set(['create', 'write', 'sync', 'rename', 'sync-folder']));
    for (let at = 0; at < counted.length; at++) {
      const path = folder();
      let left = at;
      const store = open(path, () => {
        if (left-- <= 0) throw new Error('ended');
      });
      expect(() => store.put(id('a'), bytes(10))).toThrowError('ended');
      const again = open(path);
      expect([undefined, bytes(10)]).toContainEqual(again.get(id('a')));
      again.put(id('a'), bytes(20));
      again.close();
      expect(open(path).get(id('a'))).toEqual(bytes(20));
    }
  });

  it('opens no link in the place of a file', () => {
    const path = folder();
    open(path).put(id('a'), bytes(10));
    const elsewhere = join(path, '..', 'elsewhere');
    for (const name of namesIn(path)) {
      renameSync(join(path, name), elsewhere);
      symlinkSync(elsewhere, join(path, name));
      expect(() => open(path).put(id('a'), bytes(20))).toThrowError(withCode('ERR_TEE_STORAGE'));
      renameSync(elsewhere, join(path, name));
    }
    expect(open(path).get(id('a'))).toEqual(bytes(10));
  });

  it('gives ERR_TEE_STORAGE without a path when the disk cannot be used', () => {
    const failed = (): never => expect.unreachable();
    try {
      open('/dev/null/no').put(id('a'), bytes(1));
    } catch (error) {
      expect(error).toEqual(withCode('ERR_TEE_STORAGE'));
      expect(String((error as Error).message)).not.toContain('/dev');
      return;
    }
    failed();
  });
});

import { describe, expect, it } from 'vitest';
import { TEE_CLIENT_ERRORS } from '../../../src/spec/v1/errors.ts';
import { TeeError, TeePanic } from '../../../src/spec/v1/internal/error.ts';
import type { Tee } from '../../../src/spec/v1/internal/tee.ts';
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  createPosix,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  type Posix,
  PosixError,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '../../../src/ta/index.ts';
import { MemoryDisk } from './disk.ts';
import { instanceOf } from './instance.ts';
import { bytes, openStore } from './support.ts';

const waits: number[] = [];

function posixOver(quotaBytes = 1 << 20): { posix: Posix; disk: MemoryDisk; tee: Tee } {
  const disk = new MemoryDisk();
  const { api } = instanceOf(openStore(disk, { quotaBytes }));
  const tee = {
    ...api,
    TEE_GetREETime: () => ({ seconds: 1_800_000_000, millis: 5 }),
    TEE_GetSystemTime: () => ({ seconds: 12, millis: 999 }),
    TEE_Wait: (timeout: number) => {
      waits.push(timeout);
      if (timeout === 13) throw new TeeError('CANCEL');
    },
    TEE_GenerateRandom: (size: number) => bytes(size, 3),
  } as unknown as Tee;
  return { posix: createPosix(tee), disk, tee };
}

function fails(action: () => unknown, code: string): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(PosixError);
    expect((error as PosixError).code).toBe(code);
    return;
  }
  throw new Error(`succeeded, ${code} expected`);
}

function put(posix: Posix, path: string, data: Uint8Array): void {
  const fd = posix.open(path, O_WRONLY | O_CREAT | O_TRUNC);
  posix.write(fd, data);
  posix.close(fd);
}

function get(posix: Posix, path: string): Uint8Array {
  const fd = posix.open(path, O_RDONLY);
  const data = posix.read(fd, 0xffffffff);
  posix.close(fd);
  return data;
}

describe('files of the POSIX-like basics [part of CC-011]', () => {
  it('are written, read, cut, sought in and sealed', () => {
    const { posix, disk } = posixOver();
    const fd = posix.open('dir/file', O_RDWR | O_CREAT);
    expect(posix.write(fd, bytes(100))).toBe(100);
    expect(posix.lseek(fd, 10, SEEK_SET)).toBe(10);
    expect(posix.read(fd, 5)).toEqual(bytes(100).subarray(10, 15));
    expect(posix.lseek(fd, -5, SEEK_CUR)).toBe(10);
    expect(posix.lseek(fd, 20, SEEK_END)).toBe(120);
    expect(posix.write(fd, Uint8Array.of(1))).toBe(1);
    expect(posix.fstat(fd)).toEqual({ size: 121 });
    posix.ftruncate(fd, 50);
    posix.close(fd);
    expect(posix.stat('/dir/./x/../file')).toEqual({ size: 50 });
    expect(get(posix, 'dir/file')).toEqual(bytes(100).subarray(0, 50));
    for (const contents of disk.image().values()) {
      expect(Buffer.from(contents).includes('dir/file')).toBe(false);
    }
  });

  it('are appended to, made exclusively, and truncated at opening', () => {
    const { posix } = posixOver();
    put(posix, 'a', bytes(10));
    const one = posix.open('a', O_WRONLY | O_APPEND);
    posix.lseek(one, 0, SEEK_SET);
    posix.write(one, Uint8Array.of(7));
    posix.close(one);
    expect(get(posix, 'a')).toEqual(Uint8Array.of(...bytes(10), 7));
    fails(() => posix.open('a', O_RDWR | O_CREAT | O_EXCL), 'EEXIST');
    posix.close(posix.open('a', O_RDWR | O_TRUNC));
    expect(posix.stat('a').size).toBe(0);
  });

  it('can be open several times, but not removed or renamed meanwhile', () => {
    const { posix } = posixOver();
    const one = posix.open('a', O_RDWR | O_CREAT);
    const two = posix.open('a', O_RDONLY);
    posix.write(one, bytes(3));
    expect(posix.read(two, 9)).toEqual(bytes(3));
    fails(() => posix.unlink('a'), 'EBUSY');
    fails(() => posix.rename('a', 'b'), 'EBUSY');
    put(posix, 'b', bytes(1));
    fails(() => posix.rename('b', 'a'), 'EBUSY');
    posix.close(one);
    posix.close(two);
    posix.unlink('a');
    fails(() => posix.stat('a'), 'ENOENT');
  });

  it('are renamed, also over another file', () => {
    const { posix } = posixOver();
    put(posix, 'a', bytes(3, 1));
    posix.rename('a', 'b');
    put(posix, 'c', bytes(9, 2));
    posix.rename('b', 'c');
    expect(get(posix, 'c')).toEqual(bytes(3, 1));
    posix.rename('c', 'c');
    expect(posix.readdir('')).toEqual(['c']);
    fails(() => posix.rename('x', 'c'), 'ENOENT');
  });

  it('are listed folder by folder, without the objects of the application', () => {
    const { posix, tee } = posixOver();
    expect(posix.readdir('/')).toEqual([]);
    for (const path of ['b', 'd/1', 'd/2', 'd/e/3', 'dd']) put(posix, path, bytes(1));
    tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, Uint8Array.of(1, 2), 1, null, null));
    expect(posix.readdir('/')).toEqual(['b', 'd', 'dd']);
    expect(posix.readdir('d')).toEqual(['1', '2', 'e']);
    expect(posix.readdir('d/e/')).toEqual(['3']);
    expect(posix.readdir('none')).toEqual([]);
  });

  it('refuse what POSIX refuses', () => {
    const { posix } = posixOver(2000);
    fails(() => posix.open('a', O_RDONLY), 'ENOENT');
    fails(() => posix.unlink('a'), 'ENOENT');
    fails(() => posix.open('', O_RDWR | O_CREAT), 'EINVAL');
    fails(() => posix.open('a/', O_RDWR | O_CREAT), 'EINVAL');
    fails(() => posix.open('..', O_RDWR | O_CREAT), 'EINVAL');
    fails(() => posix.open('a\0', O_RDWR | O_CREAT), 'EINVAL');
    fails(() => posix.open('\ud800', O_RDWR | O_CREAT), 'EINVAL');
    fails(() => posix.open('x'.repeat(63), O_RDWR | O_CREAT), 'ENAMETOOLONG');
    fails(() => posix.open('a', 3), 'EINVAL');
    fails(() => posix.open('a', O_RDWR | 0x10000), 'EINVAL');
    fails(() => posix.open('a', O_RDONLY | O_TRUNC | O_CREAT), 'EINVAL');
    const fd = posix.open('a', O_RDONLY | O_CREAT);
    fails(() => posix.write(fd, bytes(1)), 'EBADF');
    fails(() => posix.ftruncate(fd, 1), 'EBADF');
    fails(() => posix.lseek(fd, -1, SEEK_SET), 'EINVAL');
    fails(() => posix.lseek(fd, 0, 9), 'EINVAL');
    fails(() => posix.lseek(fd, 2 ** 33, SEEK_SET), 'EOVERFLOW');
    fails(() => posix.read(fd, -1), 'EINVAL');
    posix.close(fd);
    for (const action of [() => posix.read(fd, 1), () => posix.close(fd), () => posix.fstat(99)])
      fails(action, 'EBADF');
    const out = posix.open('a', O_WRONLY);
    fails(() => posix.read(out, 1), 'EBADF');
    fails(() => posix.write(out, bytes(5000)), 'ENOSPC');
    posix.lseek(out, 0xffffffff, SEEK_SET);
    fails(() => posix.write(out, bytes(1)), 'EFBIG');
    fails(() => posix.ftruncate(out, 2 ** 33), 'EINVAL');
  });

  it('are listed in the order of the bytes of their names, folders among files', () => {
    const { posix } = posixOver();
    const names = ['A', 'd', 'd!', 'd-x', 'd0', '\u00e9', '\uff5e', '\u{1f600}', '\ufeffx'];
    for (const name of names) put(posix, name === 'd' ? 'd/1' : name, bytes(1));
    const inOrder = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(posix.readdir('/')).toEqual(inOrder);
  });

  it('do not take the name of a folder for that of a file', () => {
    const { posix } = posixOver();
    put(posix, 'a', bytes(1));
    for (const path of ['', '.', '..', '/', 'a/', 'a/.', 'a/b/..', '../']) {
      fails(() => posix.open(path, O_RDWR | O_CREAT), 'EINVAL');
      fails(() => posix.stat(path), 'EINVAL');
      fails(() => posix.rename('a', path), 'EINVAL');
    }
    put(posix, 'a...', bytes(2));
    put(posix, '...', bytes(3));
    expect(posix.readdir('')).toEqual(['...', 'a', 'a...']);
  });

  it('are EIO when they are corrupt, until they are closed; nothing panics', () => {
    const { posix, disk } = posixOver();
    const spoil = (): void => {
      const log = disk.open('log.1', false);
      log.write(log.size() - 1000, Uint8Array.of(1, 2, 3, 4));
      log.close();
    };
    put(posix, 'a', bytes(5000));
    spoil();
    const [fd, other] = [posix.open('a', O_RDWR), posix.open('a', O_RDONLY)];
    for (const action of [
      () => posix.read(fd, 10),
      () => posix.read(fd, 10),
      () => posix.write(fd, bytes(1)),
      () => posix.fstat(fd),
      () => posix.lseek(fd, 0, SEEK_SET),
      () => posix.ftruncate(fd, 1),
      () => posix.read(other, 1),
    ]) {
      fails(action, 'EIO');
    }
    posix.close(fd);
    posix.close(other);
    fails(() => posix.close(fd), 'EBADF');
    fails(() => posix.stat('a'), 'ENOENT');
    put(posix, 'b', bytes(3));
    put(posix, 'a', bytes(5000));
    spoil();
    fails(() => posix.rename('a', 'b'), 'EIO');
    expect(get(posix, 'b')).toEqual(bytes(3));
    fails(() => posix.stat('a'), 'ENOENT');
  });

  it('are EIO while the disk fails, and nothing stays open of it', () => {
    const { posix, disk } = posixOver();
    put(posix, 'a', bytes(10));
    disk.failure = TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE');
    const open = posix.open('a', O_RDWR);
    disk.failAt = disk.steps.length;
    fails(() => posix.open('a', O_RDWR | O_TRUNC), 'EIO');
    for (const action of [
      () => posix.fstat(open),
      () => posix.lseek(open, 0, SEEK_SET),
      () => posix.stat('a'),
      () => posix.read(open, 1),
    ]) {
      fails(action, 'EIO');
    }
    disk.failAt = Number.POSITIVE_INFINITY;
    expect(posix.read(open, 20)).toEqual(bytes(10));
    posix.close(open);
    posix.unlink('a');
  });

  it('run out of descriptors at 256', () => {
    const { posix } = posixOver();
    for (let i = 0; i < 256; i++) expect(posix.open('a', O_RDWR | O_CREAT)).toBe(i);
    fails(() => posix.open('a', O_RDWR), 'EMFILE');
    posix.close(17);
    expect(posix.open('a', O_RDWR)).toBe(17);
  });

  it('leave panics panics', () => {
    const { tee } = posixOver();
    const posix = createPosix({
      ...tee,
      TEE_OpenPersistentObject: () => {
        throw new TeePanic(1, 'panic');
      },
    });
    expect(() => posix.open('a', O_RDONLY)).toThrowError(TeePanic);
  });
});

describe('an API that is not declared', () => {
  it('is EACCES', () => {
    const denied = (): never => {
      throw new TeeError('ACCESS_DENIED');
    };
    const posix = createPosix({
      ...posixOver().tee,
      TEE_GetREETime: denied,
      TEE_Wait: denied,
      TEE_GenerateRandom: denied,
      TEE_OpenPersistentObject: denied,
      TEE_AllocatePersistentObjectEnumerator: denied,
    });
    fails(() => posix.clock_gettime(CLOCK_REALTIME), 'EACCES');
    fails(() => posix.nanosleep({ sec: 0, nsec: 1 }), 'EACCES');
    fails(() => posix.getrandom(1), 'EACCES');
    fails(() => posix.stat('a'), 'EACCES');
    fails(() => posix.readdir('/'), 'EACCES');
  });
});

describe('clocks, sleep and random bytes of the POSIX-like basics [part of CC-011]', () => {
  it('are those of the TEE', () => {
    const { posix } = posixOver();
    expect(posix.clock_gettime(CLOCK_REALTIME)).toEqual({ sec: 1_800_000_000, nsec: 5_000_000 });
    expect(posix.clock_gettime(CLOCK_MONOTONIC)).toEqual({ sec: 12, nsec: 999_000_000 });
    fails(() => posix.clock_gettime(7), 'EINVAL');
    expect(posix.getrandom(16)).toEqual(bytes(16, 3));
    expect(posix.getrandom(0)).toEqual(new Uint8Array(0));
    for (const wrong of [-1, 65_537, 0.5]) fails(() => posix.getrandom(wrong), 'EINVAL');
  });

  it('never sleep less than asked for, and are interrupted by cancellation', () => {
    const { posix } = posixOver();
    waits.length = 0;
    posix.nanosleep({ sec: 1, nsec: 1 });
    posix.nanosleep({ sec: 0, nsec: 0 });
    expect(waits).toEqual([1001, 0]);
    fails(() => posix.nanosleep({ sec: 0, nsec: 13_000_000 }), 'EINTR');
    for (const [sec, nsec] of [
      [-1, 0],
      [0, 1e9],
      [0, -1],
      [0xffffffff, 0],
    ] as const) {
      fails(() => posix.nanosleep({ sec, nsec }), 'EINVAL');
    }
  });
});

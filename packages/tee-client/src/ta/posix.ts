/**
 * POSIX-like basics for trusted applications over {@link Tee}: sealed files, clocks, sleeping and
 * random bytes. Pure: works in a compartment.
 *
 * Files are persistent objects of the application, so they are sealed, and every call that changes
 * one is atomic and durable when it returns; there is nothing to flush. Where this is not POSIX:
 *
 * - a path is at most 62 bytes of UTF-8; folders are only the parts of paths, they need not be made;
 * - a file that is open cannot be removed or renamed (EBUSY);
 * - `rename` onto a file copies, so it needs memory and space for it (ENOMEM, ENOSPC); it is atomic for that file, but after a crash the old name may still be there.
 *
 * Errors are {@link PosixError} with POSIX's names as `code`. Panics are panics.
 *
 * @packageDocumentation
 */
import { TEE_DATA_FLAG, TEE_SEEK, TEE_STORAGE_PRIVATE } from '../spec/v1/internal/constants.ts';
import type { TEE_ObjectHandle, Tee } from '../spec/v1/internal/tee.ts';
import { asPosix, isCorrupt, type PosixCode, PosixError } from './posix-error.ts';
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  type Posix,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  type Timespec,
} from './posix-interface.ts';
import { fileId, listFolder } from './posix-paths.ts';

const KNOWN_FLAGS = 3 | O_CREAT | O_EXCL | O_TRUNC | O_APPEND;
const OPEN_MAX = 256;
const RANDOM_MAX = 65_536;
const { ACCESS_READ, ACCESS_WRITE, ACCESS_WRITE_META, OVERWRITE, SHARE_READ, SHARE_WRITE } = TEE_DATA_FLAG;
const SHARED = SHARE_READ | SHARE_WRITE;

interface OpenFile {
  readonly handle: TEE_ObjectHandle;
  readonly mode: number;
  readonly append: boolean;
  /** It was corrupt: the runtime has deleted it and closed the handle. */
  isLost: boolean;
}

function checkSize(value: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new PosixError('EINVAL');
  return value;
}

/**
 * The functions for one instance of an application, which needs the APIs `storage`, `time` and
 * `crypto` as far as it uses them.
 *
 * @example
 * ```ts
 * const posix = createPosix(tee);
 * const fd = posix.open('state/ledger', O_RDWR | O_CREAT);
 * posix.write(fd, Uint8Array.of(1, 2, 3));
 * posix.close(fd);
 * ```
 * @group POSIX-like basics
 */
export function createPosix(tee: Tee): Posix {
  const files = new Map<number, OpenFile>();
  const openObject = (id: Uint8Array, flags: number): TEE_ObjectHandle =>
    asPosix(() => tee.TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, id, flags));
  const createObject = (id: Uint8Array, flags: number, data: Uint8Array | null): TEE_ObjectHandle =>
    asPosix(() => tee.TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, id, flags, null, data));
  const exists = (id: Uint8Array): boolean => {
    try {
      tee.TEE_CloseObject(openObject(id, SHARED));
      return true;
    } catch (error) {
      if (error instanceof PosixError && error.code === 'ENOENT') return false;
      if (error instanceof PosixError && error.code === 'EBUSY') return true;
      throw error;
    }
  };
  const get = (fd: number, mode: number): OpenFile => {
    const file = files.get(fd);
    if (file === undefined || (file.mode & mode) !== mode) throw new PosixError('EBADF');
    return file;
  };
  /** Does something with an open file; a corrupt one is EIO from then on, until it is closed. */
  const use = <T>(fd: number, mode: number, action: (file: OpenFile) => T, overflow?: PosixCode): T => {
    const file = get(fd, mode);
    if (file.isLost) throw new PosixError('EIO');
    return asPosix(() => {
      try {
        return action(file);
      } catch (error) {
        file.isLost = isCorrupt(error);
        throw error;
      }
    }, overflow);
  };
  const sizeOf = (handle: TEE_ObjectHandle): number => tee.TEE_GetObjectInfo1(handle).dataSize;
  /** Runs `action` on a handle that has to be closed when it fails. */
  const closing = (handle: TEE_ObjectHandle, action: () => void): void =>
    asPosix(() => {
      try {
        action();
      } catch (error) {
        if (!isCorrupt(error)) tee.TEE_CloseObject(handle);
        throw error;
      }
    });
  /** Runs `action` on a file that nobody else has open. */
  const alone = (id: Uint8Array, access: number, action: (handle: TEE_ObjectHandle) => void): void => {
    const handle = openObject(id, access | ACCESS_WRITE_META);
    closing(handle, () => action(handle));
  };
  const remove = (handle: TEE_ObjectHandle): void => tee.TEE_CloseAndDeletePersistentObject1(handle);

  return Object.freeze({
    open(path: string, flags: number): number {
      const id = fileId(path);
      const access = flags & 3;
      if ((flags & ~KNOWN_FLAGS) !== 0 || access === 3) throw new PosixError('EINVAL');
      if ((flags & O_TRUNC) !== 0 && access === O_RDONLY) throw new PosixError('EINVAL');
      let fd = 0;
      while (files.has(fd)) fd++;
      if (fd >= OPEN_MAX) throw new PosixError('EMFILE');
      const mode = access === O_RDWR ? ACCESS_READ | ACCESS_WRITE : access + 1;
      const create = (flags & O_CREAT) !== 0 && !exists(id);
      if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0 && !create) throw new PosixError('EEXIST');
      const handle = create ? createObject(id, mode | SHARED, null) : openObject(id, mode | SHARED);
      if ((flags & O_TRUNC) !== 0) closing(handle, () => tee.TEE_TruncateObjectData(handle, 0));
      files.set(fd, { handle, mode, append: (flags & O_APPEND) !== 0, isLost: false });
      return fd;
    },
    read(fd: number, count: number): Uint8Array {
      return use(fd, ACCESS_READ, ({ handle }) =>
        tee.TEE_ReadObjectData(handle, checkSize(count, 0xffffffff)),
      );
    },
    write(fd: number, data: Uint8Array): number {
      return use(
        fd,
        ACCESS_WRITE,
        ({ handle, append }) => {
          if (append) tee.TEE_SeekObjectData(handle, 0, TEE_SEEK.END);
          tee.TEE_WriteObjectData(handle, data);
          return data.length;
        },
        'EFBIG',
      );
    },
    lseek(fd: number, offset: number, whence: number): number {
      return use(fd, 0, ({ handle }) => {
        const { dataPosition, dataSize } = tee.TEE_GetObjectInfo1(handle);
        const base = new Map([
          [SEEK_SET, 0],
          [SEEK_CUR, dataPosition],
          [SEEK_END, dataSize],
        ]).get(whence);
        // TEE_SeekObjectData would stop at the begin; POSIX refuses.
        if (base === undefined || !Number.isSafeInteger(offset) || base + offset < 0)
          throw new PosixError('EINVAL');
        tee.TEE_SeekObjectData(handle, base + offset, TEE_SEEK.SET);
        return base + offset;
      });
    },
    ftruncate(fd: number, size: number): void {
      use(fd, ACCESS_WRITE, ({ handle }) => tee.TEE_TruncateObjectData(handle, checkSize(size, 0xffffffff)));
    },
    close(fd: number): void {
      const { handle, isLost } = get(fd, 0);
      files.delete(fd);
      if (!isLost) tee.TEE_CloseObject(handle);
    },
    unlink: (path: string): void => alone(fileId(path), 0, remove),
    rename(from: string, to: string): void {
      const source = fileId(from);
      const target = fileId(to);
      if (!exists(source)) throw new PosixError('ENOENT');
      if (String(source) === String(target)) return;
      if (!exists(target)) {
        alone(source, 0, (handle) => {
          tee.TEE_RenamePersistentObject(handle, target);
          tee.TEE_CloseObject(handle);
        });
        return;
      }
      // One object cannot take another's name, but it can be made anew in its place.
      alone(source, ACCESS_READ, (handle) => {
        const data = tee.TEE_ReadObjectData(handle, sizeOf(handle));
        try {
          tee.TEE_CloseObject(createObject(target, OVERWRITE, data));
        } finally {
          data.fill(0);
        }
        remove(handle);
      });
    },
    stat(path: string): { readonly size: number } {
      const handle = openObject(fileId(path), SHARED);
      try {
        return { size: asPosix(() => sizeOf(handle)) };
      } finally {
        tee.TEE_CloseObject(handle);
      }
    },
    fstat: (fd: number): { readonly size: number } => use(fd, 0, ({ handle }) => ({ size: sizeOf(handle) })),
    readdir: (path: string): string[] => asPosix(() => listFolder(tee, path)),
    clock_gettime(clock: number): Timespec {
      if (clock !== CLOCK_REALTIME && clock !== CLOCK_MONOTONIC) throw new PosixError('EINVAL');
      const time = asPosix(() => (clock === CLOCK_REALTIME ? tee.TEE_GetREETime() : tee.TEE_GetSystemTime()));
      return { sec: time.seconds, nsec: time.millis * 1_000_000 };
    },
    nanosleep({ sec, nsec }: Timespec): void {
      const milliseconds =
        checkSize(sec, 0xffffffff) * 1000 + Math.ceil(checkSize(nsec, 999_999_999) / 1_000_000);
      // The highest number of TEE_Wait means without end.
      asPosix(() => tee.TEE_Wait(checkSize(milliseconds, 0xfffffffe)));
    },
    getrandom: (count: number): Uint8Array => {
      const size = checkSize(count, RANDOM_MAX);
      return size === 0 ? new Uint8Array(0) : asPosix(() => tee.TEE_GenerateRandom(size));
    },
  });
}

import { TEE_SEEK } from '../spec/v1/internal/constants.ts';

/** Flags of `open`. @standard POSIX.1-2017 fcntl.h (Linux values) @group POSIX-like basics */
export const O_RDONLY = 0;
/** @group POSIX-like basics */
export const O_WRONLY = 1;
/** @group POSIX-like basics */
export const O_RDWR = 2;
/** @group POSIX-like basics */
export const O_CREAT = 0o100;
/** @group POSIX-like basics */
export const O_EXCL = 0o200;
/** @group POSIX-like basics */
export const O_TRUNC = 0o1000;
/** @group POSIX-like basics */
export const O_APPEND = 0o2000;
/** Origins of `lseek`. @standard POSIX.1-2017 unistd.h @group POSIX-like basics */
export const SEEK_SET: number = TEE_SEEK.SET;
/** @group POSIX-like basics */
export const SEEK_CUR: number = TEE_SEEK.CUR;
/** @group POSIX-like basics */
export const SEEK_END: number = TEE_SEEK.END;
/** The host's clock. @standard POSIX.1-2017 time.h @group POSIX-like basics */
export const CLOCK_REALTIME = 0;
/** The TEE's own clock, from its start. @group POSIX-like basics */
export const CLOCK_MONOTONIC = 1;

/** Time in seconds and nanoseconds. @group POSIX-like basics */
export interface Timespec {
  readonly sec: number;
  readonly nsec: number;
}

/** The functions; C's outputs are results, C's -1 with errno is a thrown {@link PosixError}. @group POSIX-like basics */
export interface Posix {
  /** @throws PosixError ENOENT, EEXIST, EBUSY, EINVAL, EMFILE, ENAMETOOLONG, ENOSPC, EIO */
  open(path: string, flags: number): number;
  /** Up to `count` bytes from the position on; none at the end. @throws PosixError EBADF, EIO */
  read(fd: number, count: number): Uint8Array;
  /** Writes all and returns how many. @throws PosixError EBADF, ENOSPC, EFBIG */
  write(fd: number, data: Uint8Array): number;
  /** The new position. @throws PosixError EBADF, EINVAL, EOVERFLOW */
  lseek(fd: number, offset: number, whence: number): number;
  /** @throws PosixError EBADF, EINVAL, ENOSPC */
  ftruncate(fd: number, size: number): void;
  /** @throws PosixError EBADF */
  close(fd: number): void;
  /** @throws PosixError ENOENT, EBUSY */
  unlink(path: string): void;
  /** @throws PosixError ENOENT, EBUSY; onto another file ENOMEM, ENOSPC */
  rename(from: string, to: string): void;
  /** @throws PosixError ENOENT, EBUSY when another handle has it alone */
  stat(path: string): { readonly size: number };
  /** @throws PosixError EBADF */
  fstat(fd: number): { readonly size: number };
  /** Names in a folder, files and folders, in the order of their bytes. */
  readdir(path: string): string[];
  /** @throws PosixError EINVAL */
  clock_gettime(clock: number): Timespec;
  /** Milliseconds are the finest it knows; it never sleeps less. @throws PosixError EINTR when the call is cancelled */
  nanosleep(time: Timespec): void;
  /** @throws PosixError EINVAL above 65,536 bytes */
  getrandom(count: number): Uint8Array;
}

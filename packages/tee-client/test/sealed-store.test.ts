import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { equalBytes, Secret } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../src/adapters/software/lock-file.ts';
import { SealedStore } from '../src/adapters/software/sealed-store.ts';
import { onCleanup, temporaryFolder } from './support.ts';

const A = '5d0c2a9e-7f41-4b6a-9c53-1e8f64b2d7a0';
const B = 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931c';
const CONTENTS = Uint8Array.from({ length: 100 }, (_, i) => i);

const store = (folder: string, uuid = A, version = 1) => new SealedStore(folder, { uuid, version });
const sealedPath = (folder: string, uuid = A) => join(folder, `${uuid}.sealed`);
const counterPath = (folder: string) => join(folder, `${A}.counter`);
const hukPath = (folder: string) => join(folder, 'huk.key');

function written(times = 1): string {
  const folder = temporaryFolder();
  for (let i = 0; i < times; i++) {
    const one = store(folder);
    one.load();
    one.save(Secret.copy(CONTENTS));
  }
  return folder;
}

const refuses = (folder: string, code: string, one = store(folder)) =>
  expect(() => one.load()).toThrowError(expect.objectContaining({ code }));

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0x10;
  writeFileSync(path, bytes);
}

describe('sealed store', () => {
  it('gives back what was sealed, and nothing before the first write [part of CC-023]', () => {
    const folder = temporaryFolder();
    expect(store(folder).load()).toBeUndefined();
    store(folder).save(Secret.copy(CONTENTS));
    const again = store(folder);
    expect(again.load()?.use((bytes) => equalBytes(bytes, CONTENTS))).toBe(true);
    expect(again.counter).toBe(1);
  });

  it('writes files only the owner may read, and leaves no temporary file', () => {
    const folder = written();
    expect(readdirSync(folder).sort()).toEqual([`${A}.counter`, `${A}.sealed`, 'huk.key']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(hukPath(folder)).length).toBe(32);
  });

  it('holds no plaintext', () => {
    expect(readFileSync(sealedPath(written())).includes(Buffer.from(CONTENTS.subarray(0, 16)))).toBe(false);
  });

  it('refuses a flipped bit in any byte and leaves the file alone [part of CC-004]', () => {
    const folder = written();
    const path = sealedPath(folder);
    const original = readFileSync(path);
    for (let at = 0; at < original.length; at++) {
      flip(path, at);
      refuses(folder, 'ERR_TEE_SEAL_INTEGRITY');
      const altered = readFileSync(path);
      expect(altered.equals(original)).toBe(false);
      writeFileSync(path, original);
    }
    store(folder).load();
  });

  it.each([0, 1, 32, 33, 60, 100])('refuses a file cut to %i bytes', (length) => {
    const folder = written();
    writeFileSync(sealedPath(folder), readFileSync(sealedPath(folder)).subarray(0, length));
    refuses(folder, 'ERR_TEE_SEAL_INTEGRITY');
  });

  it('refuses a file that is too long', () => {
    const folder = written();
    writeFileSync(sealedPath(folder), Buffer.alloc(200_000));
    refuses(folder, 'ERR_TEE_SEAL_INTEGRITY');
  });

  it('refuses the state of another device [part of CC-023]', () => {
    const folder = written();
    copyFileSync(hukPath(written()), hukPath(folder));
    refuses(folder, 'ERR_TEE_SEAL_INTEGRITY');
  });

  it('refuses the state of another device even with its counter taken away', () => {
    const folder = written();
    copyFileSync(hukPath(written()), hukPath(folder));
    rmSync(counterPath(folder));
    refuses(folder, 'ERR_TEE_SEAL_INTEGRITY');
  });

  it('refuses the state of another application on the same device [part of CC-003]', () => {
    const folder = written();
    copyFileSync(sealedPath(folder), sealedPath(folder, B));
    refuses(folder, 'ERR_TEE_SEAL_INTEGRITY', store(folder, B));
    const bytes = readFileSync(sealedPath(folder, B));
    bytes.set(Buffer.from(B.replaceAll('-', ''), 'hex'), 9);
    writeFileSync(sealedPath(folder, B), bytes);
    refuses(folder, 'ERR_TEE_SEAL_INTEGRITY', store(folder, B));
  });

  it('does not make a new key in place of a missing one', () => {
    const folder = written();
    rmSync(hukPath(folder));
    refuses(folder, 'ERR_TEE_HUK_MISSING');
    rmSync(sealedPath(folder));
    refuses(folder, 'ERR_TEE_HUK_MISSING');
    expect(existsSync(hukPath(folder))).toBe(false);
  });

  it('does not start anew in place of a missing file', () => {
    const folder = written();
    rmSync(sealedPath(folder));
    refuses(folder, 'ERR_TEE_SEAL_MISSING');
    expect(existsSync(sealedPath(folder))).toBe(false);
  });

  it.each([31, 33, 0])('refuses a hardware key of %i bytes', (length) => {
    const folder = written();
    writeFileSync(hukPath(folder), new Uint8Array(length));
    refuses(folder, 'ERR_TEE_HUK_INVALID');
  });

  it.skipIf(process.platform === 'win32')('refuses a hardware key others may read', () => {
    const folder = written();
    chmodSync(hukPath(folder), 0o640);
    refuses(folder, 'ERR_TEE_HUK_INVALID');
  });

  it('refuses an older copy of the file', () => {
    const folder = written();
    const old = readFileSync(sealedPath(folder));
    const again = store(folder);
    again.load();
    again.save(Secret.copy(CONTENTS));
    writeFileSync(sealedPath(folder), old);
    refuses(folder, 'ERR_TEE_SEAL_ROLLBACK');
  });

  it('refuses an older copy of the counter', () => {
    const folder = written();
    const old = readFileSync(counterPath(folder));
    for (let i = 0; i < 2; i++) {
      const again = store(folder);
      again.load();
      again.save(Secret.copy(CONTENTS));
    }
    writeFileSync(counterPath(folder), old);
    refuses(folder, 'ERR_TEE_SEAL_ROLLBACK');
  });

  it('refuses a counter taken away', () => {
    const folder = written(2);
    rmSync(counterPath(folder));
    refuses(folder, 'ERR_TEE_SEAL_ROLLBACK');
  });

  it('refuses an altered counter', () => {
    const folder = written(2);
    const original = readFileSync(counterPath(folder));
    for (let at = 0; at < original.length; at++) {
      flip(counterPath(folder), at);
      refuses(folder, 'ERR_TEE_SEAL_INTEGRITY');
      writeFileSync(counterPath(folder), original);
    }
  });

  it('recovers from a crash between the two writes', () => {
    const folder = written();
    const counter = readFileSync(counterPath(folder));
    const again = store(folder);
    again.load();
    again.save(Secret.copy(CONTENTS));
    writeFileSync(counterPath(folder), counter);
    const recovered = store(folder);
    expect(recovered.load()).toBeDefined();
    expect(recovered.counter).toBe(2);
    expect(readFileSync(counterPath(folder)).equals(counter)).toBe(false);
  });

  it('recovers from a crash after the hardware key was made', () => {
    const folder = written();
    rmSync(sealedPath(folder));
    rmSync(counterPath(folder));
    expect(store(folder).load()).toBeUndefined();
  });

  it('opens the state of an older version, refuses that of a newer one', () => {
    const folder = temporaryFolder();
    store(folder, A, 2).save(Secret.copy(CONTENTS));
    refuses(folder, 'ERR_TEE_SEAL_NEWER', store(folder, A, 1));
    expect(store(folder, A, 3).load()).toBeDefined();
  });

  it('gives a coded error without the path when the folder cannot be written', () => {
    const folder = temporaryFolder();
    mkdirSync(sealedPath(folder));
    const one = store(folder);
    expect(() => one.save(Secret.copy(CONTENTS))).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_STORAGE', message: expect.not.stringContaining(folder) }),
    );
  });
});

describe('lock of the folder', () => {
  it('is exclusive and can be taken again after its release', () => {
    const folder = temporaryFolder();
    const unlock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrowError(expect.objectContaining({ code: 'ERR_TEE_LOCKED' }));
    unlock();
    unlock();
    onCleanup(lockFolder(folder));
  });

  it.each(['999999999 1 x', '', 'rubbish', '-1 2 3'])(
    'is taken over from an owner that is gone: %j',
    (owner) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'lock'), owner);
      onCleanup(lockFolder(folder));
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'is taken over when the process id was given to another process',
    () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'lock'), `${process.pid} 1 x`);
      onCleanup(lockFolder(folder));
    },
  );

  it('release leaves a lock that is no longer ours', () => {
    const folder = temporaryFolder();
    const unlock = lockFolder(folder);
    writeFileSync(join(folder, 'lock'), 'someone else');
    unlock();
    expect(existsSync(join(folder, 'lock'))).toBe(true);
  });
});

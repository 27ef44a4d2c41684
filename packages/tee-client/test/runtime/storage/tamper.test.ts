import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/runtime/storage/object-store.ts';
import { type Image, MemoryDisk } from './disk.ts';
import {
  bytes,
  type Contents,
  changed,
  contentsOf,
  id,
  OTHER_UUID,
  openStore,
  sameContents,
  seedOf,
  UUID,
  withCode,
} from './support.ts';

const SEAL = [
  'ERR_TEE_SEAL_INTEGRITY',
  'ERR_TEE_SEAL_ROLLBACK',
  'ERR_TEE_SEAL_MISSING',
  'ERR_TEE_STATE_FORMAT',
];

/** A store after each of some commits. */
function history(commits: number): { images: Image[]; contents: Contents[]; disk: MemoryDisk } {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  const images: Image[] = [];
  const contents: Contents[] = [];
  for (let i = 0; i < commits; i++) {
    if (i % 3 === 0) store.create(id(`k${i}`), bytes(20, i), bytes(60, i), false);
    else store.write(id('k0'), i * 10, bytes(25, i));
    images.push(disk.image());
    contents.push(contentsOf(store));
  }
  store.close();
  return { images, contents, disk };
}

const opens = (image: Image, options = {}): ObjectStore => openStore(new MemoryDisk(image), options);
const refuses = (image: Image, code: string, options = {}): void =>
  expect(() => opens(image, options)).toThrowError(withCode(code));
const LOG = 'log.1';

/** Refused when it is opened or when it is read; never other contents. */
function refusedOrSame(image: Image, expected: Contents, label: string): 'refused' | 'same' {
  try {
    const store = opens(image);
    const found = contentsOf(store);
    if (!sameContents(found, expected)) throw new Error(`wrong contents: ${label}`);
    return 'same';
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (SEAL.includes(code ?? '') || message === 'CORRUPT_OBJECT') return 'refused';
    throw error;
  }
}

describe('what was changed behind the back of a store', () => {
  it('is refused for a flip of every byte of a log without garbage [part of CC-023]', () => {
    const { disk, contents } = history(5);
    const compacted = new MemoryDisk(disk.image());
    const store = openStore(compacted);
    store.compact();
    store.setAttributes(id('k0'), bytes(20, 0));
    const image = compacted.image();
    // The attributes that were replaced are the only bytes nothing depends on.
    const same: number[] = [];
    for (let at = 0; at < image.get('log.2')!.length; at++) {
      for (const bit of [0x01, 0x80]) {
        const flipped = changed(image, 'log.2', (log) => {
          log[at]! ^= bit;
          return log;
        });
        if (refusedOrSame(flipped, contents.at(-1)!, `byte ${at}`) === 'same') same.push(at);
      }
    }
    expect(same).toHaveLength(2 * (20 + 16));
  });

  it('is refused, or was garbage, for a flip of every byte of a log with garbage', () => {
    const { images, contents } = history(5);
    const image = images.at(-1)!;
    for (const at of image.get(LOG)!.keys()) {
      const flipped = changed(image, LOG, (log) => {
        log[at]! ^= 0x10;
        return log;
      });
      refusedOrSame(flipped, contents.at(-1)!, `byte ${at}`);
    }
  });

  it('is refused, or leaves the newest state, for a flip of every byte of the counter', () => {
    const { images, contents } = history(5);
    const image = images.at(-1)!;
    const counter = image.get('counter')!;
    let refused = 0;
    expect(counter.length).toBe(8192);
    for (const at of [...counter.keys()].filter((one) => one % 4096 < 100 || one % 256 === 0)) {
      const flipped = changed(image, 'counter', (file) => {
        file[at]! ^= 0x04;
        return file;
      });
      if (refusedOrSame(flipped, contents.at(-1)!, `byte ${at}`) === 'refused') refused++;
    }
    // The older slot is not what a crash leaves when no frame follows; the newest one is, and the frame is there.
    expect(refused).toBe(72);
  });

  it('is refused for a log that was cut anywhere', () => {
    const { images } = history(4);
    const image = images.at(-1)!;
    for (let length = 0; length < image.get(LOG)!.length; length++) {
      refuses(
        changed(image, LOG, (log) => log.subarray(0, length)),
        'ERR_TEE_SEAL_ROLLBACK',
      );
    }
  });

  it('is dropped when it was appended', () => {
    const { images, contents } = history(4);
    const tails = [
      bytes(1),
      bytes(500),
      new Uint8Array(100_000),
      Uint8Array.of(1, 0, 0, 0, 16, 0, 0, 0, 0, 0, ...bytes(16)),
      Uint8Array.of(2, 0, 0x40, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, ...bytes(64)),
      images.at(-1)!.get(LOG)!.slice(49),
    ];
    for (const tail of tails) {
      const longer = changed(images.at(-1)!, LOG, (log) => Uint8Array.of(...log, ...tail));
      const store = opens(longer);
      expect(sameContents(contentsOf(store), contents.at(-1)!)).toBe(true);
    }
  });

  it('is refused when frames change their places', () => {
    const { images } = history(4);
    const [a, b, c] = [images[1]!, images[2]!, images[3]!].map((image) => image.get(LOG)!);
    const swapped = Uint8Array.of(...a!, ...c!.subarray(b!.length), ...b!.subarray(a!.length));
    refuses(
      changed(images[3]!, LOG, () => swapped),
      'ERR_TEE_SEAL_INTEGRITY',
    );
  });
});

describe('a chunk that was altered', () => {
  it('is CORRUPT_OBJECT for reading and for writing into it, and the store goes on', () => {
    const disk = new MemoryDisk();
    const filled = openStore(disk);
    filled.put(id('a'), bytes(40_000));
    filled.put(id('b'), bytes(100, 2));
    filled.close();
    const store = opens(
      changed(disk.image(), LOG, (log) => {
        log[49 + 42 + 20_000]! ^= 1;
        return log;
      }),
    );
    const corrupt = expect.objectContaining({ message: 'CORRUPT_OBJECT' });
    expect(() => store.get(id('a'))).toThrowError(corrupt);
    expect(store.read(id('a'), 0, 16_384)).toEqual(bytes(40_000).subarray(0, 16_384));
    store.put(id('c'), bytes(5));
    // The first chunk of this write is sealed when the second turns out to be corrupt.
    expect(() => store.write(id('a'), 10, bytes(20_000, 3))).toThrowError(corrupt);
    store.put(id('c'), bytes(6));
    expect(store.get(id('c'))).toEqual(bytes(6));
    expect(store.read(id('a'), 0, 100)).toEqual(bytes(100));
    // Compaction cannot repair it, and does not hide it.
    store.compact();
    expect(() => store.get(id('a'))).toThrowError(corrupt);
    expect(store.read(id('a'), 32_768, 9000)).toEqual(bytes(40_000).subarray(32_768));
    expect(store.get(id('b'))).toEqual(bytes(100, 2));
    expect(store.delete(id('a'))).toBe(true);
  });
});

describe('an older file put back', () => {
  const { images, contents } = history(8);
  const newest = images.at(-1)!;
  const last = images.length - 1;

  it('is refused for the log, whatever its age [part of CC-023]', () => {
    for (const old of images.slice(0, -1)) {
      refuses(
        changed(newest, LOG, () => old.get(LOG)!),
        'ERR_TEE_SEAL_ROLLBACK',
      );
    }
  });

  it('is refused for the counter when it is older than a crash explains; else the state is the newest', () => {
    for (const [age, old] of images.entries()) {
      const mixed = changed(newest, 'counter', () => old.get('counter')!);
      if (age < last - 1) refuses(mixed, 'ERR_TEE_SEAL_ROLLBACK');
      else expect(sameContents(contentsOf(opens(mixed)), contents.at(-1)!)).toBe(true);
    }
  });

  it('is refused when a slot of the counter is spoiled and the log is cut by one commit', () => {
    for (const slot of [0, 4096]) {
      const spoiled = changed(newest, 'counter', (file) => file.fill(0, slot, slot + 72));
      refuses(
        changed(spoiled, LOG, () => images[last - 1]!.get(LOG)!),
        'ERR_TEE_SEAL_ROLLBACK',
      );
    }
  });

  it('is refused when one slot is old, or stands in the place of the other', () => {
    const old = images[1]!.get('counter')!;
    for (const slot of [0, 4096]) {
      const mixed = changed(newest, 'counter', (file) => {
        file.set(old.subarray(slot, slot + 72), slot);
        return file;
      });
      expect(refusedOrSame(mixed, contents.at(-1)!, `slot ${slot}`)).toBe('refused');
    }
    const turned = changed(newest, 'counter', (file) => {
      const first = file.slice(0, 72);
      file.set(file.slice(4096, 4168), 0);
      file.set(first, 4096);
      return file;
    });
    refuses(turned, 'ERR_TEE_SEAL_INTEGRITY');
  });

  it('is refused for a log of another history of the same length', () => {
    const other = history(8);
    refuses(
      changed(newest, LOG, () => other.images.at(-1)!.get(LOG)!),
      'ERR_TEE_SEAL_ROLLBACK',
    );
    refuses(
      changed(newest, 'counter', () => other.images.at(-1)!.get('counter')!),
      'ERR_TEE_SEAL_ROLLBACK',
    );
  });

  it('is refused for a commit of another branch, of the same length in the same place', () => {
    // Both branches go on from one folder; each commit is of a run of its own, so it brings its key along.
    const goOn = (from: Image, content: number): Image => {
      const disk = new MemoryDisk(from);
      openStore(disk).put(id('k0'), bytes(64, content));
      return disk.image();
    };
    const [a1, b1] = [goOn(newest, 1), goOn(newest, 2)];
    const a2 = goOn(a1, 3);
    const [fork, end] = [newest.get(LOG)!.length, a1.get(LOG)!.length];
    expect(b1.get(LOG)!.length).toBe(end);
    const mixed = changed(a2, LOG, (log) => {
      log.set(b1.get(LOG)!.subarray(fork), fork);
      return log;
    });
    refuses(mixed, 'ERR_TEE_SEAL_INTEGRITY');
  });

  it('cannot be seen for the whole folder, except by who remembers the number of commits', () => {
    expect(sameContents(contentsOf(opens(images[2]!)), contents[2]!)).toBe(true);
    const { sequence } = opens(newest);
    expect(sequence).toBe(9);
    opens(newest, { minimumSequence: sequence }).close();
    refuses(images[last - 1]!, 'ERR_TEE_SEAL_ROLLBACK', { minimumSequence: sequence });
    refuses(new Map(), 'ERR_TEE_SEAL_MISSING', { minimumSequence: 1 });
  });

  it('never makes a nonce serve twice: two ways to go on from one state share no ciphertext', () => {
    const goOn = (content: Uint8Array): Uint8Array => {
      const disk = new MemoryDisk(newest);
      const store = openStore(disk);
      store.put(id('k0'), content);
      return disk.image().get(LOG)!.slice(newest.get(LOG)!.length);
    };
    const [a, b] = [goOn(bytes(64)), goOn(bytes(64))];
    const same = a.filter((byte, i) => i > 42 && byte === b[i]).length;
    expect(same).toBeLessThan(20);
  });
});

describe('two stores on one folder, against the rule', () => {
  it('never read what neither wrote: one of them, or the next one, is refused', () => {
    for (let round = 0; round < 20; round++) {
      const disk = new MemoryDisk(history(3).images.at(-1)!);
      const [one, two] = [openStore(disk), openStore(disk)];
      const written = (content: number): Uint8Array => bytes(200, content);
      const known = [bytes(60, 0), written(1), written(2), written(3), written(4)].map((b) => Buffer.from(b));
      const read = (store: ObjectStore): void => {
        const found = store.get(id('same'));
        if (found !== undefined) expect(known.some((one) => one.equals(found))).toBe(true);
      };
      let failed = 0;
      for (let i = 0; i < 4; i++) {
        try {
          const store = (round >> i) & 1 ? one : two;
          store.put(id('same'), written(i + 1));
          read(one);
          read(two);
        } catch (error) {
          const { code, message } = error as Error & { code?: string };
          expect([...SEAL, 'CORRUPT_OBJECT']).toContain(code ?? message);
          failed++;
        }
      }
      try {
        read(openStore(new MemoryDisk(disk.image())));
      } catch (error) {
        expect(SEAL).toContain((error as Error & { code?: string }).code);
        failed++;
      }
      // Used in turn only by one of them, all is well.
      if (round % 16 === 0 || round % 16 === 15) expect(failed, `round ${round}`).toBe(0);
    }
  });
});

describe('a file taken away', () => {
  it('is ERR_TEE_SEAL_MISSING, and nothing is made in its place', () => {
    const image = history(3).images.at(-1)!;
    for (const name of [LOG, 'counter']) {
      const disk = new MemoryDisk(new Map([...image].filter(([one]) => one !== name)));
      expect(() => openStore(disk)).toThrowError(withCode('ERR_TEE_SEAL_MISSING'));
      expect(disk.steps).toEqual([]);
    }
  });

  it('is refused for the new log of a compaction, too', () => {
    const { disk } = history(6);
    const next = new MemoryDisk(disk.image());
    const before = next.image();
    const store = openStore(next);
    store.compact();
    const moved = next.image();
    expect([...moved.keys()].sort()).toEqual(['counter', 'log.2']);
    refuses(new Map([['counter', moved.get('counter')!]]), 'ERR_TEE_SEAL_MISSING');
    refuses(new Map([...before, ['counter', moved.get('counter')!]]), 'ERR_TEE_SEAL_MISSING');
    refuses(
      new Map([
        ['counter', moved.get('counter')!],
        ['log.2', before.get(LOG)!],
      ]),
      'ERR_TEE_SEAL_ROLLBACK',
    );
    refuses(
      new Map([
        ['counter', before.get('counter')!],
        [LOG, moved.get('log.2')!],
      ]),
      'ERR_TEE_SEAL_ROLLBACK',
    );
  });
});

describe('somebody else', () => {
  const image = history(3).images.at(-1)!;

  it('does not open the store of another application, with the same seed [part of CC-003]', () => {
    refuses(image, 'ERR_TEE_SEAL_INTEGRITY', { uuid: OTHER_UUID });
  });

  it('does not open it on another device, or with another seed [part of CC-003]', () => {
    refuses(image, 'ERR_TEE_SEAL_INTEGRITY', { seed: seedOf(8), uuid: UUID });
  });

  it('finds no plaintext in any file', () => {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    const secret = bytes(64, 77);
    store.create(secret.subarray(0, 32), secret, secret, false);
    store.write(secret.subarray(0, 32), 64, secret);
    store.compact();
    for (const step of disk.steps) {
      if (step.kind !== 'write') continue;
      for (let at = 0; at + 8 <= 64; at += 8) {
        expect(Buffer.from(step.bytes).includes(Buffer.from(secret.subarray(at, at + 8)))).toBe(false);
      }
    }
  });

  it('gets ERR_TEE_STATE_FORMAT for a later format', () => {
    refuses(
      changed(image, LOG, (log) => {
        log[8] = 2;
        return log;
      }),
      'ERR_TEE_STATE_FORMAT',
    );
  });
});

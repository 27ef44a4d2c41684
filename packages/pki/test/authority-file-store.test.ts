import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes, toHex } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileAuthorityStore } from '../src/adapters/file-authority-store.ts';
import { storeOnState } from '../src/authority/store-on-state.ts';
import { StoreState } from '../src/authority/store-state.ts';
import { revocation } from '../src/conformance/authority-store-support.ts';
import { NOW } from './support/authority.ts';
import { readJournal } from './support/authority-journal.ts';
import { person, reasonOf, scene } from './support/authority-scene.ts';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cssi-authority-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fresh = () => join(folder, `store-${count++}`);
const context = { seed: '', now: NOW, bytes: (_: string, length: number) => new Uint8Array(length) };

/** A journal of five revocations; returns where each line ends. */
async function written(): Promise<{ own: string; journal: Uint8Array; ends: number[] }> {
  const own = fresh();
  const store = await fileAuthorityStore(own);
  for (let i = 1; i <= 5; i++) {
    expect(await store.putRevocation(revocation(context, { serial: Uint8Array.of(i) }))).toBe(true);
  }
  await store.close();
  const journal = Uint8Array.from(await readFile(join(own, 'journal')));
  const ends = [0];
  for (const [at, byte] of journal.entries()) if (byte === 0x0a) ends.push(at + 1);
  return { own, journal, ends };
}

async function changesIn(own: string): Promise<number> {
  const store = await fileAuthorityStore(own);
  const { revocations } = await store.draftCrl();
  await store.close();
  return revocations.length;
}

describe('file store after a kill', () => {
  it('has every change whose line is whole, wherever the last write was cut off', async () => {
    const { own, journal, ends } = await written();
    expect(ends).toHaveLength(6);
    // A line that lacks its line break alone is whole.
    const wholeLines = (length: number) => ends.filter((end) => end > 0 && end <= length + 1).length;
    for (let length = 0; length <= journal.length; length++) {
      const read = readJournal(journal.subarray(0, length));
      const whole = wholeLines(length);
      const end = ends[whole]! - (read.openLine ? 1 : 0);
      expect([length, read.records.length, read.length]).toEqual([length, whole, end]);
    }
    for (const length of [0, 1, ...ends.slice(1).flatMap((end) => [end - 1, end, end + 40])]) {
      await writeFile(join(own, 'journal'), journal.subarray(0, length));
      expect([length, await changesIn(own)]).toEqual([length, wholeLines(length)]);
      // What was cut off stays cut off, and the journal goes on behind it.
      expect(await changesIn(own)).toBe(wholeLines(length));
    }
  });

  it('cuts off blocks of zeros that a power cut left', async () => {
    const { own, journal, ends } = await written();
    const torn = [
      concatBytes(journal, new Uint8Array(4096)),
      concatBytes(journal, journal.subarray(0, 30), new Uint8Array(40)),
      concatBytes(journal.subarray(0, -1), new Uint8Array(40)),
    ];
    for (const bytes of torn) {
      await writeFile(join(own, 'journal'), bytes);
      expect(await changesIn(own)).toBe(5);
      expect(await changesIn(own)).toBe(5);
    }
    await writeFile(join(own, 'journal'), concatBytes(journal.subarray(0, ends[4]! + 10), new Uint8Array(9)));
    expect(await changesIn(own)).toBe(4);
  });

  it('does not read over damage [part of TCCIA-021]', async () => {
    const { own, journal, ends } = await written();
    const line = (i: number) => journal.subarray(ends[i]!, ends[i + 1]!);
    const damaged = [
      // a line less, two lines swapped, a line twice, another journal's line
      concatBytes(line(0), line(2), line(3)),
      concatBytes(line(0), line(2), line(1), line(3)),
      concatBytes(journal, line(4)),
      concatBytes(line(1), line(2)),
      // zeros that do not run to the end
      concatBytes(journal, journal.subarray(0, 30), new Uint8Array(40), Uint8Array.of(0x0a)),
      concatBytes(journal, new Uint8Array(40), Uint8Array.of(0x0a)),
      concatBytes(journal, journal.subarray(0, 30), new Uint8Array(40), Uint8Array.of(0x31)),
      Uint8Array.from(journal).fill(0, ends[4]! + 10, ends[4]! + 20),
    ];
    // Also in the last line, and in its line break: they were answered for.
    for (let at = 0; at < journal.length; at++) {
      const flipped = Uint8Array.from(journal);
      flipped[at]! ^= 1;
      damaged.push(flipped);
    }
    for (const [i, bytes] of damaged.entries()) {
      expect([i, await reasonOf(async () => readJournal(bytes))]).toEqual([i, 'store-damaged']);
    }
    await writeFile(join(own, 'journal'), damaged[0]!);
    expect(await reasonOf(() => fileAuthorityStore(own))).toBe('store-damaged');
    // The folder is not locked by those who failed.
    await writeFile(join(own, 'journal'), journal);
    expect(await changesIn(own)).toBe(5);
  });

  it('forgets a journal that was being written anew, and keeps the old one', async () => {
    const { own, journal } = await written();
    await writeFile(join(own, 'journal.tmp'), journal.subarray(0, 100));
    expect(await changesIn(own)).toBe(5);
    expect((await readdir(own)).sort()).toEqual(['journal']);
  });

  it('writes a long history anew when it starts', async () => {
    const own = fresh();
    const store = await fileAuthorityStore(own);
    for (let i = 0; i < 50; i++) await store.draftCrl();
    await store.close();
    const before = (await stat(join(own, 'journal'))).size;
    const again = await fileAuthorityStore(own, { maxStaleLines: 10 });
    expect((await again.draftCrl()).number).toBe(51);
    await again.close();
    expect((await stat(join(own, 'journal'))).size).toBeLessThan(before / 10);
    expect((await stat(join(own, 'journal'))).mode & 0o077).toBe(0);
  });

  it('keeps what an authority has issued, and its serial and CRL numbers', async () => {
    const own = fresh();
    const here = await scene({ store: await fileAuthorityStore(own) });
    const certificate = await person(here.authority);
    await here.authority.crl();
    await here.store.close();
    const store = await fileAuthorityStore(own);
    const after = await here.again({ store });
    expect((await store.findCertificate(certificate.serial))?.der).toEqual(certificate.raw);
    expect(toHex((await person(after, '李四')).serial)).not.toBe(toHex(certificate.serial));
    await after.crl();
    expect((await store.latestCrl('complete'))?.number).toBe(2);
    const stranger = scene({ store });
    expect(await reasonOf(() => stranger)).toBe('store-of-another');
    await store.close();
  });
});

describe('lock of the file store', () => {
  it('lets one in, and the next one when the first is closed', async () => {
    const own = fresh();
    const first = await fileAuthorityStore(own);
    expect(await reasonOf(() => fileAuthorityStore(own))).toBe('store-locked');
    await first.close();
    await first.close();
    const [a, b] = await Promise.allSettled([fileAuthorityStore(own), fileAuthorityStore(own)]);
    const open = [a, b].filter((result) => result.status === 'fulfilled');
    expect(open.length).toBeLessThanOrEqual(1);
    for (const { value } of open) await value.close();
  });

  it('counts no longer when its process was killed', async () => {
    const own = fresh();
    const store = await fileAuthorityStore(own);
    await store.close();
    // A process that listens as a holder does and dies without cleaning up.
    const holder = join(own, 'holder.cjs');
    const listening = "require('node:net').createServer().listen(process.argv[2], () => process.send('up'))";
    await writeFile(holder, listening);
    const child = fork(holder, [join(own, '.lock-dead')]);
    await new Promise((resolve) => child.once('message', resolve));
    expect(await reasonOf(() => fileAuthorityStore(own))).toBe('store-locked');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await readdir(own)).toContain('.lock-dead');
    expect(await changesIn(own)).toBe(0);
    expect(await readdir(own)).not.toContain('.lock-dead');
  });

  it('works in a folder whose path is longer than a socket may have', async () => {
    const own = join(folder, 'x'.repeat(100), 'y'.repeat(100));
    const store = await fileAuthorityStore(own);
    expect(await reasonOf(() => fileAuthorityStore(own))).toBe('store-locked');
    await store.close();
    expect(await changesIn(own)).toBe(0);
  });

  it('is a coded error where there can be no folder', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await reasonOf(() => fileAuthorityStore(file))).toBe('store-unavailable');
  });
});

describe('a disk that fails', () => {
  it('changes nothing, and the store asks to be opened anew', async () => {
    const state = new StoreState();
    let full = false;
    const store = storeOnState(state, {
      name: 'failing',
      commit: async () => {
        if (full) throw new Error('ENOSPC');
      },
      close: async () => undefined,
    });
    expect(await store.reserveSerial(Uint8Array.of(1))).toBe(true);
    full = true;
    expect(await reasonOf(() => store.reserveSerial(Uint8Array.of(2)))).toBe('store-unavailable');
    full = false;
    expect(await reasonOf(() => store.reserveSerial(Uint8Array.of(2)))).toBe('store-unavailable');
    expect(state.reserveSerial(Uint8Array.of(2)).result).toBe(true);
  });
});

import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fileAuthorityStore } from '../src/adapters/file-authority-store.ts';
import { JournalWriter } from '../src/authority/journal.ts';
import { JournalFile } from '../src/authority/journal-file.ts';
import type { StoreChange } from '../src/authority/store-state.ts';
import { application, certificate, crl, revocation } from '../src/conformance/authority-store-support.ts';
import { NOW } from './support/authority.ts';
import { readJournal } from './support/authority-journal.ts';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cssi-journal-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fresh = () => join(folder, `store-${count++}`);
const context = { seed: '', now: NOW, bytes: (_: string, length: number) => new Uint8Array(length) };
const sizeOf = async (own: string) => (await stat(join(own, 'journal'))).size;

/** A change whose line is about so many bytes long. */
const large = (number: number, bytes: number): StoreChange => ({
  kind: 'crl',
  record: { ...crl(context, number), der: new Uint8Array(bytes) },
});

describe('a journal', () => {
  it('is read alike in pieces of any size', () => {
    const writer = new JournalWriter();
    const lines = [1, 2, 3, 4].map((number) => writer.line(large(number, 40 * number)));
    const bytes = Uint8Array.from(Buffer.concat(lines));
    for (let size = 1; size <= bytes.length; size++) {
      const { records, length, openLine } = readJournal(bytes, size);
      expect([size, records.length, length, openLine]).toEqual([size, 4, bytes.length, false]);
    }
  });

  it('longer than 2 GiB is read: never in one piece', async () => {
    const own = fresh();
    const store = await fileAuthorityStore(own);
    await store.insertCrl({ ...crl(context, 1), der: new Uint8Array(3_000_000) });
    await store.close();
    // Every read asks for a part of fixed size only.
    const handle = await open(join(own, 'journal'));
    const prototype = Object.getPrototypeOf(handle) as { read: (...args: unknown[]) => unknown };
    await handle.close();
    const read = vi.spyOn(prototype, 'read');
    try {
      const again = await fileAuthorityStore(own);
      expect((await again.latestCrl('complete'))?.der).toHaveLength(3_000_000);
      await again.close();
      expect(read.mock.calls.length).toBeGreaterThan(3);
      expect(read.mock.calls.every(([, , length]) => (length as number) <= 1_048_576)).toBe(true);
    } finally {
      read.mockRestore();
    }
  });

  it('does not pile up revocation lists, neither while it grows nor at the start', async () => {
    const own = fresh();
    const store = await fileAuthorityStore(own, { maxStaleBytes: 50_000 });
    await store.insertApplication(application(context, { id: 'a' }));
    for (let number = 1; number <= 60; number++) {
      const record = number % 2 === 1 ? crl(context, number) : crl(context, number, number - 1);
      expect(await store.insertCrl({ ...record, der: new Uint8Array(10_000) })).toBe(true);
    }
    // Two lists of 13 kB, and at most 50 kB and as much again that is outdated.
    expect(await sizeOf(own)).toBeLessThan(120_000);
    expect((await store.latestCrl('complete'))?.number).toBe(59);
    await store.close();
    const again = await fileAuthorityStore(own, { maxStaleLines: 0 });
    expect(await sizeOf(own)).toBeLessThan(32_000);
    expect((await again.latestCrl('delta'))?.number).toBe(60);
    expect((await again.findApplication('a'))?.id).toBe('a');
    expect(await again.insertCrl(crl(context, 3))).toBe(false);
    expect((await again.draftCrl()).number).toBe(61);
    await again.close();
    expect(readJournal(Uint8Array.from(await readFile(join(own, 'journal')))).openLine).toBe(false);
  });

  it('is whole after it was written anew while it grew', async () => {
    const own = fresh();
    const store = await fileAuthorityStore(own, { maxStaleBytes: 1 });
    const records = Array.from({ length: 20 }, () => certificate(context));
    for (const record of records) {
      await store.reserveSerial(record.serial);
      await store.insertCertificates([record]);
      await store.putRevocation(revocation(context, { serial: record.serial }));
      await store.draftCrl();
    }
    await store.close();
    const again = await fileAuthorityStore(own, { maxStaleBytes: 1 });
    for (const record of records) {
      expect(await again.findCertificate(record.serial)).toEqual(record);
      expect(await again.reserveSerial(record.serial)).toBe(false);
    }
    const draft = await again.draftCrl();
    expect([draft.number, draft.sequence, draft.revocations.length]).toEqual([21, 20, 20]);
    await again.close();
    expect(await readdir(own)).toEqual(['journal']);
  });

  it('goes on behind a line that lacked its line break', async () => {
    const own = fresh();
    const store = await fileAuthorityStore(own);
    for (const serial of [1, 2]) await store.reserveSerial(Uint8Array.of(serial));
    await store.close();
    const bytes = await readFile(join(own, 'journal'));
    await writeFile(join(own, 'journal'), bytes.subarray(0, -1));
    const again = await fileAuthorityStore(own);
    expect(await again.reserveSerial(Uint8Array.of(2))).toBe(false);
    expect(await again.reserveSerial(Uint8Array.of(3))).toBe(true);
    await again.close();
    const last = await fileAuthorityStore(own);
    for (const serial of [1, 2, 3]) expect(await last.reserveSerial(Uint8Array.of(serial))).toBe(false);
    await last.close();
  });
});

describe('the folder of a file store', () => {
  it('is made with its parents, for the owner alone', async () => {
    const top = join(folder, `parent-${count++}`);
    const store = await fileAuthorityStore(join(top, 'middle', 'store'));
    await store.close();
    for (const path of [top, join(top, 'middle'), join(top, 'middle', 'store')]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
  });

  it('loses the sockets that contenders left when they were killed, and no others', async () => {
    const own = fresh();
    await mkdir(own, { recursive: true });
    // A name without a listener, and one that somebody listens to.
    await writeFile(join(own, '.tmp-lock-dead'), '');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(own, '.tmp-lock-live'), resolve));
    const store = await fileAuthorityStore(own);
    const names = await readdir(own);
    expect(names).not.toContain('.tmp-lock-dead');
    expect(names).toContain('.tmp-lock-live');
    await store.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is free again when closing the journal fails', async () => {
    const own = fresh();
    const close = vi.spyOn(JournalFile.prototype, 'close').mockRejectedValueOnce(new Error('EIO'));
    try {
      const store = await fileAuthorityStore(own);
      await expect(store.close()).rejects.toThrow();
    } finally {
      close.mockRestore();
    }
    await (await fileAuthorityStore(own)).close();
  });
});

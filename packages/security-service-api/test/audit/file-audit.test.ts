import { chmod, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateSigner } from '@cssi/pki';
import { describe, expect, it } from 'vitest';
import { type AuditFiles, FileAuditLog, type FileAuditOptions } from '../../src/adapters/file-audit.ts';
import { nodeAuditFiles } from '../../src/adapters/file-audit-files.ts';
import { verifyCheckpoint } from '../../src/audit/checkpoint.ts';
import { verifyAuditFolder } from '../../src/audit/folder.ts';
import type { AuditRecord, SignedCheckpoint } from '../../src/spec/v1/audit.ts';
import { temporaryFolder } from '../state/support.ts';
import { clock, event, newSigner } from './support.ts';

const signer = newSigner();

interface Fault {
  append?: boolean;
  sync?: boolean;
  open?: boolean;
  syncs: number;
  appends: number;
}

/** The host's files with a disk that fails on command. */
function faultyFiles(fault: Fault): AuditFiles {
  const disk = (what: string) => Object.assign(new Error(`no space: ${what}`), { code: 'ENOSPC' });
  return {
    ...nodeAuditFiles,
    openAppend: async (path, length) => {
      if (fault.open) throw disk('open');
      const file = await nodeAuditFiles.openAppend(path, length);
      return {
        get length() {
          return file.length;
        },
        append: async (bytes) => {
          fault.appends++;
          if (fault.append) throw disk('append');
          await file.append(bytes);
        },
        sync: async () => {
          fault.syncs++;
          if (fault.sync) throw disk('sync');
          await file.sync();
        },
        inPlace: () => file.inPlace(),
        close: () => file.close(),
      };
    },
  };
}

const open = (folder: string, options: Partial<FileAuditOptions> = {}, more: object = {}) =>
  FileAuditLog.open({ folder, origin: 'node-1', ...options }, { signer, clock, ...more });

const segmentsOf = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.startsWith('segment-')).sort();

async function readAll(log: FileAuditLog, limit = 100, tenantId?: string | null): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  let from: number | undefined = 0;
  while (from !== undefined) {
    const page = await log.read({
      fromSequence: from,
      limit,
      ...(tenantId === undefined ? {} : { tenantId }),
    });
    records.push(...page.records);
    from = page.nextSequence;
  }
  return records;
}

describe('file audit log', () => {
  it('keeps every record over a restart, in order, traceable to its user [part of CC-029]', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder);
    const appended = await Promise.all(Array.from({ length: 250 }, (_, n) => log.append(event(n))));
    expect(appended.map((record) => record.sequence)).toEqual(appended.map((_, i) => i));
    expect(appended[7]).toMatchObject({ requestId: 'r-7', subject: 'user-1', object: 'key/7' });
    await log.close();
    await log.close();

    const again = await open(folder);
    expect(await readAll(again)).toEqual(appended);
    expect(again.status()).toEqual({ state: 'open', size: 250, coveredSize: 250 });
    expect((await again.append(event(250))).sequence).toBe(250);
    await again.close();
    const verdict = await verifyAuditFolder(folder, { keys: [signer.publicKeyInfo] });
    expect(verdict.integrity).toEqual({ status: 'passed', reasons: [] });
    expect(verdict).toMatchObject({ records: 251, uncoveredRecords: 0 });
  });

  it('lets many appends share a write and a sync', async () => {
    const folder = await temporaryFolder('audit');
    const fault: Fault = { syncs: 0, appends: 0 };
    const log = await open(folder, {}, { files: faultyFiles(fault) });
    const before = fault.syncs;
    await Promise.all(Array.from({ length: 500 }, (_, n) => log.append(event(n))));
    expect(fault.syncs - before).toBeLessThanOrEqual(3);
    await log.close();
  });

  it('resolves an append only after the sync', async () => {
    const folder = await temporaryFolder('audit');
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let held = false;
    const files: AuditFiles = {
      ...nodeAuditFiles,
      openAppend: async (path, length) => {
        const file = await nodeAuditFiles.openAppend(path, length);
        if (path.endsWith('checkpoints.jsonl')) return file;
        return {
          length: 0,
          append: (bytes) => file.append(bytes),
          sync: async () => {
            held = true;
            await gate;
            await file.sync();
          },
          inPlace: () => file.inPlace(),
          close: () => file.close(),
        };
      },
    };
    const log = await open(folder, {}, { files });
    let done = false;
    const append = log.append(event(0)).then(() => {
      done = true;
    });
    while (!held) await new Promise((resolve) => setTimeout(resolve, 2));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).toBe(false);
    expect(log.status().size).toBe(0);
    expect((await log.read({ fromSequence: 0, limit: 10 })).records).toEqual([]);
    release();
    await append;
    expect(log.status().size).toBe(1);
    await log.close();
  });

  it('goes on in new segments and reads across them', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder, { segmentBytes: 2048 });
    for (let n = 0; n < 60; n++) await log.append(event(n));
    expect((await segmentsOf(folder)).length).toBeGreaterThan(5);
    expect((await readAll(log, 7)).map((record) => record.requestId)).toEqual(
      Array.from({ length: 60 }, (_, n) => `r-${n}`),
    );
    expect((await log.read({ fromSequence: 33, limit: 1 })).records[0]?.sequence).toBe(33);
    expect(await log.read({ fromSequence: 60, limit: 5 })).toEqual({ records: [], nextSequence: undefined });
    await log.close();
    const again = await open(folder, { segmentBytes: 2048 });
    expect((await readAll(again)).length).toBe(60);
    await again.close();
  });

  it('reads one tenant only when asked to [part of TCCIA-151]', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => log.append(event(n, n === 5 ? { tenantId: null } : {}))),
    );
    expect((await readAll(log, 3, 'even')).map((record) => record.sequence)).toEqual([
      0, 2, 4, 6, 8, 10, 12, 14, 16, 18,
    ]);
    expect((await readAll(log, 3, null)).map((record) => record.sequence)).toEqual([5]);
    expect(await readAll(log, 3, 'nobody')).toEqual([]);
    await log.close();
  });

  it('keeps its files from other users of the host [part of TCCIA-151]', async () => {
    const folder = join(await temporaryFolder('audit'), 'log');
    const log = await open(folder);
    await log.append(event(0));
    await log.close();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it('refuses a second log on the same folder', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder);
    await expect(open(folder)).rejects.toMatchObject({ code: 'ERR_STATE_LOCKED' });
    await log.close();
    await (await open(folder)).close();
  });

  it('signs a checkpoint every so many records, and hands each one out', async () => {
    const folder = await temporaryFolder('audit');
    const seen: SignedCheckpoint[] = [];
    const onCheckpoint = (checkpoint: SignedCheckpoint) => {
      seen.push(checkpoint);
      throw new Error('a listener that fails');
    };
    const log = await open(folder, { checkpointEvery: 10 }, { onCheckpoint });
    for (let n = 0; n < 35; n++) await log.append(event(n));
    const last = await log.checkpoint();
    expect(last.checkpoint).toMatchObject({ size: 35, origin: 'node-1', time: '2026-12-01T00:00:00.000Z' });
    expect(last.checkpoint.head).toBe((await readAll(log)).at(-1)?.hash);
    await log.close();
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(seen[0]?.checkpoint.size).toBe(0);
    expect(seen.every((signed) => verifyCheckpoint(signed, signer.publicKeyInfo))).toBe(true);
    const stored = (await readFile(join(folder, 'checkpoints.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(stored.map((line) => JSON.parse(line))).toEqual(seen);
  });

  it.each(['append', 'sync'] as const)(
    'fails closed when %s fails, and recovers by opening anew',
    async (kind) => {
      const folder = await temporaryFolder('audit');
      const fault: Fault = { syncs: 0, appends: 0 };
      const log = await open(folder, {}, { files: faultyFiles(fault) });
      await log.append(event(0));
      fault[kind] = true;
      const results = await Promise.allSettled(Array.from({ length: 5 }, (_, n) => log.append(event(n))));
      for (const result of results) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_AUDIT_WRITE_FAILED' } });
      }
      fault[kind] = false;
      await expect(log.append(event(1))).rejects.toMatchObject({ code: 'ERR_AUDIT_WRITE_FAILED' });
      await expect(log.checkpoint()).rejects.toMatchObject({ code: 'ERR_AUDIT_WRITE_FAILED' });
      expect(log.status()).toMatchObject({ state: 'failed', failure: 'ERR_AUDIT_WRITE_FAILED', size: 1 });
      await log.close();
      const again = await open(folder);
      expect((await again.append(event(9))).sequence).toBe(again.status().size - 1);
      await again.close();
      expect((await verifyAuditFolder(folder, { keys: [signer.publicKeyInfo] })).integrity.status).toBe(
        'passed',
      );
    },
  );

  it('fails closed when no new segment can be opened', async () => {
    const folder = await temporaryFolder('audit');
    const fault: Fault = { syncs: 0, appends: 0 };
    const log = await open(folder, { segmentBytes: 1024 }, { files: faultyFiles(fault) });
    fault.open = true;
    await expect(
      (async () => {
        for (let n = 0; n < 20; n++) await log.append(event(n));
      })(),
    ).rejects.toMatchObject({ code: 'ERR_AUDIT_WRITE_FAILED' });
    expect(log.status().state).toBe('failed');
    await log.close();
  });

  it.each([
    ['removed', async (path: string) => unlink(path)],
    ['replaced', async (path: string) => rename(path, `${path}.gone`).then(() => writeFile(path, ''))],
    ['extended', async (path: string) => writeFile(path, 'x', { flag: 'a' })],
  ])('notices that its file was %s while it ran [part of TCCIA-151]', async (_, change) => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder);
    await log.append(event(0));
    await change(join(folder, (await segmentsOf(folder))[0]!));
    await expect(log.append(event(1))).rejects.toMatchObject({ code: 'ERR_AUDIT_WRITE_FAILED' });
    expect(log.status().state).toBe('failed');
    await log.close();
  });

  it('notices at the next reading that a record was edited while it ran [part of TCCIA-151]', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder);
    for (let n = 0; n < 5; n++) await log.append(event(n));
    const path = join(folder, (await segmentsOf(folder))[0]!);
    await writeFile(path, (await readFile(path, 'utf8')).replace('user-2', 'user-0'));
    expect((await log.read({ fromSequence: 0, limit: 2 })).records.length).toBe(2);
    await expect(log.read({ fromSequence: 0, limit: 5 })).rejects.toMatchObject({
      code: 'ERR_AUDIT_TAMPERED',
    });
    await expect(log.read({ fromSequence: 2, limit: 1 })).rejects.toMatchObject({
      code: 'ERR_AUDIT_TAMPERED',
    });
    await writeFile(path, '');
    await expect(log.read({ fromSequence: 0, limit: 1 })).rejects.toMatchObject({
      code: 'ERR_AUDIT_TAMPERED',
    });
    await rm(path);
    await expect(log.read({ fromSequence: 0, limit: 1 })).rejects.toMatchObject({
      code: 'ERR_AUDIT_READ_FAILED',
    });
    await log.close();
  });

  it('bounds what waits to be written', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder, { maxPending: 10 });
    const results = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => log.append(event(n))));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBe(40);
    for (const result of refused) expect(result.reason).toMatchObject({ code: 'ERR_AUDIT_OVERLOADED' });
    expect((await log.append(event(99))).sequence).toBe(10);
    await log.close();
  });

  it('stores nothing of a refused event', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder);
    await log.append(event(0));
    await expect(log.append(event(1, { object: 'a\nb' }))).rejects.toMatchObject({
      code: 'ERR_AUDIT_EVENT_INVALID',
    });
    expect((await log.append(event(2))).sequence).toBe(1);
    await log.close();
  });

  describe('with a signer in trouble', () => {
    const switchable = () => {
      const control = { fail: false, hang: false, wrong: false };
      const unreliable: CertificateSigner = {
        ...signer,
        sign: async (message) => {
          if (control.fail) throw new Error('device removed');
          if (control.hang) await new Promise(() => undefined);
          return await signer.sign(control.wrong ? Uint8Array.of(1) : message);
        },
      };
      return { control, unreliable };
    };

    it('does not open', async () => {
      const { control, unreliable } = switchable();
      control.fail = true;
      const folder = await temporaryFolder('audit');
      await expect(open(folder, {}, { signer: unreliable })).rejects.toMatchObject({
        code: 'ERR_AUDIT_SIGNER_FAILED',
      });
      await (await open(folder)).close();
    });

    it('goes on to the limit of uncovered records, then refuses, then recovers', async () => {
      const { control, unreliable } = switchable();
      const folder = await temporaryFolder('audit');
      const log = await open(folder, { checkpointEvery: 2, maxUncovered: 6 }, { signer: unreliable });
      control.fail = true;
      for (let n = 0; n < 6; n++) await log.append(event(n));
      await expect(log.append(event(6))).rejects.toMatchObject({ code: 'ERR_AUDIT_SIGNER_FAILED' });
      await expect(log.checkpoint()).rejects.toMatchObject({ code: 'ERR_AUDIT_SIGNER_FAILED' });
      expect(log.status()).toMatchObject({ state: 'open', size: 6, coveredSize: 0 });
      control.fail = false;
      await log.append(event(6)).catch(() => undefined);
      await log.checkpoint();
      expect((await log.append(event(7))).sequence).toBe(6);
      await log.close();
    });

    it.each(['hang', 'wrong'] as const)('reports a signer that answers badly: %s', async (kind) => {
      const { control, unreliable } = switchable();
      const folder = await temporaryFolder('audit');
      const log = await open(folder, { signMilliseconds: 50 }, { signer: unreliable });
      await log.append(event(0));
      control[kind] = true;
      await expect(log.checkpoint()).rejects.toMatchObject({ code: 'ERR_AUDIT_SIGNER_FAILED' });
      expect((await log.append(event(1))).sequence).toBe(1);
      await expect(log.close()).rejects.toMatchObject({ code: 'ERR_AUDIT_SIGNER_FAILED' });
      expect(log.status().state).toBe('closed');
      const again = await open(folder);
      expect(again.status().size).toBe(3);
      await again.close();
    });

    it('refuses a signer of another algorithm', async () => {
      const folder = await temporaryFolder('audit');
      const other: CertificateSigner = { ...signer, algorithm: 'ecdsa-p256-sha256' };
      await expect(open(folder, {}, { signer: other })).rejects.toMatchObject({
        code: 'ERR_AUDIT_OPTION_INVALID',
      });
    });
  });

  it.each([
    [{ origin: '' }],
    [{ origin: 'a\nb' }],
    [{ origin: 'x'.repeat(129) }],
    [{ segmentBytes: 0 }],
    [{ checkpointEvery: 0 }],
    [{ maxPending: 1.5 }],
    [{ maxUncovered: -1 }],
    [{ signMilliseconds: Number.NaN }],
  ])('refuses the option %o', async (options) => {
    const folder = await temporaryFolder('audit');
    await expect(open(folder, options)).rejects.toMatchObject({ code: 'ERR_AUDIT_OPTION_INVALID' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses everything after close', async () => {
    const folder = await temporaryFolder('audit');
    const log = await open(folder);
    const last = log.append(event(0));
    const closing = log.close();
    await expect(log.append(event(1))).rejects.toMatchObject({ code: 'ERR_AUDIT_CLOSED' });
    expect((await last).sequence).toBe(0);
    await closing;
    await expect(log.read({ fromSequence: 0, limit: 1 })).rejects.toMatchObject({ code: 'ERR_AUDIT_CLOSED' });
    await expect(log.checkpoint()).rejects.toMatchObject({ code: 'ERR_AUDIT_CLOSED' });
    expect(log.status().state).toBe('closed');
  });

  it('reports a folder that cannot be read', async () => {
    const folder = await temporaryFolder('audit');
    await writeFile(join(folder, 'file'), '');
    await expect(open(join(folder, 'file'))).rejects.toMatchObject({ code: 'ERR_STATE_LOCK_FAILED' });
    await expect(verifyAuditFolder(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'ERR_AUDIT_READ_FAILED',
    });
    await chmod(folder, 0o700);
  });
});

import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileAuditLog } from '../../src/adapters/file-audit.ts';
import { verifyAuditFolder } from '../../src/audit/folder.ts';
import { temporaryFolder } from '../state/support.ts';
import { clock, event, newSigner } from './support.ts';

const signer = newSigner();
const keys = [signer.publicKeyInfo];
let folder: string;
const open = () => FileAuditLog.open({ folder, origin: 'node-1' }, { signer, clock });
const segment = async () =>
  join(folder, (await readdir(folder)).find((name) => name.startsWith('segment-'))!);

beforeEach(async () => {
  folder = await temporaryFolder('recovery');
  const log = await open();
  for (let n = 0; n < 10; n++) await log.append(event(n));
  await log.close();
});

/** Appends what a crash in the middle of a batch leaves behind: whole lines and a torn one. */
async function tearAfter(lines: number, bytes: number): Promise<void> {
  const path = await segment();
  const before = await readFile(path);
  const log = await open();
  for (let n = 10; n < 13; n++) await log.append(event(n));
  await log.close();
  const after = await readFile(path, 'utf8');
  const added = after.slice(before.length).split('\n');
  const keep =
    added
      .slice(0, lines)
      .map((line) => `${line}\n`)
      .join('') + added[lines]!.slice(0, bytes);
  await truncate(path, before.length);
  await writeFile(path, keep, { flag: 'a' });
  const checkpoints = (await readFile(join(folder, 'checkpoints.jsonl'), 'utf8')).trimEnd().split('\n');
  await writeFile(join(folder, 'checkpoints.jsonl'), `${checkpoints.slice(0, -1).join('\n')}\n`);
}

describe('a log after a crash', () => {
  it.each([
    [0, 1],
    [0, 84],
    [1, 100],
    [2, 200],
  ])('keeps %i unacknowledged whole records and cuts off %i torn bytes', async (lines, bytes) => {
    await tearAfter(lines, bytes);
    const crashed = await verifyAuditFolder(folder, { keys });
    expect(crashed.chain).toMatchObject({
      status: 'indeterminate',
      reasons: [{ code: 'AUDIT_LINE_INCOMPLETE' }],
    });

    const log = await open();
    const { records } = await log.read({ fromSequence: 0, limit: 100 });
    expect(records.length).toBe(10 + lines + 1);
    expect(records.at(-1)).toMatchObject({
      type: 'audit.recover',
      subject: null,
      detail: { tornBytes: bytes, uncovered: lines },
    });
    expect((await log.append(event(99))).sequence).toBe(11 + lines);
    await log.close();
    const verdict = await verifyAuditFolder(folder, { keys });
    expect(verdict).toMatchObject({ integrity: { status: 'passed' }, uncoveredRecords: 0 });
  });

  it('records that whole records were not covered by a checkpoint', async () => {
    await tearAfter(2, 0);
    const log = await open();
    const { records } = await log.read({ fromSequence: 12, limit: 10 });
    expect(records).toMatchObject([{ type: 'audit.recover', detail: { tornBytes: 0, uncovered: 2 } }]);
    await log.close();
  });

  it('records nothing after a clean end', async () => {
    const log = await open();
    expect(log.status().size).toBe(10);
    await log.close();
  });

  it('cuts off a torn checkpoint', async () => {
    const path = join(folder, 'checkpoints.jsonl');
    await writeFile(path, '{"algorithm":"sm2-s', { flag: 'a' });
    expect((await verifyAuditFolder(folder, { keys })).tree.status).toBe('indeterminate');
    const log = await open();
    expect((await log.read({ fromSequence: 10, limit: 10 })).records).toMatchObject([
      { type: 'audit.recover', detail: { tornBytes: 19 } },
    ]);
    await log.close();
    expect((await verifyAuditFolder(folder, { keys })).integrity.status).toBe('passed');
  });

  it('refuses a cut into acknowledged records that a checkpoint covers, and leaves the files alone', async () => {
    const path = await segment();
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, -20));
    await expect(open()).rejects.toMatchObject({ code: 'ERR_AUDIT_TAMPERED' });
    expect(await readFile(path, 'utf8')).toBe(text.slice(0, -20));
  });

  it('refuses whole lines of rubbish at the end', async () => {
    await writeFile(await segment(), 'rubbish\n', { flag: 'a' });
    await expect(open()).rejects.toMatchObject({ code: 'ERR_AUDIT_TAMPERED' });
  });

  it('refuses zeros at the end that have a line feed', async () => {
    await writeFile(await segment(), `${'\0'.repeat(100)}\n`, { flag: 'a' });
    await expect(open()).rejects.toMatchObject({ code: 'ERR_AUDIT_TAMPERED' });
  });
});

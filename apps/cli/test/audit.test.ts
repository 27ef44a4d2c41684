import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pemEncode } from '@cssi/pki';
import { encodeCheckpoint, type SignedCheckpoint } from '@cssi/security-service-api';
import { FileAuditLog } from '@cssi/security-service-api/adapters/file-audit';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority } from './support/authority.ts';
import { cssiJson, NOW, temporaryFolder } from './support/cli.ts';

const folder = temporaryFolder();
const log = join(folder, 'audit');
const certificate = join(folder, 'audit.pem');
const copy = join(folder, 'copy.jsonl');
/** The log as it was after the first half. */
const half = join(folder, 'half');

beforeAll(async () => {
  const ca = await authority(folder);
  const { signer, certificate: der } = await ca.certify('audit', 'audit');
  writeFileSync(certificate, pemEncode('CERTIFICATE', der));
  const copied: SignedCheckpoint[] = [];
  for (const round of [1, 2]) {
    const opened = await FileAuditLog.open(
      { folder: log, origin: 'test' },
      { signer, clock: () => NOW, onCheckpoint: (checkpoint) => copied.push(checkpoint) },
    );
    for (let i = 0; i < 10; i++) {
      await opened.append({
        time: NOW,
        requestId: `r${round}-${i}`,
        traceId: 't',
        type: 'sign',
        subject: 'user',
        tenantId: 'acme',
        outcome: 'success',
      });
    }
    await opened.close();
    if (round === 1) cpSync(log, half, { recursive: true });
  }
  writeFileSync(copy, copied.map((checkpoint) => `${Buffer.from(encodeCheckpoint(checkpoint))}\n`).join(''));
});

const verify = (where: string, ...more: string[]) =>
  cssiJson('audit', 'verify', where, '--certificate', certificate, ...more);
const segmentOf = (where: string) =>
  join(where, readdirSync(where).find((name) => name.startsWith('segment-'))!);
function copyOf(name: string): string {
  const target = join(folder, name);
  cpSync(log, target, { recursive: true });
  return target;
}

describe('audit verify', () => {
  it('accepts an intact log [part of EDGE-056]', async () => {
    const { exitCode, json } = await verify(log);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ accepted: true, records: 20, coveredRecords: 20 });
  });

  it('accepts it against the last line of a file of checkpoints kept elsewhere', async () => {
    const { exitCode, json } = await verify(log, '--checkpoint', copy);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ accepted: true, truncation: { status: 'passed' } });
  });

  it('reads past a last line that a crash cut off', async () => {
    const torn = join(folder, 'torn.jsonl');
    writeFileSync(torn, `${readFileSync(copy, 'utf8')}{"checkpoint":{"v":1`);
    expect((await verify(log, '--checkpoint', torn)).exitCode).toBe(0);
    expect((await verify(half, '--checkpoint', torn)).exitCode).toBe(1);
  });

  it('finds a log that was cut together with its checkpoints [part of EDGE-056]', async () => {
    expect((await verify(half)).exitCode).toBe(0);
    const { exitCode, json } = await verify(half, '--checkpoint', copy);
    expect(exitCode).toBe(1);
    expect(json.truncation).toMatchObject({ status: 'failed', reasons: [{ code: 'AUDIT_TRUNCATED' }] });
  });

  it('does not accept a changed byte, a missing end or a missing certificate [part of EDGE-056]', async () => {
    const changed = copyOf('changed');
    const bytes = readFileSync(segmentOf(changed));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(segmentOf(changed), bytes);
    expect((await verify(changed)).exitCode).toBe(1);
    const cut = copyOf('cut');
    truncateSync(segmentOf(cut), readFileSync(segmentOf(cut)).length - 200);
    expect((await verify(cut)).exitCode).toBe(1);
    const { exitCode, json } = await cssiJson('audit', 'verify', log);
    expect(exitCode).toBe(1);
    expect(json.verdict.integrity.status).not.toBe('failed');
  });

  it('does not accept a log under the key of somebody else', async () => {
    const other = await authority(folder, 'Other CA');
    const { certificate: der } = await other.certify('audit', 'audit');
    const file = join(folder, 'other.pem');
    writeFileSync(file, pemEncode('CERTIFICATE', der));
    const { exitCode } = await cssiJson('audit', 'verify', log, '--certificate', file);
    expect(exitCode).toBe(1);
  });

  it('refuses an empty file of checkpoints with a code', async () => {
    const empty = join(folder, 'empty.jsonl');
    writeFileSync(empty, '');
    const { exitCode, json } = await verify(log, '--checkpoint', empty);
    expect(exitCode).toBe(1);
    expect(json.error.code).toBe('ERR_AUDIT_CHECKPOINT_MALFORMED');
  });
});

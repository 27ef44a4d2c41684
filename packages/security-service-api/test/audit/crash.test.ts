import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { fromBase64 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { FileAuditLog } from '../../src/adapters/file-audit.ts';
import { verifyAuditFolder } from '../../src/audit/folder.ts';
import { dist, requireBuild, temporaryFolder } from '../state/support.ts';
import { clock, newSigner } from './support.ts';

const child = fileURLToPath(new URL('./fixtures/append-child.mjs', import.meta.url));

describe('a process that is killed while it writes the log', () => {
  it.each([120, 400, 900])('loses no acknowledged record (killed after %i)', async (count) => {
    requireBuild('adapters/file-audit.js');
    const folder = await temporaryFolder('audit-crash');
    const writer = spawn(process.execPath, [child, dist.href, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    for await (const chunk of writer.stdout) {
      output += String(chunk);
      if (output.split('\n').length > count) writer.kill('SIGKILL');
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
    const [publicKey, ...lines] = output.split('\n').slice(0, -1);
    const acknowledged = lines.map((line) => line.split(' '));
    expect(acknowledged.length).toBeGreaterThanOrEqual(count - 1);

    const signer = newSigner();
    const key = fromBase64(publicKey!);
    const log = await FileAuditLog.open({ folder, origin: 'child', formerKeys: [key] }, { signer, clock });
    const hashes = new Map<number, string>();
    for (let from: number | undefined = 0; from !== undefined; ) {
      const page = await log.read({ fromSequence: from, limit: 1000 });
      for (const record of page.records) hashes.set(record.sequence, record.hash);
      from = page.nextSequence;
    }
    for (const [sequence, hash] of acknowledged) expect(hashes.get(Number(sequence))).toBe(hash);
    await log.close();
    const verdict = await verifyAuditFolder(folder, { keys: [key, signer.publicKeyInfo] });
    expect(verdict).toMatchObject({ integrity: { status: 'passed' }, uncoveredRecords: 0 });
    expect(verdict.records).toBe(hashes.size);
  });
});

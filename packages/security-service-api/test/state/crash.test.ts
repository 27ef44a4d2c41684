import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { openEmbeddedDatabase } from '../../src/state/index.ts';
import { WorkerClient } from '../../src/state/worker-client.ts';
import { requireBuild, temporaryFolder } from './support.ts';

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);

describe('database worker that fails', () => {
  it('rejects pending and later calls with a code when the worker dies', async () => {
    const client = await WorkerClient.start(fixture('dying-worker.mjs'), { folder: '' });
    const calls = [client.query('select 1', []), client.script('select 2'), client.query('select 3', [])];
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STATE_UNAVAILABLE' } });
    }
    await client.exited;
    await expect(client.query('select 1', [])).rejects.toMatchObject({ code: 'ERR_STATE_UNAVAILABLE' });
    await expect(client.close()).rejects.toMatchObject({ code: 'ERR_STATE_UNAVAILABLE' });
  });

  it.each(['throwing-worker.mjs', 'refusing-worker.mjs'])('reports that it cannot open: %s', async (name) => {
    await expect(WorkerClient.start(fixture(name), { folder: '' })).rejects.toMatchObject({
      code: 'ERR_STATE_OPEN_FAILED',
    });
  });
});

describe('crash of the process', () => {
  it('keeps every acknowledged row, refuses meanwhile, and lets the next process in', async () => {
    const module = requireBuild('state/index.js');
    const dataDir = await temporaryFolder('crash');
    const writer = spawn(process.execPath, [fileURLToPath(fixture('database-child.mjs')), module, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let refused: unknown;
    for await (const chunk of writer.stdout) {
      refused ??= await openEmbeddedDatabase({ dataDir }).catch((error: unknown) => error);
      output += String(chunk);
      if (output.split('\n').length > 200) writer.kill('SIGKILL');
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
    expect(refused).toMatchObject({ code: 'ERR_STATE_LOCKED' });
    const acknowledged = output.split('\n').slice(0, -1).length;

    const database = await openEmbeddedDatabase({ dataDir });
    const { rows } = await sql<{ n: number }>`select n from crash order by n`.execute(database.kysely());
    await database.close();
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
    expect(rows.length).toBeLessThanOrEqual(acknowledged + 1000);
    expect(rows.map((row) => row.n)).toEqual(rows.map((_, i) => i));
  });
});

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainStart } from '../../../src/adapters/software/domain-protocol.ts';
import { domainCommand } from '../../../src/adapters/software/link/process-command.ts';
import { nodeStoreFiles, openObjectStore } from '../../../src/runtime/storage/object-store.ts';
import { QUOTA, seedOf, UUID } from './support.ts';

const ENTRY = fileURLToPath(new URL('permitted-child.mjs', import.meta.url));
const hasPermissions = ['--permission', '--experimental-permission'].some((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);

/** The answer of a process started as a domain's is. */
async function run(folder: string): Promise<Record<string, unknown>> {
  const start = { folder, memoryLimit: 32 << 20 } as unknown as DomainStart;
  const { file, args } = domainCommand(ENTRY, start);
  const child = spawn(file, [...args, folder], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stdout?.on('data', (part) => {
    out += part;
    // The shell that waits for the end of the host is told that this is it.
    if (out.endsWith('\n')) (child.stdio[4] as Writable).end();
  });
  child.stderr?.on('data', (part) => {
    errors += part;
    (child.stdio[4] as Writable).end();
  });
  await new Promise((done) => child.on('close', done));
  expect(errors).toBe('');
  return JSON.parse(out) as Record<string, unknown>;
}

describe.runIf(hasPermissions)("a store under Node's permission model, as a domain is started", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'cssi-store-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is made, changed, compacted and opened again without fsync [part of CC-003] [part of CC-023]', async () => {
    const folder = join(root, 'own');
    mkdirSync(folder);
    const facts = { restricted: true, fsync: 'ERR_ACCESS_DENIED', outside: 'ERR_ACCESS_DENIED' };
    const same = { ...facts, size: 700_001, end: 'across the ' };
    const first = await run(folder);
    expect(first).toMatchObject({ ...same, found: 0 });
    const second = await run(folder);
    expect(second).toMatchObject({ ...same, found: 1 });
    expect(second.sequence).toBeGreaterThan(first.sequence as number);
    expect(readdirSync(folder).sort()).toEqual(['.sync', 'counter', expect.stringMatching(/^log\.\d$/)]);
    expect(existsSync(join(root, 'outside'))).toBe(false);
  });

  it('is the same store to a process with fsync', () => {
    const seed = seedOf(1);
    const store = openObjectStore({
      files: nodeStoreFiles(join(root, 'own')),
      seed,
      uuid: UUID,
      quotaBytes: QUOTA,
    });
    expect(store.size(new TextEncoder().encode('a'))).toBe(700_001);
    expect(store.get(new TextEncoder().encode('runs'))).toEqual(new Uint8Array(2));
    store.close();
    seed.destroy();
  });
});

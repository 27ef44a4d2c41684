import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../src/state/index.ts';
import { requireBuild, temporaryFolder } from './support.ts';

const child = fileURLToPath(new URL('./fixtures/lock-child.mjs', import.meta.url));

function start(...parameters: readonly string[]): ChildProcess {
  const module = requireBuild('state/folder-lock.js');
  return spawn(process.execPath, [child, module, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('folder lock', () => {
  it('is exclusive in one process, and free after release', async () => {
    const folder = await temporaryFolder('lock');
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'ERR_STATE_LOCKED',
      category: 'conflict',
    });
    await Promise.all([lock.release(), lock.release()]);
    expect(await readdir(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  it('makes the folder', async () => {
    const folder = join(await temporaryFolder('lock'), 'a', 'b');
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a path that is a file, with a code', async () => {
    const file = join(await temporaryFolder('lock'), 'file');
    await writeFile(file, '');
    await expect(lockFolder(file)).rejects.toMatchObject({ code: 'ERR_STATE_LOCK_FAILED' });
  });

  it('works in a folder whose path is longer than a socket path may be', async () => {
    const folder = join(await temporaryFolder('lock'), 'x'.repeat(120), 'y'.repeat(120));
    await mkdir(folder, { recursive: true });
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'ERR_STATE_LOCKED' });
    await lock.release();
    await (await lockFolder(folder)).release();
  });

  it('is held against a second process, and free once that process was killed', async () => {
    const folder = await temporaryFolder('lock');
    const holder = start(folder, 'hold');
    await once(holder.stdout!, 'data');
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'ERR_STATE_LOCKED' });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect((await readdir(folder)).length).toBe(1);
    const lock = await lockFolder(folder);
    expect((await readdir(folder)).length).toBe(1);
    await lock.release();
  });

  it('is held while its process is stopped: a busy holder is not a dead one', async () => {
    const folder = await temporaryFolder('lock');
    const holder = start(folder, 'hold');
    await once(holder.stdout!, 'data');
    holder.kill('SIGSTOP');
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'ERR_STATE_LOCKED' });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await lockFolder(folder)).release();
  });

  it('never has two holders while four processes contend for it', async () => {
    const folder = await temporaryFolder('lock');
    const results = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const contender = start(folder, 'contend', '40');
        let output = '';
        contender.stdout!.on('data', (chunk: Buffer) => {
          output += chunk.toString();
        });
        const [code] = await once(contender, 'close');
        expect(code).toBe(0);
        return JSON.parse(output) as { won: number; refused: number };
      }),
    );
    console.info('lock contention', JSON.stringify(results));
    const won = results.reduce((sum, result) => sum + result.won, 0);
    expect(won).toBeGreaterThan(20);
    expect(await readdir(folder)).toEqual([]);
  });
});

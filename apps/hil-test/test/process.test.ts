import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/run.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = temporaryFolder();

function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  if (!existsSync(MAIN)) throw new Error('not built: run `npx tsc -b apps/hil-test` first');
  const child = spawn(process.execPath, [MAIN, ...argv], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'close').then(([exitCode, signal]) => ({ exitCode, signal, out, log }));
  return { child, ended };
}

describe('the program', { timeout: 300_000 }, () => {
  it('writes its reports below the folder it was started in, and JSON alone on standard output', async () => {
    const { exitCode, out, log } = await start(['run', '--layer', 'pki', '--json']).ended;
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ summary: { conformant: true, suites: 6 } });
    expect(log).toContain('conformant: 6 suites');
    expect(readdirSync(join(folder, 'reports/hil')).sort()).toEqual([
      'junit.xml',
      'report.html',
      'report.json',
    ]);
  });

  it.each([
    [2, ['nonsense']],
    [2, ['vectors', '--dir', '.', '--engine', 'none']],
    [3, ['vectors', '--dir', 'missing']],
  ])('ends with %i for %j', async (code, argv) => {
    const { exitCode, out } = await start(argv).ended;
    expect([exitCode, out]).toEqual([code, '']);
  });

  it('removes its temporary folder when it is told to stop', async () => {
    const TMPDIR = join(folder, 'tmp');
    mkdirSync(TMPDIR);
    const { child, ended } = start(['run', '--layer', 'tee-client'], { TMPDIR });
    while (readdirSync(TMPDIR).length === 0) {
      expect(child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGTERM');
    const { exitCode, signal } = await ended;
    expect([exitCode, signal]).toEqual([143, null]);
    expect(readdirSync(TMPDIR)).toEqual([]);
  });
});

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { onCleanup } from '../basics.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Processes below one, on Linux. */
function descendants(pid: number): number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return own.flatMap((child) => [child, ...descendants(child)]);
}

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe.runIf(existsSync('/proc/self/task'))('a host that dies', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    '[part of CC-003] with %s takes a domain with it that never returns',
    async (signal) => {
      const folder = mkdtempSync(join(tmpdir(), 'cssi-host-'));
      onCleanup(() => rmSync(folder, { recursive: true, force: true }));
      const host = spawn(
        process.execPath,
        [fixture('host-that-dies.mjs'), 'process', folder, fixture('echo-process.mjs')],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      onCleanup(() => void host.kill('SIGKILL'));
      await new Promise((resolve) => host.stdout.once('data', resolve));
      const domains = descendants(host.pid as number);
      expect(domains.length).toBeGreaterThanOrEqual(2);
      expect(domains.every(isAlive)).toBe(true);
      host.kill(signal);
      for (let i = 0; i < 100 && domains.some(isAlive); i++) await delay(50);
      expect(domains.filter(isAlive)).toEqual([]);
    },
  );
});

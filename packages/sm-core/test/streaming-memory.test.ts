import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./support/stream-child.mjs', import.meta.url));
const built = existsSync(new URL('../dist/index.js', import.meta.url));
if (!built) console.info('dist not present: skipped the memory of streams (tsc -b builds it)');

/** Peak of memory above idle, in MiB, of streaming so many MiB in a process of its own. */
function peakAboveIdle(mebibytes: number): number {
  const text = execFileSync(process.execPath, ['--max-semi-space-size=1', CHILD, String(mebibytes)], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const { idle, peak, digest } = JSON.parse(text) as { idle: number; peak: number; digest: string };
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  return (peak - idle) / 1024;
}

describe.skipIf(!built)('hashing and sealing a stream', () => {
  it('stays below 64 MiB above idle whatever the length [EDGE-030]', { timeout: 240_000 }, () => {
    const [short, long] = [peakAboveIdle(32), peakAboveIdle(384)];
    console.info(`peak above idle: ${short.toFixed(1)} MiB for 32 MiB, ${long.toFixed(1)} MiB for 384 MiB`);
    expect(long).toBeLessThan(64);
    // Twelve times the message, and no more memory than garbage that waits to be collected.
    expect(long - short).toBeLessThan(24);
  });
});

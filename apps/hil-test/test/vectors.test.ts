import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHex, sm3, toHex } from '@cssi/sm-core';
import { ALLOWED_SKIPS } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from './support/run.ts';

const folder = temporaryFolder();

/** A folder with these SM3 cases and a file that no reader knows. */
function vectorFolder(name: string, cases: readonly object[]): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, 'sm3_standard.json'), JSON.stringify({ cases }));
  return dir;
}

const caseOf = (msg: string) => ({ msg, digest: toHex(sm3(fromHex(msg))) });
const good = vectorFolder('good', [caseOf('616263'), caseOf('00')]);
const bad = vectorFolder('bad', [caseOf('616263'), { ...caseOf('00'), digest: '00'.repeat(32) }]);

const lastJson = (out: readonly string[]) => JSON.parse(out.at(-1)!) as Record<string, unknown>;

describe('cssi-hil vectors', () => {
  it.each(['noble', 'sm-crypto'])('counts what passes on %s', async (engine) => {
    const { exitCode, out, log } = await cli(['vectors', '--dir', good, '--engine', engine, '--json']);
    expect(exitCode).toBe(0);
    expect(out).toEqual(['{"passed":2,"failed":0,"skipped":0,"skips":{}}']);
    expect(log[0]).toBe('sm3_standard.json: 2 passed, 0 failed, 0 skipped');
  });

  it('ends with 1 when a case fails, and names it [part of EDGE-065]', async () => {
    const { exitCode, out, log } = await cli(['vectors', '--dir', bad, '--json']);
    expect(exitCode).toBe(1);
    expect(lastJson(out)).toEqual({ passed: 1, failed: 1, skipped: 0, skips: {} });
    expect(log[1]).toMatch(/^ {4}\S/);
  });

  it('ends with 1 for a file that is cut off', async () => {
    const dir = join(folder, 'cut');
    mkdirSync(dir);
    writeFileSync(join(dir, 'sm3_standard.json'), '{"cases": [');
    expect((await cli(['vectors', '--dir', dir])).exitCode).toBe(1);
  });

  it('names what it skips', async () => {
    const dir = vectorFolder('unknown', [caseOf('616263')]);
    writeFileSync(join(dir, 'zzz-\u001b[31m.json'), '[]');
    const { exitCode, out, log } = await cli(['vectors', '--dir', dir, '--json']);
    expect(exitCode).toBe(0);
    expect(lastJson(out)).toEqual({ passed: 1, failed: 0, skipped: 1, skips: { 'unknown-file': 1 } });
    expect(log.join('\n')).toContain('0 passed, 0 failed, 1 skipped (unknown-file 1)');
    expect(log.join('')).not.toMatch(/\p{Cc}/u);
  });

  it('prints nothing on standard output without --json', async () => {
    expect((await cli(['vectors', '--dir', good])).out).toEqual([]);
  });

  it('ends with 3 for a folder that is missing or holds no vectors', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const missing = await cli(['vectors', '--dir', join(folder, 'missing'), '--json']);
    expect(missing.exitCode).toBe(3);
    expect(lastJson(missing.out)).toMatchObject({ error: { code: 'ERR_VECTORS_UNREADABLE' } });
    const none = await cli(['vectors', '--dir', empty]);
    expect(none.exitCode).toBe(3);
    expect(none.log[0]).toMatch(/^ERR_HIL_VECTORS_EMPTY: /);
  });
});

const SHARED = fileURLToPath(new URL('../../../../shared/vectors', import.meta.url));
const present = existsSync(SHARED);
if (!present) console.info('shared test data not present: skipped the shared vectors');

describe.skipIf(!present)('shared vectors', () => {
  it('pass with allowed skips only [part of EDGE-062]', { timeout: 600_000 }, async () => {
    const { exitCode, out, log } = await cli(['vectors', '--dir', SHARED, '--json']);
    const { passed, failed, skipped, skips } = lastJson(out) as {
      passed: number;
      failed: number;
      skipped: number;
      skips: Record<string, number>;
    };
    expect([exitCode, failed]).toEqual([0, 0]);
    expect(passed).toBeGreaterThan(1300);
    expect(Object.keys(skips).filter((name) => !Object.hasOwn(ALLOWED_SKIPS, name))).toEqual([]);
    expect(Object.values(skips).reduce((sum, count) => sum + count, 0)).toBe(skipped);
    expect(log.filter((line) => /^\S+\.json: \d+ passed/.test(line)).length).toBeGreaterThan(50);
  });
});

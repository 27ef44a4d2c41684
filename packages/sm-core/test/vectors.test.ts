import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { ALLOWED_SKIPS, runVectors, type SkipName, type VectorFileResult } from '../src/conformance/index.ts';
import type { SmEngine } from '../src/index.ts';

const OWN = fileURLToPath(new URL('../../../vectors', import.meta.url));
const created: string[] = [];
afterAll(() => {
  for (const dir of created) rmSync(dir, { recursive: true, force: true });
});

/** A folder with the given files; the contents are written as JSON unless they are texts. */
function folder(files: Readonly<Record<string, unknown>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'sm-vectors-'));
  created.push(dir);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return dir;
}

async function runOne(
  name: string,
  content: unknown,
  engine: SmEngine = nobleEngine,
): Promise<VectorFileResult> {
  const report = await runVectors({ dir: folder({ [name]: content }), engine });
  return report.files[0] ?? expect.unreachable();
}

const DIGEST = '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0';
const GOOD = { msg: '616263', digest: DIGEST };

describe('vectors kept here', () => {
  it('pass whole on the default engine [EDGE-062] [part of EDGE-010]', async () => {
    for (const area of ['sm2', 'sm3', 'sm4']) {
      const report = await runVectors({ dir: join(OWN, area), engine: nobleEngine });
      expect(report.files.flatMap((file) => file.failures)).toEqual([]);
      expect(report.passed).toBeGreaterThanOrEqual(5);
      expect(report.skipped).toBe(0);
    }
  });
});

describe('vector runner', () => {
  it('reports each file, in the order of names, and the sums [EDGE-062]', async () => {
    const seen: string[] = [];
    const dir = folder({
      'b/sm3.json': { cases: [GOOD] },
      'a/sm9_openhitls.json': { cases: [{}, {}] },
      'a/readme.md': 'text',
    });
    const report = await runVectors({ dir, engine: nobleEngine, onFile: ({ file }) => seen.push(file) });
    expect(seen).toEqual(['a/sm9_openhitls.json', 'b/sm3.json']);
    expect(report).toMatchObject({ engine: 'noble', passed: 1, failed: 0, skipped: 2, skips: { sm9: 2 } });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('fails a case with a wrong value, and goes on', async () => {
    const result = await runOne('sm3.json', {
      cases: [{ ...GOOD, digest: DIGEST.replace('66', '67') }, GOOD],
    });
    expect(result).toMatchObject({ passed: 1, failed: 1, failures: [{ id: 'case 1' }] });
  });

  it('fails a case that lacks a field or has a wrong type, and goes on', async () => {
    const cases = [
      { msg: '616263' },
      { ...GOOD, digest: 5 },
      { ...GOOD, msg: 'xyz' },
      { ...GOOD, msg: null },
      GOOD,
    ];
    const result = await runOne('sm3.json', { cases });
    expect(result).toMatchObject({ passed: 1, failed: 4 });
  });

  it.each([
    ['no JSON', 'not json'],
    ['no object', '[]'],
    ['no list of cases', { cases: {} }],
    ['a case that is no object', { cases: [7] }],
    ['nesting', `${'['.repeat(100)}${']'.repeat(100)}`],
  ])('fails a file with %s', async (_name, content) => {
    expect(await runOne('sm3.json', content)).toMatchObject({
      passed: 0,
      failed: 1,
      failures: [{ id: 'file' }],
    });
  });

  it('skips a file that it does not know under its own name', async () => {
    const result = await runOne('my-new-algorithm.json', { cases: [1, 2, 3] });
    expect(result).toMatchObject({ file: 'my-new-algorithm.json', failed: 0, skips: { 'unknown-file': 3 } });
    expect(await runOne('list.json', [1])).toMatchObject({ skips: { 'unknown-file': 1 } });
  });

  it('skips what the engine under test lacks, by name, and does not help it out', async () => {
    const engine = { ...nobleEngine, capabilities: new Set<never>() };
    expect(await runOne('sm3.json', { cases: [GOOD] }, engine)).toMatchObject({
      passed: 0,
      skips: { sm3: 1 },
    });
  });

  it('runs a lying engine as what it says it is', async () => {
    const lying = { ...nobleEngine, sm3: () => nobleEngine.sm3().update(Uint8Array.of(0)) };
    expect(await runOne('sm3.json', { cases: [GOOD] }, lying)).toMatchObject({ passed: 0, failed: 1 });
    const throwing = {
      ...nobleEngine,
      sm3: () => {
        throw new TypeError('x is undefined');
      },
    };
    const result = await runOne('sm3.json', { cases: [GOOD] }, throwing);
    expect(result.failures[0]?.detail).toContain('expected a coded error');
  });

  const PADDED = { key: '00'.repeat(16), iv: '00'.repeat(16), ct: '00'.repeat(16), mode: 'cbc' };

  it('counts a refusal for invalid and acceptable, an acceptance for neither wrongly', async () => {
    const invalid = { ...PADDED, expected: 'invalid' };
    const acceptable = { ...PADDED, expected: 'acceptable', pt: '' };
    const valid = { ...PADDED, expected: 'valid', pt: '' };
    const unknown = { ...PADDED, expected: 'maybe', pt: '' };
    expect(await runOne('sm4_padding.json', { cases: [invalid, acceptable] })).toMatchObject({
      passed: 2,
      failed: 0,
    });
    expect(await runOne('sm4_padding.json', { cases: [valid] })).toMatchObject({ passed: 0, failed: 1 });
    expect(await runOne('sm4_padding.json', { cases: [unknown] })).toMatchObject({ passed: 0, failed: 1 });
    // An engine that decrypts everything to one valid padding.
    const lenient = { ...nobleEngine, sm4Cbc: () => new Uint8Array(16).fill(16) };
    expect(await runOne('sm4_padding.json', { cases: [invalid] }, lenient)).toMatchObject({ failed: 1 });
    expect(await runOne('sm4_padding.json', { cases: [acceptable] }, lenient)).toMatchObject({ passed: 1 });
    const other = { ...acceptable, pt: '01' };
    expect(await runOne('sm4_padding.json', { cases: [other] }, lenient)).toMatchObject({ failed: 1 });
  });

  it('does not let a pattern or a chain ask for too much', async () => {
    const huge = { msg_pattern: "999,999,999 x 'a'", digest: DIGEST };
    const unclear = { pattern: 'as in the last case', len: 5, digest: DIGEST };
    expect(await runOne('sm3_standard.json', { cases: [huge, unclear] })).toMatchObject({ failed: 2 });
    const long = { mode: 'ecb', key: '00'.repeat(16), pt: '00'.repeat(16), ct: '00', iterations: 1e9 };
    expect(await runOne('sm4_standard.json', { cases: [long] })).toMatchObject({ failed: 1 });
  });

  it('describes twenty failures of a file and counts all', async () => {
    const cases = Array.from({ length: 30 }, () => ({ ...GOOD, digest: '00'.repeat(32) }));
    const result = await runOne('sm3.json', { cases });
    expect(result.failed).toBe(30);
    expect(result.failures).toHaveLength(20);
  });

  it('says so when the folder cannot be read', async () => {
    const missing = join(folder({}), 'no-such-folder');
    const unreadable = expect.objectContaining({ code: 'ERR_VECTORS_UNREADABLE' });
    await expect(runVectors({ dir: missing, engine: nobleEngine })).rejects.toThrow(unreadable);
    const file = join(folder({ 'x.json': {} }), 'x.json');
    await expect(runVectors({ dir: file, engine: nobleEngine })).rejects.toThrow(unreadable);
    const deep = folder({ [`${'d/'.repeat(9)}sm3.json`]: { cases: [GOOD] } });
    await expect(runVectors({ dir: deep, engine: nobleEngine })).rejects.toThrow(unreadable);
  });

  it('follows no links', async () => {
    const dir = folder({ 'sm3.json': { cases: [GOOD] } });
    symlinkSync(dir, join(dir, 'loop'));
    expect((await runVectors({ dir, engine: nobleEngine })).files).toHaveLength(1);
  });
});

describe('allowed skips', () => {
  it('have a reason each, and the engine kind stands for capabilities only', () => {
    const names = Object.keys(ALLOWED_SKIPS) as SkipName[];
    for (const name of names) {
      expect(name).toMatch(/^[a-z0-9.-]+$/);
      expect(ALLOWED_SKIPS[name].reason.length).toBeGreaterThan(2);
    }
    const engine = names.filter((name) => ALLOWED_SKIPS[name].kind === 'engine').sort();
    expect(engine).toEqual([...nobleEngine.capabilities].sort());
  });
});

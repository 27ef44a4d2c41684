import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  ALLOWED_SKIPS,
  runVectorFiles,
  runVectors,
  type SkipName,
  type VectorFileContent,
  type VectorFileResult,
  type VectorReport,
} from '../src/conformance/index.ts';
import { fromUtf8, type SmEngine, utf8 } from '../src/index.ts';
import { TEST_ENGINES, wasmSimd } from './support/engines.ts';

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
const TAG = '36525058ca466791502435c910517f1a7e86613d5f35ac1f18a94def0eaac81f';
const GOOD = { alg: 'hmac-sm3', key: '00', msg: '616263', tag: TAG };

const skippedKinds = (report: VectorReport): string[] => [
  ...new Set((Object.keys(report.skips) as SkipName[]).map((name) => ALLOWED_SKIPS[name].kind)),
];

/** A file of this repository with the examples of the standards alone. */
function annexOnly(path: string): VectorFileContent {
  const file = JSON.parse(readFileSync(join(OWN, path), 'utf8')) as {
    testGroups: { tests: { flags: string[] }[] }[];
  };
  const groups = file.testGroups.map((group) => ({
    ...group,
    tests: group.tests.filter(({ flags }) => flags.includes('StandardAnnex')),
  }));
  const numberOfTests = groups.reduce((sum, { tests }) => sum + tests.length, 0);
  return { path, content: utf8(JSON.stringify({ ...file, numberOfTests, testGroups: groups })) };
}

describe('vectors kept here', () => {
  const WHOLE = ['wasm simd', 'wasm scalar', 'wasm fast', 'noble'];

  it.each(TEST_ENGINES)(
    'run on %s [part of EDGE-010, EDGE-062]',
    { timeout: 120_000 },
    async (name, engine) => {
      const report = await runVectors({ dir: OWN, engine });
      expect(
        report.files.flatMap(({ file, failures }) =>
          failures.map(({ id, detail }) => `${file} ${id} ${detail}`),
        ),
      ).toEqual([]);
      expect(report.failed).toBe(0);
      // What an engine lacks is skipped under that name and no other.
      expect(skippedKinds(report)).toEqual(WHOLE.includes(name) ? [] : ['engine']);
      for (const skipped of Object.keys(report.skips)) expect(engine.capabilities).not.toContain(skipped);
      expect(report.passed).toBeGreaterThan(WHOLE.includes(name) ? 1400 : 200);
    },
  );

  it.each(TEST_ENGINES)('hold the examples of the annexes, which pass on %s', async (name, engine) => {
    const paths = [
      'sm2/sm2-sign',
      'sm2/sm2-verify',
      'sm2/sm2-encrypt',
      'sm2/sm2-exchange',
      'sm3/sm3',
      'sm4/sm4-modes',
    ];
    const files = paths.map((path) => annexOnly(`${path}.json`));
    const report = await runVectorFiles(files, { engine });
    expect(report.failed).toBe(0);
    if (WHOLE.includes(name)) expect(report.skipped).toBe(0);
    for (const { file, passed, skipped } of report.files) expect(passed + skipped, file).toBeGreaterThan(0);
  });

  it('are the annexes of GB/T 32918, 32905 and 32907 whole, and pass on the default engine [EDGE-010]', async () => {
    // Signature (A), key exchange on both sides (B), encryption in three encodings (C); A.1 and A.2; A.1 and A.2.
    const EXAMPLES: Readonly<Record<string, number>> = {
      'sm2/sm2-sign.json': 1,
      'sm2/sm2-verify.json': 1,
      'sm2/sm2-exchange.json': 2,
      'sm2/sm2-encrypt.json': 3,
      'sm3/sm3.json': 2,
      'sm4/sm4-modes.json': 2,
    };
    const files = Object.keys(EXAMPLES).map((path) => annexOnly(path));
    const report = await runVectorFiles(files, { engine: wasmSimd });
    expect(report).toMatchObject({ failed: 0, skipped: 0 });
    for (const { file, passed } of report.files) expect(passed, file).toBeGreaterThanOrEqual(EXAMPLES[file]!);
    const texts = files.map(({ content }) => fromUtf8(content)).join();
    // r, S_B, C3, both digests and both ciphertexts as the standards print them.
    for (const printed of [
      'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3',
      'd3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb',
      '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766',
      '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
      'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
      '681edf34d206965e86b3e94f536e4246',
      '595298c7c6fd271f0402f804c33d3f66',
    ])
      expect(texts).toContain(printed);
  });

  it('are found wrong on every broken engine', async () => {
    // One fault in each algorithm: the files see it although the engine declares the capability.
    const turned = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
    const broken: Readonly<Record<string, Partial<SmEngine>>> = {
      'sm2-keys': { sm2PublicKey: (d) => turned(nobleEngine.sm2PublicKey(d)) },
      'sm2-sign': { sm2SignDigest: (d, e, random) => turned(nobleEngine.sm2SignDigest(d, e, random)) },
      'sm2-verify': { sm2VerifyDigest: () => true },
      'sm2-encrypt': { sm2Decrypt: (d, c) => nobleEngine.sm2Decrypt(d, c)?.slice(1) },
      'sm2-exchange': { sm2ExchangePoint: () => undefined },
      sm3: { sm3Digest: () => new Uint8Array(32) },
      zuc: { zuc: () => ({ words: () => undefined, destroy: () => undefined }) },
    };
    for (const [name, change] of Object.entries(broken)) {
      const path = `${name.slice(0, 3)}/${name}.json`;
      const files = [{ path, content: readFileSync(join(OWN, path)) }];
      const report = await runVectorFiles(files, { engine: { ...nobleEngine, ...change } });
      expect(report.failed, name).toBeGreaterThan(0);
    }
  });
});

describe('vector files from memory', () => {
  const bytes = (content: unknown) => utf8(JSON.stringify(content));

  it('are run without a folder, and chosen by the last part of their path', async () => {
    const files = [
      { path: 'a/b/mac.json', content: bytes({ cases: [GOOD] }) },
      { path: 'sm9_openhitls.json', content: bytes({ cases: [{}] }) },
    ];
    const report = await runVectorFiles(files, { engine: nobleEngine });
    expect(report).toMatchObject({ passed: 1, failed: 0, skipped: 1, skips: { sm9: 1 } });
    expect(report.files.map(({ file }) => file)).toEqual(['a/b/mac.json', 'sm9_openhitls.json']);
  });

  it('leave schemas out, and fail what cannot be read', async () => {
    const report = await runVectorFiles(
      [
        { path: 'x.schema.json', content: bytes({}) },
        { path: 'mac.json', content: Uint8Array.of(0xff, 0xfe) },
        {
          path: 'gone.json',
          get content(): Uint8Array {
            throw new Error('no such file');
          },
        },
      ],
      { engine: nobleEngine },
    );
    expect(report.files.map(({ file, failed }) => [file, failed])).toEqual([
      ['mac.json', 1],
      ['gone.json', 1],
    ]);
  });

  it('let other work run in between', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const cases = Array.from({ length: 40 }, () => ({
      msg_pattern: "1,000,000 x 'a'",
      digest: '00'.repeat(32),
    }));
    const files = [{ path: 'sm3.json', content: bytes({ cases }) }];
    await runVectorFiles(files, { engine: nobleEngine });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  const own = (test: object, more: object = {}) => ({
    path: 'any-name.json',
    content: bytes({
      schema: 'sm3.schema.json',
      numberOfTests: 1,
      testGroups: [
        {
          type: 'Sm3',
          tests: [
            { tcId: 1, comment: '', flags: ['X'], msg: '616263', digest: DIGEST, result: 'valid', ...test },
          ],
        },
      ],
      ...more,
    }),
  });
  const runOwn = (test: object, more: object = {}) =>
    runVectorFiles([own(test, more)], { engine: nobleEngine });

  it('in the shape of Wycheproof are chosen by their schema', async () => {
    expect(await runOwn({})).toMatchObject({ passed: 1, failed: 0, skipped: 0 });
    expect(await runOwn({}, { schema: 'other.schema.json' })).toMatchObject({ skips: { 'unknown-file': 1 } });
  });

  it.each([
    ['a wrong number of tests', {}, { numberOfTests: 2 }],
    ['no number of tests', {}, { numberOfTests: null }],
    ['an unknown result', { result: 'good' }, {}],
    ['no result', { result: null }, {}],
    ['a number for bytes', { msg: 5 }, {}],
    ['no id', { tcId: null }, {}],
    ['no groups', {}, { testGroups: {} }],
  ])('fail with %s', async (_what, test, more) => {
    expect(await runOwn(test, more)).toMatchObject({ failed: 1 });
  });
});

describe('vector runner', () => {
  it('reports each file, in the order of names, and the sums [EDGE-062]', async () => {
    const seen: string[] = [];
    const dir = folder({
      'b/mac.json': { cases: [GOOD] },
      'a/sm9_openhitls.json': { cases: [{}, {}] },
      'a/readme.md': 'text',
    });
    const report = await runVectors({ dir, engine: nobleEngine, onFile: ({ file }) => seen.push(file) });
    expect(seen).toEqual(['a/sm9_openhitls.json', 'b/mac.json']);
    expect(report).toMatchObject({ engine: 'noble', passed: 1, failed: 0, skipped: 2, skips: { sm9: 2 } });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('fails a case with a wrong value, and goes on', async () => {
    const result = await runOne('mac.json', {
      cases: [{ ...GOOD, tag: TAG.replace('36', '37') }, GOOD],
    });
    expect(result).toMatchObject({ passed: 1, failed: 1, failures: [{ id: 'case 1' }] });
  });

  it('fails a case that lacks a field or has a wrong type, and goes on', async () => {
    const cases = [
      { ...GOOD, tag: undefined },
      { ...GOOD, tag: 5 },
      { ...GOOD, msg: 'xyz' },
      { ...GOOD, msg: null },
      GOOD,
    ];
    const result = await runOne('mac.json', { cases });
    expect(result).toMatchObject({ passed: 1, failed: 4 });
  });

  it.each([
    ['no JSON', 'not json'],
    ['no object', '[]'],
    ['no list of cases', { cases: {} }],
    ['a case that is no object', { cases: [7] }],
    ['nesting', `${'['.repeat(100)}${']'.repeat(100)}`],
  ])('fails a file with %s', async (_name, content) => {
    expect(await runOne('mac.json', content)).toMatchObject({
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
    expect(await runOne('mac.json', { cases: [GOOD] }, engine)).toMatchObject({
      passed: 0,
      skips: { sm3: 1 },
    });
  });

  it('runs a lying engine as what it says it is', async () => {
    const lying = {
      ...nobleEngine,
      sm3: () => nobleEngine.sm3().update(Uint8Array.of(0)),
      sm3Digest: () => new Uint8Array(32),
    };
    expect(await runOne('mac.json', { cases: [GOOD] }, lying)).toMatchObject({ passed: 0, failed: 1 });
    const crash = () => {
      throw new TypeError('x is undefined');
    };
    const throwing = {
      ...nobleEngine,
      sm3: crash,
      sm3Digest: crash,
    };
    const result = await runOne('mac.json', { cases: [GOOD] }, throwing);
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
    const lenient = {
      ...nobleEngine,
      sm4: (key: Uint8Array) => ({
        ...nobleEngine.sm4(key),
        cbcDecrypt: (_iv: Uint8Array, _input: Uint8Array, output: Uint8Array) => void output.fill(16),
        destroy: () => undefined,
      }),
    };
    expect(await runOne('sm4_padding.json', { cases: [invalid] }, lenient)).toMatchObject({ failed: 1 });
    expect(await runOne('sm4_padding.json', { cases: [acceptable] }, lenient)).toMatchObject({ passed: 1 });
    const other = { ...acceptable, pt: '01' };
    expect(await runOne('sm4_padding.json', { cases: [other] }, lenient)).toMatchObject({ failed: 1 });
  });

  it('does not let a pattern or a chain ask for too much', async () => {
    const huge = { msg_pattern: "999,999,999 x 'a'", digest: DIGEST };
    const unclear = { pattern: 'as in the last case', len: 5, digest: DIGEST };
    expect(await runOne('sm3_standard.json', { cases: [huge, unclear] })).toMatchObject({
      passed: 0,
    });
    const long = { mode: 'ecb', key: '00'.repeat(16), pt: '00'.repeat(16), ct: '00', iterations: 1e9 };
    expect(await runOne('sm4_standard.json', { cases: [long] })).toMatchObject({ failed: 1 });
  });

  it('describes twenty failures of a file and counts all', async () => {
    const cases = Array.from({ length: 30 }, () => ({ ...GOOD, tag: '00'.repeat(32) }));
    const result = await runOne('mac.json', { cases });
    expect(result.failed).toBe(30);
    expect(result.failures).toHaveLength(20);
  });

  it('says so when the folder cannot be read', async () => {
    const missing = join(folder({}), 'no-such-folder');
    const unreadable = expect.objectContaining({ code: 'ERR_VECTORS_UNREADABLE' });
    await expect(runVectors({ dir: missing, engine: nobleEngine })).rejects.toThrow(unreadable);
    const file = join(folder({ 'x.json': {} }), 'x.json');
    await expect(runVectors({ dir: file, engine: nobleEngine })).rejects.toThrow(unreadable);
    const deep = folder({ [`${'d/'.repeat(9)}mac.json`]: { cases: [GOOD] } });
    await expect(runVectors({ dir: deep, engine: nobleEngine })).rejects.toThrow(unreadable);
  });

  it('follows no links', async () => {
    const dir = folder({ 'mac.json': { cases: [GOOD] } });
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
    expect(engine).toEqual([...wasmSimd.capabilities].sort());
  });
});

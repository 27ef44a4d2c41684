import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ALLOWED_SKIPS } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { findChromium } from '../src/browser/chromium.ts';
import { type BrowserReport, browserLines, runInBrowser } from '../src/browser/run-browser.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');
const SHARED = `${ROOT}/../shared/vectors`;
const chromium = findChromium();
if (chromium === undefined) console.info('no Chromium found (CSSI_CHROMIUM): skipped the browser tests');

const smCore = process.env.CSSI_SM_CORE_DIST ?? `${ROOT}/packages/sm-core/dist`;
const options = { root: ROOT, smCore, ...(existsSync(SHARED) ? { moreVectors: { shared: SHARED } } : {}) };

describe('finding the browser', () => {
  it('takes the one that the environment names, and no other', () => {
    expect(findChromium({ CSSI_CHROMIUM: process.execPath })).toBe(process.execPath);
    expect(findChromium({ CSSI_CHROMIUM: '/no/such/browser' })).toBeUndefined();
    expect(findChromium({ CSSI_CHROMIUM: '' })).toBe(findChromium({}));
  });

  it('says so when the package is not built', async () => {
    await expect(runInBrowser({ ...options, smCore: '/no/such/dist', chromium: '/none' })).rejects.toThrow(
      /not built/,
    );
  });
});

describe.skipIf(chromium === undefined)('headless Chromium', () => {
  it('runs all vectors on both engines, in a page and in a worker [part of EDGE-062]', {
    timeout: 600_000,
  }, async () => {
    const report: BrowserReport = await runInBrowser({ ...options, chromium: chromium!, seconds: 0.2 });
    for (const line of browserLines(report)) console.info(line);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.places.map(({ where }) => where)).toEqual(['page', 'worker']);
    for (const { runs, measured } of report.places) {
      expect(runs.map(({ engine, path }) => [engine, path])).toEqual([
        ['wasm', 'wasm-simd128'],
        ['noble', 'javascript'],
      ]);
      for (const { failures, failed, passed, files, skips } of runs) {
        expect(failures).toEqual([]);
        expect(failed).toBe(0);
        expect(files).toBeGreaterThan(10);
        expect(passed).toBeGreaterThan(1200);
        const kinds = Object.keys(skips).map(
          (name) => ALLOWED_SKIPS[name as keyof typeof ALLOWED_SKIPS]?.kind,
        );
        expect(kinds.filter((kind) => kind !== 'out-of-scope' && kind !== 'elsewhere')).toEqual([]);
      }
      expect(Object.keys(measured)).toHaveLength(8);
      for (const [name, value] of Object.entries(measured)) expect(value, name).toBeGreaterThan(0);
    }
  });

  it('says what is missing when the page does not load', { timeout: 120_000 }, async () => {
    const dist = mkdtempSync(join(tmpdir(), 'cssi-browser-'));
    try {
      writeFileSync(join(dist, 'index.js'), "import './gone.js';\n");
      const run = runInBrowser({ ...options, smCore: dist, chromium: chromium! });
      await expect(run).rejects.toThrow(/does not load.*missing \/sm-core\//);
    } finally {
      rmSync(dist, { recursive: true, force: true });
    }
  });
});

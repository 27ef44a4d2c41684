import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { chromium } from 'playwright-core';
import { servePage } from './server.ts';

/** Vectors on one engine in one place. */
export interface BrowserVectors {
  readonly engine: string;
  /** How the engine computes there, for example `wasm-simd128`. */
  readonly path: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skips: Readonly<Record<string, number>>;
  readonly files: number;
  readonly failures: readonly string[];
  readonly milliseconds: number;
}

/** What one place gave: the page, or a Web Worker. */
export interface BrowserPlace {
  readonly where: 'page' | 'worker';
  /** The default engine, then noble. */
  readonly runs: readonly BrowserVectors[];
  /** Rates of the default engine, the unit in the name; empty when nothing was measured. */
  readonly measured: Readonly<Record<string, number>>;
}

/** Result of one run; plain JSON. */
export interface BrowserReport {
  readonly browser: string;
  readonly places: readonly BrowserPlace[];
}

/** What to run. */
export interface BrowserOptions {
  /** Root of the repository. */
  readonly root: string;
  /** Path of the browser; see `findChromium`. */
  readonly chromium: string;
  /** `dist` of sm-core when it is not the one in the repository. */
  readonly smCore?: string;
  /** Folders of vectors beside `vectors` of the repository, by name. */
  readonly moreVectors?: Readonly<Record<string, string>>;
  /** How long each operation is measured; 0 for no measurement. */
  readonly seconds?: number;
  /** How long one place may take. */
  readonly timeoutMilliseconds?: number;
}

/** Paths below `folder`, with `/`, of JSON files that are no schema. */
function jsonFiles(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.json') && !path.endsWith('.schema.json'))
    .sort();
}

/**
 * Runs the vectors and a short measurement of sm-core in headless Chromium: in a page that
 * loads `dist` as it is, through an import map, and in a Web Worker.
 *
 * @throws Error when the page does not load; the message says what was missing
 */
export async function runInBrowser(options: BrowserOptions): Promise<BrowserReport> {
  const { root, seconds = 0.3, timeoutMilliseconds = 300_000 } = options;
  const smCore = options.smCore ?? join(root, 'packages/sm-core/dist');
  if (!existsSync(join(smCore, 'index.js'))) throw new Error('packages/sm-core is not built');
  const require = createRequire(join(root, 'packages/sm-core/package.json'));
  const vectors = { vectors: join(root, 'vectors'), ...options.moreVectors };
  const server = await servePage({
    smCore,
    noble: dirname(dirname(require.resolve('@noble/curves/utils.js'))),
    vectors,
    vectorFiles: Object.entries(vectors).flatMap(([name, folder]) =>
      jsonFiles(folder).map((path) => `${name}/${path}`),
    ),
  });
  try {
    const browser = await chromium.launch({
      executablePath: options.chromium,
      headless: true,
      // CI runs as root in a container, where the sandbox of the browser cannot be set up.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(timeoutMilliseconds);
      const problems: string[] = [];
      page.on('pageerror', ({ message }) => problems.push(message));
      await page.goto(server.url);
      const state = 'globalThis.loaded ? "loaded" : globalThis.failed ? "failed" : undefined';
      const waited = page.waitForFunction(state, undefined, { timeout: 60_000 });
      const failed = new Promise<'failed'>((resolve) => page.once('pageerror', () => resolve('failed')));
      const ended = await Promise.race([waited.then((handle) => handle.jsonValue()), failed]);
      if (ended !== 'loaded') {
        waited.catch(() => undefined);
        const missing = server.refused.map((path) => `missing ${path}`);
        throw new Error(['the page does not load', ...problems, ...missing].join('; '));
      }
      const places = [
        (await page.evaluate(`runHere(${seconds})`)) as BrowserPlace,
        (await page.evaluate(`runInWorker(${seconds})`)) as BrowserPlace,
      ];
      return { browser: `Chromium ${browser.version()}`, places };
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

/** The report for people, a line for each run and each rate. */
export function browserLines({ browser, places }: BrowserReport): string[] {
  return places.flatMap(({ where, runs, measured }) => [
    ...runs.map(
      ({ engine, path, passed, failed, skipped, milliseconds }) =>
        `${browser}, ${where}, ${engine} (${path}): ${passed} passed, ${failed} failed, ${skipped} skipped, ${milliseconds} ms`,
    ),
    ...Object.entries(measured).map(([name, value]) => `${browser}, ${where}, ${name}: ${Math.round(value)}`),
  ]);
}

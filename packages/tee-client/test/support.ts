import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach } from 'vitest';
import {
  createSoftwareTee,
  type SoftwareTee,
  type SoftwareTeeOptions,
} from '../src/adapters/software/index.ts';

/** The clock of the tests. */
export const NOW = new Date('2026-12-01T00:00:00Z');
export const clock = (): Date => new Date(NOW);

const root = fileURLToPath(new URL('..', import.meta.url));

function newest(folder: string, extension: string): number {
  return Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return newest(path, extension);
      return entry.name.endsWith(extension) ? statSync(path).mtimeMs : 0;
    }),
  );
}

/** Says plainly what to do when the worker is not built, or older than the sources. */
export function requireBuild(): void {
  const worker = join(root, 'dist/adapters/software/worker.js');
  if (!existsSync(worker)) {
    throw new Error(
      'the worker of the software TEE is not built: run `npx tsc -b packages/tee-client` first',
    );
  }
  if (statSync(join(root, 'dist/.tsbuildinfo')).mtimeMs < newest(join(root, 'src'), '.ts')) {
    console.warn('tee-client: sources are newer than dist; run `npx tsc -b packages/tee-client`');
  }
}

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs `cleanup` after the test. */
export function onCleanup(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

/** A folder that goes away after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-tee-'));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A software TEE for a whole file; `stop` ends it. */
export async function startTeeFor(): Promise<{ tee: SoftwareTee; stop: () => Promise<void> }> {
  requireBuild();
  const dataDir = mkdtempSync(join(tmpdir(), 'cssi-tee-'));
  const tee = await createSoftwareTee({ dataDir, clock, conformanceTa: true });
  return {
    tee,
    stop: async () => {
      await tee.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A software TEE whose workers the test can reach; closed after the test. */
export async function startTee(
  options: Partial<SoftwareTeeOptions> = {},
): Promise<{ tee: SoftwareTee; dataDir: string; workers: Worker[] }> {
  requireBuild();
  const dataDir = options.dataDir ?? temporaryFolder();
  const workers: Worker[] = [];
  const tee = await createSoftwareTee(
    { clock, conformanceTa: true, ...options, dataDir },
    {
      startWorker: (file, workerOptions) => {
        const worker = new Worker(file, workerOptions);
        workers.push(worker);
        return worker;
      },
    },
  );
  onCleanup(() => tee.close());
  return { tee, dataDir, workers };
}

/** The error an action ends with. */
export async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('the action succeeded, a failure was expected');
}

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createSoftwareTee,
  type DomainMode,
  type SoftwareTee,
  type SoftwareTeeDeps,
  type SoftwareTeeOptions,
} from '../src/adapters/software/index.ts';
import type { ModuleEvent } from '../src/spec/v1/monitor.ts';
import { clock, onCleanup, temporaryFolder } from './basics.ts';

export { clock, failureOf, NOW, onCleanup, temporaryFolder } from './basics.ts';

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

let warned = false;

/** Says plainly what to do when the domains are not built, or older than the sources. */
export function requireBuild(): void {
  const domain = join(root, 'dist/adapters/software/domain');
  if (!existsSync(domain)) {
    throw new Error('the software TEE is not built: run `npx tsc -b packages/tee-client` first');
  }
  if (warned) return;
  warned = true;
  if (statSync(join(root, 'dist/.tsbuildinfo')).mtimeMs < newest(join(root, 'src'), '.ts')) {
    console.warn('tee-client: sources are newer than dist; run `npx tsc -b packages/tee-client`');
  }
}

/** The ways the software TEE separates applications. */
export const MODES: readonly DomainMode[] = ['process', 'worker', 'in-process'];

/** A software TEE for a whole file; `stop` ends it. */
export async function startTeeFor(
  options: Partial<SoftwareTeeOptions> = {},
): Promise<{ tee: SoftwareTee; dataDir: string; stop: () => Promise<void> }> {
  if (options.mode !== 'in-process') requireBuild();
  const dataDir = mkdtempSync(join(tmpdir(), 'cssi-tee-'));
  const tee = await createSoftwareTee({
    clock,
    conformanceTa: true,
    checkIntervalMs: 0,
    ...options,
    dataDir,
  });
  return {
    tee,
    dataDir,
    stop: async () => {
      await tee.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A software TEE with its events; closed after the test. */
export async function startTee(
  options: Partial<SoftwareTeeOptions> = {},
  deps: SoftwareTeeDeps = {},
): Promise<{ tee: SoftwareTee; dataDir: string; events: ModuleEvent[] }> {
  if (options.mode !== 'in-process') requireBuild();
  const dataDir = options.dataDir ?? temporaryFolder();
  const tee = await createSoftwareTee(
    { clock, conformanceTa: true, checkIntervalMs: 0, ...options, dataDir },
    deps,
  );
  const events: ModuleEvent[] = [];
  tee.module.subscribe((event) => events.push(event));
  onCleanup(() => tee.close());
  return { tee, dataDir, events };
}

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder of this test file, removed when the file is done. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `cssi-${name}-`));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The compiled package, which child processes load: Node 20 loads no TypeScript. */
export const dist: URL = new URL('../../dist/', import.meta.url);

/** Says plainly what is missing instead of letting a child process fail without a reason. */
export function requireBuild(file: string): string {
  const url = new URL(file, dist);
  if (!existsSync(url)) throw new Error(`run \`pnpm build\` first: dist/${file} is missing`);
  return url.href;
}

export const NOW: Date = new Date('2026-12-01T00:00:00Z');

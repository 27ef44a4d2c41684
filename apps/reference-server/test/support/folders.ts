import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** The time of tests; only TLS, which has no other clock than the machine's, needs the real one. */
export const NOW = new Date('2026-12-01T00:00:00Z');

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-server-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

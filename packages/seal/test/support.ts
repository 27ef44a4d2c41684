import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The clock of all tests. */
export const NOW = new Date('2026-12-01T00:00:00Z');

const samples = fileURLToPath(new URL('../../../../shared/samples/seal/', import.meta.url));

/** Whether the shared samples are there; says so when not. */
export function samplesPresent(what: string): boolean {
  const present = existsSync(samples);
  if (!present) console.info(`shared test data not present: skipped ${what}`);
  return present;
}

/** Bytes of a sample. */
export function sample(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(samples + name));
}

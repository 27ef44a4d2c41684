import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../../shared/samples/evidence/', import.meta.url));

/** Is the evidence of real hardware there? Says once when not. */
export function samplePresent(...names: readonly string[]): boolean {
  const missing = names.filter((name) => !existsSync(root + name));
  if (missing.length > 0)
    console.info(`shared test data not present: skipped samples/evidence/${missing[0]}`);
  return missing.length === 0;
}

export const sample = (name: string): Uint8Array => Uint8Array.from(readFileSync(root + name));
export const sampleText = (name: string): string => readFileSync(root + name, 'utf8');

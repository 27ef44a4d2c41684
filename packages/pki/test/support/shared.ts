import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromHex } from '@cssi/sm-core';

const root = fileURLToPath(new URL('../../../../../shared/', import.meta.url));

/** Is the shared test data there? Says once when not. */
export function sharedPresent(path: string): boolean {
  const present = existsSync(root + path);
  if (!present) console.info(`shared test data not present: skipped ${path}`);
  return present;
}

/** A folder of the shared data, ending in `/`. */
export const sharedFolder = (path: string): string => root + path;
export const sharedText = (path: string): string => readFileSync(root + path, 'utf8');
export const sharedBytes = (path: string): Uint8Array => Uint8Array.from(readFileSync(root + path));

/** One case of a vector file; fields as its README lists them. */
export interface VectorCase {
  readonly name?: string;
  readonly kind: string;
  readonly der: string;
  readonly sha256?: string;
  readonly issuer?: string;
  readonly expected?: string;
  readonly key?: string;
  readonly note?: string;
  readonly pub?: string;
  readonly serial?: string;
  readonly subject?: string;
  readonly not_before?: string;
  readonly not_after?: string;
  readonly extensions?: readonly string[];
  readonly key_usage_hex?: string;
  readonly sig_check?: string | readonly { readonly issuer_sha256: string; readonly id: string }[];
}

export const vectorCases = (path: string): readonly VectorCase[] =>
  (JSON.parse(sharedText(path)) as { cases: VectorCase[] }).cases;

export const derOf = (item: VectorCase): Uint8Array => fromHex(item.der);

// What the other scripts need to know about the workspace.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The published packages, in import order. */
export const layers = [
  'sm-core',
  'pki',
  'tee-client',
  'security-service-api',
  'kms',
  'seal',
  'model-transfer',
];

export const apps = readdirSync(join(root, 'apps'));

export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** Every file below `folder` (relative to the root) whose path matches. */
export function walk(folder, matches) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : walk(path, matches);
    return matches.test(path) ? [path] : [];
  });
}

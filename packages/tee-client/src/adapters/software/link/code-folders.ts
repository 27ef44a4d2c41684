import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * The folders a child process reads its code from: this package and the packages it depends on, each
 * by its own path and by the link that leads to it.
 */
export function codeFolders(): readonly string[] {
  const own = packageFolder(dirname(fileURLToPath(import.meta.url)));
  const folders = new Set<string>();
  if (own !== undefined) add(own, folders);
  return outermost([...folders]);
}

/** Without folders inside others: Node's permission model ends the process on some that overlap. */
export function outermost(folders: readonly string[]): readonly string[] {
  const unique = [...new Set(folders)];
  return unique.filter((one) => !unique.some((other) => other !== one && one.startsWith(`${other}${sep}`)));
}

function packageFolder(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function add(folder: string, folders: Set<string>): void {
  const real = realpathSync(folder);
  folders.add(folder);
  if (real !== folder && folders.has(real)) return;
  folders.add(real);
  let manifest: PackageFile;
  try {
    manifest = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8')) as PackageFile;
  } catch {
    return;
  }
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const found = dependencyFolder(real, name);
    if (found !== undefined && !folders.has(found)) add(found, folders);
  }
}

/** As Node looks for packages: in node_modules of the folder and of those above it. */
function dependencyFolder(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', ...name.split('/'));
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

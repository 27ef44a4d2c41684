import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireBuild, temporaryFolder } from '../support.ts';

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

/** An installation of the compiled package in a folder of its own, which a test may alter. */
export function install(): string {
  requireBuild();
  const root = join(temporaryFolder(), 'tee-client');
  mkdirSync(root);
  cpSync(join(packageRoot, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(packageRoot, 'package.json'), join(root, 'package.json'));
  for (const name of Object.keys(dependencies)) {
    // Linked one by one: a domain may read the packages, and nothing beside them.
    const link = join(root, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(packageRoot, 'node_modules', name)), link);
  }
  return root;
}

/** Names of the compiled files of a folder of an installation. */
export const compiledFiles = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.js'));

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the suites ran on. Names no host, user or folder. */
export interface RunEnvironment {
  readonly platform: string;
  readonly architecture: string;
  readonly operatingSystem: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly openssl: string;
  /** Versions of the packages under test and of what they are built on. */
  readonly packages: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const OWN_MANIFEST = fileURLToPath(new URL('../package.json', import.meta.url));

const readManifest = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest;

/** Where `name` is installed for the package whose manifest is at `from`; links are followed. */
function manifestOf(name: string, from: string): string | undefined {
  const folders = createRequire(from).resolve.paths(name) ?? [];
  const path = folders.map((folder) => join(folder, name, 'package.json')).find(existsSync);
  return path === undefined ? undefined : realpathSync(path);
}

/** This app's dependencies, and theirs one level down. */
function packageVersions(): Record<string, string> {
  const versions = new Map<string, string>();
  const visit = (from: string, depth: number): void => {
    for (const name of Object.keys(readManifest(from).dependencies ?? {})) {
      const path = manifestOf(name, from);
      if (path === undefined) continue;
      versions.set(name, readManifest(path).version);
      if (depth > 0) visit(path, depth - 1);
    }
  };
  visit(OWN_MANIFEST, 1);
  return Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Name and version of this tool. */
export function describeTool(): { readonly name: string; readonly version: string } {
  return { name: 'cssi-hil', version: readManifest(OWN_MANIFEST).version };
}

/** Describes the machine, the runtime and the installed packages. */
export function describeEnvironment(): RunEnvironment {
  const processors = cpus();
  return {
    platform: process.platform,
    architecture: process.arch,
    operatingSystem: release(),
    processor: processors[0]?.model.trim() || 'unknown',
    processors: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    openssl: process.versions.openssl ?? 'none',
    packages: packageVersions(),
  };
}

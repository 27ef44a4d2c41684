import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson, parseJson, sm3, toHex, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { BootEvent, BootStage } from '../../spec/v1/evidence.ts';
import type { DomainMode } from './domain-protocol.ts';
import { storage } from './files.ts';
import { measureRuntime } from './measure-runtime.ts';

const CODE = /\.(?:js|mjs|cjs|json|node)$/;
const SOURCE = /(?<!\.d)\.ts$/;
const MAX_PACKAGE_JSON = 1 << 20;
const here: string = fileURLToPath(import.meta.url);
const runsFromSource: boolean = here.endsWith('.ts');

/** The package's folder: of the compiled adapter and of its source the third above. */
const packageRoot: string = join(dirname(here), '../../..');

/**
 * The folder with the code of the domains: `dist` of the package. Where the sources run (tests),
 * domains in the calling process run from `src`; Node 20 cannot start others from `.ts`.
 *
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING
 */
export function domainCode(mode: DomainMode, root: string = packageRoot): string {
  if (runsFromSource && mode === 'in-process') return join(root, 'src');
  const folder = join(root, 'dist');
  if (!existsSync(join(folder, 'adapters', 'software', 'domain'))) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_WORKER_MISSING');
  }
  return folder;
}

/** SM3 over the names and SM3 digests of files, in the order of the names. */
function digestFiles(root: string, files: readonly string[]): string {
  const list = files
    .map((file) => ({
      name: relative(root, file).split(sep).join('/'),
      digest: toHex(sm3(readFileSync(file))),
    }))
    .sort((x, y) => (x.name < y.name ? -1 : 1));
  return toHex(sm3(canonicalJson(list)));
}

/** Code below `folder`, without the packages and the build state in it. */
function codeBelow(folder: string, pattern: RegExp = CODE): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : codeBelow(path, pattern);
    return entry.isFile() && pattern.test(entry.name) ? [path] : [];
  });
}

/** The folder of an installed package, found as Node finds it. */
function packageFolder(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(folder) === folder)
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: 'step=measure' });
  }
}

interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
}

function packageFacts(folder: string): PackageFacts {
  const value = parseJson(readFileSync(join(folder, 'package.json')), MAX_PACKAGE_JSON) as {
    readonly name: string;
    readonly version: string;
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  return { name: value.name, version: value.version, dependencies: Object.keys(value.dependencies ?? {}) };
}

/** Files of a package that can be loaded. Of this project's only what is published, not sources and tests. */
function packageFiles(folder: string, facts: PackageFacts): string[] {
  return facts.name.startsWith('@cssi/') && existsSync(join(folder, 'dist'))
    ? [...codeBelow(join(folder, 'dist')), join(folder, 'package.json')]
    : codeBelow(folder);
}

/** One event for each package a domain can load (SES among them), with the packages those load, each once. */
function libraryEvents(root: string): BootEvent[] {
  const events = new Map<string, BootEvent>();
  const visit = (folder: string, dependencies: readonly string[]): void => {
    for (const dependency of [...dependencies].sort()) {
      const found = packageFolder(dependency, folder);
      if (events.has(found)) continue;
      const facts = packageFacts(found);
      events.set(found, {
        stage: 'library',
        name: `${facts.name} ${facts.version}`,
        digest: digestFiles(found, packageFiles(found, facts)),
      });
      visit(found, facts.dependencies);
    }
  };
  visit(root, packageFacts(root).dependencies);
  return [...events.values()];
}

/** The adapter's files as they run in this process: the host side and its end of the links. */
function adapterFiles(): string[] {
  const folder = dirname(here);
  return [folder, join(folder, 'link')].flatMap((part) =>
    readdirSync(part)
      .filter((name) => extname(name) === extname(here) && !name.endsWith('.d.ts'))
      .map((name) => join(part, name)),
  );
}

/**
 * What the domains load of this package: the core, the runtime, the specification. An application's
 * image is measured as stage `ta`, so one application's reference value does not hang on another's
 * code; the table of images and the manifests belong to the core.
 */
function domainFiles(folder: string): string[] {
  const images = join(folder, 'adapters', 'software', 'images') + sep;
  const applications = join(folder, 'trusted-applications') + sep;
  const conformance = join(folder, 'conformance') + sep;
  const index = (file: string, name: string): boolean => basename(file, extname(file)) === name;
  return codeBelow(folder, folder.endsWith('src') ? SOURCE : CODE).filter(
    (file) =>
      !file.startsWith(conformance) &&
      (!file.startsWith(images) || index(file, 'index')) &&
      (!file.startsWith(applications) || index(file, 'manifest')),
  );
}

const fileEvent = (stage: BootStage, name: string, root: string, files: readonly string[]): BootEvent => ({
  stage,
  name,
  digest: digestFiles(root, files),
});

/**
 * Measures, before any domain starts, what the host can measure: the runtime's binary, the adapter
 * itself, the libraries, and the code of the domains.
 *
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_STORAGE
 */
export function measureStages(mode: DomainMode): BootEvent[] {
  const folder = domainCode(mode);
  return storage('measure', () => [
    measureRuntime(),
    fileEvent('adapter', 'software', dirname(here), adapterFiles()),
    ...libraryEvents(packageRoot),
    fileEvent('worker', 'domain', folder, domainFiles(folder)),
  ]);
}

/** The event of an application's code, as the core records it. */
export const applicationEvent = (name: string, code: string): BootEvent => ({
  stage: 'ta',
  name,
  digest: toHex(sm3(utf8(code))),
});

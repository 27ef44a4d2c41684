import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson, parseJson, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { BootEvent, BootStage } from '../../spec/v1/evidence.ts';
import { storage } from './files.ts';

const CODE = /\.(?:js|mjs|cjs|json|node)$/;
const MAX_PACKAGE_JSON = 1 << 20;
const here: string = fileURLToPath(import.meta.url);

/**
 * The folder of the compiled adapter: this folder when it is the compiled one, and `dist` of the
 * package when the sources run (tests), because Node 20 cannot start a worker from `.ts`.
 */
function compiledFolder(): string {
  const folder = dirname(here);
  return here.endsWith('.ts') ? join(folder, '../../../dist/adapters/software') : folder;
}

/**
 * The compiled worker.
 *
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING
 */
export function workerFile(folder: string = compiledFolder()): string {
  const file = join(folder, 'worker.js');
  if (!existsSync(file)) throw TEE_CLIENT_ERRORS.create('ERR_TEE_WORKER_MISSING');
  return file;
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
function codeBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : codeBelow(path);
    return entry.isFile() && CODE.test(entry.name) ? [path] : [];
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

/** One event for each package the worker can load, with the packages those load, each once. */
function libraryEvents(root: string): BootEvent[] {
  const events = new Map<string, BootEvent>();
  const visit = (folder: string, dependencies: readonly string[]): void => {
    for (const dependency of [...dependencies].sort()) {
      const found = packageFolder(dependency, folder);
      if (events.has(found)) continue;
      const facts = packageFacts(found);
      // Packages of this project: only what is published and loaded, not sources and tests.
      const compiled = join(found, 'dist');
      const files = existsSync(compiled)
        ? [...codeBelow(compiled), join(found, 'package.json')]
        : codeBelow(found);
      events.set(found, {
        stage: 'library',
        name: `${facts.name} ${facts.version}`,
        digest: digestFiles(found, files),
      });
      visit(found, facts.dependencies);
    }
  };
  visit(root, packageFacts(root).dependencies);
  return [...events.values()];
}

/** The adapter's files as they run in this process. */
function adapterFiles(): string[] {
  const folder = dirname(here);
  return readdirSync(folder)
    .filter((name) => extname(name) === extname(here) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

const fileEvent = (stage: BootStage, name: string, root: string, files: readonly string[]): BootEvent => ({
  stage,
  name,
  digest: digestFiles(root, files),
});

/**
 * Measures what the host can measure before it starts the worker: the runtime's version, the
 * adapter itself, the libraries and the worker with all of this package's code it loads.
 *
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_STORAGE
 */
export function measureBeforeWorker(): BootEvent[] {
  const worker = workerFile();
  return storage('measure', () => {
    const compiled = dirname(worker);
    const root = join(compiled, '../../..');
    const applications = join(compiled, 'ta') + sep;
    const own = codeBelow(join(root, 'dist')).filter(
      (file) => !file.startsWith(applications) && !file.startsWith(join(root, 'dist', 'conformance') + sep),
    );
    return [
      // The version's text only: the runtime's binary is outside what this process can vouch for.
      { stage: 'runtime', name: `node ${process.version}`, digest: toHex(sm3(Buffer.from(process.version))) },
      fileEvent('adapter', 'software', dirname(here), adapterFiles()),
      ...libraryEvents(root),
      fileEvent('worker', 'worker', root, own),
    ];
  });
}

/**
 * Measures the code of one trusted application; the worker does so before it loads it.
 *
 * @throws {@link SmError} ERR_TEE_STORAGE
 */
export function measureApplication(name: string): BootEvent {
  const folder = join(compiledFolder(), 'ta');
  return storage('measure', () =>
    fileEvent('ta', name, folder, [...codeBelow(join(folder, name)), join(folder, 'trusted-application.js')]),
  );
}

// Set-up and start in one command, with nothing but Node and npm on the machine.
// Installs what is missing with the pinned pnpm, builds what is stale, then runs
// the command. All it says goes to stderr, so that `--json` output stays clean.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const pnpm = manifest.packageManager.split('+')[0];
const stampFile = 'node_modules/.cssi-installed';
const say = (text) => process.stderr.write(`cssi: ${text}\n`);

const commands = {
  setup: () => 0,
  start: (args) => run(process.execPath, ['apps/reference-server/dist/main.js', ...args]),
  demo: (args) => run(process.execPath, ['apps/demo/dist/main.js', ...args]),
  bench: (args) => run(process.execPath, ['apps/bench/dist/main.js', ...args]),
  cssi: (args) => run(process.execPath, ['apps/cli/dist/main.js', ...args]),
  hil: (args) => run(process.execPath, ['apps/hil-test/dist/main.js', ...args]),
  test: (args) => {
    mkdirSync('reports', { recursive: true });
    rmSync('reports/vitest.json', { force: true });
    const reporters = ['--reporter=default', '--reporter=json', '--outputFile.json=reports/vitest.json'];
    return run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args]);
  },
};

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name ?? '')) {
  say(`unknown command; use one of: ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}
checkNode();
install();
build();
process.exit(await commands[name](args));

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node ${process.versions.node} is too old: ${manifest.engines.node} is needed.`);
  process.exit(3);
}

/** Digest of everything an install depends on. */
function installDigest() {
  const hash = createHash('sha256');
  const manifests = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(folder).map((entry) => join(folder, entry, 'package.json')),
  );
  const files = [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    'tooling/package.json',
    ...manifests,
  ];
  for (const file of files.filter(existsSync).sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

function install() {
  const digest = installDigest();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;
  say(`installing dependencies with ${pnpm} (once; later runs skip this) …`);
  const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_yes: 'true', CI: 'true' };
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
  const result = spawnSync(
    npx,
    ['--yes', pnpm, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'],
    { env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' },
  );
  if (result.status !== 0) {
    say('the install step failed; nothing was built or started.');
    say('- If the lines above speak of a network, registry, ENOTFOUND or ETIMEDOUT error, the npm registry');
    say(
      '  cannot be reached and the local cache does not hold every package. Check `npm ping`, your proxy and',
    );
    say('  `npm config get registry`, then run the same command again. A filled cache needs no network.');
    say(
      '- If they speak of an outdated lock file, a package.json was changed without updating pnpm-lock.yaml:',
    );
    say(`  run \`npx ${pnpm} install\` once and commit the lock file.`);
    process.exit(3);
  }
  writeFileSync(stampFile, digest);
}

function build() {
  if (isBuilt()) return;
  say('building …');
  const result = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    say('the build failed.');
    process.exit(3);
  }
  writeFileSync('node_modules/.cssi-built', sourceDigest());
}

/** True when no source changed since the last complete build. */
function isBuilt() {
  const stamp = 'node_modules/.cssi-built';
  return (
    existsSync(stamp) && existsSync('apps/cli/dist/main.js') && readFileSync(stamp, 'utf8') === sourceDigest()
  );
}

function sourceDigest() {
  const hash = createHash('sha256');
  const files = ['packages', 'apps'].flatMap((folder) => walk(folder));
  for (const file of ['tsconfig.base.json', ...files].sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return ['node_modules', 'dist', 'test', '.turbo'].includes(entry.name) ? [] : walk(path);
    }
    return /(\.ts|tsconfig\.json|package\.json)$/.test(entry.name) ? [path] : [];
  });
}

function run(command, commandArgs) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => {
      say(`cannot start ${commandArgs[0]}: ${error.message}`);
      resolve(3);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 3)));
  });
}

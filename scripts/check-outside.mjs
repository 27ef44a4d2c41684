// The conformance suites of tee-client as a vendor runs them: packages packed as they are published,
// installed with plain npm in a folder outside of the workspace, run by a program of a few lines.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './workspace.mjs';

const PACKAGES = ['sm-core', 'pki', 'tee-client'];
const folder = mkdtempSync(join(tmpdir(), 'cssi-outside-'));
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const PROGRAM = `
import { mkdtempSync } from 'node:fs';
import { runSuite } from '@cssi/sm-core/conformance';
import { createSoftwareTee } from '@cssi/tee-client/adapters/software';
import { conformanceCapabilities, securityModuleSuite, teeClientSuite } from '@cssi/tee-client/conformance';

const make = (name) =>
  createSoftwareTee({ dataDir: mkdtempSync(\`./\${name}-\`), mode: process.argv[2], conformanceTa: true });
const tee = await make('tee');
const others = [];
const module = {
  module: tee.module,
  open: async () => {
    const other = await make('other');
    others.push(other);
    return other.module;
  },
};
const reports = [
  await runSuite(teeClientSuite, {
    name: tee.name,
    subject: tee,
    capabilities: await conformanceCapabilities(tee),
  }),
  await runSuite(securityModuleSuite, {
    name: tee.name,
    subject: module,
    capabilities: tee.module.describe().capabilities,
  }),
];
for (const tee of others) await tee.close();
await tee.close();
console.log(JSON.stringify(reports));
`;

try {
  for (const name of PACKAGES) {
    run('npx', ['--yes', 'pnpm@10.34.9', 'pack', '--pack-destination', folder], join(root, 'packages', name));
  }
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const dependencies = Object.fromEntries(
    PACKAGES.map((name) => [
      `@cssi/${name}`,
      `file:${tarballs.find((file) => file.startsWith(`cssi-${name}-`))}`,
    ]),
  );
  // The packages name each other by version; here they are the ones just packed.
  const manifest = { name: 'vendor', private: true, type: 'module', dependencies, overrides: dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'], folder);
  writeFileSync(join(folder, 'run.mjs'), PROGRAM);
  const mode = process.argv[2] ?? 'worker';
  const reports = JSON.parse(run(process.execPath, ['run.mjs', mode], folder));
  for (const { suite, passed, failed, skipped, results } of reports) {
    console.log(`outside: ${suite} in mode ${mode}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
    for (const { id, outcome, detail } of results) {
      if (outcome === 'fail') console.error(`outside: ${id}: ${detail}`);
    }
    if (failed > 0 || passed === 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

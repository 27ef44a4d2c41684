// The quick gates, for use before every commit: format and lint, types, imports,
// unused code. They run side by side; the slow gates are in .ci/run.
import { spawn } from 'node:child_process';

const gates = {
  lint: ['node_modules/@biomejs/biome/bin/biome', 'ci', '.'],
  types: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json'],
  imports: ['scripts/check-imports.mjs'],
  knip: ['node_modules/knip/bin/knip.js'],
  changesets: ['scripts/check-changesets.mjs'],
};

const started = performance.now();
const outcomes = await Promise.all(
  Object.entries(gates).map(
    ([name, args]) =>
      new Promise((resolve) => {
        let output = '';
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
        child.on('close', (code) => resolve({ name, code, output }));
      }),
  ),
);
for (const { name, code, output } of outcomes) {
  if (code !== 0) console.error(`--- ${name} failed\n${output}`);
}
const failed = outcomes.filter((outcome) => outcome.code !== 0).length;
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`check: ${outcomes.length - failed} passed, ${failed} failed in ${seconds} s`);
process.exit(failed > 0 ? 1 : 0);

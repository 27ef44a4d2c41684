// publint and attw on every published package, as it would be packed; and every
// path the README or the exports field documents must load.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { layers, readJson, root } from './workspace.mjs';

let failed = 0;
const fail = (layer, text) => {
  failed++;
  console.error(`packages: ${layer}: ${text}`);
};
for (const layer of layers) {
  const folder = join(root, 'packages', layer);
  const publint = spawnSync(
    process.execPath,
    ['node_modules/publint/src/cli.js', 'run', folder, '--strict', '--pack', 'npm'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (publint.status !== 0) fail(layer, `publint\n${publint.stdout}${publint.stderr}`);
  const attw = spawnSync(
    process.execPath,
    [
      'node_modules/@arethetypeswrong/cli/dist/index.js',
      '--pack',
      folder,
      '--profile',
      'esm-only',
      '--no-color',
      '--no-emoji',
    ],
    { cwd: root, encoding: 'utf8' },
  );
  if (attw.status !== 0) fail(layer, `attw\n${attw.stdout}${attw.stderr}`);
  const { exports, name } = readJson(`packages/${layer}/package.json`);
  for (const [subpath, targets] of Object.entries(exports)) {
    const target = targets.default;
    if (target === undefined) continue;
    if (!existsSync(join(folder, target))) {
      fail(layer, `${name} ${subpath} points to ${target}, which the build does not make`);
      continue;
    }
    try {
      await import(join(folder, target));
    } catch (error) {
      fail(layer, `${name} ${subpath} does not load: ${error.message}`);
    }
  }
}
console.log(`packages: ${layers.length} checked, ${failed} problems`);
process.exit(failed > 0 ? 1 : 0);

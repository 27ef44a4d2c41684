/**
 * Builds the trusted applications that come with the software TEE: one script each, with its digest,
 * as a module in src/adapters/software/images. With --check it only compares.
 *
 * The images are in git so that what is measured is what was reviewed, and so that neither the build
 * nor a user needs the bundler.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const sources = join(root, 'src', 'trusted-applications');
const images = join(root, 'src', 'adapters', 'software', 'images');
const check = process.argv.includes('--check');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** The script: an expression statement whose value is the default export. */
async function script(entry) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'trustedApplication',
    footer: { js: 'trustedApplication.default;' },
    platform: 'neutral',
    target: 'es2023',
    conditions: ['@cssi/source'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'error',
  });
  // Without the path comments the output does not depend on where it was built.
  const text = result.outputFiles[0].text.replaceAll(/^\s*\/\/.*\n/gm, '');
  // What a compartment refuses shows here and not at the first launch.
  const refused = /\bimport\s*\(|\beval\s*\(|<!--|-->/.exec(text);
  if (refused !== null) throw new Error(`${entry}: a compartment refuses "${refused[0]}" in a script`);
  return text;
}

const constant = (name) => `${name.replaceAll('-', '_').toUpperCase()}_IMAGE`;
const literal = (code) =>
  `'${code.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

let stale = 0;
for (const entry of readdirSync(sources, { withFileTypes: true })) {
  if (!entry.isDirectory() || (only.length > 0 && !only.includes(entry.name))) continue;
  const code = await script(join(sources, entry.name, 'index.ts'));
  const file = join(images, `${entry.name}.ts`);
  const text = `// Made by images/build.mjs from src/trusted-applications/${entry.name}; do not edit.
/** Code of the trusted application ${entry.name}, one script. */
export const ${constant(entry.name)}: string =
  ${literal(code)};
`;
  let current = '';
  try {
    current = readFileSync(file, 'utf8');
  } catch {}
  if (current === text) continue;
  if (check) {
    console.error(`stale: ${entry.name}; run node packages/tee-client/images/build.mjs`);
    stale++;
  } else writeFileSync(file, text);
}
process.exitCode = stale > 0 ? 1 : 0;

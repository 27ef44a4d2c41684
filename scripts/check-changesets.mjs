// A change to a published package needs a changeset, and a changeset may only name
// packages that exist.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layers, root } from './workspace.mjs';

const names = new Set(layers.map((layer) => `@cssi/${layer}`));
const files = readdirSync(join(root, '.changeset')).filter(
  (name) => name.endsWith('.md') && name !== 'README.md',
);
let failed = false;
const touched = new Set();
for (const file of files) {
  const text = readFileSync(join(root, '.changeset', file), 'utf8');
  const [, front, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  if (front === undefined || body.trim() === '') {
    failed = true;
    console.error(`changesets: ${file} has no front matter or no text`);
    continue;
  }
  for (const [, name] of front.matchAll(/^["']?([^"':]+)["']?: (?:patch|minor|major)$/gm)) {
    touched.add(name);
    if (!names.has(name)) {
      failed = true;
      console.error(`changesets: ${file} names ${name}, which is not a published package`);
    }
  }
}

/** Packages whose sources changed since the last release (a commit that consumed changesets), or ever. */
function changedPackages() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    const release = git('log', '-1', '--format=%H', '--grep=^Release ');
    const listed =
      release === ''
        ? git('ls-files', 'packages')
        : git('diff', '--name-only', `${release}..HEAD`, '--', 'packages');
    return new Set([...listed.matchAll(/^packages\/([^/]+)\/src\//gm)].map(([, layer]) => `@cssi/${layer}`));
  } catch {
    console.error('changesets: no git history here; only the files themselves were checked');
    return new Set();
  }
}
for (const name of changedPackages()) {
  if (!touched.has(name)) {
    failed = true;
    console.error(`changesets: ${name} changed and no changeset names it`);
  }
}
console.log(`changesets: ${files.length} present`);
process.exit(failed ? 1 : 0);

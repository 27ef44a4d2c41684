// The English and the Chinese README must have the same sections in the same order,
// and every file a document links to must exist.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apps, layers, root, walk } from './workspace.mjs';

let failed = false;
const complain = (text) => {
  failed = true;
  console.error(`readmes: ${text}`);
};
const headings = (path) =>
  readFileSync(join(root, path), 'utf8')
    .replace(/```[\s\S]*?```/g, '')
    .split('\n')
    .filter((line) => /^#{1,4} /.test(line))
    .map((line) => /^#+/.exec(line)[0].length);
const pairs = [['README.md', 'README.zh-CN.md']];
for (const [english, chinese] of pairs) {
  if (headings(english).join() !== headings(chinese).join()) {
    complain(`${english} and ${chinese} do not have the same headings in the same order`);
  }
}
for (const folder of [...layers.map((layer) => `packages/${layer}`), ...apps.map((app) => `apps/${app}`)]) {
  if (!existsSync(join(root, folder, 'README.md'))) complain(`${folder} has no README.md`);
}
const documents = [
  'README.md',
  'README.zh-CN.md',
  'ARCHITECTURE.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  ...walk('docs', /\.md$/).filter((path) => !path.startsWith('docs/reference/')),
  ...walk('packages', /README\.md$/),
  ...walk('apps', /README\.md$/),
];
for (const path of documents) {
  const text = readFileSync(join(root, path), 'utf8').replace(/```[\s\S]*?```/g, '');
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(https?:|mailto:|#)/.test(target)) continue;
    if (!existsSync(join(root, dirname(path), target.split('#')[0])))
      complain(`${path} links to ${target}, which does not exist`);
  }
}
console.log(`readmes: ${documents.length} documents checked`);
process.exit(failed ? 1 : 0);

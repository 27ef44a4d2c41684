// Runs dependency-cruiser and refuses a run that saw too few modules: the tool
// passes with zero modules when it cannot read the sources.
import { spawnSync } from 'node:child_process';

const FLOOR = 150;

const result = spawnSync(
  process.execPath,
  [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--output-type',
    'json',
    'packages',
    'apps',
    '--include-only',
    '^(packages|apps)/[^/]+/src/',
  ],
  { encoding: 'utf8', maxBuffer: 256 << 20 },
);
let report;
try {
  report = JSON.parse(result.stdout);
} catch {
  console.error(result.stdout.slice(0, 2000), result.stderr);
  console.error('imports: dependency-cruiser gave no report');
  process.exit(1);
}
const { totalCruised, violations } = report.summary;
for (const { rule, from, to } of violations) console.error(`imports: ${rule.name}: ${from} -> ${to}`);
if (totalCruised < FLOOR)
  console.error(`imports: only ${totalCruised} modules were seen, at least ${FLOOR} expected`);
const crossLayer = report.modules.flatMap((module) =>
  module.dependencies.filter(
    (dependency) =>
      module.source.startsWith('packages/') &&
      dependency.resolved.startsWith('packages/') &&
      dependency.resolved.split('/')[1] !== module.source.split('/')[1],
  ),
).length;
if (crossLayer === 0)
  console.error('imports: no import between packages was seen: the rules checked nothing');
console.log(
  `imports: ${totalCruised} modules, ${crossLayer} imports between packages, ${violations.length} violations`,
);
process.exit(violations.length > 0 || totalCruised < FLOOR || crossLayer === 0 ? 1 : 0);

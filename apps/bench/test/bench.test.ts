import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BenchArea, BenchRow } from '../src/area.ts';
import { readArguments } from '../src/arguments.ts';
import { type CommandDeps, runCommand } from '../src/command.ts';
import { isMet, measureRow } from '../src/harness.ts';
import type { BenchRecord } from '../src/record.ts';
import { median, rounded, spreadOf } from '../src/statistics.ts';

const created: string[] = [];
afterAll(() => {
  for (const dir of created) rmSync(dir, { recursive: true, force: true });
});

/** A clock that only the operations move: every value is then known in advance. */
class FakeClock {
  milliseconds = 0;
  readonly now = (): number => this.milliseconds;

  /** An operation that takes so many milliseconds and leaves its name in the log. */
  operation(cost: number, name = '', log: string[] = []): () => void {
    return () => {
      this.milliseconds += cost;
      if (log.at(-1) !== name) log.push(name);
    };
  }
}

function row(clock: FakeClock, more: Partial<BenchRow> = {}): BenchRow {
  return {
    id: 'fake.row',
    unit: 'ops/s',
    better: 'higher',
    perOperation: 1,
    ours: clock.operation(1),
    peers: { slow: clock.operation(4), fast: clock.operation(0.5) },
    ...more,
  };
}

function area(clock: FakeClock, more: Partial<BenchRow> = {}, onClose = () => {}): BenchArea {
  return {
    name: 'fake',
    summary: 'a fake area',
    prepare: async () => ({ rows: [row(clock, more)], close: async () => onClose() }),
  };
}

/** Runs the command on fake areas and keeps what it prints. */
async function command(args: readonly string[], areas: readonly BenchArea[], clock = new FakeClock()) {
  const root = mkdtempSync(join(tmpdir(), 'bench-'));
  created.push(root);
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const deps: CommandDeps = {
    areas,
    root,
    clock: () => new Date('2026-12-01T00:00:00Z'),
    stdout: (text) => void stdout.push(text),
    stderr: (text) => void stderr.push(text),
    harness: { now: clock.now },
  };
  return { code: await runCommand(args, deps), stdout, stderr: stderr.join('\n'), root };
}

describe('statistics', () => {
  it('take the middle, not the mean', () => {
    expect(median([5, 1, 100])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(median([])).toBeNaN();
    expect(spreadOf([1, 2, 3, 4, 100])).toEqual({ min: 1, max: 100, mad: 1 });
    expect(rounded(123_456)).toBe(123_500);
  });
});

describe('harness', () => {
  it('gives rates, ratios and spreads', async () => {
    const clock = new FakeClock();
    const result = await measureRow(row(clock, { goal: 900 }), { seconds: 3, now: clock.now });
    expect(result).toMatchObject({
      id: 'fake.row',
      ours: 1000,
      goal: 900,
      peers: { slow: 250, fast: 2000 },
      ratios: { slow: 4, fast: 0.5 },
      spread: { ours: { min: 1000, max: 1000, mad: 0 } },
      rounds: 10,
    });
  });

  it('counts what one operation is worth', async () => {
    const clock = new FakeClock();
    const result = await measureRow(row(clock, { perOperation: 0.5 }), { seconds: 1, now: clock.now });
    expect(result.ours).toBe(500);
  });

  it('lets the contenders take turns, another one first each time', async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const contest = row(clock, {
      ours: clock.operation(1, 'ours', log),
      peers: { a: clock.operation(1, 'a', log), b: clock.operation(1, 'b', log) },
    });
    await measureRow(contest, { seconds: 1, now: clock.now });
    expect(log.slice(0, 3)).toEqual(['ours', 'a', 'b']);
    // Rounds begin with ours, a, b, ours, …; neighbours of one name run together in the log.
    expect(log.slice(3).join(' ')).toBe('ours a b a b ours b ours a ours a b a b ours');
  });

  it('waits for operations that take their time', async () => {
    const clock = new FakeClock();
    let finished = 0;
    const slow = async () => {
      await Promise.resolve();
      clock.milliseconds += 2;
      finished++;
    };
    const result = await measureRow(row(clock, { ours: slow, peers: {} }), { seconds: 1, now: clock.now });
    expect(result.ours).toBe(500);
    expect(result.peers).toEqual({});
    expect(finished).toBeGreaterThan(500);
  });

  it('takes five rounds however short the time, and passes a failure on', async () => {
    const clock = new FakeClock();
    expect((await measureRow(row(clock), { seconds: 0.001, now: clock.now })).rounds).toBe(5);
    const broken = row(clock, {
      ours: () => {
        throw new Error('no device');
      },
    });
    await expect(measureRow(broken, { seconds: 1, now: clock.now })).rejects.toThrow('no device');
  });

  it('compares with the goal in the direction that is better', () => {
    expect(isMet({ ours: 10, goal: 10, better: 'higher' })).toBe(true);
    expect(isMet({ ours: 9, goal: 10, better: 'higher' })).toBe(false);
    expect(isMet({ ours: 9, goal: 10, better: 'lower' })).toBe(true);
    expect(isMet({ ours: 11, goal: 10, better: 'lower' })).toBe(false);
    expect(isMet({ ours: 11, goal: null, better: 'lower' })).toBeUndefined();
  });
});

describe('arguments', () => {
  it('are an area and three options', () => {
    expect(readArguments(['x'])).toEqual({ area: 'x', json: false, record: false, seconds: 6 });
    expect(readArguments(['--json', 'x', '--seconds', '0.5', '--record'])).toEqual({
      area: 'x',
      json: true,
      record: true,
      seconds: 0.5,
    });
  });

  it.each([
    [[]],
    [['a', 'b']],
    [['a', '--fast']],
    [['a', '--seconds']],
    [['a', '--seconds', '0']],
    [['a', '--seconds', '-1']],
    [['a', '--seconds', 'ten']],
    [['a', '--seconds', '601']],
    [['a', '--json=yes']],
  ])('of another kind are refused: %j', (args) => {
    expect(() => readArguments(args)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });
});

describe('command', () => {
  it('prints one object with --json and everything else on stderr', async () => {
    const clock = new FakeClock();
    const { code, stdout, stderr } = await command(
      ['fake', '--json', '--seconds', '1'],
      [area(clock)],
      clock,
    );
    expect(code).toBe(0);
    expect(stdout).toHaveLength(1);
    const document = JSON.parse(stdout[0] ?? '');
    expect(Object.keys(document)).toEqual(['area', 'machine', 'results']);
    expect(document.results[0]).toMatchObject({
      id: 'fake.row',
      ours: 1000,
      goal: null,
      peers: { slow: 250 },
    });
    expect(document.machine.cores).toBeGreaterThan(0);
    expect(stderr).toContain('fake.row');
  });

  it('prints a table without --json', async () => {
    const clock = new FakeClock();
    const { stdout } = await command(['fake'], [area(clock, { goal: 2000 })], clock);
    expect(stdout.join('\n')).toMatch(/fake\.row\s+1000 ops\/s\s+goal 2000 not met .*slow 250 \(×4\)/);
  });

  it.each([[[]], [['no-such-area']], [['fake', '--unknown']]])(
    'lists the areas and ends with 2 for wrong use: %j',
    async (args) => {
      const { code, stdout, stderr } = await command(args, [area(new FakeClock())]);
      expect(code).toBe(2);
      expect(stdout).toEqual([]);
      expect(stderr).toContain('fake         a fake area');
    },
  );

  it('ends with 3 when an area cannot run, and still closes it', async () => {
    let closed = 0;
    const fails = { ours: () => Promise.reject(new Error('no device')) };
    const clock = new FakeClock();
    const { code, stdout, stderr, root } = await command(
      ['fake', '--json', '--record'],
      [area(clock, fails, () => closed++)],
      clock,
    );
    expect([code, closed, stdout.length]).toEqual([3, 1, 0]);
    expect(stderr).toContain('no device');
    expect(existsSync(join(root, 'docs/measurements/fake.json'))).toBe(false);
  });

  it('records value, peers, goal, machine and requirement', async () => {
    const clock = new FakeClock();
    const goals = { goal: 1000, requirements: ['TCCIA-034'] };
    const { code, root } = await command(['fake', '--record'], [area(clock, goals)], clock);
    expect(code).toBe(0);
    const text = readFileSync(join(root, 'docs/measurements/fake.json'), 'utf8');
    const record = JSON.parse(text) as BenchRecord;
    expect(record).toMatchObject({
      area: 'fake',
      date: '2026-12-01T00:00:00.000Z',
      commit: null,
      requirements: { 'fake.row': ['TCCIA-034'] },
      results: [{ resultId: 'fake.row', ours: 1000, goal: 1000, met: true, requirements: ['TCCIA-034'] }],
    });
    expect(record.machine.node).toBe(process.version);
    // The coverage page gives `id` to the requirement.
    expect(record.results[0]).not.toHaveProperty('id');
  });

  it('leaves out met where nothing is asked, and says so where it is missed', async () => {
    for (const [more, met] of [
      [{}, undefined],
      [{ goal: 1001 }, false],
    ] as const) {
      const clock = new FakeClock();
      const { root } = await command(['fake', '--record'], [area(clock, more)], clock);
      const record = JSON.parse(
        readFileSync(join(root, 'docs/measurements/fake.json'), 'utf8'),
      ) as BenchRecord;
      expect(record.results[0]?.met).toBe(met);
      expect(record.requirements).toEqual({});
    }
  });

  it('ends with 3 when the record cannot be written', async () => {
    const clock = new FakeClock();
    const stderr: string[] = [];
    const code = await runCommand(['fake', '--record'], {
      areas: [area(clock)],
      root: join(process.execPath, 'not-a-folder'),
      clock: () => new Date(0),
      stdout: () => {},
      stderr: (text) => void stderr.push(text),
      harness: { now: clock.now },
    });
    expect(code).toBe(3);
  });
});

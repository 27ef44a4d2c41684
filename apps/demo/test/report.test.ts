import { describe, expect, it } from 'vitest';
import { Report } from '../src/report.ts';

function record(terminal: boolean) {
  const written: string[] = [];
  return { written, report: new Report((text) => written.push(text), terminal) };
}

describe('steps', () => {
  it('are numbered, say what came out and how long they took', async () => {
    const { written, report } = record(false);
    const result = await report.step('first', async (say) => {
      say('done this');
      return 7;
    });
    await report.step('second', async () => undefined);
    expect(result).toBe(7);
    const text = written.join('').replaceAll(/\d+ ms/g, 'N ms');
    expect(text).toBe('[1] first\n      done this\n      done in N ms\n[2] second\n      done in N ms\n');
  });

  it('pass a failure on and do not call it done', async () => {
    const { written, report } = record(false);
    await expect(report.step('broken', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(written.join('')).toBe('[1] broken\n');
  });
});

describe('a progress bar', () => {
  it('moves in place on a terminal and ends its line once', () => {
    const { written, report } = record(true);
    const bar = report.bar('up');
    for (const done of [1, 2, 3, 4]) bar(done, 4);
    expect(written).toHaveLength(4);
    expect(written.every((line) => line.startsWith('\r      up ['))).toBe(true);
    expect(written.map((line) => line.endsWith('\n'))).toEqual([false, false, false, true]);
    expect(written.at(-1)).toBe(`\r      up [${'#'.repeat(30)}] 4/4 chunks\n`);
  });

  it('prints each tenth once where there is no terminal', () => {
    const { written, report } = record(false);
    const bar = report.bar('up');
    for (let done = 1; done <= 200; done++) bar(done, 200);
    expect(written).toHaveLength(11);
    expect(written.join('')).not.toContain('\r');
    expect(written[5]).toBe(`      up [${'#'.repeat(15)}${'.'.repeat(15)}] 100/200 chunks\n`);
  });

  it('always has its full width, also for more than all and for nothing', () => {
    const { written, report } = record(true);
    const bar = report.bar('up');
    for (const [done, total] of [
      [5, 4],
      [0, 0],
      [0, 4],
    ] as const) {
      bar(done, total);
    }
    for (const line of written) expect(/\[([#.]*)\]/.exec(line)?.[1]).toHaveLength(30);
  });
});

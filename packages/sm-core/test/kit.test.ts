import { describe, expect, it } from 'vitest';
import {
  type ConformanceCase,
  expectBytes,
  expectCode,
  expectTrue,
  runSuite,
} from '../src/conformance/index.ts';
import {
  AspectBuilder,
  defineErrors,
  ERROR_BLOCKS,
  isAccepted,
  SM_CORE_ERRORS,
  SmError,
} from '../src/index.ts';

const NOW = new Date('2026-12-01T00:00:00Z');

function suite(...cases: Partial<ConformanceCase<number>>[]) {
  return {
    name: 'test',
    specVersion: '1',
    packageVersion: '0.0.0',
    cases: cases.map((item, i) => ({
      id: `case-${i}`,
      clause: '§1',
      level: 'MUST' as const,
      run: () => undefined,
      ...item,
    })),
  };
}

const run = (...cases: Partial<ConformanceCase<number>>[]) =>
  runSuite(suite(...cases), { name: 'subject', subject: 7, capabilities: ['a'] }, { seed: 's', now: NOW });

describe('conformance kit', () => {
  it('counts passed, failed and skipped cases [EDGE-062]', async () => {
    const report = await run(
      {},
      { requires: ['a'], run: (subject) => expectTrue(subject === 8, 'not eight') },
      { requires: ['a', 'b'], run: () => expect.unreachable() },
      { run: async () => Promise.reject(new Error('late')) },
    );
    expect(report).toMatchObject({ passed: 1, failed: 2, skipped: 1, seed: 's', emulated: false });
    expect(report.results.map((result) => result.detail)).toEqual([
      undefined,
      'ConformanceFailure: not eight',
      'capability b',
      'Error: late',
    ]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('gives each case its own reproducible bytes and the clock of the run', async () => {
    const seen: string[] = [];
    const record: ConformanceCase<number>['run'] = (_subject, context) => {
      expect(context.now).toEqual(NOW);
      seen.push(context.bytes('x', 40).join());
    };
    await run({ run: record }, { run: record });
    await run({ run: record });
    expect(seen[0]).toBe(seen[2]);
    expect(seen[0]).not.toBe(seen[1]);
  });

  it('refuses a suite with one id twice', async () => {
    await expect(run({ id: 'x' }, { id: 'x' })).rejects.toThrow(RangeError);
  });

  it('knows unequal bytes and missing ones', () => {
    expectBytes(Uint8Array.of(1), Uint8Array.of(1), 'x');
    expect(() => expectBytes(Uint8Array.of(1), Uint8Array.of(2), 'x')).toThrow(/got 01, expected 02/);
    expect(() => expectBytes(undefined, Uint8Array.of(2), 'x')).toThrow(/got nothing/);
  });

  it('takes only the expected coded errors for a refusal', async () => {
    const error = SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
    const fail = () => {
      throw error;
    };
    expect(await expectCode(fail, ['ERR_DECRYPT_FAILED'], 'x')).toBe(error);
    expect(await expectCode(fail, [], 'x')).toBe(error);
    await expect(expectCode(fail, ['ERR_INPUT_TYPE'], 'x')).rejects.toThrow(/ERR_DECRYPT_FAILED/);
    await expect(expectCode(() => 1, [], 'x')).rejects.toThrow(/was accepted/);
    await expect(expectCode(() => Promise.reject(new TypeError('t')), [], 'x')).rejects.toThrow(/TypeError/);
  });
});

describe('errors', () => {
  it('have one number each, in blocks that do not overlap', () => {
    const starts = Object.values(ERROR_BLOCKS);
    expect(new Set(starts).size).toBe(starts.length);
    expect(starts.every((start) => start % 0x100 === 0)).toBe(true);
    const error = SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=x' });
    expect(error).toBeInstanceOf(SmError);
    expect(error).toMatchObject({
      code: 'ERR_INPUT_TYPE',
      status: 0x101,
      category: 'input',
      name: 'SmError',
    });
    expect(error.message).toBe('A parameter has the wrong type. (parameter=x)');
    expect(error.messageZh).toBe('参数类型错误。 (parameter=x)');
  });

  it('know their own layer', () => {
    const other = defineErrors('apps', { ERR_X: { n: 1, category: 'internal', en: 'x', zh: 'x' } });
    expect(SM_CORE_ERRORS.is(SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED'))).toBe(true);
    expect(SM_CORE_ERRORS.is(other.create('ERR_X'))).toBe(false);
    expect(SM_CORE_ERRORS.is(new Error('ERR_DECRYPT_FAILED'))).toBe(false);
    expect(SM_CORE_ERRORS.is(undefined)).toBe(false);
  });

  it.each([-1, 256, 1.5])('refuse the number %s', (n) => {
    expect(() => defineErrors('apps', { ERR_X: { n, category: 'internal', en: 'x', zh: 'x' } })).toThrow(
      RangeError,
    );
  });

  it('refuse a number used twice', () => {
    const row = { n: 1, category: 'internal', en: 'x', zh: 'x' } as const;
    expect(() => defineErrors('apps', { ERR_X: row, ERR_Y: row })).toThrow(RangeError);
  });
});

describe('verdict', () => {
  const passed = new AspectBuilder().pass('A', 'a', '甲').build();
  const doubtful = new AspectBuilder().pass('A', 'a', '甲').doubt('B', 'b', '乙').build();
  const failed = new AspectBuilder().fail('C', 'c', '丙').doubt('B', 'b', '乙').pass('A', 'a', '甲').build();

  it('takes the worst status and keeps every reason', () => {
    expect([passed, doubtful, failed].map((aspect) => aspect.status)).toEqual([
      'passed',
      'indeterminate',
      'failed',
    ]);
    expect(failed.reasons.map((reason) => reason.code)).toEqual(['C', 'B', 'A']);
    expect(new AspectBuilder().add(doubtful).build().status).toBe('indeterminate');
    expect(new AspectBuilder().add(doubtful).add(failed).add(passed).build().status).toBe('failed');
  });

  it('is accepted only when all three aspects passed', () => {
    expect(isAccepted({ integrity: passed, trust: passed, time: passed })).toBe(true);
    for (const worse of [doubtful, failed]) {
      expect(isAccepted({ integrity: worse, trust: passed, time: passed })).toBe(false);
      expect(isAccepted({ integrity: passed, trust: worse, time: passed })).toBe(false);
      expect(isAccepted({ integrity: passed, trust: passed, time: worse })).toBe(false);
    }
  });
});

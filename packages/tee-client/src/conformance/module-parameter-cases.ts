import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import { CONFORMANCE_COMMANDS } from '../spec/v1/conformance-ta.ts';
import { TEEC_SHAREDMEM_MIN_MAX_SIZE } from '../spec/v1/constants.ts';
import type { ModuleParameter } from '../spec/v1/module.ts';
import {
  expectRefused,
  expectSuccess,
  memoryIn,
  memoryInout,
  memoryOf,
  memoryOut,
  moduleCase,
  NOT_THE_APPLICATION,
  none,
  numbersOf,
  type SecurityModuleSubject,
  type TestSession,
  valueIn,
  valueInout,
  valueOut,
  withTestSession,
} from './module-support.ts';

const PARAMETER = 'ModuleParameter';
const SHORT = 'GPD_SPE_007 §4.4 TEEC_ERROR_SHORT_BUFFER';
const { VALUES, COPY, INVERT } = CONFORMANCE_COMMANDS;

/** Above it a test of the limit would take all memory. */
const TESTABLE_LIMIT = 1 << 24;

async function expectCopy(session: TestSession, input: Uint8Array, offered: number): Promise<Uint8Array> {
  const answer = await session.invoke(COPY, [memoryIn(input), memoryOut(offered)]);
  const { size, buffer } = memoryOf(expectSuccess(answer, `COPY of ${input.length} bytes`), 1);
  expectTrue(size === input.length, 'the size of an output is that of what was written');
  expectBytes(buffer, input, 'the output');
  return buffer;
}

const copyCase = (size: number): ConformanceCase<SecurityModuleSubject> =>
  moduleCase(`parameter.memory-${size}`, PARAMETER, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      await expectCopy(session, bytes('input', size), size);
    }),
  );

const refusedCase = (
  id: string,
  what: string,
  params: () => readonly ModuleParameter[],
): ConformanceCase<SecurityModuleSubject> =>
  moduleCase(`parameter.${id}`, PARAMETER, ({ module }) =>
    withTestSession(module, async (session) => {
      expectRefused(await session.invoke(COPY, params()), ['BAD_PARAMETERS'], ['TRUSTED_APP'], what);
      expectTrue((await session.count()) === 1, 'the session goes on');
    }),
  );

/** Parameters in all their forms and sizes. */
export const parameterCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase('parameter.values', PARAMETER, ({ module }) =>
    withTestSession(module, async (session) => {
      const answer = expectSuccess(
        await session.invoke(VALUES, [valueIn(0xfffffffe, 2), valueOut(), valueInout(7, 0xffffffff), none()]),
        'VALUES',
      );
      const out = numbersOf(answer, 1);
      const inout = numbersOf(answer, 2);
      expectTrue(out.a === 2 && out.b === 0xfffffffe, 'outputs come back, unsigned');
      expectTrue(inout.a === 8 && inout.b === 0, 'an inout value goes both ways');
    }),
  ),
  moduleCase('parameter.types-kept', PARAMETER, ({ module }) =>
    withTestSession(module, async (session) => {
      const { params } = expectSuccess(
        await session.invoke(VALUES, [valueIn(1), valueOut(), valueInout(1), none()]),
        'VALUES',
      );
      expectTrue(
        params.map(({ type }) => type).join() === '1,2,3,0',
        'an answer has the parameters of the call, each of its type',
      );
    }),
  ),
  moduleCase('parameter.types-kept-in-a-refusal', PARAMETER, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      const { params } = await session.invoke(COPY, [
        memoryIn(bytes('input', 4)),
        memoryOut(3),
        none(),
        none(),
      ]);
      expectTrue(
        params.map(({ type }) => type).join() === '5,6,0,0',
        'a refusal of the application has the parameters of the call, each of its type',
      );
    }),
  ),
  ...[0, 1, 255, 4096, 65_537, TEEC_SHAREDMEM_MIN_MAX_SIZE].map(copyCase),
  moduleCase('parameter.memory-largest', PARAMETER, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      const size = Math.min(module.describe().maxMemoryBytes, TESTABLE_LIMIT);
      // The kit makes bytes by hashing; a pattern is enough to see every block arrive.
      const pattern = bytes('pattern', 4099);
      const input = Uint8Array.from({ length: size }, (_, i) => pattern[i % pattern.length] as number);
      await expectCopy(session, input, size);
    }),
  ),
  moduleCase('parameter.memory-too-large', PARAMETER, ({ module }) =>
    withTestSession(module, async (session) => {
      const { maxMemoryBytes } = module.describe();
      if (maxMemoryBytes < TESTABLE_LIMIT) {
        const answer = await session.invoke(COPY, [
          memoryIn(new Uint8Array(maxMemoryBytes + 1)),
          memoryOut(0),
        ]);
        expectRefused(
          answer,
          ['OUT_OF_MEMORY', 'EXCESS_DATA', 'BAD_PARAMETERS'],
          NOT_THE_APPLICATION,
          'more memory than the module declares',
        );
      }
      expectTrue((await session.count()) === 1, 'the session goes on');
    }),
  ),
  moduleCase('parameter.output-smaller-than-offered', PARAMETER, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      await expectCopy(session, bytes('input', 100), 1000);
    }),
  ),
  moduleCase('parameter.inout', PARAMETER, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      const input = bytes('input', 777);
      const answer = expectSuccess(await session.invoke(INVERT, [memoryInout(input)]), 'INVERT');
      const expected = input.map((byte) => byte ^ 0xff);
      expectBytes(memoryOf(answer, 0).buffer, expected, 'the inverted bytes');
      expectTrue(memoryOf(answer, 0).size === 777, 'the size stays');
    }),
  ),
  moduleCase('parameter.short-buffer', SHORT, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      const answer = await session.invoke(COPY, [memoryIn(bytes('input', 100)), memoryOut(99)]);
      expectRefused(answer, ['SHORT_BUFFER'], ['TRUSTED_APP'], 'an output of 100 bytes into 99');
      const { size, buffer } = memoryOf(answer, 1);
      expectTrue(size === 100, 'the answer carries the size required');
      expectTrue(buffer.length === 0, 'and none of the output');
    }),
  ),
  moduleCase('parameter.size-query', SHORT, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      const input = bytes('input', 12);
      const answer = await session.invoke(COPY, [memoryIn(input), memoryOut(0)]);
      expectRefused(answer, ['SHORT_BUFFER'], ['TRUSTED_APP'], 'an output without room');
      await expectCopy(session, input, memoryOf(answer, 1).size);
    }),
  ),
  moduleCase('parameter.answers-share-nothing', PARAMETER, ({ module }, { bytes }) =>
    withTestSession(module, async (session) => {
      const input = bytes('input', 64);
      const first = await expectCopy(session, input, 64);
      const second = await expectCopy(session, input, 64);
      first.fill(0xee);
      expectBytes(second, input, 'an answer after another was changed');
      await expectCopy(session, input, 64);
    }),
  ),
  refusedCase('wrong-types', 'a value where the application takes memory', () => [valueIn(1), memoryOut(4)]),
  refusedCase('missing', 'a call without its parameters', () => []),
  refusedCase('wrong-direction', 'an output where the application takes an input', () => [
    memoryOut(4),
    memoryOut(4),
  ]),
  moduleCase('parameter.five', PARAMETER, ({ module }) =>
    withTestSession(module, async (session) => {
      const answer = await session.invoke(
        COPY,
        Array.from({ length: 5 }, () => none()),
      );
      expectRefused(answer, ['BAD_PARAMETERS'], ['API', 'COMMS', 'TEE', 'TRUSTED_APP'], 'five parameters');
      expectTrue((await session.count()) === 1, 'the session goes on');
    }),
  ),
];

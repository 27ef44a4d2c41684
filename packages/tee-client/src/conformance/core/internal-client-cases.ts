import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { encodeProgram } from '../../spec/v1/conformance-call.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID, CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { TEE_LOGIN, TEE_PROPSET } from '../../spec/v1/internal/constants.ts';
import { TEEC_ORIGINS } from '../../spec/v1/results.ts';
import { call } from '../remote.ts';
import { expectEqual, expectTee, inside, refuses } from '../support.ts';
import { bytesOf, FOREVER, list, memory, second, text, value } from './internal-client-support.ts';

const OPEN = 'xtest 1008; GPD_SPE_010 §4.9.1 TEE_OpenTASession';
const INVOKE = 'xtest 1008, 1011; GPD_SPE_010 §4.9.3 TEE_InvokeTACommand';
const TRANSFER = 'xtest 1016; GPD_SPE_010 §4.9.4';
const { VALUES, COPY, INVERT, COUNT, CALL, RESULT } = CONFORMANCE_COMMANDS;

/** One trusted application calls another. */
export const internalClientCases: readonly ConformanceCase<TeeClient>[] = [
  inside('ta-to-ta.open', OPEN, async (t) => {
    const { session, params } = await t.TEE_OpenTASession(
      CONFORMANCE_TAS.second,
      FOREVER,
      list(value(3, 5, 6)),
    );
    expectEqual(text(params[0]), '6, 7', 'the parameters of the open session');
    await t.TEE_CloseTASession(session);
  }),
  refuses('ta-to-ta.open.absent', OPEN, ['ITEM_NOT_FOUND'], 'an application that does not exist', (t) => {
    return () => t.TEE_OpenTASession('00000000-dead-4bad-8bad-00000000beef', FOREVER, list());
  }),
  inside('ta-to-ta.open.refused', OPEN, async (t) => {
    const error = await expectTee(
      () => t.TEE_OpenTASession(CONFORMANCE_TAS.second, FOREVER, list(value(3), value(1, 2, 0xffff0005))),
      ['BAD_FORMAT'],
      'an application that refuses the session',
    );
    expectEqual(error.origin, TEEC_ORIGINS.TRUSTED_APP, 'the origin');
  }),
  inside('ta-to-ta.values', TRANSFER, async (t) => {
    const params = list(value(1, 0xfffffffe, 2), value(2), value(3, 7, 0xffffffff));
    const answer = await t.TEE_InvokeTACommand(await second(t), FOREVER, VALUES, params);
    expectEqual(text(answer[1]), `2, ${0xfffffffe}`, 'the output');
    expectEqual(text(answer[2]), '8, 0', 'the inout value');
  }),
  inside('ta-to-ta.memory', TRANSFER, async (t, { bytes }) => {
    const data = bytes('data', 1000);
    const params = list(memory(5, data), memory(6, new Uint8Array(1100)));
    const answer = await t.TEE_InvokeTACommand(await second(t), FOREVER, COPY, params);
    expectBytes(bytesOf(answer[1]), data, 'the output, in its size');
  }),
  inside('ta-to-ta.memory-inout', TRANSFER, async (t, { bytes }) => {
    const data = bytes('data', 64);
    const answer = await t.TEE_InvokeTACommand(await second(t), FOREVER, INVERT, list(memory(7, data)));
    expectBytes(
      bytesOf(answer[0]),
      data.map((byte) => ~byte),
      'the memory that goes both ways',
    );
  }),
  inside('ta-to-ta.memory-empty', 'xtest 1025; GPD_SPE_010 §4.9.4', async (t) => {
    const params = list(memory(5, new Uint8Array(0)), memory(6, new Uint8Array(4)));
    const answer = await t.TEE_InvokeTACommand(await second(t), FOREVER, COPY, params);
    expectEqual(bytesOf(answer[1])?.length, 0, 'bytes of the output');
  }),
  inside('ta-to-ta.short-buffer', TRANSFER, async (t, { bytes }) => {
    const session = await second(t);
    const error = await expectTee(
      () =>
        t.TEE_InvokeTACommand(
          session,
          FOREVER,
          COPY,
          list(memory(5, bytes('data', 100)), memory(6, new Uint8Array(99))),
        ),
      ['SHORT_BUFFER'],
      '100 bytes into 99',
    );
    const output = error.params?.[1];
    expectEqual(output !== undefined && 'size' in output ? output.size : -1, 100, 'the size required');
  }),
  inside('ta-to-ta.result', INVOKE, async (t) => {
    const session = await second(t);
    const error = await expectTee(
      () => t.TEE_InvokeTACommand(session, FOREVER, RESULT, list(value(1, 0xffff000b))),
      ['NO_DATA'],
      'a result of the other application',
    );
    expectEqual(error.origin, TEEC_ORIGINS.TRUSTED_APP, 'the origin');
  }),
  inside('ta-to-ta.identity', OPEN, async (t) => {
    const asked = encodeProgram([
      call('TEE_GetPropertyAsIdentity', TEE_PROPSET.CURRENT_CLIENT, 'gpd.client.identity'),
    ]);
    const answer = await t.TEE_InvokeTACommand(
      await second(t),
      FOREVER,
      CALL,
      list(memory(5, asked), memory(6, new Uint8Array(200))),
    );
    const answered = bytesOf(answer[1]) ?? new Uint8Array(0);
    // tag 1 number: login; tag 5 text: UUID
    expectTrue(new TextDecoder().decode(answered).includes(CONFORMANCE_TA_UUID), 'the other sees who calls');
    expectTrue(
      answered.join().includes('1,240,0,0,0'),
      `and the login TRUSTED_APP (${TEE_LOGIN.TRUSTED_APP.toString(16)})`,
    );
  }),
  inside('ta-to-ta.sessions', INVOKE, async (t) => {
    const [one, two] = [await second(t), await second(t)];
    await t.TEE_InvokeTACommand(one, FOREVER, COUNT, list(value(2)));
    const first = await t.TEE_InvokeTACommand(one, FOREVER, COUNT, list(value(2)));
    const other = await t.TEE_InvokeTACommand(two, FOREVER, COUNT, list(value(2)));
    expectEqual(`${text(first[0])} ${text(other[0])}`, '2, 0 1, 0', 'each session counts for itself');
  }),
];

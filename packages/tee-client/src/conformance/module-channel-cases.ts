import { concatBytes, equalBytes, sm2, sm3, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import { CHANNEL_PEER_PROPERTY, CHANNEL_REPORT_MARK } from '../spec/v1/channel.ts';
import { decodeAnswer, encodeProgram, type RemoteResult } from '../spec/v1/conformance-call.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS, REMOTE_FUNCTIONS } from '../spec/v1/conformance-ta.ts';
import { TEE_PROPSET } from '../spec/v1/internal/constants.ts';
import type { ModuleServiceRequest } from '../spec/v1/module.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import { callBy, connect, prepare, sealed } from './module-channel-support.ts';
import {
  expectBadService,
  expectRefused,
  expectSuccess,
  memoryIn,
  memoryOf,
  memoryOut,
  moduleCase,
  NOT_THE_APPLICATION,
  type SecurityModuleSubject,
  TA,
  type TestSession,
  withTestSession,
} from './module-support.ts';

const { CALL, COPY, PANIC } = CONFORMANCE_COMMANDS;
const NOT_GENUINE = ['SECURITY', 'MAC_INVALID', 'ACCESS_DENIED', 'BAD_PARAMETERS', 'BAD_FORMAT'] as const;
const NOT_THERE = ['ITEM_NOT_FOUND', 'BAD_STATE', 'BAD_PARAMETERS', 'SECURITY'] as const;

const copyOf = (text: string, maxOutput = 64) => ({ command: COPY, inputs: [utf8(text)], maxOutput });
const PEER = encodeProgram([
  {
    function: REMOTE_FUNCTIONS.TEE_GetPropertyAsBinaryBlock,
    args: [TEE_PROPSET.CURRENT_CLIENT, CHANNEL_PEER_PROPERTY],
  },
]);
const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

const channelCase = (
  id: string,
  run: (session: TestSession, subject: SecurityModuleSubject) => Promise<void>,
  more: readonly 'enclave-evidence'[] = [],
): ConformanceCase<SecurityModuleSubject> =>
  moduleCase(
    `service.channel.${id}`,
    'SecurityModule.service',
    (subject) => withTestSession(subject.module, (session) => run(session, subject)),
    [TA, 'enclave-channel', ...more],
  );

async function expectNotServed(session: TestSession, request: ModuleServiceRequest, what: string) {
  const answer = await session.service(request);
  expectRefused(answer, [...NOT_GENUINE, ...NOT_THERE], NOT_THE_APPLICATION, what);
  expectTrue(answer.parts.length === 0, `${what}: nothing is given out`);
}

const useCases = [
  channelCase('call', async (session) => {
    const channel = await connect(session);
    for (const size of [0, 1, 10_000, 100_000]) {
      const input = new Uint8Array(size).fill(size);
      const answer = await callBy(session, channel, { command: COPY, inputs: [input], maxOutput: size });
      expectTrue(answer.result === TEEC_RESULTS.SUCCESS && answer.origin === 4, 'the application answers');
      expectBytes(answer.output, input, 'what was copied');
    }
    const short = await callBy(session, channel, copyOf('longer', 2));
    expectTrue(short.result === TEEC_RESULTS.SHORT_BUFFER && short.size === 6, 'a short output is said so');
  }),
  channelCase('two', async (session) => {
    const one = await connect(session);
    const two = await connect(session);
    expectTrue(one.id !== two.id, 'two channels of a session have two numbers');
    expectBytes((await callBy(session, one, copyOf('one'))).output, utf8('one'), 'the first channel');
    expectSuccess(await session.service({ service: 'channel-close', id: one.id }), 'channel-close');
    expectBytes((await callBy(session, two, copyOf('two'))).output, utf8('two'), 'the second channel');
    await expectNotServed(session, sealed(one, copyOf('three')), 'a channel that was closed');
  }),
  channelCase('peer', async (session) => {
    const pair = sm2.generateKeyPair();
    const channel = await connect(session, pair);
    const answer = await callBy(session, channel, { command: CALL, inputs: [PEER], maxOutput: 1024 });
    const [shown] = decodeAnswer(answer.output) as [RemoteResult];
    expectTrue(shown.value instanceof Uint8Array, 'the application sees who is at the other end');
    expectBytes(shown.value as Uint8Array, sm3(pair.publicKey), 'SM3 of the public key');
    const clear = await session.invoke(CALL, [memoryIn(PEER), memoryOut(1024)]);
    const [none] = decodeAnswer(memoryOf(expectSuccess(clear, 'CALL'), 1).buffer) as [RemoteResult];
    expectTrue(none.result === TEEC_RESULTS.ITEM_NOT_FOUND, 'in a call in the clear it sees none');
  }),
  channelCase('fresh-evidence', async (session) => {
    const [one, two] = [await prepare(session), await prepare(session)];
    expectTrue(!equalBytes(one.evidence, two.evidence), 'each handshake has evidence of its own');
  }),
  channelCase('panic', async (session) => {
    const channel = await connect(session);
    const request = { command: PANIC, inputs: [], maxOutput: undefined };
    const answer = await session.service(sealed(channel, request));
    expectRefused(answer, ['TARGET_DEAD'], ['TEE'], 'a call of an application that panics');
  }),
];

const handshakeCases = [
  channelCase('bad-hello', async (session) => {
    const hello = concatBytes(
      Uint8Array.of(1, 1, 1, 1, 1),
      new Uint8Array(32),
      sm2.generateKeyPair().publicKey,
    );
    for (const [what, data] of [
      ['nothing', new Uint8Array(0)],
      ['a cut message', hello.subarray(0, 90)],
      ['a longer message', concatBytes(hello, Uint8Array.of(0))],
      ['another type', flipped(hello, 0)],
      ['another version', flipped(hello, 1)],
      ['an unknown suite', hello.map((byte, i) => (i === 3 ? 200 : byte))],
      ['a key that is no point', flipped(hello, hello.length - 1)],
    ] as const) {
      await expectNotServed(session, { service: 'channel-open', data: data.slice() }, what);
    }
    expectBytes(
      (await callBy(session, await connect(session), copyOf('x'))).output,
      utf8('x'),
      'a right one',
    );
  }),
  channelCase('altered-finish', async (session) => {
    const { m3 } = await prepare(session);
    for (const at of [0, 1, 2, 60, m3.length - 17, m3.length - 1]) {
      const { id, m3: genuine, channel } = await prepare(session);
      const data = flipped(genuine, at);
      await expectNotServed(session, { service: 'channel-finish', id, data }, `M3 with byte ${at} altered`);
      await expectNotServed(
        session,
        { service: 'channel-finish', id, data: genuine },
        'M3 after a wrong one',
      );
      await expectNotServed(session, sealed({ id, channel }, copyOf('x')), 'a channel that never was');
    }
  }),
  channelCase('forged-key', async (session) => {
    const { privateKey } = sm2.generateKeyPair();
    const { id, m3 } = await prepare(session, { privateKey, publicKey: sm2.generateKeyPair().publicKey });
    await expectNotServed(session, { service: 'channel-finish', id, data: m3 }, 'a key the client has not');
  }),
  channelCase('order', async (session) => {
    const { id, m3, channel } = await prepare(session);
    await expectNotServed(
      session,
      sealed({ id, channel }, copyOf('x')),
      'a call before the handshake is over',
    );
    const again = await connect(session);
    await expectNotServed(
      session,
      { service: 'channel-finish', id: again.id, data: m3 },
      'M3 after the handshake',
    );
  }),
  channelCase('another-application', async (_, { module }) => {
    await withTestSession(
      module,
      async (other) => {
        // What is meant for it succeeds: the refusal below has no other reason.
        await prepare(other, undefined, CONFORMANCE_TAS.second);
        let code: unknown;
        try {
          await prepare(other);
        } catch (error) {
          ({ code } = error as { readonly code?: unknown });
        }
        expectTrue(
          code === 'ERR_TEE_CHANNEL',
          'a handshake meant for one application does not succeed with another',
        );
      },
      CONFORMANCE_TAS.second,
    );
  }),
  channelCase(
    'evidence-for-clients',
    async (session) => {
      const nonce = concatBytes(new Uint8Array(32).fill(1), CHANNEL_REPORT_MARK);
      await expectBadService(
        session,
        { service: 'evidence', nonce, userData: new Uint8Array(0) },
        'a nonce that is one of a handshake',
      );
    },
    ['enclave-evidence'],
  ),
];

const frameCases = [
  channelCase('altered-call', async (session) => {
    const request = copyOf('text');
    const length = 32 + 6 + 4 + 8;
    for (const at of [0, 7, 8, 15, 16, 30, length - 17, length - 1]) {
      const channel = await connect(session);
      const genuine = sealed(channel, request) as { readonly data: Uint8Array };
      const what = `a call with byte ${at} altered`;
      const data = flipped(genuine.data, at);
      await expectNotServed(session, { service: 'channel-call', id: channel.id, data }, what);
      await expectNotServed(session, sealed(channel, request), 'a call after a wrong one');
      await session.service({ service: 'channel-close', id: channel.id });
    }
  }),
  channelCase('cut-call', async (session) => {
    for (const length of [0, 1, 16, 31, 49]) {
      const channel = await connect(session);
      const { data } = sealed(channel, copyOf('text')) as { readonly data: Uint8Array };
      const cut = { service: 'channel-call', id: channel.id, data: data.slice(0, length) } as const;
      await expectNotServed(session, cut, `a call cut to ${length} bytes`);
    }
  }),
  channelCase('replayed-call', async (session) => {
    const channel = await connect(session);
    const request = sealed(channel, copyOf('once')) as Extract<
      ModuleServiceRequest,
      { service: 'channel-call' }
    >;
    expectSuccess(await session.service({ ...request, data: request.data.slice() }), 'a call');
    await expectNotServed(session, request, 'the same call again');
  }),
  channelCase('not-a-call', async (session) => {
    const channel = await connect(session);
    for (const plain of [new Uint8Array(0), new Uint8Array(5), new Uint8Array(6).fill(0xff)]) {
      const answer = await callBy(session, channel, plain);
      expectRefused(answer, ['BAD_FORMAT', 'BAD_PARAMETERS'], ['TEE'], 'what is no call');
    }
    expectBytes((await callBy(session, channel, copyOf('x'))).output, utf8('x'), 'a call after it');
  }),
  channelCase('unknown', async (session) => {
    const data = new Uint8Array(64);
    for (const id of [0, 77, 0xfffffff1]) {
      await expectNotServed(session, { service: 'channel-finish', id, data: data.slice() }, 'no handshake');
      await expectNotServed(session, { service: 'channel-call', id, data: data.slice() }, 'no channel');
    }
  }),
  channelCase('another-session', async (session, { module }) => {
    const channel = await connect(session);
    await withTestSession(module, (other) =>
      expectNotServed(other, sealed(channel, copyOf('x')), "another session's channel"),
    );
  }),
];

/** Secure channels that end in an application. */
export const channelCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  ...useCases,
  ...handshakeCases,
  ...frameCases,
];

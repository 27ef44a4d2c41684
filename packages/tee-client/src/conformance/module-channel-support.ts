import { type Sm2KeyPair, sm2, utf8 } from '@cssi/sm-core';
import { ConformanceFailure, expectTrue } from '@cssi/sm-core/conformance';
import { ChannelInitiator } from '../channel/initiator.ts';
import type { SecureChannel } from '../channel/secure-channel.ts';
import { ENCLAVE_CHANNEL_PROLOGUE } from '../spec/v1/channel.ts';
import {
  type ChannelAnswer,
  type ChannelRequest,
  decodeChannelAnswer,
  encodeChannelRequest,
} from '../spec/v1/channel-codec.ts';
import { CONFORMANCE_TA_UUID } from '../spec/v1/conformance-ta.ts';
import type { ModuleServiceAnswer, ModuleServiceRequest } from '../spec/v1/module.ts';
import { expectSuccess, type TestSession } from './module-support.ts';

/** The one part of an answer. */
function onePart(answer: ModuleServiceAnswer, what: string): Uint8Array {
  const [part] = expectSuccess(answer, what).parts;
  expectTrue(
    answer.parts.length === 1 && part instanceof Uint8Array,
    `${what} answers with one part of bytes`,
  );
  return part as Uint8Array;
}

/** A handshake up to M3, which is not sent yet. */
export interface Prepared {
  readonly id: number;
  readonly m3: Uint8Array;
  readonly channel: SecureChannel;
  /** As it was shown; only the client's appraisal knows its format. */
  readonly evidence: Uint8Array;
}

/** A channel as its client has it. */
export interface TestChannel {
  readonly id: number;
  readonly channel: SecureChannel;
}

/** Takes evidence as it comes: whether it is right is the business of the verifier's tests. */
export async function prepare(
  session: TestSession,
  pair: Sm2KeyPair = sm2.generateKeyPair(),
  application: string = CONFORMANCE_TA_UUID,
): Promise<Prepared> {
  let evidence = new Uint8Array(0);
  const initiator = new ChannelInitiator({
    credential: { kind: 'key', pair },
    accept: {
      evidence: (shown) => {
        evidence = Uint8Array.from(shown);
      },
    },
    prologue: utf8(ENCLAVE_CHANNEL_PROLOGUE + application),
  });
  const answer = await session.service({ service: 'channel-open', data: initiator.hello() });
  const { message, channel } = initiator.finish(onePart(answer, 'channel-open'));
  expectTrue(evidence.length > 0, 'the application shows evidence');
  return { id: answer.value, m3: message, channel, evidence };
}

/** Sends M3 and reads the confirmation. */
export async function connect(session: TestSession, pair?: Sm2KeyPair): Promise<TestChannel> {
  const { id, m3, channel } = await prepare(session, pair);
  const confirmed = onePart(
    await session.service({ service: 'channel-finish', id, data: m3 }),
    'channel-finish',
  );
  expectTrue(channel.open(confirmed).length === 0, 'the confirmation is a sealed frame without contents');
  return { id, channel };
}

/** What a channel answers to a sealed call. */
export async function callBy(
  session: TestSession,
  { id, channel }: TestChannel,
  request: ChannelRequest | Uint8Array,
): Promise<ChannelAnswer> {
  const plain = request instanceof Uint8Array ? request : encodeChannelRequest(request);
  const answer = await session.service({ service: 'channel-call', id, data: channel.seal(plain) });
  const decoded = decodeChannelAnswer(channel.open(onePart(answer, 'channel-call')));
  if (decoded === undefined) throw new ConformanceFailure('the sealed answer is no answer');
  return decoded;
}

/** A sealed call, not sent. */
export const sealed = ({ id, channel }: TestChannel, request: ChannelRequest): ModuleServiceRequest => ({
  service: 'channel-call',
  id,
  data: channel.seal(encodeChannelRequest(request)),
});

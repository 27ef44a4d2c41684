import { sm2, sm3, utf8 } from '@cssi/sm-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { EnclaveChannels } from '../../src/adapters/software/domain/enclave-channels.ts';
import type { DomainAnswer } from '../../src/adapters/software/domain-protocol.ts';
import { ChannelInitiator, type SecureChannel } from '../../src/channel/index.ts';
import { createMemoryAccount, type MemoryAccount } from '../../src/runtime/context.ts';
import { decodeChannelAnswer, encodeChannelRequest } from '../../src/spec/v1/channel-codec.ts';
import type { ModuleParameter } from '../../src/spec/v1/module.ts';
import { TEEC_RESULTS as R } from '../../src/spec/v1/results.ts';
import { UUID } from './support.ts';

const MAX = 16;
const pair = sm2.generateKeyPair();
const answerOf = (params: readonly ModuleParameter[], result = 0): DomainAnswer => ({
  result,
  origin: 4,
  session: 0,
  value: 0,
  params,
  parts: [],
  error: undefined,
});

let account: MemoryAccount;
let channels: EnclaveChannels;
beforeEach(() => {
  account = createMemoryAccount(1 << 20);
  channels = new EnclaveChannels(account);
});

interface Begun {
  readonly opened: DomainAnswer;
  finish(): { readonly result: number; readonly channel: SecureChannel };
}

/** Sends M1; `finish` sends M3. */
function begin(): Begun {
  const initiator = new ChannelInitiator({
    credential: { kind: 'key', pair },
    accept: { evidence: () => {} },
    prologue: utf8(`cssi-enclave-channel/1 ${UUID}`),
  });
  const opened = channels.open(initiator.hello(), UUID, (reportData) => ({
    result: 0,
    parts: [reportData, utf8('certificate')],
  }));
  return {
    opened,
    finish: () => {
      const { message, channel } = initiator.finish(opened.parts[0] as Uint8Array);
      const finished = channels.finish(opened.value, message);
      if (finished.result === 0) channel.open(finished.parts[0] as Uint8Array);
      return { result: finished.result, channel };
    },
  };
}

function connect(): { readonly id: number; readonly channel: SecureChannel } {
  const { opened, finish } = begin();
  const { result, channel } = finish();
  expect(result).toBe(0);
  return { id: opened.value, channel };
}

const request = (...inputs: readonly Uint8Array[]): Uint8Array =>
  encodeChannelRequest({ command: 7, inputs, maxOutput: 8 });

describe('[part of CC-006] the channels of one session', () => {
  it('have room for a new client, however many began a handshake and went away', () => {
    const first = connect();
    const left = Array.from({ length: MAX - 1 }, () => begin());
    expect(left.every(({ opened }) => opened.result === 0)).toBe(true);
    const full = account.used;
    const late = begin();
    expect(late.opened.result).toBe(0);
    expect(account.used).toBe(full);
    // The oldest handshake went, no other one, and no channel.
    expect(left[0]?.finish().result).toBe(R.ITEM_NOT_FOUND);
    expect(left[1]?.finish().result).toBe(0);
    expect(late.finish().result).toBe(0);
    const frame = first.channel.seal(request());
    expect(channels.call(first.id, frame, () => answerOf([])).result).toBe(0);
  });

  it('are not given up for a handshake, and cost nothing when they are gone', () => {
    const all = Array.from({ length: MAX }, () => connect());
    expect(begin().opened).toMatchObject({ result: R.BUSY, parts: [] });
    channels.close(all[4]?.id as number);
    expect(begin().opened.result).toBe(0);
    expect(begin().opened.result).toBe(0);
    channels.releaseAll();
    expect(account.used).toBe(0);
  });

  it('leave no copy of what was asked and answered', () => {
    const { id, channel } = connect();
    const output = utf8('answered');
    let seen: readonly ModuleParameter[] = [];
    const answer = channels.call(
      id,
      channel.seal(request(utf8('asked'), utf8('too'))),
      (command, params, by) => {
        expect([command, by.peer]).toEqual([7, sm3(pair.publicKey)]);
        seen = params;
        expect(params[0]).toEqual({ type: 5, size: 5, buffer: utf8('asked') });
        return answerOf([...params.slice(0, 2), { type: 6, size: 8, buffer: output }]);
      },
    );
    const opened = decodeChannelAnswer(channel.open(answer.parts[0] as Uint8Array));
    expect(opened?.output).toEqual(utf8('answered'));
    expect(output).toEqual(new Uint8Array(8));
    expect(seen[0]).toEqual({ type: 5, size: 5, buffer: new Uint8Array(5) });
    expect(seen[1]).toEqual({ type: 5, size: 3, buffer: new Uint8Array(3) });
  });

  it('leave none either when the call fails', () => {
    const { id, channel } = connect();
    let input: ModuleParameter | undefined;
    expect(() =>
      channels.call(id, channel.seal(request(utf8('asked'))), (_, [first]) => {
        input = first;
        throw new Error('defect');
      }),
    ).toThrow('defect');
    expect(input).toMatchObject({ buffer: new Uint8Array(5) });
  });

  it('tell the host nothing of what an application answered before it died', () => {
    const { id, channel } = connect();
    const answer = channels.call(id, channel.seal(request()), () => {
      channels.releaseAll();
      return answerOf([{ type: 6, size: 2, buffer: utf8('no') }], 0x1234);
    });
    expect(answer).toMatchObject({ result: R.TARGET_DEAD, origin: 3, params: [], parts: [] });
  });
});

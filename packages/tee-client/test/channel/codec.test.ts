import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type ChannelAnswer,
  type ChannelRequest,
  decodeChannelAnswer,
  decodeChannelRequest,
  encodeChannelAnswer,
  encodeChannelRequest,
} from '../../src/channel/index.ts';
import { seeded } from '../domain/seeded.ts';

const random = seeded('channel codec');
const requestOf = (): ChannelRequest => {
  const hasOutput = random.below(2) === 1;
  return {
    command: random.below(2 ** 32),
    inputs: Array.from({ length: random.below(hasOutput ? 4 : 5) }, () => random.bytes(random.below(40))),
    maxOutput: hasOutput ? random.below(2 ** 32) : undefined,
  };
};
const answerOf = (): ChannelAnswer => ({
  result: random.below(2 ** 32),
  origin: 1 + random.below(4),
  size: random.below(2 ** 32),
  output: random.bytes(random.below(40)),
});

describe('[part of CC-006] what frames of a channel into an enclave carry', () => {
  it('has these bytes', () => {
    const request = encodeChannelRequest({
      command: 0x01020304,
      inputs: [utf8('ab'), utf8('')],
      maxOutput: 5,
    });
    expect(Buffer.from(request).toString('hex')).toBe(
      '01020304' + '0102' + '00000005' + '000000026162' + '00000000',
    );
    const none = encodeChannelRequest({ command: 1, inputs: [], maxOutput: undefined });
    expect(Buffer.from(none).toString('hex')).toBe('000000010000');
    const answer = encodeChannelAnswer({ result: 0xffff0010, origin: 4, size: 7, output: utf8('x') });
    expect(Buffer.from(answer).toString('hex')).toBe('ffff0010' + '04' + '00000007' + '78');
  });

  it('reads what was written', () => {
    for (let i = 0; i < 300; i++) {
      const [request, answer] = [requestOf(), answerOf()];
      expect(decodeChannelRequest(encodeChannelRequest(request))).toEqual(request);
      expect(decodeChannelAnswer(encodeChannelAnswer(answer))).toEqual(answer);
    }
  });

  it('reads nothing that was cut, and nothing with something behind', () => {
    for (let i = 0; i < 50; i++) {
      const request = encodeChannelRequest(requestOf());
      for (let length = 0; length < request.length; length++) {
        expect(decodeChannelRequest(request.subarray(0, length))).toBeUndefined();
      }
      expect(decodeChannelRequest(Uint8Array.of(...request, 0))).toBeUndefined();
      const answer = encodeChannelAnswer(answerOf());
      for (let length = 0; length < 9; length++) {
        expect(decodeChannelAnswer(answer.subarray(0, length))).toBeUndefined();
      }
    }
  });

  it('has one encoding of what it reads, whatever the bytes', () => {
    let read = 0;
    for (let i = 0; i < 3000; i++) {
      const bytes = random.bytes(random.below(24));
      if (bytes.length > 5) [bytes[4], bytes[5]] = [random.below(3), random.below(6)];
      for (let at = 6; at < bytes.length; at++) if (random.below(8) > 0) bytes[at] = 0;
      const request = decodeChannelRequest(bytes);
      if (request === undefined) continue;
      read++;
      expect(encodeChannelRequest(request)).toEqual(bytes);
    }
    expect(read).toBeGreaterThan(20);
  });

  it('takes four parameters and no more', () => {
    const input = utf8('x');
    const four = { command: 1, inputs: [input, input, input], maxOutput: 1 };
    expect(decodeChannelRequest(encodeChannelRequest(four))).toEqual(four);
    for (const five of [
      { command: 1, inputs: [input, input, input, input], maxOutput: 1 },
      { command: 1, inputs: [input, input, input, input, input], maxOutput: undefined },
    ]) {
      expect(decodeChannelRequest(encodeChannelRequest(five))).toBeUndefined();
    }
  });

  it('copies what it reads, of a Buffer too: the frame is zeroed afterwards', () => {
    const answer = Buffer.from(encodeChannelAnswer({ result: 0, origin: 4, size: 1, output: utf8('x') }));
    const request = Buffer.from(encodeChannelRequest({ command: 1, inputs: [utf8('y')], maxOutput: 1 }));
    const [read, asked] = [decodeChannelAnswer(answer), decodeChannelRequest(request)];
    answer.fill(0);
    request.fill(0);
    expect(read?.output).toEqual(utf8('x'));
    expect(asked?.inputs).toEqual([utf8('y')]);
  });

  it.each([0, 5, 255])('knows no origin %i', (origin) => {
    expect(decodeChannelAnswer(Uint8Array.of(0, 0, 0, 0, origin, 0, 0, 0, 0))).toBeUndefined();
  });
});

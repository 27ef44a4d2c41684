import { concatBytes, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { CHANNEL_LIMITS, ChannelInitiator, ChannelResponder } from '../../src/channel/index.ts';
import { readAnswer, readHello, writeAnswer, writeHello } from '../../src/channel/messages.ts';
import { seeded } from '../domain/seeded.ts';
import { clientOptions, enclaveOptions, failure, run } from './support.ts';

const NOT_GENUINE = /^ERR_TEE_CHANNEL reason=/;
const ORDER = 'ERR_TEE_CHANNEL reason=order';
const flipped = (bytes: Uint8Array, at: number, bit = 1): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ bit : byte));

/** A handshake with what the wire does to each message; where it fails, or nothing. */
function over(
  wire: Partial<Record<'m1' | 'm2' | 'm3', (message: Uint8Array) => Uint8Array>>,
): { readonly at: 'answer' | 'finish' | 'accept'; readonly failure: string } | undefined {
  const same = (message: Uint8Array): Uint8Array => message;
  const { m1 = same, m2 = same, m3 = same } = wire;
  const initiator = new ChannelInitiator(clientOptions());
  const responder = new ChannelResponder(enclaveOptions());
  let passed: Uint8Array = initiator.hello();
  for (const [at, step] of [
    ['answer', () => responder.answer(m1(passed))],
    ['finish', () => initiator.finish(m2(passed)).message],
    ['accept', () => responder.accept(m3(passed)) && new Uint8Array(0)],
  ] as const) {
    const failed = failure(() => {
      passed = step();
    });
    if (failed !== undefined) return { at, failure: failed };
  }
  return undefined;
}

const lengths = ((): { readonly m1: number; readonly m2: number; readonly m3: number } => {
  const { m1, m2, m3 } = run();
  return { m1: m1.length, m2: m2.length, m3: m3.length };
})();

describe('[part of CC-006] attested channel: a host that changes what it carries', () => {
  it('carries it unchanged: the control', () => expect(over({})).toBeUndefined());

  it('changes any byte of M1 and is found out, at the latest by the initiator', () => {
    for (let at = 0; at < lengths.m1; at++) {
      const found = over({ m1: (message) => flipped(message, at) });
      expect([at, found?.failure]).toEqual([at, expect.stringMatching(/^ERR_TEE_CHANNEL/)]);
      expect(['answer', 'finish']).toContain(found?.at);
    }
  });

  it('changes any byte of M2 and is found out by the initiator', () => {
    for (let at = 0; at < lengths.m2; at++) {
      const found = over({ m2: (message) => flipped(message, at, 0x80) });
      expect([at, found]).toEqual([at, { at: 'finish', failure: expect.stringMatching(NOT_GENUINE) }]);
    }
  });

  it('changes any byte of M3 and is found out by the responder', () => {
    for (let at = 0; at < lengths.m3; at++) {
      const found = over({ m3: (message) => flipped(message, at) });
      expect([at, found]).toEqual([at, { at: 'accept', failure: expect.stringMatching(NOT_GENUINE) }]);
    }
  });

  it('cuts any message at any place, or makes it longer', () => {
    for (const [name, at] of [
      ['m1', 'answer'],
      ['m2', 'finish'],
      ['m3', 'accept'],
    ] as const) {
      for (let length = 0; length < lengths[name]; length++) {
        const found = over({ [name]: (message: Uint8Array) => message.subarray(0, length) });
        expect([name, length, found]).toEqual([
          name,
          length,
          { at, failure: expect.stringMatching(NOT_GENUINE) },
        ]);
      }
      const longer = over({ [name]: (message: Uint8Array) => concatBytes(message, Uint8Array.of(0)) });
      expect(longer).toEqual({ at, failure: expect.stringMatching(NOT_GENUINE) });
      const huge = over({ [name]: () => new Uint8Array(CHANNEL_LIMITS.message + 1) });
      expect(huge).toEqual({ at, failure: 'ERR_TEE_CHANNEL reason=message' });
    }
  });

  it('sends bytes of its own', () => {
    const random = seeded('channel wire');
    for (let i = 0; i < 300; i++) {
      const [name, at, type] = [
        ['m1', 'answer', 1],
        ['m2', 'finish', 2],
        ['m3', 'accept', 3],
      ][i % 3] as ['m1' | 'm2' | 'm3', string, number];
      const noise = random.bytes(random.below(400));
      const message = i % 2 === 0 ? noise : concatBytes(Uint8Array.of(type, 1), noise);
      expect(over({ [name]: () => message })).toEqual({ at, failure: expect.stringMatching(NOT_GENUINE) });
    }
  });

  it('changes the suites that are offered or chosen (downgrade)', () => {
    const offer =
      (...suites: number[]) =>
      (m1: Uint8Array) =>
        writeHello({ ...readHello(m1), suites });
    // An offer with suites of a later version is answered; another offer than was made is not.
    expect(over({ m1: offer(200, 1) })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
    expect(over({ m1: offer(1, 200) })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
    expect(over({ m1: offer(200) })).toEqual({ at: 'answer', failure: 'ERR_TEE_CHANNEL reason=suite' });
    for (const suites of [[], [1, 1], Array.from({ length: 17 }, (_, i) => i)]) {
      expect(over({ m1: offer(...suites) })).toEqual({
        at: 'answer',
        failure: 'ERR_TEE_CHANNEL reason=message',
      });
    }
    const chosen = (m2: Uint8Array): Uint8Array => {
      const answer = readAnswer(m2);
      return concatBytes(writeAnswer({ ...answer, suite: 2 }), answer.box);
    };
    expect(over({ m2: chosen })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=suite' });
  });

  it('changes what a side asks of the other (identity downgrade)', () => {
    const asking = (asks: number) => (m1: Uint8Array) => writeHello({ ...readHello(m1), asks });
    expect(over({ m1: asking(0) })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
    const asked = (m2: Uint8Array): Uint8Array => {
      const answer = readAnswer(m2);
      return concatBytes(writeAnswer({ ...answer, asks: 0 }), answer.box);
    };
    expect(over({ m2: asked })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
  });

  it('puts ephemeral keys that are none, or its own', () => {
    const point = (bytes: Uint8Array) => (m1: Uint8Array) =>
      writeHello({ ...readHello(m1), ephemeral: bytes });
    const off = new Uint8Array(65).fill(1);
    off[0] = 4;
    expect(over({ m1: point(off) })).toEqual({ at: 'answer', failure: 'ERR_TEE_CHANNEL reason=key' });
    expect(over({ m1: point(new Uint8Array(65)) })).toEqual({
      at: 'answer',
      failure: 'ERR_TEE_CHANNEL reason=key',
    });
    const own = sm2.generateKeyPair().publicKey;
    const hybrid = own.map((byte, i) => (i === 0 ? 6 + ((own[64] as number) & 1) : byte));
    for (const none of [hybrid, own.map((byte, i) => (i === 64 ? byte ^ 1 : byte))]) {
      expect(over({ m1: point(none) })).toEqual({ at: 'answer', failure: 'ERR_TEE_CHANNEL reason=key' });
      const answered = (m2: Uint8Array): Uint8Array => {
        const answer = readAnswer(m2);
        return concatBytes(writeAnswer({ ...answer, ephemeral: none }), answer.box);
      };
      expect(over({ m2: answered })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=key' });
    }
    expect(over({ m1: point(own) })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
  });

  it('sends a side its own messages (reflection)', () => {
    const initiator = new ChannelInitiator(clientOptions());
    const hello = initiator.hello();
    expect(failure(() => initiator.finish(hello))).toBe('ERR_TEE_CHANNEL reason=message');
    const again = new ChannelInitiator(clientOptions());
    const { nonce, ephemeral } = readHello(again.hello());
    const reflected = concatBytes(writeAnswer({ suite: 1, asks: 2, nonce, ephemeral }), new Uint8Array(100));
    expect(failure(() => again.finish(reflected))).toBe('ERR_TEE_CHANNEL reason=reflection');
    const responder = new ChannelResponder(enclaveOptions());
    const m2 = responder.answer(new ChannelInitiator(clientOptions()).hello());
    expect(failure(() => responder.accept(m2))).toBe('ERR_TEE_CHANNEL reason=message');
  });
});

describe('[part of CC-006] attested channel: messages again, in another order, of another handshake', () => {
  it('replays M1: who did not send it cannot go on', () => {
    const { m1 } = run();
    const responder = new ChannelResponder(enclaveOptions());
    const m2 = responder.answer(m1);
    expect(m2.length).toBe(lengths.m2);
    expect(failure(() => responder.accept(run().m3))).toBe('ERR_TEE_CHANNEL reason=box');
  });

  it('replays M2 and M3 of an earlier handshake', () => {
    const before = run();
    expect(over({ m2: () => before.m2 })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
    expect(over({ m3: () => before.m3 })).toEqual({ at: 'accept', failure: 'ERR_TEE_CHANNEL reason=box' });
  });

  it('gives the answer of one handshake to another that runs at the same time', () => {
    const [a, b] = [new ChannelInitiator(clientOptions()), new ChannelInitiator(clientOptions())];
    const [ra, rb] = [new ChannelResponder(enclaveOptions()), new ChannelResponder(enclaveOptions())];
    const m2 = ra.answer(a.hello());
    rb.answer(b.hello());
    expect(failure(() => b.finish(m2))).toBe('ERR_TEE_CHANNEL reason=box');
    const { message } = a.finish(m2);
    expect(failure(() => rb.accept(message))).toBe('ERR_TEE_CHANNEL reason=box');
    expect(failure(() => ra.accept(message))).toBeUndefined();
  });

  it('joins the clear part of one answer and the box of another', () => {
    const before = readAnswer(run().m2);
    const spliced = (m2: Uint8Array): Uint8Array => concatBytes(readAnswer(m2).clear, before.box);
    expect(over({ m2: spliced })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
    const other = (m2: Uint8Array): Uint8Array => concatBytes(before.clear, readAnswer(m2).box);
    expect(over({ m2: other })).toEqual({ at: 'finish', failure: 'ERR_TEE_CHANNEL reason=box' });
  });

  it('uses no step twice, none out of order, and none after a failure', () => {
    const { m1, m2, m3 } = run();
    const initiator = (): ChannelInitiator => new ChannelInitiator(clientOptions());
    const responder = (): ChannelResponder => new ChannelResponder(enclaveOptions());
    expect(failure(() => initiator().finish(m2))).toBe(ORDER);
    expect(failure(() => responder().accept(m3))).toBe(ORDER);

    const twice = initiator();
    twice.hello();
    expect(failure(() => twice.hello())).toBe(ORDER);
    expect(failure(() => twice.finish(m2))).toBe(ORDER);

    const answering = responder();
    answering.answer(m1);
    expect(failure(() => answering.answer(m1))).toBe(ORDER);
    expect(failure(() => answering.accept(m3))).toBe(ORDER);

    // After a failure the right message comes too late.
    const i = initiator();
    const r = responder();
    const good = r.answer(i.hello());
    expect(failure(() => i.finish(m2))).toMatch(NOT_GENUINE);
    expect(failure(() => i.finish(good))).toBe(ORDER);
    const [i2, r2] = [initiator(), responder()];
    const finish = i2.finish(r2.answer(i2.hello()));
    expect(failure(() => r2.accept(m3))).toMatch(NOT_GENUINE);
    expect(failure(() => r2.accept(finish.message))).toBe(ORDER);
    expect(failure(() => i2.finish(m2))).toBe(ORDER);
    const r3 = responder();
    expect(failure(() => r3.answer(Uint8Array.of(9)))).toMatch(NOT_GENUINE);
    expect(failure(() => r3.answer(initiator().hello()))).toBe(ORDER);
  });

  it('is given up by either side; the channel it gave lives on', () => {
    const [i, r] = [new ChannelInitiator(clientOptions()), new ChannelResponder(enclaveOptions())];
    const m2 = r.answer(i.hello());
    const established = i.finish(m2);
    i.destroy();
    r.destroy();
    expect(failure(() => r.accept(established.message))).toBe(ORDER);
    expect(established.channel.seal(utf8('x'))).toHaveLength(33);
    const given = new ChannelInitiator(clientOptions());
    given.destroy();
    expect(failure(() => given.hello())).toBe(ORDER);
  });
});

import { utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { type ChannelCredential, ChannelInitiator, ChannelResponder } from '../../src/channel/index.ts';
import { KeySchedule } from '../../src/channel/key-schedule.ts';
import { failureOf } from '../basics.ts';
import { clientOptions, device, ENCLAVE, enclaveOptions, failure } from './support.ts';

/** A device that takes its time. */
const slow = (name: number, wait: Promise<void> = Promise.resolve()): ChannelCredential => ({
  kind: 'evidence',
  attest: async (reportData) => {
    await wait;
    return device.evidence(name, reportData);
  },
});
const both = {
  client: clientOptions({ credential: slow(3) }),
  enclave: enclaveOptions({ credential: slow(ENCLAVE), accept: { evidence: device.appraiser(3) } }),
};
const ORDER = { code: 'ERR_TEE_CHANNEL', detail: 'reason=order' };

describe('[part of CC-006] a handshake of devices whose evidence comes later', () => {
  it('ends in the same channel', async () => {
    const initiator = new ChannelInitiator(both.client);
    const responder = new ChannelResponder(both.enclave);
    const { message, channel } = await initiator.finishAsync(await responder.answerAsync(initiator.hello()));
    const other = responder.accept(message).channel;
    expect(other.open(channel.seal(utf8('x')))).toEqual(utf8('x'));
  });

  it('is refused by the steps that do not wait, without an unhandled promise', async () => {
    const failing: ChannelCredential = { kind: 'evidence', attest: () => Promise.reject(new Error('later')) };
    const initiator = new ChannelInitiator({ ...both.client, credential: failing });
    const responder = new ChannelResponder({ ...both.enclave, credential: failing });
    const hello = initiator.hello();
    expect(failure(() => responder.answer(hello))).toBe('ERR_TEE_OPTION_INVALID option=credential');
    expect(failure(() => responder.answer(hello))).toBe('ERR_TEE_CHANNEL reason=order');
    const m2 = await new ChannelResponder(both.enclave).answerAsync(hello);
    expect(failure(() => initiator.finish(m2))).toBe('ERR_TEE_OPTION_INVALID option=credential');
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('passes on why a device gives none, and is over', async () => {
    const failing: ChannelCredential = { kind: 'evidence', attest: () => Promise.reject(new Error('later')) };
    const responder = new ChannelResponder({ ...both.enclave, credential: failing });
    const hello = new ChannelInitiator(both.client).hello();
    expect(await failureOf(() => responder.answerAsync(hello))).toMatchObject({ message: 'later' });
    expect(await failureOf(() => responder.answerAsync(hello))).toMatchObject(ORDER);
  });

  it('can be given up meanwhile: it gives no channel then', async () => {
    for (const giveUp of [
      (one: ChannelInitiator | ChannelResponder): void => one.destroy(),
      (one: ChannelInitiator | ChannelResponder): void => {
        // A second step at the same time is a step out of order.
        const message = new Uint8Array(1);
        expect(
          failure(() => (one instanceof ChannelInitiator ? one.finish(message) : one.answer(message))),
        ).toBe('ERR_TEE_CHANNEL reason=order');
      },
    ]) {
      let go = (): void => {};
      const wait = new Promise<void>((resolve) => {
        go = resolve;
      });
      const responder = new ChannelResponder({ ...both.enclave, credential: slow(ENCLAVE, wait) });
      const initiator = new ChannelInitiator({ ...both.client, credential: slow(3, wait) });
      const hello = initiator.hello();
      const answering = failureOf(() => responder.answerAsync(hello));
      const m2 = await new ChannelResponder(both.enclave).answerAsync(hello);
      const finishing = failureOf(() => initiator.finishAsync(m2));
      const destroyed = vi.spyOn(KeySchedule.prototype, 'destroy');
      giveUp(responder);
      giveUp(initiator);
      // The keys do not wait for evidence that may never come.
      expect(destroyed).toHaveBeenCalledTimes(2);
      destroyed.mockRestore();
      go();
      expect(await answering).toMatchObject(ORDER);
      expect(await finishing).toMatchObject(ORDER);
      expect(failure(() => responder.accept(new Uint8Array(64)))).toBe('ERR_TEE_CHANNEL reason=order');
    }
  });

  it('can be given up by its own judgement', () => {
    const responder: ChannelResponder = new ChannelResponder(
      enclaveOptions({
        accept: {
          key: () => {
            responder.destroy();
            return true;
          },
        },
      }),
    );
    const initiator: ChannelInitiator = new ChannelInitiator(clientOptions());
    const { message } = initiator.finish(responder.answer(initiator.hello()));
    expect(failure(() => responder.accept(message))).toBe('ERR_TEE_CHANNEL reason=order');
    const judging: ChannelInitiator = new ChannelInitiator(
      clientOptions({ accept: { evidence: () => judging.destroy() } }),
    );
    const m2 = new ChannelResponder(enclaveOptions()).answer(judging.hello());
    expect(failure(() => judging.finish(m2))).toBe('ERR_TEE_CHANNEL reason=order');
  });

  it('is not finished a second time from inside of its own judgement', () => {
    let inner: string | undefined;
    let judged = 0;
    let m3 = new Uint8Array(0);
    const responder: ChannelResponder = new ChannelResponder(
      enclaveOptions({
        accept: {
          key: () => {
            judged++;
            inner = judged > 1 ? 'judged again' : failure(() => responder.accept(m3));
            return true;
          },
        },
      }),
    );
    const initiator = new ChannelInitiator(clientOptions());
    m3 = Uint8Array.from(initiator.finish(responder.answer(initiator.hello())).message);
    expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=order');
    expect([inner, judged]).toEqual(['ERR_TEE_CHANNEL reason=order', 1]);
  });
});

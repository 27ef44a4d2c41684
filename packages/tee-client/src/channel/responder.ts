import { concatBytes, randomBytes, sm2, sm3 } from '@cssi/sm-core';
import type { ChannelOptions } from '../spec/v1/channel.ts';
import { type Attesting, attestLater, attestNow } from './attesting.ts';
import { broken } from './errors.ts';
import { agree, type ChannelEstablished, type HandshakePlan, planOf, transcriptOf } from './handshake.ts';
import { checkIdentity, showIdentity } from './identity.ts';
import { KeySchedule } from './key-schedule.ts';
import {
  chooseSuite,
  FINISH_HEADER,
  type ReadHello,
  readFinish,
  readHello,
  writeAnswer,
} from './messages.ts';

const NONCE_BYTES = 32;

/**
 * The side that answers (信道响应方). It shows itself to whoever asks; the initiator does so after it.
 *
 * Guarantee: `accept` returns only when the initiator proved that it has the agreed secret and that it is
 * who `accept` of the options accepts. Whatever goes wrong ends the handshake.
 *
 * @standard GB/T 32918.1-2016; SIGMA-I (H. Krawczyk, CRYPTO 2003, §5.2)
 * @example
 * ```ts
 * const responder = new ChannelResponder({ credential: { kind: 'evidence', attest }, accept: { key: isKnown } });
 * await send(responder.answer(hello));
 * const { channel, peer } = responder.accept(finish);
 * ```
 * @group Secure channel
 */
export class ChannelResponder {
  readonly #plan: HandshakePlan;
  #keys: KeySchedule | undefined;
  /** Digest of all that was sent up to M2. */
  #sent: Uint8Array | undefined;
  #state: 'new' | 'working' | 'waiting' | 'over' = 'new';

  /** @throws {@link SmError} ERR_TEE_OPTION_INVALID */
  constructor(options: ChannelOptions) {
    this.#plan = planOf(options);
  }

  /**
   * Takes M1, gives M2. Once.
   *
   * @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED when the initiator asks for what this
   * side has not; ERR_TEE_OPTION_INVALID when `attest` gives no evidence, or a promise; whatever `attest` throws
   */
  answer(message: Uint8Array): Uint8Array {
    return attestNow(this.#answer(message));
  }

  /** As {@link ChannelResponder.answer}, for a credential whose evidence comes later. */
  async answerAsync(message: Uint8Array): Promise<Uint8Array> {
    return attestLater(this.#answer(message));
  }

  *#answer(message: Uint8Array): Attesting<Uint8Array> {
    if (this.#state !== 'new') throw this.#over();
    this.#state = 'working';
    try {
      const answer = yield* this.#respond(readHello(message));
      this.#state = 'waiting';
      return answer;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  *#respond(hello: ReadHello): Attesting<Uint8Array> {
    const suite = chooseSuite(hello.suites);
    if (suite === undefined) throw broken('suite');
    const plan = this.#plan;
    // First what has no secret in it: a source of randomness that fails leaves no key behind.
    const nonce = randomBytes(NONCE_BYTES);
    const ephemeral = sm2.generateKeyPair();
    const { publicKey } = ephemeral;
    const clear = writeAnswer({ suite, asks: plan.accept.asks, nonce, ephemeral: publicKey });
    const transcript = sm3(transcriptOf(plan, hello.message, clear));
    const keys = new KeySchedule(agree(ephemeral, hello.ephemeral), transcript);
    this.#keys = keys;
    const place = { side: 'responder', keys, transcript } as const;
    const identity = yield* showIdentity(place, plan.credential, hello.asks);
    const box = keys.seal('responder', clear, identity);
    this.#sent = sm3(transcriptOf(plan, hello.message, clear, box));
    return concatBytes(clear, box);
  }

  /**
   * Takes M3, gives the channel. Once.
   *
   * @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED
   */
  accept(message: Uint8Array): ChannelEstablished {
    const [keys, sent] = [this.#keys, this.#sent];
    if (this.#state !== 'waiting' || keys === undefined || sent === undefined) throw this.#over();
    this.#state = 'working';
    try {
      const box = readFinish(message);
      let shown: Uint8Array;
      try {
        shown = keys.open('initiator', FINISH_HEADER, box);
      } catch (cause) {
        throw broken('box', cause);
      }
      const place = { side: 'initiator', keys, transcript: sent } as const;
      const peer = checkIdentity(place, this.#plan.accept, shown);
      const channel = keys.channel('responder', concatBytes(sent, FINISH_HEADER, box));
      this.destroy();
      return { channel, peer };
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Gives the handshake up and zeroes its keys, at once; a channel it gave lives on. */
  destroy(): void {
    this.#state = 'over';
    this.#keys?.destroy();
  }

  /** Given up meanwhile: the keys are gone, and what failed for want of them is no other reason. */
  #failed(error: unknown): unknown {
    const reason = this.#state === 'working' ? error : broken('order', error);
    this.destroy();
    return reason;
  }

  #over(): Error {
    this.destroy();
    return broken('order');
  }
}

import { concatBytes, equalBytes, randomBytes, type Sm2KeyPair, sm2, sm3 } from '@cssi/sm-core';
import { CHANNEL_SUITES, type ChannelOptions } from '../spec/v1/channel.ts';
import { type Attesting, attestLater, attestNow } from './attesting.ts';
import { broken } from './errors.ts';
import { agree, type ChannelFinished, type HandshakePlan, planOf, transcriptOf } from './handshake.ts';
import { checkIdentity, showIdentity } from './identity.ts';
import { KeySchedule } from './key-schedule.ts';
import { type Answer, FINISH_HEADER, readAnswer, writeHello } from './messages.ts';

const NONCE_BYTES = 32;

/**
 * The side that opens a channel (信道发起方): SIGMA-I over the SM2 curve in three messages, each used once.
 *
 * Guarantee: `finish` returns only when the responder proved that it has the agreed secret and that it is
 * who `accept` accepts, in this very handshake. This side shows itself after that, encrypted to the
 * responder alone. Whatever goes wrong ends the handshake: one code, no second try.
 *
 * @standard GB/T 32918.1-2016; SIGMA-I with MAC-then-encrypt of identities (H. Krawczyk, CRYPTO 2003, §5.2)
 * @example
 * ```ts
 * const initiator = new ChannelInitiator({ credential: { kind: 'key', pair }, accept: { evidence: appraise } });
 * const answer = await send(initiator.hello());
 * const { message, channel } = initiator.finish(answer);
 * await send(message);
 * await send(channel.seal(secret));
 * ```
 * @group Secure channel
 */
export class ChannelInitiator {
  readonly #plan: HandshakePlan;
  readonly #ephemeral: Sm2KeyPair;
  readonly #hello: Uint8Array;
  #keys: KeySchedule | undefined;
  #state: 'new' | 'waiting' | 'working' | 'over' = 'new';

  /** @throws {@link SmError} ERR_TEE_OPTION_INVALID, ERR_RANDOM_UNHEALTHY */
  constructor(options: ChannelOptions) {
    this.#plan = planOf(options);
    // First what has no secret in it: a source of randomness that fails leaves no key behind.
    const nonce = randomBytes(NONCE_BYTES);
    this.#ephemeral = sm2.generateKeyPair();
    this.#hello = writeHello({
      suites: CHANNEL_SUITES,
      asks: this.#plan.accept.asks,
      nonce,
      ephemeral: this.#ephemeral.publicKey,
    });
  }

  /**
   * M1. Once.
   *
   * @throws {@link SmError} ERR_TEE_CHANNEL
   */
  hello(): Uint8Array {
    if (this.#state !== 'new') throw this.#over();
    this.#state = 'waiting';
    return Uint8Array.from(this.#hello);
  }

  /**
   * Takes M2, gives M3 and the channel. Once.
   *
   * @throws {@link SmError} ERR_TEE_CHANNEL (not genuine), ERR_TEE_CHANNEL_REFUSED (the responder is not
   * accepted, or asks for what this side has not); ERR_TEE_OPTION_INVALID when `attest` gives no evidence, or a
   * promise; whatever `attest` throws
   */
  finish(message: Uint8Array): ChannelFinished {
    return attestNow(this.#finish(message));
  }

  /** As {@link ChannelInitiator.finish}, for a credential whose evidence comes later. */
  async finishAsync(message: Uint8Array): Promise<ChannelFinished> {
    return attestLater(this.#finish(message));
  }

  *#finish(message: Uint8Array): Attesting<ChannelFinished> {
    if (this.#state !== 'waiting') throw this.#over();
    this.#state = 'working';
    try {
      return yield* this.#exchange(readAnswer(message));
    } catch (error) {
      // Given up meanwhile: the keys are gone, and what failed for want of them is no other reason.
      throw this.#state === 'working' ? error : broken('order', error);
    } finally {
      this.destroy();
    }
  }

  *#exchange(answer: Answer): Attesting<ChannelFinished> {
    if (!(CHANNEL_SUITES as readonly number[]).includes(answer.suite)) throw broken('suite');
    // Its own key, sent back: it would talk to itself.
    if (equalBytes(answer.ephemeral, this.#ephemeral.publicKey)) throw broken('reflection');
    const plan = this.#plan;
    const begun = sm3(transcriptOf(plan, this.#hello, answer.clear));
    const keys = new KeySchedule(agree(this.#ephemeral, answer.ephemeral), begun);
    this.#keys = keys;
    let shown: Uint8Array;
    try {
      shown = keys.open('responder', answer.clear, answer.box);
    } catch (cause) {
      throw broken('box', cause);
    }
    const peer = checkIdentity({ side: 'responder', keys, transcript: begun }, plan.accept, shown);
    const sent = sm3(transcriptOf(plan, this.#hello, answer.clear, answer.box));
    const place = { side: 'initiator', keys, transcript: sent } as const;
    const identity = yield* showIdentity(place, plan.credential, answer.asks);
    const message = concatBytes(FINISH_HEADER, keys.seal('initiator', FINISH_HEADER, identity));
    return { message, channel: keys.channel('initiator', concatBytes(sent, message)), peer };
  }

  /** Gives the handshake up and zeroes its keys, at once; a channel it gave lives on. */
  destroy(): void {
    this.#state = 'over';
    this.#ephemeral.privateKey.destroy();
    this.#keys?.destroy();
  }

  #over(): Error {
    this.destroy();
    return broken('order');
  }
}

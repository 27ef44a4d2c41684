import { concatBytes, type Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import {
  CHANNEL_LIMITS,
  type ChannelCredential,
  type ChannelOptions,
  type ChannelPeer,
} from '../spec/v1/channel.ts';
import { lengthPrefixed } from '../spec/v1/parts.ts';
import { badOption, broken } from './errors.ts';
import { type Judgement, judgementOf, kindsOf } from './identity.ts';
import type { SecureChannel } from './secure-channel.ts';

/**
 * What a handshake ends in.
 *
 * @group Secure channel
 */
export interface ChannelEstablished {
  readonly channel: SecureChannel;
  /** Who is at the other end, as it proved. */
  readonly peer: ChannelPeer;
}

/**
 * What the initiator's part ends in.
 *
 * @group Secure channel
 */
export interface ChannelFinished extends ChannelEstablished {
  /** M3, for the responder. */
  readonly message: Uint8Array;
}

/** Options that were read. @internal */
export interface HandshakePlan {
  readonly credential: ChannelCredential;
  readonly accept: Judgement;
  /** With its length: no prologue runs into the messages. */
  readonly start: Uint8Array;
}

/** @throws {@link SmError} ERR_TEE_OPTION_INVALID @internal */
export function planOf(options: ChannelOptions): HandshakePlan {
  if (options === null || typeof options !== 'object') throw badOption('options');
  const { credential, accept, prologue = new Uint8Array(0) } = options;
  kindsOf(credential);
  if (!(prologue instanceof Uint8Array) || prologue.length > CHANNEL_LIMITS.prologue) {
    throw badOption('prologue');
  }
  return { credential, accept: judgementOf(accept), start: lengthPrefixed(prologue) };
}

/**
 * What both ephemeral keys agree on. The key of this side is used up.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL for a key that is none
 * @internal
 */
export function agree(own: Sm2KeyPair, peer: Uint8Array): Secret {
  try {
    return sm2.ecdh(own.privateKey, peer);
  } catch (cause) {
    throw broken('key', cause);
  } finally {
    own.privateKey.destroy();
  }
}

/** All that was sent, in order. @internal */
export const transcriptOf = (plan: HandshakePlan, ...messages: readonly Uint8Array[]): Uint8Array =>
  concatBytes(plan.start, ...messages);

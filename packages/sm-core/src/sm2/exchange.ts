import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { choice } from '../internal/choice.ts';
import type { Secret } from '../secret.ts';
import type { RandomSource, SmEngine } from '../spec/v1/engine.ts';
import {
  InitiatorConfirming,
  ResponderConfirming,
  type Sm2InitiatorConfirming,
  type Sm2ResponderConfirming,
} from './exchange-confirm.ts';
import { ExchangeSecrets, type ExchangeTranscript } from './exchange-secrets.ts';
import { checkObject, checkRandom, drawScalar } from './input.ts';
import { checkPublicKey, isEphemeralKey, isPublicKey, type Sm2KeyPair, withPrivateKey, zOf } from './keys.ts';
import { SM2_PARAMETERS, type Sm2ExchangeConfirm, type Sm2ExchangeRole } from './parameters.ts';

/** One side of a key exchange, before it begins. */
export interface Sm2KeyExchangeOptions<
  R extends Sm2ExchangeRole = Sm2ExchangeRole,
  C extends Sm2ExchangeConfirm = Sm2ExchangeConfirm,
> {
  /** `initiator` is A of the standard, `responder` is B. */
  readonly role: R;
  /** The key pair of this side; the private key stays the caller's and must live until `agree`. */
  readonly pair: Sm2KeyPair;
  /** ID of this side, up to 8,191 bytes; the default ID when left out. */
  readonly id?: Uint8Array;
  /** Public key of the other side, 65 bytes, which the caller knows to be theirs. */
  readonly peerPublicKey: Uint8Array;
  /** ID of the other side, up to 8,191 bytes; the default ID when left out. */
  readonly peerId?: Uint8Array;
  /** Bytes of the key to agree on, 1 to 1,048,576. */
  readonly keyLength: number;
  /** `required` when left out: no key before the other side has shown that it has the same one. */
  readonly confirm?: C;
  /** Source of r; the platform's when left out. */
  readonly random?: RandomSource;
}

/** What `agree` gives: the key itself only where no confirmation is asked for. */
export type Sm2Agreed<R extends Sm2ExchangeRole, C extends Sm2ExchangeConfirm> = C extends 'none'
  ? Secret
  : R extends 'initiator'
    ? Sm2InitiatorConfirming
    : Sm2ResponderConfirming;

/**
 * One run of the key exchange on one side (密钥交换).
 *
 * Guarantee: the ephemeral key r is used for one run only, and is zeroed with it. Each
 * step may be taken once and in order: {@link Sm2KeyExchange.offer}, then
 * {@link Sm2KeyExchange.agree}; another order throws ERR_SM2_EXCHANGE_STATE. A run that
 * failed stays failed. Failures that the other side can cause have one code and no detail.
 *
 * @standard GB/T 32918.3-2016 §6.1
 */
export interface Sm2KeyExchange<Agreed> {
  /** R of this side, 65 bytes, to be sent; may be taken once. @standard GB/T 32918.3-2016 §6.1 A3, B3 @throws {@link SmError} ERR_SM2_EXCHANGE_STATE */
  offer(): Uint8Array;
  /**
   * Takes R of the other side and derives the key; may be called once, after `offer`.
   *
   * @standard GB/T 32918.3-2016 §6.1 A4–A8, B4–B8
   * @throws {@link SmError} ERR_SM2_EXCHANGE_FAILED, ERR_SM2_EXCHANGE_STATE, ERR_SECRET_DESTROYED
   */
  agree(peerEphemeralPublicKey: Uint8Array): Agreed;
  /** Ends the run and zeroes its secrets. */
  destroy(): void;
}

type AnyAgreed = Secret | Sm2InitiatorConfirming | Sm2ResponderConfirming;

/** What the options were found to be. */
interface Plan {
  readonly role: Sm2ExchangeRole;
  readonly confirm: Sm2ExchangeConfirm;
  readonly privateKey: Secret;
  readonly peerPublicKey: Uint8Array;
  readonly zSelf: Uint8Array;
  readonly zPeer: Uint8Array;
  readonly keyLength: number;
}

function checkKeyLength(length: number): number {
  const { min, max } = SM2_PARAMETERS.exchangeKeyBytes;
  if (!Number.isInteger(length) || length < min || length > max) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=keyLength expected=${min}..${max}`,
    });
  }
  return length;
}

function checkRole(role: Sm2ExchangeRole | undefined): Sm2ExchangeRole {
  if (role !== undefined) return choice(role, 'role', SM2_PARAMETERS.exchangeRoles);
  throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
    detail: `parameter=role allowed=${SM2_PARAMETERS.exchangeRoles.join('|')}`,
  });
}

function readPlan(engine: SmEngine, options: Sm2KeyExchangeOptions): Plan {
  const { pair, id, peerPublicKey, peerId, keyLength } = checkObject(options, 'options');
  const { privateKey, publicKey } = checkObject(pair, 'pair');
  const role = checkRole(options.role);
  const confirm = choice(options.confirm, 'confirm', SM2_PARAMETERS.exchangeConfirm);
  checkKeyLength(keyLength);
  withPrivateKey(privateKey, () => undefined);
  checkPublicKey(engine, publicKey);
  const peer = Uint8Array.from(checkPublicKey(engine, peerPublicKey));
  const [zSelf, zPeer] = [zOf(engine, publicKey, id), zOf(engine, peer, peerId)];
  return { role, confirm, privateKey, peerPublicKey: peer, zSelf, zPeer, keyLength };
}

class KeyExchange implements Sm2KeyExchange<AnyAgreed> {
  readonly #engine: SmEngine;
  readonly #plan: Plan;
  /** r of this side. */
  readonly #ephemeral: Uint8Array;
  /** R of this side. */
  readonly #ephemeralPublicKey: Uint8Array;
  #state: 'begun' | 'offered' | 'ended' = 'begun';

  constructor(engine: SmEngine, plan: Plan, random: RandomSource) {
    this.#engine = engine;
    this.#plan = plan;
    this.#ephemeral = drawScalar(random, isEphemeralKey); // A1, B1
    try {
      this.#ephemeralPublicKey = engine.sm2PublicKey(this.#ephemeral); // A2, B2
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  offer(): Uint8Array {
    this.#step('begun', 'offered');
    return Uint8Array.from(this.#ephemeralPublicKey);
  }

  agree(peerEphemeralPublicKey: Uint8Array): AnyAgreed {
    // Ended first: whatever happens now, there is no second call.
    this.#step('offered', 'ended');
    let secrets: ExchangeSecrets;
    try {
      secrets = this.#derive(peerEphemeralPublicKey);
    } finally {
      this.destroy();
    }
    const { role, confirm } = this.#plan;
    if (confirm === 'required') {
      return role === 'initiator' ? new InitiatorConfirming(secrets) : new ResponderConfirming(secrets);
    }
    const key = secrets.takeKey();
    secrets.destroy();
    return key;
  }

  destroy(): void {
    this.#state = 'ended';
    this.#ephemeral.fill(0);
  }

  #step(from: 'begun' | 'offered', to: 'offered' | 'ended'): void {
    if (this.#state !== from) throw SM_CORE_ERRORS.create('ERR_SM2_EXCHANGE_STATE');
    this.#state = to;
  }

  #derive(peerEphemeralPublicKey: Uint8Array): ExchangeSecrets {
    // A6, B5: the point of the other side is one of the curve.
    const point = isPublicKey(this.#engine, peerEphemeralPublicKey)
      ? this.#sharedPoint(peerEphemeralPublicKey)
      : undefined;
    // A7, B6: U or V is not infinity.
    if (point === undefined) throw SM_CORE_ERRORS.create('ERR_SM2_EXCHANGE_FAILED');
    try {
      const transcript = this.#transcript(peerEphemeralPublicKey);
      return new ExchangeSecrets(this.#engine, point, transcript, this.#plan.keyLength);
    } finally {
      point.fill(0);
    }
  }

  #sharedPoint(peerEphemeralPublicKey: Uint8Array): Uint8Array | undefined {
    const { privateKey, peerPublicKey } = this.#plan;
    return withPrivateKey(privateKey, (d) =>
      this.#engine.sm2ExchangePoint({
        privateKey: d,
        ephemeralPrivateKey: this.#ephemeral,
        ephemeralPublicKey: this.#ephemeralPublicKey,
        peerPublicKey,
        peerEphemeralPublicKey,
      }),
    );
  }

  #transcript(peer: Uint8Array): ExchangeTranscript {
    const { role, zSelf, zPeer } = this.#plan;
    const self = this.#ephemeralPublicKey;
    return role === 'initiator'
      ? { zA: zSelf, zB: zPeer, rA: self, rB: peer }
      : { zA: zPeer, zB: zSelf, rA: peer, rB: self };
  }
}

/** A run of the key exchange on `engine`. @standard GB/T 32918.3-2016 §6.1 */
export function createKeyExchange<R extends Sm2ExchangeRole, C extends Sm2ExchangeConfirm>(
  engine: SmEngine,
  options: Sm2KeyExchangeOptions<R, C>,
): Sm2KeyExchange<Sm2Agreed<R, C>> {
  for (const capability of ['sm3', 'sm2.keygen', 'sm2.exchange'] as const) {
    requireCapability(engine, capability);
  }
  const plan = readPlan(engine, options);
  const exchange: unknown = new KeyExchange(engine, plan, checkRandom(options.random));
  return exchange as Sm2KeyExchange<Sm2Agreed<R, C>>;
}

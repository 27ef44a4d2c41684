import { SM_CORE_ERRORS } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { RandomSource, Sm2PreparedPrivateKey, SmEngine } from '../spec/v1/engine.ts';
import { itemError, type Sm2SignResult } from './batch.ts';
import { checkList, checkObject, checkOptions } from './input.ts';
import { checkPublicKey, type Sm2KeyPair, withPrivateKey, zOf } from './keys.ts';
import {
  checkDigest,
  digestOf,
  release,
  type SignPlan,
  type Sm2SignOptions,
  signPlan,
  withNonces,
} from './sign.ts';
import { publicKeyCheck, type SignatureCheck } from './verify.ts';

/**
 * A private key with its options, made ready for many signatures: Z_A and, where the
 * engine can, (1 + d)^-1 are computed once. It keeps its own copy of the key.
 *
 * Every function throws ERR_SECRET_DESTROYED after {@link Sm2Signer.destroy}.
 */
export interface Sm2Signer {
  /** Signs M. @standard GB/T 32918.2-2016 §6.1 @throws {@link SmError} ERR_INPUT_TYPE, ERR_SM2_FAULT */
  sign(message: Uint8Array): Uint8Array;
  /** Signs e = H(Z_A‖M) of 32 bytes. @standard GB/T 32918.2-2016 §6.1 A3 @throws {@link SmError} ERR_INPUT_LENGTH, ERR_SM2_FAULT */
  signDigest(e: Uint8Array): Uint8Array;
  /**
   * Signs each message, results in order; an item that fails takes no other with it.
   * Each signature is computed by itself: what a batch saves is the calls around it.
   */
  signMany(messages: readonly Uint8Array[]): Sm2SignResult[];
  /** Zeroes the copy of the key and what was made of it. */
  destroy(): void;
}

class Signer implements Sm2Signer {
  readonly #engine: SmEngine;
  readonly #plan: SignPlan;
  readonly #z: Uint8Array;
  readonly #check: SignatureCheck | undefined;
  /** The key as the engine prepared it; beside it or in place of it the key itself, where it is needed. */
  readonly #prepared: Sm2PreparedPrivateKey | undefined;
  readonly #key: Secret | undefined;
  #destroyed = false;

  constructor(engine: SmEngine, pair: Sm2KeyPair, options: Sm2SignOptions) {
    const { privateKey, publicKey } = checkObject(pair, 'pair');
    this.#engine = engine;
    this.#plan = signPlan(engine, options);
    this.#z = zOf(engine, checkPublicKey(engine, publicKey), options.id);
    this.#check = this.#plan.checked ? publicKeyCheck(engine, publicKey) : undefined;
    const can = engine.capabilities.has('sm2.prepared-private');
    const { prepared, key } = withPrivateKey(privateKey, (d) => ({
      prepared: can ? engine.sm2PreparePrivate(d) : undefined,
      key: can && !this.#plan.hedged ? undefined : Secret.copy(d),
    }));
    this.#prepared = prepared;
    this.#key = key;
  }

  sign(message: Uint8Array): Uint8Array {
    this.#live();
    return this.#sign(digestOf(this.#engine, this.#z, message));
  }

  signDigest(e: Uint8Array): Uint8Array {
    this.#live();
    return this.#sign(checkDigest(e));
  }

  signMany(messages: readonly Uint8Array[]): Sm2SignResult[] {
    this.#live();
    return Array.from(checkList(messages, 'messages'), (message): Sm2SignResult => {
      try {
        return { ok: true, signature: this.sign(message) };
      } catch (error) {
        return itemError(error);
      }
    });
  }

  destroy(): void {
    this.#destroyed = true;
    this.#prepared?.destroy();
    this.#key?.destroy();
  }

  #live(): void {
    if (this.#destroyed) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
  }

  #sign(e: Uint8Array): Uint8Array {
    const plan = this.#plan;
    const rs =
      this.#key === undefined
        ? this.#signWith(undefined, e, plan.random)
        : this.#key.use((d) =>
            plan.hedged
              ? withNonces(this.#engine, plan, d, e, (random) => this.#signWith(d, e, random))
              : this.#signWith(d, e, plan.random),
          );
    return release(rs, this.#check === undefined || this.#check(e, rs), plan.format);
  }

  /** Signs with the prepared key, or with the bytes where there is none. */
  #signWith(d: Uint8Array | undefined, e: Uint8Array, random: RandomSource): Uint8Array {
    if (this.#prepared !== undefined) return this.#prepared.signDigest(e, random);
    if (d !== undefined) return this.#engine.sm2SignDigest(d, e, random);
    throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
  }
}

/** A signer on `engine`. */
export function createSigner(engine: SmEngine, pair: Sm2KeyPair, options?: Sm2SignOptions): Sm2Signer {
  return new Signer(engine, pair, checkOptions(options));
}

import { type RandomSource, randomBytes, toHex } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { SESSION_SECRET_BYTES } from '../spec/v1/session.ts';

/** Bounds of the table. */
export interface ChallengeLimits {
  readonly lifetimeSeconds: number;
  readonly maxOutstanding: number;
  readonly maxPerAddress: number;
}

interface Challenge {
  readonly remoteAddress: string;
  readonly expiresAt: number;
}

/**
 * Outstanding login challenges: each is good once, from the address that asked for it.
 * All live equally long, so the insertion order of the map is the order of their end.
 */
export class Challenges {
  readonly #limits: ChallengeLimits;
  readonly #random: RandomSource | undefined;
  readonly #outstanding = new Map<string, Challenge>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: ChallengeLimits, random?: RandomSource) {
    this.#limits = limits;
    this.#random = random;
  }

  /** @throws SmError ERR_API_CHALLENGE_LIMIT */
  issue(remoteAddress: string, now: number): Uint8Array {
    for (const [id, { expiresAt }] of this.#outstanding) {
      if (expiresAt > now) break;
      this.#remove(id);
    }
    const own = this.#perAddress.get(remoteAddress) ?? 0;
    if (this.#outstanding.size >= this.#limits.maxOutstanding || own >= this.#limits.maxPerAddress) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_CHALLENGE_LIMIT');
    }
    const challenge = randomBytes(SESSION_SECRET_BYTES, this.#random);
    this.#outstanding.set(toHex(challenge), {
      remoteAddress,
      expiresAt: now + this.#limits.lifetimeSeconds * 1000,
    });
    this.#perAddress.set(remoteAddress, own + 1);
    return challenge;
  }

  /** @throws SmError ERR_API_CHALLENGE_INVALID */
  redeem(challenge: Uint8Array, remoteAddress: string, now: number): void {
    const id = toHex(challenge);
    const found = this.#outstanding.get(id);
    // An address cannot spend the challenge of another one.
    if (found === undefined || found.remoteAddress !== remoteAddress) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_CHALLENGE_INVALID');
    }
    this.#remove(id);
    if (found.expiresAt <= now) throw SECURITY_SERVICE_ERRORS.create('ERR_API_CHALLENGE_INVALID');
  }

  #remove(id: string): void {
    const { remoteAddress } = this.#outstanding.get(id)!;
    this.#outstanding.delete(id);
    const left = (this.#perAddress.get(remoteAddress) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(remoteAddress);
    else this.#perAddress.set(remoteAddress, left);
  }
}

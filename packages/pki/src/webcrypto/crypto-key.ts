import type { Secret } from '@cssi/sm-core';
import { invalidAccess } from './dom-errors.ts';
import type { AlgorithmLike, CryptoKeyLike, KeyUsageLike } from './types.ts';

/** What a key is made of; none of it can be seen from outside. */
export interface KeyMaterial {
  /** Private or secret key. */
  readonly secret?: Secret;
  /** 04‖x‖y of an SM2 key. */
  readonly publicKey?: Uint8Array;
}

/** Facts about a key that everybody may know. */
export interface KeyFacts {
  readonly type: 'public' | 'private' | 'secret';
  readonly extractable: boolean;
  readonly algorithm: AlgorithmLike;
  readonly usages: readonly KeyUsageLike[];
}

let read: (key: SmCryptoKey) => KeyMaterial;
let facts: (key: SmCryptoKey) => KeyFacts;

/**
 * A key of this provider. Its bytes are in a private field and in a `Secret`: printing, JSON and
 * `structuredClone` show none of them. They are zeroed when nobody holds the key any more, as far as
 * the engine of the language says so. Frozen; and the getters are for others: this provider itself
 * asks {@link factsOf}, which nothing that is put on a key or its prototype can change.
 */
export class SmCryptoKey implements CryptoKeyLike {
  readonly #material: KeyMaterial;
  readonly #facts: KeyFacts;

  constructor(given: KeyFacts, material: KeyMaterial) {
    this.#material = material;
    this.#facts = Object.freeze({
      ...given,
      algorithm: Object.freeze({ ...given.algorithm }),
      usages: Object.freeze([...new Set(given.usages)]),
    });
    if (material.secret !== undefined) forgotten.register(this, material.secret);
    Object.freeze(this);
  }

  get type(): KeyFacts['type'] {
    return this.#facts.type;
  }

  get extractable(): boolean {
    return this.#facts.extractable;
  }

  get algorithm(): AlgorithmLike {
    return this.#facts.algorithm;
  }

  get usages(): readonly KeyUsageLike[] {
    return this.#facts.usages;
  }

  get [Symbol.toStringTag](): string {
    return 'CryptoKey';
  }

  static {
    read = (key) => key.#material;
    facts = (key) => key.#facts;
  }
}

/** Zeroes the secrets of keys that were collected. */
const forgotten = /* @__PURE__ */ new FinalizationRegistry<Secret>((secret) => secret.destroy());

/** The facts about a key as it was made. */
export const factsOf = (key: SmCryptoKey): KeyFacts => facts(key);

/** The private or secret part of a key. */
export function secretOf(key: SmCryptoKey): Secret {
  const { secret } = read(key);
  if (secret === undefined) throw invalidAccess('The key has no secret part.');
  return secret;
}

/** 04‖x‖y of an SM2 key, public or private. */
export function publicPointOf(key: SmCryptoKey): Uint8Array {
  const { publicKey } = read(key);
  if (publicKey === undefined) throw invalidAccess('The key has no public part.');
  return publicKey;
}

/** Is the key made for this algorithm, and allowed this use? */
export function checkUse(key: SmCryptoKey, name: string, usage: KeyUsageLike): void {
  const { algorithm, usages } = factsOf(key);
  if (algorithm.name !== name) throw invalidAccess('The key is of another algorithm.');
  if (!usages.includes(usage)) throw invalidAccess('The key is not for this use.');
}

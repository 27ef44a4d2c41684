import { checkBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { SM3_DIGEST_BYTES, type SmEngine } from '../spec/v1/engine.ts';
import { withSecret } from './input.ts';
import { hkdfExtract } from './kdf.ts';

/** Which secret a key schedule is at. */
export type Tls13Stage = 'early' | 'handshake' | 'master';

/** Secrets that are derived at each stage. @standard RFC 8446 §7.1 */
const LABELS = {
  early: ['ext binder', 'res binder', 'c e traffic', 'e exp master'],
  handshake: ['c hs traffic', 's hs traffic'],
  master: ['c ap traffic', 's ap traffic', 'exp master', 'res master'],
} as const satisfies Readonly<Record<Tls13Stage, readonly string[]>>;

/** Label of a derived secret. */
export type Tls13SecretLabel = (typeof LABELS)[Tls13Stage][number];

/**
 * The key schedule of one connection: Early Secret, Handshake Secret, Master Secret, one
 * after the other and never back. Each stage zeroes the one before. A label or a step of
 * another stage is refused with ERR_INPUT_VALUE; after `destroy` every method throws
 * ERR_SECRET_DESTROYED.
 *
 * @standard RFC 8446 §7.1
 */
export interface Tls13KeySchedule {
  /** The secret that is held now. */
  readonly stage: Tls13Stage;
  /** A copy of the secret of this stage, 32 bytes, which the caller zeroes. */
  secret(): Uint8Array;
  /**
   * Derive-Secret of this stage over the transcript hash (32 bytes): 32 bytes.
   *
   * @throws {@link SmError} ERR_INPUT_VALUE for a label of another stage, ERR_INPUT_TYPE, ERR_INPUT_LENGTH
   */
  derive(label: Tls13SecretLabel, transcriptHash: Uint8Array): Uint8Array;
  /** Early to Handshake Secret, with the (EC)DHE secret when there is one. */
  toHandshake(sharedSecret?: Uint8Array | Secret): void;
  /** Handshake to Master Secret. */
  toMaster(): void;
  /** Zeroes the secret. A second call does nothing. */
  destroy(): void;
}

type ExpandLabel = (secret: Uint8Array, label: string, context: Uint8Array, length: number) => Uint8Array;

const wrongStage = (detail: string) => SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail });
/** Stands for a secret that the handshake does not have. */
const ZEROS: Uint8Array = /* @__PURE__ */ new Uint8Array(SM3_DIGEST_BYTES);

class KeySchedule implements Tls13KeySchedule {
  readonly #engine: SmEngine;
  readonly #expandLabel: ExpandLabel;
  #stage: Tls13Stage = 'early';
  #secret: Uint8Array | undefined;

  constructor(engine: SmEngine, expandLabel: ExpandLabel, psk: Uint8Array) {
    this.#engine = engine;
    this.#expandLabel = expandLabel;
    // Early Secret = HKDF-Extract(0, PSK)
    this.#secret = hkdfExtract(engine, ZEROS, psk);
  }

  get stage(): Tls13Stage {
    return this.#stage;
  }

  secret(): Uint8Array {
    return Uint8Array.from(this.#held());
  }

  derive(label: Tls13SecretLabel, transcriptHash: Uint8Array): Uint8Array {
    const secret = this.#held();
    const labels: readonly string[] = LABELS[this.#stage];
    if (!labels.includes(label)) throw wrongStage(`parameter=label stage=${this.#stage}`);
    checkBytes(transcriptHash, 'transcriptHash', SM3_DIGEST_BYTES, SM3_DIGEST_BYTES);
    return this.#expandLabel(secret, label, transcriptHash, SM3_DIGEST_BYTES);
  }

  toHandshake(sharedSecret?: Uint8Array | Secret): void {
    if (sharedSecret === undefined) this.#advance('early', 'handshake', ZEROS);
    else withSecret(sharedSecret, 'sharedSecret', (bytes) => this.#advance('early', 'handshake', bytes));
  }

  toMaster(): void {
    this.#advance('handshake', 'master', ZEROS);
  }

  destroy(): void {
    this.#secret?.fill(0);
    this.#secret = undefined;
  }

  #held(): Uint8Array {
    if (this.#secret === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return this.#secret;
  }

  /** HKDF-Extract(Derive-Secret(., "derived", ""), ikm) */
  #advance(from: Tls13Stage, to: Tls13Stage, ikm: Uint8Array): void {
    const secret = this.#held();
    if (this.#stage !== from) throw wrongStage(`stage=${this.#stage} expected=${from}`);
    const salt = this.#expandLabel(secret, 'derived', this.#engine.sm3Digest(), SM3_DIGEST_BYTES);
    try {
      this.#secret = hkdfExtract(this.#engine, salt, ikm);
      this.#stage = to;
      secret.fill(0);
    } finally {
      salt.fill(0);
    }
  }
}

/** A schedule at its Early Secret. */
export function createKeySchedule(
  engine: SmEngine,
  expandLabel: ExpandLabel,
  psk: Uint8Array | Secret | undefined,
): Tls13KeySchedule {
  if (psk === undefined) return new KeySchedule(engine, expandLabel, ZEROS);
  return withSecret(psk, 'psk', (bytes) => new KeySchedule(engine, expandLabel, bytes));
}

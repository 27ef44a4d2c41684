import { concatBytes, SM2_PUBLIC_KEY_BYTES } from '@cssi/sm-core';
import { CHANNEL_LIMITS, CHANNEL_SUITES, CHANNEL_VERSION } from '../spec/v1/channel.ts';
import { broken } from './errors.ts';

const TYPE = { M1: 1, M2: 2, M3: 3 } as const;
const NONCE_BYTES = 32;
const TAG_BYTES = 16;
const MAX_SUITES = 16;
const MAX_KINDS = 3;

/** Bits of what a side asks of the other. @internal */
export const KIND = { evidence: 1, key: 2 } as const;

/** M1, from the initiator. @internal */
export interface Hello {
  readonly suites: readonly number[];
  /** Bits of {@link KIND} asked of the responder. */
  readonly asks: number;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
}

/** M1 as it was read: a copy, for the caller's buffer is the caller's. @internal */
export interface ReadHello extends Hello {
  readonly message: Uint8Array;
}

/** M2, from the responder. @internal */
export interface Answer {
  readonly suite: number;
  /** Bits of {@link KIND} asked of the initiator. */
  readonly asks: number;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
  /** What stands before the box. */
  readonly clear: Uint8Array;
  readonly box: Uint8Array;
}

/** Strict reading: every byte has one meaning, and there is none besides. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array, type: number) {
    if (!(bytes instanceof Uint8Array) || bytes.length > CHANNEL_LIMITS.message) throw broken('message');
    // The caller may change its buffer while a policy runs.
    this.#bytes = Uint8Array.from(bytes);
    if (this.u8() !== type || this.u8() !== CHANNEL_VERSION) throw broken('message');
  }

  u8(): number {
    return this.take(1)[0] as number;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw broken('message');
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  get read(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw broken('message');
  }

  asks(): number {
    const kinds = this.u8();
    if (kinds > MAX_KINDS) throw broken('message');
    return kinds;
  }

  box(): Uint8Array {
    const box = this.rest();
    if (box.length <= TAG_BYTES) throw broken('message');
    return box;
  }
}

/** `01 version n suites asks nonce E`. @internal */
export const writeHello = ({ asks, nonce, ephemeral, suites }: Hello): Uint8Array =>
  concatBytes(Uint8Array.of(TYPE.M1, CHANNEL_VERSION, suites.length, ...suites, asks), nonce, ephemeral);

/** @internal */
export function readHello(message: Uint8Array): ReadHello {
  const from = new Reader(message, TYPE.M1);
  const count = from.u8();
  if (count < 1 || count > MAX_SUITES) throw broken('message');
  const suites = [...from.take(count)];
  if (new Set(suites).size !== count) throw broken('message');
  const hello = {
    suites,
    asks: from.asks(),
    nonce: from.take(NONCE_BYTES),
    ephemeral: from.take(SM2_PUBLIC_KEY_BYTES),
  };
  from.end();
  return { ...hello, message: from.read };
}

/** The best suite of both; undefined when there is none. @internal */
export const chooseSuite = (offered: readonly number[]): number | undefined =>
  CHANNEL_SUITES.find((suite) => offered.includes(suite));

/** `02 version suite asks nonce E`, what stands before the box of M2. @internal */
export const writeAnswer = ({ suite, asks, nonce, ephemeral }: Omit<Answer, 'clear' | 'box'>): Uint8Array =>
  concatBytes(Uint8Array.of(TYPE.M2, CHANNEL_VERSION, suite, asks), nonce, ephemeral);

/** @internal */
export function readAnswer(message: Uint8Array): Answer {
  const from = new Reader(message, TYPE.M2);
  const fields = {
    suite: from.u8(),
    asks: from.asks(),
    nonce: from.take(NONCE_BYTES),
    ephemeral: from.take(SM2_PUBLIC_KEY_BYTES),
  };
  const clear = from.read;
  return { ...fields, clear, box: from.box() };
}

/** What stands before the box of M3. @internal */
export const FINISH_HEADER: Uint8Array = /* @__PURE__ */ Uint8Array.of(TYPE.M3, CHANNEL_VERSION);

/** The box of M3. @internal */
export const readFinish = (message: Uint8Array): Uint8Array => new Reader(message, TYPE.M3).box();

import { concatBytes, hkdfSm3, Secret, SM4_GCM_TAG_BYTES, sm4, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';

const KEY_BYTES = 32;
const SM4_KEY_BYTES = 16;
const NUMBER_BYTES = 8;
const HEADER_BYTES = 2 * NUMBER_BYTES;
/** Longest plaintext of one frame, in bytes. */
export const LINK_MAX_BYTES: number = 64 << 20;
/** Frames in one direction; a link does not live that long, and SM4-GCM allows no more. */
const MAX_FRAMES = 2 ** 32 - 1;
const NO_BYTES = new Uint8Array(0);

/** Who asks is the initiator; who answers, the responder. */
export type LinkRole = 'initiator' | 'responder';

type Cipher = ReturnType<typeof sm4.gcm>;

const broken = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: `reason=${reason}` });

/** One key for each purpose of a link. */
function cipherFor(key: Secret, purpose: string): Cipher {
  const secret = Secret.take(hkdfSm3(key, NO_BYTES, utf8(`cssi-tee link 1 ${purpose}`), SM4_KEY_BYTES));
  try {
    return sm4.gcm(secret, { nonceCheck: 'increasing' });
  } finally {
    secret.destroy();
  }
}

function put(bytes: Uint8Array, at: number, value: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value >>> 0);
}

function take(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}

/** The number of a frame, in 12 bytes. */
function nonceOf(number: number): Uint8Array {
  const nonce = new Uint8Array(12);
  put(nonce, 4, number);
  return nonce;
}

/**
 * An authenticated channel between two domains over a host that is trusted with nothing but
 * delivery: SM4-GCM, a key of its own for each direction and for tickets.
 *
 * A frame is `number (8) ‖ number of the frame it answers (8) ‖ ciphertext ‖ tag`; both numbers
 * are authenticated. Numbers only rise, so that nothing is taken twice or in another order. The
 * initiator takes an answer only to the last thing it asked: an answer the host held back never
 * passes for that of a later question. What the host loses is lost; it does not end the link.
 *
 * Anything else ends it: `open` throws ERR_TEE_CHANNEL and so does every later call.
 *
 * Tickets are messages of the core outside that order (it gives them without being asked); they
 * have a key and rising numbers of their own.
 *
 * @standard GB/T 36624-2018
 */
export class SecureLink {
  readonly #role: LinkRole;
  readonly #out: Cipher;
  readonly #in: Cipher;
  readonly #tickets: Cipher;
  #sent = 0;
  #received = 0;
  #ticket = 0;
  #dead = false;

  /**
   * @param key - 32 bytes, fresh for this link; it is copied
   * @throws {@link SmError} ERR_TEE_CHANNEL for a key of another length
   */
  constructor(key: Uint8Array, role: LinkRole) {
    if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES) throw broken('key');
    const secret = Secret.copy(key);
    const asks = cipherFor(secret, 'asks');
    const answers = cipherFor(secret, 'answers');
    this.#tickets = cipherFor(secret, 'tickets');
    secret.destroy();
    this.#role = role;
    this.#out = role === 'initiator' ? asks : answers;
    this.#in = role === 'initiator' ? answers : asks;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL when the link has ended or the plaintext is too long */
  seal(plaintext: Uint8Array): Uint8Array {
    this.#live();
    if (plaintext.length > LINK_MAX_BYTES || this.#sent >= MAX_FRAMES) throw this.#end('limit');
    const header = new Uint8Array(HEADER_BYTES);
    const number = ++this.#sent;
    put(header, 0, number);
    put(header, NUMBER_BYTES, this.#received);
    return concatBytes(header, this.#out.seal(nonceOf(number), plaintext, header));
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL; the link has ended then */
  open(frame: Uint8Array): Uint8Array {
    this.#live();
    if (frame.length < HEADER_BYTES + SM4_GCM_TAG_BYTES || frame.length > LINK_MAX_BYTES + 32) {
      throw this.#end('frame');
    }
    const header = frame.subarray(0, HEADER_BYTES);
    const number = take(header, 0);
    const answers = take(header, NUMBER_BYTES);
    const inOrder = number > this.#received && number <= MAX_FRAMES;
    if (!inOrder || (this.#role === 'initiator' ? answers !== this.#sent : answers > this.#sent)) {
      throw this.#end('order');
    }
    const plaintext = this.#decrypt(this.#in, nonceOf(number), frame.subarray(HEADER_BYTES), header);
    this.#received = number;
    return plaintext;
  }

  /** Of the core, to give an application something it did not ask for. */
  sealTicket(plaintext: Uint8Array): Uint8Array {
    this.#live();
    if (this.#role !== 'responder' || this.#ticket >= MAX_FRAMES) throw this.#end('limit');
    const header = new Uint8Array(NUMBER_BYTES);
    put(header, 0, ++this.#ticket);
    return concatBytes(header, this.#tickets.seal(nonceOf(this.#ticket), plaintext, header));
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL; the link has ended then */
  openTicket(frame: Uint8Array): Uint8Array {
    this.#live();
    if (this.#role !== 'initiator' || frame.length < NUMBER_BYTES + SM4_GCM_TAG_BYTES) {
      throw this.#end('frame');
    }
    const header = frame.subarray(0, NUMBER_BYTES);
    const number = take(header, 0);
    if (number <= this.#ticket || number > MAX_FRAMES) throw this.#end('order');
    const plaintext = this.#decrypt(this.#tickets, nonceOf(number), frame.subarray(NUMBER_BYTES), header);
    this.#ticket = number;
    return plaintext;
  }

  destroy(): void {
    this.#dead = true;
    this.#out.destroy();
    this.#in.destroy();
    this.#tickets.destroy();
  }

  #decrypt(cipher: Cipher, nonce: Uint8Array, sealed: Uint8Array, header: Uint8Array): Uint8Array {
    try {
      return cipher.open(nonce, sealed, header);
    } catch {
      throw this.#end('frame');
    }
  }

  #live(): void {
    if (this.#dead) throw broken('dead');
  }

  #end(reason: string): Error {
    this.destroy();
    return broken(reason);
  }
}

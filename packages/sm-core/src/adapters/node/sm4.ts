import { type Cipher, createCipheriv, createDecipheriv, type Decipher } from 'node:crypto';
import { SM_CORE_ERRORS } from '../../errors.ts';
import { missingCapability } from '../../internal/capability.ts';
import { type EngineCapability, SM4_BLOCK_BYTES, type Sm4Key } from '../../spec/v1/engine.ts';

/** `update` allocates its result; in pieces it stays small and is zeroed while it is in the cache. */
const PIECE_BYTES = 1 << 16;

/** Runs `input` through `cipher` into `output`. Neither ECB, CBC nor CTR keeps bytes back when it does not pad. */
function run(cipher: Cipher | Decipher, input: Uint8Array, output: Uint8Array): void {
  for (let at = 0; at < input.length; at += PIECE_BYTES) {
    const piece = cipher.update(input.subarray(at, at + PIECE_BYTES));
    output.set(piece, at);
    piece.fill(0);
  }
}

/** counter + blocks mod 2^128, big-endian, in place. */
function advance(counter: Uint8Array, blocks: number): void {
  let carry = blocks;
  for (let i = SM4_BLOCK_BYTES - 1; i >= 0 && carry > 0; i--) {
    carry += counter[i]!;
    counter[i] = carry % 256;
    carry = Math.floor(carry / 256);
  }
}

/**
 * SM4 under one key on OpenSSL. ECB has no state between calls, so its two cipher
 * objects are kept; CBC and CTR begin where the caller's `iv` or `counter` says, so
 * each call has an object of its own, and `final` makes OpenSSL clear its key schedule.
 */
export class NodeSm4 implements Sm4Key {
  readonly #name: string;
  readonly #capabilities: ReadonlySet<EngineCapability>;
  #key: Uint8Array | undefined;
  #encrypt: Cipher | undefined;
  #decrypt: Decipher | undefined;

  constructor(name: string, capabilities: ReadonlySet<EngineCapability>, key: Uint8Array) {
    this.#name = name;
    this.#capabilities = capabilities;
    this.#key = new Uint8Array(key);
  }

  encryptBlocks(input: Uint8Array, output: Uint8Array): void {
    const key = this.#live('sm4.blocks');
    this.#encrypt ??= createCipheriv('sm4-ecb', key, null).setAutoPadding(false);
    run(this.#encrypt, input, output);
  }

  decryptBlocks(input: Uint8Array, output: Uint8Array): void {
    const key = this.#live('sm4.blocks');
    this.#decrypt ??= createDecipheriv('sm4-ecb', key, null).setAutoPadding(false);
    run(this.#decrypt, input, output);
  }

  cbcEncrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const cipher = createCipheriv('sm4-cbc', this.#live('sm4.cbc'), iv).setAutoPadding(false);
    run(cipher, input, output);
    cipher.final();
    if (output.length > 0) iv.set(output.subarray(output.length - SM4_BLOCK_BYTES));
  }

  cbcDecrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const cipher = createDecipheriv('sm4-cbc', this.#live('sm4.cbc'), iv).setAutoPadding(false);
    // Taken before the ciphertext is overwritten: `input` may be `output`.
    if (input.length > 0) iv.set(input.subarray(input.length - SM4_BLOCK_BYTES));
    run(cipher, input, output);
    cipher.final();
  }

  ctr(counter: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const cipher = createCipheriv('sm4-ctr', this.#live('sm4.ctr'), counter);
    run(cipher, input, output);
    cipher.final();
    advance(counter, Math.ceil(input.length / SM4_BLOCK_BYTES));
  }

  destroy(): void {
    this.#key?.fill(0);
    this.#key = undefined;
    this.#encrypt?.final();
    this.#encrypt = undefined;
    this.#decrypt?.final();
    this.#decrypt = undefined;
  }

  #live(capability: EngineCapability): Uint8Array {
    if (this.#key === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    if (!this.#capabilities.has(capability)) throw missingCapability(this.#name, capability);
    return this.#key;
  }
}

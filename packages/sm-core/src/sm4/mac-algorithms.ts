import type { Sm4Key } from '../spec/v1/engine.ts';
import { CbcChain } from './cbc-mac.ts';
import { BLOCK, NO_BYTES, xorBytes } from './common.ts';
import type { PaddedMessage } from './mac-padding.ts';

/** What an algorithm works with. */
export interface MacWork {
  /** SM4 under K, or under K1. */
  readonly cipher: Sm4Key;
  /** K2, 16 bytes, where the algorithm has two keys; else empty. */
  readonly k2: Uint8Array;
  readonly message: PaddedMessage;
  /** Runs `use` with SM4 under another key and destroys it. */
  readonly under: <T>(key: Uint8Array, use: (cipher: Sm4Key) => T) => T;
}

/** From a message to 16 bytes, which are the tag or are cut to it. */
export type MacAlgorithm = (work: MacWork) => Uint8Array;

/** E of one block in place: CBC from a zero IV. */
function encrypt(cipher: Sm4Key, block: Uint8Array): Uint8Array {
  cipher.cbcEncrypt(new Uint8Array(BLOCK), block, block);
  return block;
}

/** The chain over the message but its last block, from `start`; `finish` gets its value. */
function chained<T>(
  cipher: Sm4Key,
  { head, body }: PaddedMessage,
  start: Uint8Array | undefined,
  finish: (value: Uint8Array) => T,
): T {
  const chain = new CbcChain(cipher, body.length);
  try {
    if (start !== undefined) chain.value.set(start);
    chain.update(head);
    chain.update(body);
    return finish(chain.value);
  } finally {
    chain.wipe();
  }
}

/** H_q-1 ⊕ D_q: what is left to be encrypted. */
const beforeLast = (cipher: Sm4Key, message: PaddedMessage, start?: Uint8Array): Uint8Array =>
  chained(cipher, message, start, (value) => {
    const out = new Uint8Array(BLOCK);
    xorBytes(out, value, message.last);
    return out;
  });

/** H_q, the value of the whole chain. */
const chainValue = (cipher: Sm4Key, message: PaddedMessage): Uint8Array =>
  encrypt(cipher, beforeLast(cipher, message));

/** x·2 in GF(2^128), big-endian. @standard NIST SP 800-38B §6.1 */
function doubled(block: Uint8Array): Uint8Array {
  const out = block.map((byte, i) => (byte << 1) | ((block[i + 1] ?? 0) >> 7));
  out[BLOCK - 1]! ^= -(block[0]! >> 7) & 0x87;
  return out;
}

/** The block rotated by one bit, in place. */
function rotate(block: Uint8Array, left: boolean): void {
  const old = Uint8Array.from(block);
  for (let i = 0; i < BLOCK; i++) {
    const [before, after] = [old[(i + BLOCK - 1) % BLOCK]!, old[(i + 1) % BLOCK]!];
    block[i] = left ? (old[i]! << 1) | (after >> 7) : (old[i]! >> 1) | (before << 7);
  }
  old.fill(0);
}

/** Algorithm 1. @standard GB/T 15852.1-2020, MAC algorithm 1 */
const cbcMac: MacAlgorithm = ({ cipher, message }) => chainValue(cipher, message);

/** H_q encrypted under K2. @standard GB/T 15852.1-2020, MAC algorithm 2 */
const emac: MacAlgorithm = ({ cipher, message, k2, under }) => {
  const value = chainValue(cipher, message);
  return under(k2, (second) => encrypt(second, value));
};

/** H_q decrypted under K2 and encrypted under K1. @standard GB/T 15852.1-2020, MAC algorithm 3 */
const ansiRetailMac: MacAlgorithm = ({ cipher, message, k2, under }) => {
  const value = chainValue(cipher, message);
  under(k2, (second) => second.cbcDecrypt(new Uint8Array(BLOCK), value, value));
  return encrypt(cipher, value);
};

/** A second encryption behind the first block and behind the last. @standard GB/T 15852.1-2020, MAC algorithm 4 */
const macDes: MacAlgorithm = ({ cipher, message, k2, under }) => {
  const { head, body, last } = message;
  // K3 is K2 with the first four bits of every byte turned over.
  const k3 = k2.map((byte) => byte ^ 0xf0);
  const start = new Uint8Array(BLOCK);
  try {
    // D_1 is the length block, the first of the message, or the only one.
    const first = head.length > 0 ? head : body.length > 0 ? body.subarray(0, BLOCK) : last;
    start.set(first);
    encrypt(cipher, start);
    under(k3, (third) => encrypt(third, start));
    let value: Uint8Array = Uint8Array.from(start);
    if (first !== last) {
      const rest = head.length > 0 ? body : body.subarray(BLOCK);
      value = beforeLast(cipher, { ...message, head: NO_BYTES, body: rest }, start);
      encrypt(cipher, value);
    }
    return under(k2, (second) => encrypt(second, value));
  } finally {
    start.fill(0);
    k3.fill(0);
  }
};

/** @standard GB/T 15852.1-2020, MAC algorithm 5; NIST SP 800-38B §6.2 */
const cmac: MacAlgorithm = ({ cipher, message }) => {
  const zero = encrypt(cipher, new Uint8Array(BLOCK));
  const one = doubled(zero);
  const two = doubled(one);
  try {
    const block = beforeLast(cipher, message);
    xorBytes(block, block, message.padded ? two : one);
    return encrypt(cipher, block);
  } finally {
    for (const key of [zero, one, two]) key.fill(0);
  }
};

/** The chain under E_K(1), the last block under E_K(2). @standard GB/T 15852.1-2020, MAC algorithm 6 */
const lmac: MacAlgorithm = ({ cipher, message, under }) => {
  const key = (number: number): Uint8Array => {
    const block = new Uint8Array(BLOCK);
    block[BLOCK - 1] = number;
    return encrypt(cipher, block);
  };
  const [one, two] = [key(1), key(2)];
  try {
    const block = under(one, (inner) => beforeLast(inner, message));
    return under(two, (outer) => encrypt(outer, block));
  } finally {
    one.fill(0);
    two.fill(0);
  }
};

/** The left half of H_q for whole blocks, the right half for a padded message. @standard GB/T 15852.1-2020, MAC algorithm 7 */
const trCbcMac: MacAlgorithm = ({ cipher, message }) => {
  const value = chainValue(cipher, message);
  try {
    return message.padded ? value.slice(BLOCK / 2) : value.slice(0, BLOCK / 2);
  } finally {
    value.fill(0);
  }
};

/**
 * The chain from E_K(0), what goes into the last encryption rotated by one bit: to the
 * right for whole blocks, to the left for a padded message. An empty message is a block
 * of zeros here, as the example of the annex has it.
 *
 * @standard GB/T 15852.1-2020, MAC algorithm 8
 */
const cbcrMac: MacAlgorithm = ({ cipher, message }) => {
  const start = encrypt(cipher, new Uint8Array(BLOCK));
  try {
    const block = beforeLast(cipher, message, start);
    rotate(block, message.padded);
    return encrypt(cipher, block);
  } finally {
    start.fill(0);
  }
};

/** The algorithms by name. */
export const MAC_ALGORITHMS = {
  'cbc-mac': cbcMac,
  emac,
  'ansi-retail-mac': ansiRetailMac,
  'mac-des': macDes,
  cmac,
  lmac,
  'tr-cbc-mac': trCbcMac,
  'cbcr-mac': cbcrMac,
} as const satisfies Record<string, MacAlgorithm>;

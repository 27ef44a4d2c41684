import type { Sm4Key } from '../spec/v1/engine.ts';
import { BLOCK, CHUNK, wholeBlocks, xorBytes } from './common.ts';

/**
 * CFB and OFB out of the engine's CBC and ECB, in bulk. `register` (16 bytes) is moved
 * on in place; only the last piece of a message may end inside a block. `input` and
 * `output` are the same array or do not overlap.
 */
type Feedback = (cipher: Sm4Key, register: Uint8Array, input: Uint8Array, output: Uint8Array) => void;

/** Bytes of CFB-8 at a time: each needs a block of room. */
const CFB8_CHUNK = CHUNK / BLOCK;

/** Runs `step` over pieces of `size` bytes with `room` bytes of scratch, which is zeroed at the end. */
function inPieces(
  input: Uint8Array,
  output: Uint8Array,
  size: number,
  room: number,
  step: (scratch: Uint8Array, from: Uint8Array, to: Uint8Array) => void,
): void {
  const scratch = new Uint8Array(room);
  try {
    for (let at = 0; at < input.length; at += size) {
      const end = Math.min(at + size, input.length);
      step(scratch, input.subarray(at, end), output.subarray(at, end));
    }
  } finally {
    scratch.fill(0);
  }
}

const roomFor = (input: Uint8Array): number => Math.min(CHUNK, wholeBlocks(input.length));

/** register‖data without its last block: what the blocks of key stream depend on. */
function shifted(scratch: Uint8Array, register: Uint8Array, data: Uint8Array): Uint8Array {
  const whole = wholeBlocks(data.length);
  scratch.set(register);
  scratch.set(data.subarray(0, whole - BLOCK), BLOCK);
  return scratch.subarray(0, whole);
}

/** The register takes the last ciphertext block, when the data end with a whole one. */
function follow(register: Uint8Array, ciphertext: Uint8Array): void {
  if (ciphertext.length % BLOCK === 0) register.set(ciphertext.subarray(ciphertext.length - BLOCK));
}

/**
 * CFB with 128 bits of feedback. With X_1 = E(IV) and X_i+1 = E(P_i ⊕ X_i) the ciphertext
 * is P_i ⊕ X_i, and the X_i are a CBC encryption of IV‖P_1‖P_2‖… from a zero IV.
 *
 * @standard GB/T 17964-2021 §7
 */
export const cfbEncrypt: Feedback = (cipher, register, input, output) => {
  inPieces(input, output, CHUNK, roomFor(input), (scratch, from, to) => {
    const stream = shifted(scratch, register, from);
    cipher.cbcEncrypt(new Uint8Array(BLOCK), stream, stream);
    xorBytes(to, from, stream);
    follow(register, to);
  });
};

/** Undoes {@link cfbEncrypt}: the key stream is E(IV)‖E(C_1)‖E(C_2)‖…. @standard GB/T 17964-2021 §7 */
export const cfbDecrypt: Feedback = (cipher, register, input, output) => {
  inPieces(input, output, CHUNK, roomFor(input), (scratch, from, to) => {
    const stream = shifted(scratch, register, from);
    follow(register, from);
    cipher.encryptBlocks(stream, stream);
    xorBytes(to, from, stream);
  });
};

/** OFB, both directions: the key stream is a CBC encryption of zeros. @standard GB/T 17964-2021 §8 */
export const ofb: Feedback = (cipher, register, input, output) => {
  inPieces(input, output, CHUNK, roomFor(input), (scratch, from, to) => {
    const stream = scratch.subarray(0, wholeBlocks(from.length)).fill(0);
    cipher.cbcEncrypt(register, stream, stream);
    xorBytes(to, from, stream);
  });
};

/** CFB with 8 bits of feedback: one block of work for each byte. @standard GB/T 17964-2021 §7 */
export const cfb8Encrypt: Feedback = (cipher, register, input, output) => {
  const stream = new Uint8Array(BLOCK);
  try {
    for (let i = 0; i < input.length; i++) {
      cipher.encryptBlocks(register, stream);
      const byte = input[i]! ^ stream[0]!;
      register.copyWithin(0, 1);
      register[BLOCK - 1] = byte;
      output[i] = byte;
    }
  } finally {
    stream.fill(0);
  }
};

/** Undoes {@link cfb8Encrypt}; all registers are known beforehand, so blocks are encrypted side by side. */
export const cfb8Decrypt: Feedback = (cipher, register, input, output) => {
  const room = BLOCK * Math.min(CFB8_CHUNK, input.length);
  inPieces(input, output, CFB8_CHUNK, room, (scratch, from, to) => {
    const windows = scratch.subarray(0, BLOCK * from.length);
    for (let i = 0; i < from.length; i++) {
      windows.set(register, BLOCK * i);
      register.copyWithin(0, 1);
      register[BLOCK - 1] = from[i]!;
    }
    cipher.encryptBlocks(windows, windows);
    for (let i = 0; i < from.length; i++) to[i] = from[i]! ^ windows[BLOCK * i]!;
  });
};

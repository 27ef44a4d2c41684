import { equalBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import type { Secret } from '../secret.ts';
import type { Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import { BLOCK, CHUNK, checkMessage, keyBytes, ownIv, xorBytes } from './common.ts';
import { SM4_PARAMETERS } from './parameters.ts';

/**
 * XTS in its two forms. They are the same up to the second block of a data unit: the
 * standards write the element α of the field in opposite orders of bits. The key is 32
 * bytes, K1 for the data ‖ K2 for the tweak; `tweak` is 16 bytes, the place of the data
 * unit; 16 bytes to 16 MiB of data, the last block may be short (ciphertext stealing).
 * Not authenticated.
 *
 * K1 = K2 is refused in both forms and both directions: the proof of XTS needs two keys,
 * and FIPS 140-3 IG C.I asks for the check.
 */
export interface Sm4XtsFunctions {
  /** XTS with the bit order of GCM. @standard GB/T 17964-2021, XTS @throws {@link SmError} ERR_INPUT_VALUE when K1 = K2 */
  xtsGbEncrypt(key: Secret, tweak: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `xtsGbEncrypt`. @standard GB/T 17964-2021, XTS */
  xtsGbDecrypt(key: Secret, tweak: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** XTS of disks elsewhere: little-endian. @standard IEEE 1619-2018 §5.3 @throws {@link SmError} ERR_INPUT_VALUE when K1 = K2 */
  xtsIeeeEncrypt(key: Secret, tweak: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `xtsIeeeEncrypt`. @standard IEEE 1619-2018 §5.4 */
  xtsIeeeDecrypt(key: Secret, tweak: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

type Form = 'xts-gb' | 'xts-ieee';

/** Fills `out` with tweak, tweak·α, tweak·α², … and moves `tweak` on behind them. */
function spread(form: Form, tweak: Uint8Array, out: Uint8Array): void {
  const little = form === 'xts-ieee';
  const start = new DataView(tweak.buffer, tweak.byteOffset, BLOCK);
  const to = new DataView(out.buffer, out.byteOffset, out.length);
  let t0 = start.getInt32(0, little);
  let t1 = start.getInt32(4, little);
  let t2 = start.getInt32(8, little);
  let t3 = start.getInt32(12, little);
  for (let at = 0; at < out.length; at += BLOCK) {
    to.setInt32(at, t0, little);
    to.setInt32(at + 4, t1, little);
    to.setInt32(at + 8, t2, little);
    to.setInt32(at + 12, t3, little);
    if (little) {
      // x^128 + x^7 + x^2 + x + 1, the lowest bit is the first of the first byte.
      const carry = t3 >> 31;
      t3 = (t3 << 1) | (t2 >>> 31);
      t2 = (t2 << 1) | (t1 >>> 31);
      t1 = (t1 << 1) | (t0 >>> 31);
      t0 = (t0 << 1) ^ (carry & 0x87);
    } else {
      // The same polynomial, the lowest bit is the highest of the first byte.
      const carry = -(t3 & 1);
      t3 = (t3 >>> 1) | (t2 << 31);
      t2 = (t2 >>> 1) | (t1 << 31);
      t1 = (t1 >>> 1) | (t0 << 31);
      t0 = (t0 >>> 1) ^ (carry & 0xe1000000);
    }
  }
  start.setInt32(0, t0, little);
  start.setInt32(4, t1, little);
  start.setInt32(8, t2, little);
  start.setInt32(12, t3, little);
}

type Blocks = (input: Uint8Array, output: Uint8Array) => void;

/** One data unit; `crypt` is the cipher under K1, `tweak` is already encrypted and is used up. */
function run(
  form: Form,
  crypt: Blocks,
  decrypting: boolean,
  tweak: Uint8Array,
  input: Uint8Array,
  output: Uint8Array,
): void {
  const short = input.length % BLOCK;
  const whole = input.length - short;
  // With a short last block the one before it is worked on together with it.
  const simple = short === 0 ? whole : whole - BLOCK;
  const tweaks = new Uint8Array(Math.min(CHUNK, Math.max(simple, 2 * BLOCK)));
  const block = new Uint8Array(BLOCK);
  const one = (from: Uint8Array, mask: Uint8Array): void => {
    xorBytes(block, from, mask);
    crypt(block, block);
    xorBytes(block, block, mask);
  };
  try {
    for (let at = 0; at < simple; at += CHUNK) {
      const end = Math.min(at + CHUNK, simple);
      const mask = tweaks.subarray(0, end - at);
      const to = output.subarray(at, end);
      spread(form, tweak, mask);
      xorBytes(to, input.subarray(at, end), mask);
      crypt(to, to);
      xorBytes(to, to, mask);
    }
    if (short === 0) return;
    spread(form, tweak, tweaks.subarray(0, 2 * BLOCK));
    const [before, after] = [tweaks.subarray(0, BLOCK), tweaks.subarray(BLOCK, 2 * BLOCK)];
    // Ciphertext stealing: decryption takes the two tweaks the other way round.
    one(input.subarray(simple, whole), decrypting ? after : before);
    output.set(block.subarray(0, short), whole);
    block.set(input.subarray(whole));
    one(block, decrypting ? before : after);
    output.set(block, simple);
  } finally {
    tweaks.fill(0);
    block.fill(0);
  }
}

/** XTS on `engine`. */
export function createXts(engine: SmEngine): Sm4XtsFunctions {
  const xts = (form: Form, decrypting: boolean) => (key: Secret, tweak: Uint8Array, data: Uint8Array) => {
    requireCapability(engine, 'sm4.blocks');
    const value = ownIv(tweak, 'tweak');
    checkMessage(form, data, decrypting ? 'ciphertext' : 'plaintext');
    const output = new Uint8Array(data.length);
    let cipher: Sm4Key | undefined;
    try {
      keyBytes(key, SM4_PARAMETERS[form].keyBytes, (bytes) => {
        const [k1, k2] = [bytes.subarray(0, BLOCK), bytes.subarray(BLOCK)];
        if (equalBytes(k1, k2)) {
          throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'parameter=key K1 equals K2' });
        }
        const tweaker = engine.sm4(k2);
        try {
          tweaker.encryptBlocks(value, value);
        } finally {
          tweaker.destroy();
        }
        cipher = engine.sm4(k1);
      });
      const inner = cipher!;
      const crypt: Blocks = decrypting
        ? (from, to) => inner.decryptBlocks(from, to)
        : (from, to) => inner.encryptBlocks(from, to);
      run(form, crypt, decrypting, value, data, output);
      return output;
    } catch (error) {
      output.fill(0);
      throw error;
    } finally {
      cipher?.destroy();
      value.fill(0);
    }
  };
  return {
    xtsGbEncrypt: xts('xts-gb', false),
    xtsGbDecrypt: xts('xts-gb', true),
    xtsIeeeEncrypt: xts('xts-ieee', false),
    xtsIeeeDecrypt: xts('xts-ieee', true),
  };
}

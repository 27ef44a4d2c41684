import { requireCapability } from '../internal/capability.ts';
import type { Secret } from '../secret.ts';
import type { EngineCapability, Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import { checkMessage, checkWhole, filled, ownIv, withKey } from './common.ts';
import { cfb8Decrypt, cfb8Encrypt, cfbDecrypt, cfbEncrypt, ofb } from './feedback.ts';
import type { Sm4ModeName } from './parameters.ts';

/** ECB, CTR, CFB and OFB; none is authenticated. IVs and counters are 16 bytes. */
export interface Sm4ModeFunctions {
  /**
   * ECB over whole blocks. A building block for other constructions, not a way to
   * encrypt data: equal blocks stay equal.
   *
   * @standard GB/T 32907-2016 §7, GB/T 17964-2021 §5
   */
  ecbEncryptBlocks(key: Secret, blocks: Uint8Array): Uint8Array;
  /** Undoes `ecbEncryptBlocks`; the same warning. @standard GB/T 32907-2016 §7, GB/T 17964-2021 §5 */
  ecbDecryptBlocks(key: Secret, blocks: Uint8Array): Uint8Array;
  /** CTR with a 128-bit big-endian counter, both directions. @standard GB/T 17964-2021 §9 */
  ctr(key: Secret, counter: Uint8Array, data: Uint8Array): Uint8Array;
  /** CFB with 128 bits of feedback, any length. @standard GB/T 17964-2021 §7 */
  cfbEncrypt(key: Secret, iv: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `cfbEncrypt`. @standard GB/T 17964-2021 §7 */
  cfbDecrypt(key: Secret, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** CFB with 8 bits of feedback: sixteen times the work. @standard GB/T 17964-2021 §7 */
  cfb8Encrypt(key: Secret, iv: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `cfb8Encrypt`. @standard GB/T 17964-2021 §7 */
  cfb8Decrypt(key: Secret, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** OFB, both directions, any length. @standard GB/T 17964-2021 §8 */
  ofb(key: Secret, iv: Uint8Array, data: Uint8Array): Uint8Array;
}

/** What a mode does to a message, or to a piece of one; `iv` is moved on. */
export type Transform = (cipher: Sm4Key, iv: Uint8Array, input: Uint8Array, output: Uint8Array) => void;

/** A mode with an IV and as many bytes out as in. */
interface Mode {
  readonly name: Sm4ModeName;
  readonly needs: EngineCapability;
  readonly transform: Transform;
}

const mode = (name: Sm4ModeName, needs: EngineCapability, transform: Transform): Mode => ({
  name,
  needs,
  transform,
});

/** The modes without padding that work on any length, by direction. */
export const SIMPLE_MODES = {
  ctr: mode('ctr', 'sm4.ctr', (cipher, iv, input, output) => cipher.ctr(iv, input, output)),
  cfbEncrypt: mode('cfb', 'sm4.cbc', cfbEncrypt),
  cfbDecrypt: mode('cfb', 'sm4.blocks', cfbDecrypt),
  cfb8Encrypt: mode('cfb8', 'sm4.blocks', cfb8Encrypt),
  cfb8Decrypt: mode('cfb8', 'sm4.blocks', cfb8Decrypt),
  ofb: mode('ofb', 'sm4.cbc', ofb),
} as const;

/** ECB, CTR, CFB and OFB on `engine`. */
export function createModes(engine: SmEngine): Sm4ModeFunctions {
  const ecb = (direction: 'encryptBlocks' | 'decryptBlocks') => (key: Secret, blocks: Uint8Array) => {
    requireCapability(engine, 'sm4.blocks');
    checkWhole(checkMessage('ecb', blocks, 'blocks'), 'blocks');
    return withKey(engine, key, (cipher) => filled(blocks.length, (out) => cipher[direction](blocks, out)));
  };
  const simple =
    ({ name, needs, transform }: Mode, ivName: string, dataName: string) =>
    (key: Secret, iv: Uint8Array, data: Uint8Array) => {
      requireCapability(engine, needs);
      const register = ownIv(iv, ivName);
      checkMessage(name, data, dataName);
      try {
        return withKey(engine, key, (cipher) =>
          filled(data.length, (out) => transform(cipher, register, data, out)),
        );
      } finally {
        register.fill(0);
      }
    };
  return {
    ecbEncryptBlocks: ecb('encryptBlocks'),
    ecbDecryptBlocks: ecb('decryptBlocks'),
    ctr: simple(SIMPLE_MODES.ctr, 'counter', 'data'),
    cfbEncrypt: simple(SIMPLE_MODES.cfbEncrypt, 'iv', 'plaintext'),
    cfbDecrypt: simple(SIMPLE_MODES.cfbDecrypt, 'iv', 'ciphertext'),
    cfb8Encrypt: simple(SIMPLE_MODES.cfb8Encrypt, 'iv', 'plaintext'),
    cfb8Decrypt: simple(SIMPLE_MODES.cfb8Decrypt, 'iv', 'ciphertext'),
    ofb: simple(SIMPLE_MODES.ofb, 'iv', 'data'),
  };
}

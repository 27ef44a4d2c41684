import { concatBytes, equalBytes } from '../encoding/bytes.ts';
import type { Sm4GcmKey, Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import { KAT_SM4_BLOCK, KAT_SM4_CBC, KAT_SM4_CTR, KAT_SM4_GCM } from '../spec/v1/known-answers.ts';
import { hex, type KnownAnswerTest, refuses, type SelfTestId } from './support.ts';

/** Runs `test` on a key, which must be of no use afterwards. */
function withKey<K extends Sm4Key>(key: K, test: (key: K) => boolean): boolean {
  const correct = test(key);
  key.destroy();
  return correct && refuses(() => key.encryptBlocks(new Uint8Array(16), new Uint8Array(16)));
}

const run = (length: number, write: (output: Uint8Array) => void): Uint8Array => {
  const output = new Uint8Array(length);
  write(output);
  return output;
};

type Direction = 'encryptBlocks' | 'decryptBlocks';

/** One block, and seventeen of it: one more than a path for many blocks takes at once. */
function blocks(key: Sm4Key, direction: Direction, input: Uint8Array, output: Uint8Array): boolean {
  return [1, 17].every((count) => {
    const many = (block: Uint8Array) => concatBytes(...Array.from({ length: count }, () => block));
    const got = run(16 * count, (out) => key[direction](many(input), out));
    return equalBytes(got, many(output));
  });
}

/** Seals or opens in two pieces and gives the output with the tag. */
function gcm(key: Sm4GcmKey, direction: 'gcmEncrypt' | 'gcmDecrypt', input: Uint8Array): Uint8Array {
  const { nonce, associatedData } = KAT_SM4_GCM;
  const y = new Uint8Array(16);
  key.ghash(y, hex(associatedData));
  // GB/T 36624-2018 §8: Y_0 is the nonce with the counter 1 behind it; data begins at 2.
  const counter = concatBytes(hex(nonce), Uint8Array.of(0, 0, 0, 2));
  const output = run(input.length, (out) => {
    key[direction](counter, y, input.subarray(0, 16), out.subarray(0, 16));
    key[direction](counter, y, input.subarray(16), out.subarray(16));
  });
  const lengths = new Uint8Array(16);
  const view = new DataView(lengths.buffer);
  view.setUint32(4, hex(associatedData).length * 8);
  view.setUint32(12, input.length * 8);
  key.ghash(y, lengths);
  const mask = run(16, (out) => key.encryptBlocks(concatBytes(hex(nonce), Uint8Array.of(0, 0, 0, 1)), out));
  return concatBytes(
    output,
    y.map((byte, i) => byte ^ mask[i]!),
  );
}

/** Known answers of SM4. @standard GB/T 32907-2016 Annex A; RFC 8998 §A.1 */
export const SM4_TESTS = {
  'sm4.blocks': (engine: SmEngine) => {
    const { key, plaintext, ciphertext } = KAT_SM4_BLOCK;
    return withKey(
      engine.sm4(hex(key)),
      (sm4) =>
        blocks(sm4, 'encryptBlocks', hex(plaintext), hex(ciphertext)) &&
        blocks(sm4, 'decryptBlocks', hex(ciphertext), hex(plaintext)),
    );
  },
  'sm4.cbc': (engine) => {
    const { key, iv, plaintext, ciphertext } = KAT_SM4_CBC;
    const [clear, sealed] = [hex(plaintext), hex(ciphertext)];
    const sm4 = engine.sm4(hex(key));
    const moved = [hex(iv), hex(iv)] as const;
    const encrypted = run(clear.length, (out) => sm4.cbcEncrypt(moved[0], clear, out));
    const decrypted = run(clear.length, (out) => sm4.cbcDecrypt(moved[1], sealed, out));
    sm4.destroy();
    return (
      equalBytes(encrypted, sealed) &&
      equalBytes(decrypted, clear) &&
      moved.every((end) => equalBytes(end, sealed.subarray(-16)))
    );
  },
  'sm4.ctr': (engine) => {
    const { key, counter, plaintext, ciphertext } = KAT_SM4_CTR;
    const clear = hex(plaintext);
    const sm4 = engine.sm4(hex(key));
    const moved = hex(counter);
    const out = run(clear.length, (output) => {
      sm4.ctr(moved, clear.subarray(0, 16), output.subarray(0, 16));
      sm4.ctr(moved, clear.subarray(16), output.subarray(16));
    });
    sm4.destroy();
    return equalBytes(out, hex(ciphertext));
  },
  'sm4.gcm': (engine) => {
    const { key, plaintext, ciphertext, tag } = KAT_SM4_GCM;
    return withKey(
      engine.sm4Gcm(hex(key)),
      (sm4) =>
        equalBytes(gcm(sm4, 'gcmEncrypt', hex(plaintext)), hex(ciphertext + tag)) &&
        equalBytes(gcm(sm4, 'gcmDecrypt', hex(ciphertext)), hex(plaintext + tag)),
    );
  },
} as const satisfies Partial<Record<SelfTestId, KnownAnswerTest>>;

import { concatBytes } from '../../../src/index.ts';
import { naiveDecrypt, naiveEncrypt } from '../naive-sm2.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';
import { BROKEN_SM2_POINTS } from './sm2-points.ts';
import { BROKEN_SM2_SIGN } from './sm2-sign.ts';
import { BROKEN_SM2_VERIFY } from './sm2-verify.ts';

const constantSource = { fill: (out: Uint8Array) => void out.fill(0x11) };

/** Faults in SM2. */
export const BROKEN_SM2: readonly BrokenEngine[] = [
  broken(
    'public key of d + 1, and d is changed',
    {
      sm2PublicKey: (d) => {
        damage(d);
        d[31]! ^= 1;
        const key = good.sm2PublicKey(d);
        return key;
      },
    },
    'sm2.key.annex-a2',
    'sm2.key.smallest-private-key',
    'sm2.key.largest-private-key',
    'sm2.key.private-key-is-not-changed',
  ),
  broken(
    'every point is a public key',
    { sm2IsPublicKey: () => true },
    'sm2.key.rejects-zero-coordinates',
    'sm2.key.rejects-off-curve',
    'sm2.key.rejects-y-plus-one',
    'sm2.key.rejects-swapped-coordinates',
    'sm2.key.rejects-x-not-reduced',
    'sm2.key.rejects-x-equal-p',
    'sm2.key.rejects-all-ones',
    'sm2.key.rejects-hybrid-prefix',
    'sm2.key.rejects-compressed-prefix',
    'sm2.key.rejects-zero-prefix',
    'sm2.key.rejects-missing-prefix',
    'sm2.key.rejects-trailing-byte',
    'sm2.key.rejects-infinity',
    'sm2.key.rejects-nist-p256-generator',
  ),
  broken(
    'no point is a public key',
    { sm2IsPublicKey: () => false },
    'sm2.key.accepts-annex-point',
    'sm2.key.accepts-minus-g',
    'sm2.key.accepts-x-one',
  ),
  broken(
    'encryption with a constant k',
    { sm2Encrypt: (key, message) => good.sm2Encrypt(key, message, constantSource) },
    'sm2.encrypt.never-repeats-a-nonce',
    'sm2.encrypt.annex-c2',
    'sm2.encrypt.passes-on-a-failed-source',
  ),
  broken(
    'encryption without the checks of A1 and A5',
    { sm2Encrypt: naiveEncrypt(1) },
    'sm2.encrypt.skips-nonce-zero',
    'sm2.encrypt.skips-nonce-n',
    'sm2.encrypt.draws-again-for-a-zero-key-stream',
  ),
  broken(
    'the KDF counts from 0',
    { sm2Encrypt: naiveEncrypt(0), sm2Decrypt: naiveDecrypt({ kdfFrom: 0 }) },
    'sm2.encrypt.annex-c2',
    'sm2.decrypt.annex-c3',
    'sm2.decrypt.several-kdf-rounds',
    'sm2.decrypt.c1-with-small-x',
  ),
  broken(
    'ciphertexts with C2 before C3, inputs damaged',
    {
      sm2Encrypt(key, message, random) {
        const out = good.sm2Encrypt(key, message, random);
        damage(key, message);
        return concatBytes(out.subarray(0, 65), out.subarray(97), out.subarray(65, 97));
      },
    },
    'sm2.encrypt.every-length-decrypts',
    'sm2.encrypt.inputs-are-not-changed',
  ),
  broken(
    'decryption does not check the curve',
    { sm2Decrypt: naiveDecrypt({ skipCurve: true }) },
    'sm2.decrypt.rejects-off-curve',
    'sm2.decrypt.rejects-x-not-reduced',
  ),
  broken(
    'decryption ignores the prefix of C1',
    {
      sm2Decrypt(d, ciphertext) {
        const prefix = Uint8Array.of(4);
        return (
          good.sm2Decrypt(d, concatBytes(prefix, ciphertext.subarray(1))) ??
          good.sm2Decrypt(d, concatBytes(prefix, ciphertext))
        );
      },
    },
    'sm2.decrypt.rejects-compressed-prefix',
    'sm2.decrypt.rejects-hybrid-prefix',
    'sm2.decrypt.rejects-missing-prefix',
  ),
  broken(
    'decryption allows a zero key stream',
    { sm2Decrypt: naiveDecrypt({ skipZero: true }) },
    'sm2.decrypt.rejects-zero-key-stream',
  ),
  broken(
    'decryption ignores C3',
    { sm2Decrypt: naiveDecrypt({ skipC3: true, skipCurve: true, skipZero: true }) },
    'sm2.decrypt.rejects-negated-c1',
    'sm2.decrypt.rejects-x-of-c1',
    'sm2.decrypt.rejects-y-of-c1',
    'sm2.decrypt.rejects-first-byte-of-c3',
    'sm2.decrypt.rejects-last-byte-of-c3',
    'sm2.decrypt.rejects-first-byte-of-c2',
    'sm2.decrypt.rejects-last-byte-of-c2',
    'sm2.decrypt.rejects-truncated',
    'sm2.decrypt.rejects-trailing-byte',
    'sm2.decrypt.rejects-old-order',
    'sm2.decrypt.rejects-another-key',
    'sm2.decrypt.rejects-zero-coordinates',
  ),
  broken(
    'decryption throws, and damages its inputs',
    {
      sm2Decrypt(d, ciphertext) {
        const message = good.sm2Decrypt(d, ciphertext);
        damage(d, ciphertext);
        if (message === undefined) throw new Error('decryption failed');
        return message;
      },
    },
    'sm2.decrypt.rejects-empty-c2',
    'sm2.decrypt.rejects-c1-alone',
    'sm2.decrypt.rejects-empty',
    'sm2.decrypt.inputs-are-not-changed',
  ),
  ...BROKEN_SM2_SIGN,
  ...BROKEN_SM2_VERIFY,
  ...BROKEN_SM2_POINTS,
];

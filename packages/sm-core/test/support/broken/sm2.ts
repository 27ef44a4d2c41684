import { concatBytes } from '../../../src/index.ts';
import { naiveDecrypt, naiveEncrypt, naiveSign, naiveVerify } from '../naive-sm2.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

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
    'the nonce k is a constant',
    { sm2SignDigest: (d, e) => good.sm2SignDigest(d, e, constantSource) },
    'sm2.sign.never-repeats-a-nonce',
    'sm2.sign.nonce-is-the-given-one',
    'sm2.sign.annex-a2',
    'sm2.sign.passes-on-a-failed-source',
  ),
  broken(
    'signing without the checks of A3, A5 and A6',
    { sm2SignDigest: naiveSign },
    'sm2.sign.skips-nonce-zero',
    'sm2.sign.skips-nonce-n',
    'sm2.sign.skips-nonce-above-n',
    'sm2.sign.draws-again-when-r-is-zero',
    'sm2.sign.draws-again-when-r-plus-k-is-n',
    'sm2.sign.draws-again-when-s-is-zero',
  ),
  broken(
    'signatures with r and s swapped, inputs damaged',
    {
      sm2SignDigest(d, e, random) {
        const signature = good.sm2SignDigest(d, e, random);
        damage(d, e);
        return concatBytes(signature.subarray(32), signature.subarray(0, 32));
      },
    },
    'sm2.sign.annex-key',
    'sm2.sign.smallest-private-key',
    'sm2.sign.largest-private-key',
    'sm2.sign.e-zero',
    'sm2.sign.e-above-n',
    'sm2.sign.inputs-are-not-changed',
  ),
  broken(
    'verify is always true',
    { sm2VerifyDigest: () => true },
    'sm2.verify.rejects-r-and-s-zero',
    'sm2.verify.rejects-all-ones',
    'sm2.verify.rejects-first-bit-of-r',
    'sm2.verify.rejects-last-bit-of-r',
    'sm2.verify.rejects-first-bit-of-s',
    'sm2.verify.rejects-last-bit-of-s',
    'sm2.verify.rejects-first-bit-of-e',
    'sm2.verify.rejects-last-bit-of-e',
    'sm2.verify.rejects-swapped-halves',
    'sm2.verify.rejects-negated-s',
    'sm2.verify.rejects-another-key',
    'sm2.verify.rejects-empty',
  ),
  broken(
    'verify is always false, and damages its inputs',
    {
      sm2VerifyDigest(...inputs) {
        damage(...inputs);
        return false;
      },
    },
    'sm2.verify.annex-a2',
    'sm2.verify.small-r-and-s',
    'sm2.verify.inputs-are-not-changed',
  ),
  broken(
    'verify throws for a wrong signature',
    {
      sm2VerifyDigest(key, e, signature) {
        if (!good.sm2VerifyDigest(key, e, signature)) throw new Error('bad signature');
        return true;
      },
    },
    'sm2.verify.rejects-first-bit-of-r',
  ),
  broken(
    'verify ignores r = 0',
    { sm2VerifyDigest: naiveVerify('r') },
    'sm2.verify.rejects-r-zero',
    'sm2.verify.rejects-r-equal-n',
    'sm2.verify.rejects-r-not-reduced',
  ),
  broken(
    'verify ignores s = 0',
    { sm2VerifyDigest: naiveVerify('s') },
    'sm2.verify.rejects-s-zero',
    'sm2.verify.rejects-s-equal-n',
    'sm2.verify.rejects-s-not-reduced',
  ),
  broken('verify ignores t = 0', { sm2VerifyDigest: naiveVerify('t') }, 'sm2.verify.rejects-t-zero'),
  broken(
    'verify takes infinity for x = 0',
    { sm2VerifyDigest: naiveVerify('infinity') },
    'sm2.verify.rejects-infinity',
  ),
  broken(
    'verify reads 64 bytes of any signature',
    {
      sm2VerifyDigest(key, e, signature) {
        const padded = new Uint8Array(64).fill(0xaa);
        padded.set(signature.subarray(0, 64));
        return good.sm2VerifyDigest(key, e, padded);
      },
    },
    'sm2.verify.rejects-truncated',
    'sm2.verify.rejects-trailing-byte',
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
];

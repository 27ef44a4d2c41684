import { equalBytes } from '../encoding/bytes.ts';
import type { SmEngine } from '../spec/v1/engine.ts';
import {
  KAT_SM2_DECOMPRESS,
  KAT_SM2_ENCRYPT,
  KAT_SM2_EXCHANGE,
  KAT_SM2_MULTIPLY,
  KAT_SM2_SIGN,
} from '../spec/v1/known-answers.ts';
import { fixedNonce, flipped, hex, type KnownAnswerTest, refuses, type SelfTestId } from './support.ts';

const SIGNATURE = KAT_SM2_SIGN.r + KAT_SM2_SIGN.s;

/**
 * The signature of the annex where the nonce may be chosen; else a pair-wise consistency
 * test, for without a nonce of ours there is no known answer.
 */
function signs(engine: SmEngine, sign: (random: ReturnType<typeof fixedNonce>) => Uint8Array): boolean {
  const { publicKey, e, k } = KAT_SM2_SIGN;
  const signature = sign(fixedNonce(k));
  if (engine.capabilities.has('sm2.random')) return equalBytes(signature, hex(SIGNATURE));
  return engine.sm2VerifyDigest(hex(publicKey), hex(e), signature);
}

/** Accepts the signature of the annex, and neither a changed one nor a changed digest. */
function verifies(verify: (e: Uint8Array, signature: Uint8Array) => boolean): boolean {
  const [e, signature] = [hex(KAT_SM2_SIGN.e), hex(SIGNATURE)];
  return verify(e, signature) && !verify(e, flipped(signature)) && !verify(flipped(e), signature);
}

/** Known answers of SM2. @standard GB/T 32918.5-2017 Annexes A to C */
export const SM2_TESTS = {
  'sm2.keygen': (engine) => equalBytes(engine.sm2PublicKey(hex(KAT_SM2_SIGN.d)), hex(KAT_SM2_SIGN.publicKey)),
  'sm2.sign': (engine) => {
    const { d, e } = KAT_SM2_SIGN;
    return signs(engine, (random) => engine.sm2SignDigest(hex(d), hex(e), random));
  },
  'sm2.verify': (engine) => {
    const key = hex(KAT_SM2_SIGN.publicKey);
    return (
      engine.sm2IsPublicKey(key) &&
      !engine.sm2IsPublicKey(flipped(key)) &&
      verifies((e, signature) => engine.sm2VerifyDigest(key, e, signature))
    );
  },
  'sm2.encrypt': (engine) => {
    const { d, publicKey, message, k, c1, c2, c3 } = KAT_SM2_ENCRYPT;
    const ciphertext = engine.sm2Encrypt(hex(publicKey), hex(message), fixedNonce(k));
    if (engine.capabilities.has('sm2.random')) return equalBytes(ciphertext, hex(c1 + c3 + c2));
    return equalBytes(engine.sm2Decrypt(hex(d), ciphertext) ?? new Uint8Array(0), hex(message));
  },
  'sm2.decrypt': (engine) => {
    const { d, message, c1, c2, c3 } = KAT_SM2_ENCRYPT;
    const ciphertext = hex(c1 + c3 + c2);
    const plaintext = engine.sm2Decrypt(hex(d), ciphertext);
    return (
      plaintext !== undefined &&
      equalBytes(plaintext, hex(message)) &&
      engine.sm2Decrypt(hex(d), flipped(ciphertext)) === undefined
    );
  },
  'sm2.multiply': (engine) => {
    const { k, point, product } = KAT_SM2_MULTIPLY;
    return equalBytes(engine.sm2Multiply(hex(k), hex(point)), hex(product));
  },
  'sm2.exchange': (engine) => {
    const kat = KAT_SM2_EXCHANGE;
    const [a, b] = [hex(kat.ephemeralA), hex(kat.ephemeralB)];
    const u = engine.sm2ExchangePoint({
      privateKey: hex(kat.dA),
      ephemeralPrivateKey: hex(kat.rA),
      ephemeralPublicKey: a,
      peerPublicKey: hex(kat.publicKeyB),
      peerEphemeralPublicKey: b,
    });
    const v = engine.sm2ExchangePoint({
      privateKey: hex(kat.dB),
      ephemeralPrivateKey: hex(kat.rB),
      ephemeralPublicKey: b,
      peerPublicKey: hex(kat.publicKeyA),
      peerEphemeralPublicKey: a,
    });
    const point = hex(kat.point);
    return u !== undefined && v !== undefined && equalBytes(u, point) && equalBytes(v, point);
  },
  'sm2.decompress': (engine) => {
    const { compressed, publicKey, noPoint } = KAT_SM2_DECOMPRESS;
    const point = engine.sm2Decompress(hex(compressed));
    return (
      point !== undefined &&
      equalBytes(point, hex(publicKey)) &&
      engine.sm2Decompress(hex(noPoint)) === undefined
    );
  },
  'sm2.prepared-private': (engine) => {
    const key = engine.sm2PreparePrivate(hex(KAT_SM2_SIGN.d));
    const sign = (random: ReturnType<typeof fixedNonce>) => key.signDigest(hex(KAT_SM2_SIGN.e), random);
    const correct = signs(engine, sign);
    key.destroy();
    return correct && refuses(() => sign(fixedNonce(KAT_SM2_SIGN.k)));
  },
  'sm2.prepared-public': (engine) => {
    const key = engine.sm2PreparePublic(hex(KAT_SM2_SIGN.publicKey));
    return verifies((e, signature) => key.verifyDigest(e, signature));
  },
} as const satisfies Partial<Record<SelfTestId, KnownAnswerTest>>;

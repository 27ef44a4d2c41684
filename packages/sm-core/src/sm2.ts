import { requireCapability } from './internal/capability.ts';
import { Secret } from './secret.ts';
import type { Sm2VerifyResult } from './sm2/batch.ts';
import { decrypt, encrypt, type Sm2CipherOptions } from './sm2/cipher.ts';
import { envelopeKey, openEnvelopedKey, type Sm2EnvelopeOptions } from './sm2/enveloped-key.ts';
import {
  createKeyExchange,
  type Sm2Agreed,
  type Sm2KeyExchange,
  type Sm2KeyExchangeOptions,
} from './sm2/exchange.ts';
import { checkRandom, drawScalar } from './sm2/input.ts';
import {
  checkPublicKey,
  compressPublicKey,
  isPrivateKey,
  readPublicKey,
  type Sm2KeyPair,
  withPrivateKey,
  zOf,
} from './sm2/keys.ts';
import type { Sm2ExchangeConfirm, Sm2ExchangeRole } from './sm2/parameters.ts';
import { type Sm2SignatureOptions, type Sm2SignOptions, signDigest, signWith } from './sm2/sign.ts';
import { createSigner, type Sm2Signer } from './sm2/signer.ts';
import {
  createVerifier,
  type Sm2Verifier,
  type Sm2VerifyItem,
  type Sm2VerifyOptions,
  verify,
  verifyDigest,
  verifyMany,
} from './sm2/verify.ts';
import { type RandomSource, SM2_PRIVATE_KEY_BYTES, type SmEngine } from './spec/v1/engine.ts';

export type { Sm2SignResult, Sm2VerifyResult } from './sm2/batch.ts';
export type { Sm2CipherOptions } from './sm2/cipher.ts';
export type { Sm2EnvelopeOptions } from './sm2/enveloped-key.ts';
export type { Sm2Agreed, Sm2KeyExchange, Sm2KeyExchangeOptions } from './sm2/exchange.ts';
export type {
  Sm2ConfirmedKey,
  Sm2InitiatorConfirming,
  Sm2ResponderConfirming,
} from './sm2/exchange-confirm.ts';
export type { Sm2KeyPair } from './sm2/keys.ts';
export {
  SM2_MAX_EXCHANGE_KEY_BYTES,
  SM2_MAX_MESSAGE_BYTES,
  SM2_PARAMETERS,
  type Sm2ExchangeConfirm,
  type Sm2ExchangeRole,
  type Sm2NonceRule,
  type Sm2Parameters,
} from './sm2/parameters.ts';
export type { Sm2SignatureOptions, Sm2SignOptions } from './sm2/sign.ts';
export type { Sm2Signer } from './sm2/signer.ts';
export type { Sm2Verifier, Sm2VerifyItem, Sm2VerifyOptions } from './sm2/verify.ts';

/**
 * SM2 on one engine. Everything from outside is parsed here; the engine sees checked
 * values only. Every function throws {@link SmError} with ERR_INPUT_TYPE, ERR_INPUT_LENGTH,
 * ERR_INPUT_VALUE or ERR_ENGINE_CAPABILITY besides the codes it names.
 */
export interface Sm2Functions {
  /** A new key pair. @standard GB/T 32918.1-2016 §6.1 @throws {@link SmError} ERR_RANDOM_UNHEALTHY */
  generateKeyPair(random?: RandomSource): Sm2KeyPair;
  /** The key pair of a private key of 32 bytes; takes ownership. @throws {@link SmError} ERR_SM2_PRIVATE_KEY_INVALID */
  keyPair(privateKey: Secret): Sm2KeyPair;
  /**
   * Reads a public key of 65 bytes (04‖x‖y) or 33 bytes (02 or 03‖x) and gives the 65
   * bytes, a new array; the hybrid forms 06 and 07 are refused.
   *
   * @standard GB/T 32918.1-2016 §4.2.9, §6.2
   * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID
   */
  publicKey(encoded: Uint8Array): Uint8Array;
  /** 02 or 03‖x, 33 bytes, of a public key of 65 bytes. @standard GB/T 32918.1-2016 §4.2.8 @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID */
  compress(publicKey: Uint8Array): Uint8Array;
  /** Z_A, 32 bytes. @standard GB/T 32918.2-2016 §5.5 @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_SM2_ID_INVALID */
  z(publicKey: Uint8Array, id?: Uint8Array): Uint8Array;
  /** Signs M. @standard GB/T 32918.2-2016 §6.1 @throws {@link SmError} ERR_SM2_PRIVATE_KEY_INVALID, ERR_SM2_ID_INVALID, ERR_SM2_FAULT */
  sign(privateKey: Secret, message: Uint8Array, options?: Sm2SignOptions): Uint8Array;
  /** Signs M with the public key at hand, which saves computing it. @standard GB/T 32918.2-2016 §6.1 */
  signWith(pair: Sm2KeyPair, message: Uint8Array, options?: Sm2SignOptions): Uint8Array;
  /** Signs e = H(Z_A‖M) of 32 bytes. @standard GB/T 32918.2-2016 §6.1 A3 */
  signDigest(privateKey: Secret, e: Uint8Array, options?: Omit<Sm2SignOptions, 'id'>): Uint8Array;
  /**
   * The pair made ready for many signatures; keeps its own copy of the private key.
   *
   * @standard GB/T 32918.2-2016 §6.1
   * @throws {@link SmError} ERR_SM2_PRIVATE_KEY_INVALID, ERR_SM2_PUBLIC_KEY_INVALID, ERR_SM2_ID_INVALID
   */
  signer(pair: Sm2KeyPair, options?: Sm2SignOptions): Sm2Signer;
  /**
   * Does `signature` sign M? `false` only for a wrong signature.
   *
   * @standard GB/T 32918.2-2016 §7.1
   * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_SM2_SIGNATURE_MALFORMED, ERR_SM2_ID_INVALID
   */
  verify(
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
    options?: Sm2SignatureOptions,
  ): boolean;
  /** Verifies over e of 32 bytes. @standard GB/T 32918.2-2016 §7.1 B3 */
  verifyDigest(
    publicKey: Uint8Array,
    e: Uint8Array,
    signature: Uint8Array,
    options?: Omit<Sm2SignatureOptions, 'id'>,
  ): boolean;
  /**
   * The public key made ready for many verifications.
   *
   * @standard GB/T 32918.2-2016 §7.1
   * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_SM2_ID_INVALID
   */
  verifier(publicKey: Uint8Array, options?: Sm2VerifyOptions): Sm2Verifier;
  /**
   * Verifies many signatures, results in order; an item that is malformed takes no other
   * with it. Signatures are checked one by one: a batch gains where several are under one
   * key, which is then prepared once, and nothing where every key is another one.
   *
   * @standard GB/T 32918.2-2016 §7.1
   */
  verifyMany(items: readonly Sm2VerifyItem[]): Sm2VerifyResult[];
  /** Encrypts M of 1 to 1,048,576 bytes. @standard GB/T 32918.4-2016 §6.1 @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID */
  encrypt(publicKey: Uint8Array, message: Uint8Array, options?: Sm2CipherOptions): Uint8Array;
  /** Decrypts. @standard GB/T 32918.4-2016 §7.1 @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the ciphertext */
  decrypt(privateKey: Secret, ciphertext: Uint8Array, options?: Sm2CipherOptions): Uint8Array;
  /**
   * x of [d]P, 32 bytes: plain Diffie–Hellman as TLS 1.3 has it for `curveSM2`. It says
   * nothing about who the other side is, and must go through a key derivation.
   *
   * @standard RFC 8998 §3.2 (curveSM2), RFC 8446 §7.4.2
   * @throws {@link SmError} ERR_SM2_PRIVATE_KEY_INVALID, ERR_SM2_PUBLIC_KEY_INVALID
   */
  ecdh(privateKey: Secret, peerPublicKey: Uint8Array): Secret;
  /**
   * SM2EnvelopedKey (密钥对保护数据) in DER: the pair for the holder of another key, under a
   * fresh SM4 key that is encrypted to `recipient`.
   *
   * @standard GB/T 35276-2017 §7.4
   * @throws {@link SmError} ERR_SM2_PRIVATE_KEY_INVALID, ERR_SM2_PUBLIC_KEY_INVALID
   */
  envelopeKey(recipient: Uint8Array, pair: Sm2KeyPair, options?: Sm2EnvelopeOptions): Uint8Array;
  /**
   * The pair in an SM2EnvelopedKey. It is not authenticated: who made it, and that it
   * was meant, must be known from elsewhere.
   *
   * @standard GB/T 35276-2017 §7.4
   * @throws {@link SmError} ERR_DER_MALFORMED, ERR_INPUT_VALUE for another algorithm than SM4-ECB,
   *   ERR_DECRYPT_FAILED for everything else that is wrong with it
   */
  openEnvelopedKey(privateKey: Secret, envelopedKey: Uint8Array): Sm2KeyPair;
  /**
   * Begins a run of the key exchange on one side: draws r.
   *
   * @standard GB/T 32918.3-2016 §6.1
   * @throws {@link SmError} ERR_SM2_PRIVATE_KEY_INVALID, ERR_SM2_PUBLIC_KEY_INVALID, ERR_SM2_ID_INVALID, ERR_RANDOM_UNHEALTHY
   */
  keyExchange<const R extends Sm2ExchangeRole, const C extends Sm2ExchangeConfirm = 'required'>(
    options: Sm2KeyExchangeOptions<R, C>,
  ): Sm2KeyExchange<Sm2Agreed<R, C>>;
}

/** x of [d]P. */
function ecdh(engine: SmEngine, privateKey: Secret, peerPublicKey: Uint8Array): Secret {
  requireCapability(engine, 'sm2.multiply');
  checkPublicKey(engine, peerPublicKey);
  const point = withPrivateKey(privateKey, (d) => engine.sm2Multiply(d, peerPublicKey));
  try {
    return Secret.copy(point.subarray(1, 1 + SM2_PRIVATE_KEY_BYTES));
  } finally {
    point.fill(0);
  }
}

/** SM2 on `engine`. */
export function createSm2(engine: SmEngine): Sm2Functions {
  const keyPair = (privateKey: Secret): Sm2KeyPair => {
    requireCapability(engine, 'sm2.keygen');
    return { privateKey, publicKey: withPrivateKey(privateKey, (d) => engine.sm2PublicKey(d)) };
  };
  return {
    keyPair,
    generateKeyPair(random) {
      requireCapability(engine, 'sm2.keygen');
      const d = drawScalar(checkRandom(random), isPrivateKey);
      try {
        return { publicKey: engine.sm2PublicKey(d), privateKey: Secret.take(d) };
      } catch (error) {
        d.fill(0);
        throw error;
      }
    },
    publicKey: (encoded) => readPublicKey(engine, encoded),
    compress: (publicKey) => compressPublicKey(engine, publicKey),
    z: (publicKey, id) => zOf(engine, checkPublicKey(engine, publicKey), id),
    sign: (privateKey, message, options) => signWith(engine, keyPair(privateKey), message, options),
    signWith: (pair, message, options) => signWith(engine, pair, message, options),
    signDigest: (privateKey, e, options) => signDigest(engine, privateKey, e, options),
    signer: (pair, options) => createSigner(engine, pair, options),
    verify: (publicKey, message, signature, options) =>
      verify(engine, publicKey, message, signature, options),
    verifyDigest: (publicKey, e, signature, options) =>
      verifyDigest(engine, publicKey, e, signature, options),
    verifier: (publicKey, options) => createVerifier(engine, publicKey, options),
    verifyMany: (items) => verifyMany(engine, items),
    encrypt: (publicKey, message, options) => encrypt(engine, publicKey, message, options),
    decrypt: (privateKey, ciphertext, options) => decrypt(engine, privateKey, ciphertext, options),
    ecdh: (privateKey, peerPublicKey) => ecdh(engine, privateKey, peerPublicKey),
    envelopeKey: (recipient, pair, options) => envelopeKey(engine, recipient, pair, options),
    openEnvelopedKey: (privateKey, envelopedKey) => openEnvelopedKey(engine, privateKey, envelopedKey),
    keyExchange: (options) => createKeyExchange(engine, options),
  };
}

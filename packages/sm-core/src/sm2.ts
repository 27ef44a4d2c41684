import { checkBytes, fromHex, utf8 } from './encoding/bytes.ts';
import {
  decodeCiphertext,
  decodeSignature,
  encodeCiphertext,
  encodeSignature,
  type Sm2CiphertextFormat,
  type Sm2SignatureFormat,
} from './encoding/sm2.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { requireCapability } from './internal/capability.ts';
import { choice } from './internal/choice.ts';
import { systemRandom } from './random.ts';
import { Secret, useSecret } from './secret.ts';
import {
  type RandomSource,
  SM2_DEFAULT_ID,
  SM2_MAX_ID_BYTES,
  SM2_PRIVATE_KEY_BYTES,
  SM2_PUBLIC_KEY_BYTES,
  SM3_DIGEST_BYTES,
  type SmEngine,
} from './spec/v1/engine.ts';

/** Longest message of one SM2 encryption in bytes: 1 MiB. */
export const SM2_MAX_MESSAGE_BYTES: number = 1 << 20;

/** Ciphertext beyond the message: C1, C3 and the longest DER around them, rounded up. */
const MAX_CIPHERTEXT_BYTES = SM2_MAX_MESSAGE_BYTES + 256;
const MAX_BYTES = Number.MAX_SAFE_INTEGER;
/** A good source gives a scalar in range at the first try but once in 2^32; this many misses are a fault. */
const MAX_DRAWS = 64;

/** An SM2 key pair (密钥对). */
export interface Sm2KeyPair {
  /** d_A, 32 bytes. */
  readonly privateKey: Secret;
  /** P_A as 04‖x‖y, 65 bytes. */
  readonly publicKey: Uint8Array;
}

/** Options of signing and verifying. */
export interface Sm2SignatureOptions {
  /** ID_A, the signer ID (可辨别标识), up to 8,191 bytes; `1234567812345678` when left out, may be empty. */
  readonly id?: Uint8Array;
  /** `der` when left out. */
  readonly format?: Sm2SignatureFormat;
  /** Source of the nonce k; refused by engines without the capability `sm2.random`. */
  readonly random?: RandomSource;
}

/** Options of encrypting and decrypting. */
export interface Sm2CipherOptions {
  /** `der` when left out. */
  readonly format?: Sm2CiphertextFormat;
  /** Source of the nonce k; refused by engines without the capability `sm2.random`. */
  readonly random?: RandomSource;
}

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
  /** Checks a public key 04‖x‖y and returns a copy. @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID */
  publicKey(encoded: Uint8Array): Uint8Array;
  /** Z_A, 32 bytes. @standard GB/T 32918.2-2016 §5.5 @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_SM2_ID_INVALID */
  z(publicKey: Uint8Array, id?: Uint8Array): Uint8Array;
  /** Signs M. @standard GB/T 32918.2-2016 §6.1 @throws {@link SmError} ERR_SM2_PRIVATE_KEY_INVALID, ERR_SM2_ID_INVALID */
  sign(privateKey: Secret, message: Uint8Array, options?: Sm2SignatureOptions): Uint8Array;
  /** Signs M with the public key at hand, which saves computing it. @standard GB/T 32918.2-2016 §6.1 */
  signWith(pair: Sm2KeyPair, message: Uint8Array, options?: Sm2SignatureOptions): Uint8Array;
  /** Signs e = H(Z_A‖M) of 32 bytes. @standard GB/T 32918.2-2016 §6.1 A3 */
  signDigest(privateKey: Secret, e: Uint8Array, options?: Omit<Sm2SignatureOptions, 'id'>): Uint8Array;
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
  /** Encrypts M of 1 to 1,048,576 bytes. @standard GB/T 32918.4-2016 §6.1 @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID */
  encrypt(publicKey: Uint8Array, message: Uint8Array, options?: Sm2CipherOptions): Uint8Array;
  /** Decrypts. @standard GB/T 32918.4-2016 §7.1 @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the ciphertext */
  decrypt(privateKey: Secret, ciphertext: Uint8Array, options?: Sm2CipherOptions): Uint8Array;
}

const DEFAULT_ID = utf8(SM2_DEFAULT_ID);
/** n - 1: a private key is below it. @standard GB/T 32918.1-2016 §6.1 */
const N_MINUS_1 = fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122');
/** a‖b‖xG‖yG, the constant part of Z_A. @standard GB/T 32918.5-2017 §2 */
const CURVE = fromHex(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
);

/** 1 ≤ d ≤ n-2, without a branch on the bytes before the answer. */
function isPrivateKey(d: Uint8Array): boolean {
  let borrow = 0;
  let any = 0;
  for (let i = 31; i >= 0; i--) {
    borrow = ((d[i]! - N_MINUS_1[i]! - borrow) >> 8) & 1;
    any |= d[i]!;
  }
  return borrow === 1 && any !== 0;
}

function withPrivateKey<T>(key: Secret, use: (d: Uint8Array) => T): T {
  return useSecret(key, 'privateKey', (d) => {
    if (d.length !== SM2_PRIVATE_KEY_BYTES || !isPrivateKey(d)) {
      throw SM_CORE_ERRORS.create('ERR_SM2_PRIVATE_KEY_INVALID');
    }
    return use(d);
  });
}

/** SM2 on `engine`. */
export function createSm2(engine: SmEngine): Sm2Functions {
  const checkPublicKey = (encoded: Uint8Array): Uint8Array => {
    if (
      !(encoded instanceof Uint8Array) ||
      encoded.length !== SM2_PUBLIC_KEY_BYTES ||
      encoded[0] !== 4 ||
      !engine.sm2IsPublicKey(encoded)
    ) {
      throw SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');
    }
    return encoded;
  };
  /** Z_A of a public key that was checked. */
  const z = (publicKey: Uint8Array, id: Uint8Array = DEFAULT_ID): Uint8Array => {
    requireCapability(engine, 'sm3');
    if (!(id instanceof Uint8Array) || id.length > SM2_MAX_ID_BYTES) {
      throw SM_CORE_ERRORS.create('ERR_SM2_ID_INVALID');
    }
    const bits = id.length * 8;
    const entl = Uint8Array.of(bits >> 8, bits & 0xff);
    return engine.sm3().update(entl).update(id).update(CURVE).update(publicKey.subarray(1)).digest();
  };
  /** e = H(Z_A‖M) for a public key that was checked. */
  const digest = (publicKey: Uint8Array, message: Uint8Array, id: Uint8Array | undefined): Uint8Array =>
    engine
      .sm3()
      .update(z(publicKey, id))
      .update(checkBytes(message, 'message', 0, MAX_BYTES))
      .digest();
  const nonceSource = (random: RandomSource | undefined): RandomSource => {
    if (random !== undefined) requireCapability(engine, 'sm2.random');
    return random ?? systemRandom;
  };
  /** Signs e with an engine that was asked for the capability. */
  const signE = (privateKey: Secret, e: Uint8Array, options: Sm2SignatureOptions): Uint8Array => {
    const format = choice(options.format, 'format', ['der', 'raw']);
    const random = nonceSource(options.random);
    return encodeSignature(
      withPrivateKey(privateKey, (d) => engine.sm2SignDigest(d, e, random)),
      format,
    );
  };
  /** Verifies over e with a public key that was checked. */
  const verifyE = (
    publicKey: Uint8Array,
    e: Uint8Array,
    signature: Uint8Array,
    options: Sm2SignatureOptions,
  ): boolean => {
    const format = choice(options.format, 'format', ['der', 'raw']);
    return engine.sm2VerifyDigest(publicKey, e, decodeSignature(signature, format));
  };

  const functions: Sm2Functions = {
    generateKeyPair(random = systemRandom) {
      requireCapability(engine, 'sm2.keygen');
      const d = new Uint8Array(SM2_PRIVATE_KEY_BYTES);
      for (let draw = 0; draw < MAX_DRAWS; draw++) {
        random.fill(d);
        if (isPrivateKey(d)) return functions.keyPair(Secret.take(d));
      }
      throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
    },
    keyPair(privateKey) {
      requireCapability(engine, 'sm2.keygen');
      return { privateKey, publicKey: withPrivateKey(privateKey, (d) => engine.sm2PublicKey(d)) };
    },
    publicKey: (encoded) => Uint8Array.from(checkPublicKey(encoded)),
    z: (publicKey, id) => z(checkPublicKey(publicKey), id),
    sign: (privateKey, message, options) =>
      functions.signWith(functions.keyPair(privateKey), message, options),
    signWith(pair, message, options = {}) {
      requireCapability(engine, 'sm2.sign');
      return signE(pair.privateKey, digest(checkPublicKey(pair.publicKey), message, options.id), options);
    },
    signDigest(privateKey, e, options = {}) {
      requireCapability(engine, 'sm2.sign');
      return signE(privateKey, checkBytes(e, 'e', SM3_DIGEST_BYTES), options);
    },
    verify(publicKey, message, signature, options = {}) {
      requireCapability(engine, 'sm2.verify');
      const e = digest(checkPublicKey(publicKey), message, options.id);
      return verifyE(publicKey, e, signature, options);
    },
    verifyDigest(publicKey, e, signature, options = {}) {
      requireCapability(engine, 'sm2.verify');
      return verifyE(checkPublicKey(publicKey), checkBytes(e, 'e', SM3_DIGEST_BYTES), signature, options);
    },
    encrypt(publicKey, message, options = {}) {
      requireCapability(engine, 'sm2.encrypt');
      const format = choice(options.format, 'format', ['der', 'c1c3c2', 'c1c2c3']);
      const random = nonceSource(options.random);
      checkPublicKey(publicKey);
      checkBytes(message, 'message', 1, SM2_MAX_MESSAGE_BYTES);
      return encodeCiphertext(engine.sm2Encrypt(publicKey, message, random), format);
    },
    decrypt(privateKey, ciphertext, options = {}) {
      requireCapability(engine, 'sm2.decrypt');
      const format = choice(options.format, 'format', ['der', 'c1c3c2', 'c1c2c3']);
      return withPrivateKey(privateKey, (d) => {
        let message: Uint8Array | undefined;
        try {
          checkBytes(ciphertext, 'ciphertext', 1, MAX_CIPHERTEXT_BYTES);
          message = engine.sm2Decrypt(d, decodeCiphertext(ciphertext, format));
        } catch {
          // What exactly was wrong would help an attacker who sends chosen ciphertexts.
          message = undefined;
        }
        if (message === undefined) throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
        return message;
      });
    },
  };
  return functions;
}

/**
 * Interface of an SM engine, version 1 (密码引擎接口).
 *
 * An engine is the southbound side of `sm-core`: it computes, on inputs that the
 * façade has already checked, in one fixed form each. It keeps no state between
 * calls and does not keep or zero the caller's buffers.
 */

/** SM3 digest length in bytes. @standard GB/T 32905-2016 §5 */
export const SM3_DIGEST_BYTES = 32;
/** SM4 block and key length in bytes. @standard GB/T 32907-2016 §4 */
export const SM4_BLOCK_BYTES = 16;
/** SM2 private key length in bytes. @standard GB/T 32918.5-2017 §2 */
export const SM2_PRIVATE_KEY_BYTES = 32;
/** SM2 uncompressed public key (04‖x‖y) length in bytes. @standard GB/T 32918.1-2016 §4.2.8 */
export const SM2_PUBLIC_KEY_BYTES = 65;
/** SM2 signature r‖s length in bytes. @standard GB/T 32918.2-2016 §6.1 */
export const SM2_SIGNATURE_BYTES = 64;
/** Longest signer ID in bytes: ENTL_A is a bit length in two bytes. @standard GB/T 32918.2-2016 §5.5 */
export const SM2_MAX_ID_BYTES = 8191;
/** Default signer ID, 16 bytes of ASCII. @standard GM/T 0009-2012 §10 */
export const SM2_DEFAULT_ID: string = '1234567812345678';
/** GCM nonce length in bytes that this interface fixes. @standard GB/T 36624-2018 */
export const SM4_GCM_NONCE_BYTES = 12;
/** GCM tag length in bytes that this interface fixes. @standard GB/T 36624-2018 */
export const SM4_GCM_TAG_BYTES = 16;

/**
 * What an engine can do; a missing capability is refused by name, never replaced in silence.
 *
 * `hmac-sm3` says that the SM3 of this engine may be used for HMAC; `sm2.random` says
 * that every SM2 nonce is drawn from the {@link RandomSource} of the call and from
 * nowhere else.
 */
export type EngineCapability =
  | 'sm3'
  | 'hmac-sm3'
  | 'sm2.keygen'
  | 'sm2.sign'
  | 'sm2.verify'
  | 'sm2.encrypt'
  | 'sm2.decrypt'
  | 'sm2.random'
  | 'sm4.ecb-block'
  | 'sm4.cbc'
  | 'sm4.ctr'
  | 'sm4.gcm';

/** A running SM3 computation. Not safe for use by two callers at once. */
export interface Sm3Hash {
  /** Takes more of the message. */
  update(data: Uint8Array): this;
  /** 32 bytes; the object must not be used afterwards. */
  digest(): Uint8Array;
  /** An independent copy of the running state. */
  clone(): Sm3Hash;
}

/** SM4-GCM under one key: the key schedule and GHASH table are made once. */
export interface Sm4GcmKey {
  /** ciphertext ‖ 16-byte tag. `nonce`: 12 bytes, never used twice under one key. */
  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Plaintext, or `undefined` when the tag does not match; no plaintext leaks in that case. */
  open(nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined;
  /** Zeroes the key schedule; later calls throw. */
  destroy(): void;
}

/** Source of random bytes for one call. */
export interface RandomSource {
  /** Fills `out` completely or throws. */
  fill(out: Uint8Array): void;
}

/**
 * The engine interface.
 *
 * Guarantee: the results are those of the cited standards. Failure: a wrong
 * signature is `false`, a failed decryption `undefined`; a broken engine throws.
 * Concurrency: calls are synchronous and independent of each other. Bytes: arguments
 * stay the caller's, results are new arrays that the caller owns.
 *
 * @standard GB/T 32905-2016, GB/T 32907-2016, GB/T 32918-2016
 */
export interface SmEngine {
  /** Version of this interface. */
  readonly specVersion: '1';
  /** Short name, for example `noble`. */
  readonly name: string;
  /** What this engine does; a method of a capability that is not listed throws ERR_ENGINE_CAPABILITY. */
  readonly capabilities: ReadonlySet<EngineCapability>;

  /** Starts an SM3 computation. @standard GB/T 32905-2016 */
  sm3(): Sm3Hash;

  /** Public key 04‖x‖y of `d` (32 bytes, 1 ≤ d ≤ n-2). @standard GB/T 32918.1-2016 §6.1 */
  sm2PublicKey(d: Uint8Array): Uint8Array;
  /** Is `point` (65 bytes) a point of the curve other than infinity? @standard GB/T 32918.1-2016 §6.2 */
  sm2IsPublicKey(point: Uint8Array): boolean;
  /** Signature r‖s (64 bytes) over e (32 bytes). @standard GB/T 32918.2-2016 §6.1 */
  sm2SignDigest(d: Uint8Array, e: Uint8Array, random: RandomSource): Uint8Array;
  /** Does r‖s (64 bytes) sign e (32 bytes)? @standard GB/T 32918.2-2016 §7.1 */
  sm2VerifyDigest(publicKey: Uint8Array, e: Uint8Array, signature: Uint8Array): boolean;
  /** 04‖x1‖y1‖C3‖C2; `message` holds at least one byte. @standard GB/T 32918.4-2016 §6.1 */
  sm2Encrypt(publicKey: Uint8Array, message: Uint8Array, random: RandomSource): Uint8Array;
  /** Message of 04‖x1‖y1‖C3‖C2, or `undefined`. @standard GB/T 32918.4-2016 §7.1 */
  sm2Decrypt(d: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;

  /** One block, raw: a building block, not a mode to use. @standard GB/T 32907-2016 */
  sm4Block(key: Uint8Array, block: Uint8Array, direction: 'encrypt' | 'decrypt'): Uint8Array;
  /** CBC over whole blocks; padding is the façade's. @standard GB/T 17964-2021 §6 */
  sm4Cbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array, direction: 'encrypt' | 'decrypt'): Uint8Array;
  /** CTR with a 128-bit big-endian counter. @standard GB/T 17964-2021 §9 */
  sm4Ctr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array;
  /** GCM under `key` (16 bytes), 12-byte nonces and 16-byte tags. @standard GB/T 36624-2018 */
  sm4Gcm(key: Uint8Array): Sm4GcmKey;
}

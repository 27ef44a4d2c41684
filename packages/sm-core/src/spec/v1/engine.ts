/**
 * Interface of an SM engine, version 1 (密码引擎接口).
 *
 * An engine is the southbound side of `sm-core`: it computes, on inputs that the
 * façade has already checked, in one fixed form each. Modes, paddings, encodings,
 * key derivations and protocols are the façade's and so the same on every engine.
 */

/** SM3 digest length in bytes. @standard GB/T 32905-2016 §5 */
export const SM3_DIGEST_BYTES = 32;
/** SM3 block length in bytes. @standard GB/T 32905-2016 §5 */
export const SM3_BLOCK_BYTES = 64;
/** SM4 block and key length in bytes. @standard GB/T 32907-2016 §4 */
export const SM4_BLOCK_BYTES = 16;
/** SM2 private key length in bytes. @standard GB/T 32918.5-2017 §2 */
export const SM2_PRIVATE_KEY_BYTES = 32;
/** SM2 uncompressed public key (04‖x‖y) length in bytes. @standard GB/T 32918.1-2016 §4.2.8 */
export const SM2_PUBLIC_KEY_BYTES = 65;
/** SM2 compressed public key (02 or 03‖x) length in bytes. @standard GB/T 32918.1-2016 §4.2.8 */
export const SM2_COMPRESSED_KEY_BYTES = 33;
/** SM2 signature r‖s length in bytes. @standard GB/T 32918.2-2016 §6.1 */
export const SM2_SIGNATURE_BYTES = 64;
/** Longest signer ID in bytes: ENTL_A is a bit length in two bytes. @standard GB/T 32918.2-2016 §5.5 */
export const SM2_MAX_ID_BYTES = 8191;
/** Default signer ID, 16 bytes of ASCII. @standard GM/T 0009-2012 §10 */
export const SM2_DEFAULT_ID: string = '1234567812345678';
/** GCM nonce length in bytes for which no GHASH is needed, and the one to use. @standard GB/T 36624-2018 */
export const SM4_GCM_NONCE_BYTES = 12;
/** Full GCM tag length in bytes. @standard GB/T 36624-2018 */
export const SM4_GCM_TAG_BYTES = 16;
/** ZUC-128 key and initial vector length in bytes. @standard GB/T 33133.1-2016 §6 */
export const ZUC_KEY_BYTES = 16;

/**
 * What an engine can do; a missing capability is refused by name, never replaced in silence.
 *
 * `hmac-sm3` says that the SM3 of this engine may be used for HMAC; `sm2.random` says
 * that every SM2 nonce is drawn from the {@link RandomSource} of the call and from
 * nowhere else. `sm3.many`, `sm2.prepared-private` and `sm2.prepared-public` are about
 * speed only: without them the façade computes the same results one by one.
 */
export type EngineCapability =
  | 'sm3'
  | 'sm3.many'
  | 'hmac-sm3'
  | 'sm2.keygen'
  | 'sm2.sign'
  | 'sm2.verify'
  | 'sm2.encrypt'
  | 'sm2.decrypt'
  | 'sm2.random'
  | 'sm2.multiply'
  | 'sm2.exchange'
  | 'sm2.decompress'
  | 'sm2.prepared-private'
  | 'sm2.prepared-public'
  | 'sm4.blocks'
  | 'sm4.cbc'
  | 'sm4.ctr'
  | 'sm4.gcm'
  | 'zuc';

/** A running SM3 computation. Not safe for use by two callers at once. */
export interface Sm3Hash {
  /** Takes more of the message. */
  update(data: Uint8Array): this;
  /** 32 bytes; the object must not be used afterwards. */
  digest(): Uint8Array;
  /** An independent copy of the running state. */
  clone(): Sm3Hash;
}

/**
 * SM4 under one key: the key schedule is made once.
 *
 * `input` and `output` have the same length and are either the same array or do not
 * overlap. Where whole blocks are asked for, the length is a multiple of 16.
 * `iv`, `counter` and `y` are 16 bytes each, belong to the caller and are moved on in
 * place, so that a message may be given in pieces. After `destroy` every method throws
 * ERR_SECRET_DESTROYED.
 */
export interface Sm4Key {
  /** ECB over whole blocks: a building block, not a mode to use. @standard GB/T 32907-2016 §7 */
  encryptBlocks(input: Uint8Array, output: Uint8Array): void;
  /** ECB over whole blocks. @standard GB/T 32907-2016 §7 */
  decryptBlocks(input: Uint8Array, output: Uint8Array): void;
  /** CBC over whole blocks; `iv` becomes the last ciphertext block. @standard GB/T 17964-2021 §6 */
  cbcEncrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void;
  /** CBC over whole blocks; `iv` becomes the last ciphertext block. @standard GB/T 17964-2021 §6 */
  cbcDecrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void;
  /**
   * CTR with a 128-bit big-endian counter, any length; `counter` moves on by one for
   * each block begun, so only the last piece may end inside a block. @standard GB/T 17964-2021 §9
   */
  ctr(counter: Uint8Array, input: Uint8Array, output: Uint8Array): void;
  /** Zeroes the key schedule. */
  destroy(): void;
}

/** The parts of GCM under one key; the façade puts them together. @standard GB/T 36624-2018 §8 */
export interface Sm4GcmKey extends Sm4Key {
  /** y = GHASH_H continued over `data`, the last block padded with zeros. */
  ghash(y: Uint8Array, data: Uint8Array): void;
  /** CTR in the low 32 bits of `counter` from `input` to `output`, then GHASH of the ciphertext into `y`. */
  gcmEncrypt(counter: Uint8Array, y: Uint8Array, input: Uint8Array, output: Uint8Array): void;
  /** GHASH of the ciphertext `input` into `y`, then CTR in the low 32 bits of `counter` to `output`. */
  gcmDecrypt(counter: Uint8Array, y: Uint8Array, input: Uint8Array, output: Uint8Array): void;
}

/** An SM2 private key made ready for many signatures: (1+d)^-1 is computed once. */
export interface Sm2PreparedPrivateKey {
  /** As {@link SmEngine.sm2SignDigest}. */
  signDigest(e: Uint8Array, random: RandomSource): Uint8Array;
  /** Zeroes what was prepared; later calls throw ERR_SECRET_DESTROYED. */
  destroy(): void;
}

/** An SM2 public key made ready for many verifications: tables of multiples of the point. */
export interface Sm2PreparedPublicKey {
  /** As {@link SmEngine.sm2VerifyDigest}. */
  verifyDigest(e: Uint8Array, signature: Uint8Array): boolean;
}

/** One side of a key exchange as the engine sees it. @standard GB/T 32918.3-2016 §6.1 */
export interface Sm2ExchangeInput {
  /** d of this side, 32 bytes. */
  readonly privateKey: Uint8Array;
  /** r of this side, 32 bytes, 1 ≤ r ≤ n-1. */
  readonly ephemeralPrivateKey: Uint8Array;
  /** R of this side, 65 bytes. */
  readonly ephemeralPublicKey: Uint8Array;
  /** P of the other side, 65 bytes, checked. */
  readonly peerPublicKey: Uint8Array;
  /** R of the other side, 65 bytes, checked. */
  readonly peerEphemeralPublicKey: Uint8Array;
}

/** A ZUC-128 key stream. @standard GB/T 33133.1-2016 §6 */
export interface ZucStream {
  /** Fills `out` with the next key words, 32 bits each. */
  words(out: Uint32Array): void;
  /** Zeroes the state; later calls throw ERR_SECRET_DESTROYED. */
  destroy(): void;
}

/** Source of random bytes for one call. */
export interface RandomSource {
  /** Fills `out` completely or throws. */
  fill(out: Uint8Array): void;
}

/** How an engine computes, for reports and for choosing one. */
export interface EngineProfile {
  /** What does the work: `wasm-simd128`, `wasm`, `javascript`, `native`. */
  readonly path: string;
  /**
   * Capabilities that are written without secret-dependent branches, loads and
   * divisions, and that `npm run bench -- ct` measures.
   */
  readonly constantTime: ReadonlySet<EngineCapability>;
}

/**
 * The engine interface.
 *
 * Guarantee: the results are those of the cited standards. Failure: a wrong
 * signature is `false`, a failed decryption `undefined`; a broken engine throws.
 * Concurrency: calls are synchronous and independent of each other, also when a
 * {@link RandomSource} calls the engine while it serves it. Bytes: arguments stay the
 * caller's, results are new arrays that the caller owns.
 *
 * @standard GB/T 32905-2016, GB/T 32907-2016, GB/T 32918-2016, GB/T 33133-2016
 */
export interface SmEngine {
  /** Version of this interface. */
  readonly specVersion: '1';
  /** Short name, for example `noble`. */
  readonly name: string;
  /** What this engine does; a method of a capability that is not listed throws ERR_ENGINE_CAPABILITY. */
  readonly capabilities: ReadonlySet<EngineCapability>;
  /** How it does it. */
  readonly profile: EngineProfile;

  /** Starts an SM3 computation. @standard GB/T 32905-2016 */
  sm3(): Sm3Hash;
  /** SM3 of the parts one after the other: 32 bytes. @standard GB/T 32905-2016 */
  sm3Digest(...parts: readonly Uint8Array[]): Uint8Array;
  /** SM3 of each message (capability `sm3.many`): independent digests side by side. @standard GB/T 32905-2016 */
  sm3Many(messages: readonly Uint8Array[]): Uint8Array[];

  /** Public key 04‖x‖y of `d` (32 bytes, 1 ≤ d ≤ n-1). @standard GB/T 32918.1-2016 §6.1 */
  sm2PublicKey(d: Uint8Array): Uint8Array;
  /** Is `point` (65 bytes) a point of the curve other than infinity? @standard GB/T 32918.1-2016 §6.2 */
  sm2IsPublicKey(point: Uint8Array): boolean;
  /** The point of `compressed` (33 bytes) as 65 bytes, or `undefined` when there is none. @standard GB/T 32918.1-2016 §4.2.9, Annex B.1.4 */
  sm2Decompress(compressed: Uint8Array): Uint8Array | undefined;
  /** Signature r‖s (64 bytes) over e (32 bytes) with `d` (32 bytes, 1 ≤ d ≤ n-2). @standard GB/T 32918.2-2016 §6.1 */
  sm2SignDigest(d: Uint8Array, e: Uint8Array, random: RandomSource): Uint8Array;
  /** Does r‖s (64 bytes) sign e (32 bytes)? @standard GB/T 32918.2-2016 §7.1 */
  sm2VerifyDigest(publicKey: Uint8Array, e: Uint8Array, signature: Uint8Array): boolean;
  /** `d` (1 ≤ d ≤ n-2) made ready for many signatures; keeps its own copy. */
  sm2PreparePrivate(d: Uint8Array): Sm2PreparedPrivateKey;
  /** `publicKey` (65 bytes, checked) made ready for many verifications. */
  sm2PreparePublic(publicKey: Uint8Array): Sm2PreparedPublicKey;
  /** 04‖x1‖y1‖C3‖C2; `message` holds at least one byte. @standard GB/T 32918.4-2016 §6.1 */
  sm2Encrypt(publicKey: Uint8Array, message: Uint8Array, random: RandomSource): Uint8Array;
  /** Message of 04‖x1‖y1‖C3‖C2, or `undefined`. @standard GB/T 32918.4-2016 §7.1 */
  sm2Decrypt(d: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
  /** [d]P as 65 bytes; `point` is a checked point (65 bytes), 1 ≤ d ≤ n-1. @standard GB/T 32918.1-2016 §4.1.4 */
  sm2Multiply(d: Uint8Array, point: Uint8Array): Uint8Array;
  /** U or V as 65 bytes, or `undefined` when it is the point at infinity. @standard GB/T 32918.3-2016 §6.1 A5–A7, B4–B6 */
  sm2ExchangePoint(input: Sm2ExchangeInput): Uint8Array | undefined;

  /** SM4 under `key` (16 bytes): block, CBC and CTR as far as the capabilities name them. @standard GB/T 32907-2016 */
  sm4(key: Uint8Array): Sm4Key;
  /** SM4 under `key` (16 bytes) with the parts of GCM. @standard GB/T 36624-2018 */
  sm4Gcm(key: Uint8Array): Sm4GcmKey;

  /** The key stream of `key` and `iv`, 16 bytes each. @standard GB/T 33133.1-2016 §6 */
  zuc(key: Uint8Array, iv: Uint8Array): ZucStream;
}

/**
 * Names, limits and the one algorithm suite of the package format SMP1.
 */

/** Version of every interface and message of this folder. */
export const MODEL_SPEC_VERSION = '1';

/** Name of the package format. */
export const SMP_FORMAT = 'SMP1';

/** Protection levels (防护等级). What they promise is our definition, see the README. */
export const MODEL_LEVELS = ['L1', 'L2', 'L3'] as const;
/** A protection level. */
export type ModelLevel = (typeof MODEL_LEVELS)[number];

/** Levels whose promises this version can keep. L3 needs an attested receiver and is refused everywhere. */
export const SUPPORTED_LEVELS: readonly ModelLevel[] = ['L1', 'L2'];

/** Classes of payload (数据类别): model file, weights, inference data, training increments, business data. */
export const PAYLOAD_CLASSES = [
  'model-file',
  'weight-params',
  'inference-data',
  'training-increments',
  'business-data',
] as const;
/** A class of payload. */
export type PayloadClass = (typeof PAYLOAD_CLASSES)[number];

/** Link types (链路类型). */
export const LINK_TYPES = ['device-edge', 'edge-edge', 'edge-cloud'] as const;
/** A link type. */
export type LinkType = (typeof LINK_TYPES)[number];

/** Every algorithm and parameter of a package, as text and numbers that anyone can read. */
export interface AlgorithmSuite {
  readonly id: string;
  /** Object identifier of the SM2 curve. */
  readonly curve: string;
  /** Signature of the manifest: SM2 with SM3. */
  readonly signature: string;
  /** ID_A of the signature. */
  readonly signerId: string;
  /** Wrapping of the content key: SM2 encryption, DER SM2Cipher. */
  readonly keyWrap: string;
  readonly hash: string;
  readonly keyDerivation: string;
  /** SM4-GCM. */
  readonly cipher: string;
  readonly keyBits: number;
  readonly nonceBits: number;
  /** How nonces are made: prefix of 7 bytes, chunk number of 4, last-chunk flag of 1. */
  readonly nonceRule: string;
  readonly tagBits: number;
}

/**
 * The one suite of SMP1. A package that differs in any value is refused.
 *
 * @standard GM/T 0006-2012 (object identifiers)
 */
export const SMP1_SUITE: AlgorithmSuite = {
  id: 'SMP1-SM2-SM3-SM4GCM',
  curve: '1.2.156.10197.1.301',
  signature: '1.2.156.10197.1.501',
  signerId: '1234567812345678',
  keyWrap: '1.2.156.10197.1.301.3',
  hash: '1.2.156.10197.1.401',
  keyDerivation: 'HKDF-SM3',
  cipher: '1.2.156.10197.1.104.8',
  keyBits: 128,
  nonceBits: 96,
  nonceRule: 'prefix7-index4-last1',
  tagBits: 128,
};

/** Chunk of plaintext when nothing else is asked for: 256 KiB. */
export const DEFAULT_CHUNK_BYTES: number = 256 * 1024;
/** Smallest chunk of plaintext: 64 KiB. */
export const MIN_CHUNK_BYTES: number = 64 * 1024;
/** Largest chunk of plaintext: 1 MiB. */
export const MAX_CHUNK_BYTES: number = 1024 * 1024;
/** Length of the tag at the end of each chunk of ciphertext. */
export const CHUNK_TAG_BYTES = 16;

/** Most chunks of a package, so that the list of their digests is at most 2 MiB. */
export const MAX_CHUNKS = 65_536;
/** Most files of a package. */
export const MAX_FILES = 64;
/** Most recipients of a package. */
export const MAX_RECIPIENTS = 1024;
/** Longest signed header in bytes: manifest, signature and certificates. */
export const MAX_HEADER_BYTES: number = 384 * 1024;
/** Most certificates in a header: the publisher's and its intermediates. */
export const MAX_CERTIFICATES = 4;
/** Longest certificate in bytes. */
export const MAX_CERTIFICATE_BYTES = 8192;
/** Longest wrapped content key in bytes. */
export const MAX_WRAPPED_KEY_BYTES = 512;

/** Most missing chunks that one answer to an offer names. */
export const MAX_MISSING = 1024;

/** Length of the content key (内容密钥) in bytes. */
export const CONTENT_KEY_BYTES = 16;
/** Length of the salt of the key derivation in bytes. */
export const SALT_BYTES = 32;
/** How far a package may be dated ahead of the receiver's clock, in milliseconds: five minutes. */
export const CLOCK_TOLERANCE_MS = 300_000;

/** Model ids and file names share this alphabet; no separators, no leading dot. */
export const IDENTIFIER_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** Channels, for example `stable`. */
export const CHANNEL_PATTERN: RegExp = /^[a-z0-9][a-z0-9-]{0,31}$/;

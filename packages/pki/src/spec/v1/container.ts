import type { Secret, Sm2KeyPair } from '@cssi/sm-core';
import type { DeviationPolicy, Finding } from './finding.ts';

/** Longest container of keys and certificates that is read, in bytes. */
export const MAX_CONTAINER_BYTES: number = 1 << 20;
/** Longest private key that is read, not encrypted, in bytes: RSA of 16,384 bits and attributes. */
export const MAX_PRIVATE_KEY_BYTES: number = 1 << 14;
/** Longest password in bytes of UTF-8. */
export const MAX_PASSWORD_BYTES = 1024;
/**
 * Most iterations of PBKDF2 that all parts of one file may ask for together. A key longer than the output
 * of the hash counts once per output: 32 bytes by HMAC-SHA-1 are two. @standard RFC 8018 §5.2
 */
export const MAX_CONTAINER_ITERATIONS = 10_000_000;
/** Most iterations of the key derivation of PKCS#12 that all parts of one file may ask for together. */
export const MAX_PKCS12_ITERATIONS = 2_000_000;
/** Fewer iterations than this are reported as CONTAINER_WEAK. */
export const WEAK_CONTAINER_ITERATIONS = 10_000;
/**
 * Iterations that are written when the caller does not say: what public guidance asks of PBKDF2 with
 * HMAC-SHA-256. With SM3 it costs a guesser, and us, about two and a half times as much.
 */
export const DEFAULT_CONTAINER_ITERATIONS = 600_000;
/** Most keys, and most certificates, of one PKCS#12 container. */
export const MAX_PKCS12_BAGS = 256;

/** Pseudo-random function of PBKDF2. @standard RFC 8018 §5.2, GM/T 0091-2020 */
export type Pbkdf2Prf =
  | 'hmac-sm3'
  | 'hmac-sha1'
  | 'hmac-sha224'
  | 'hmac-sha256'
  | 'hmac-sha384'
  | 'hmac-sha512';

/** Ciphers that containers are written with. */
export type ContainerCipher = 'sm4-cbc' | 'aes128-cbc' | 'aes192-cbc' | 'aes256-cbc';

/** A password (口令): text, or its UTF-8 bytes. A text cannot be zeroed; bytes and secrets stay the caller's. */
export type ContainerPassword = string | Uint8Array | Secret;

/** How a container is encrypted. */
export interface ContainerEncryption {
  /** `hmac-sm3` when left out; OpenSSL 3.0 does not read that one and wants `hmac-sha256`. */
  readonly prf?: Pbkdf2Prf;
  /** `sm4-cbc` when left out. */
  readonly cipher?: ContainerCipher;
  /**
   * 1,000 to 10,000,000; 600,000 when left out. All derivations of one file together may not pass
   * {@link MAX_CONTAINER_ITERATIONS}: see `sealPkcs12` for files with many keys.
   */
  readonly iterations?: number;
}

/** How a container is read. */
export interface ContainerReading {
  /** `tolerant` when left out. */
  readonly policy?: DeviationPolicy;
  /**
   * Most iterations that all parts of the file may ask for together: 1 to 10,000,000, which is what holds
   * when left out. The derivation of PKCS#12 has 2,000,000 of its own, or this number when it is less.
   * A million cost up to about 1.5 s of one core.
   */
  readonly maxIterations?: number;
}

/** How a PKCS#12 container is read. */
export interface Pkcs12Reading extends ContainerReading {
  /**
   * Must the container have a MAC? `required` when left out. Without one nothing tells who made
   * the container, nor that it is as it was: its certificates and names may be anybody's.
   */
  readonly mac?: 'required' | 'optional';
}

/** An SM2 private key that was read. */
export interface Sm2PrivateKeyRead {
  readonly kind: 'sm2';
  /** The caller destroys its private key. */
  readonly pair: Sm2KeyPair;
  readonly findings: readonly Finding[];
}

/** A private key of another kind, for `node:crypto` (`createPrivateKey`, format `der`, type `pkcs8`). */
export interface ForeignPrivateKey {
  readonly kind: 'ec-p256' | 'ec-p384' | 'rsa' | 'other';
  /** Object identifier of the key's algorithm. */
  readonly algorithm: string;
  /** PKCS#8, DER; the caller destroys it. */
  readonly pkcs8: Secret;
  readonly findings: readonly Finding[];
}

/** A private key that was read. */
export type DecodedPrivateKey = Sm2PrivateKeyRead | ForeignPrivateKey;

/** One private key of a PKCS#12 container. */
export interface Pkcs12Key {
  readonly key: DecodedPrivateKey;
  readonly friendlyName?: string;
  /** Ties the key to a certificate of the container. */
  readonly localKeyId?: Uint8Array;
  /** DER of the certificate with the same `localKeyId`; the public key was compared for SM2. */
  readonly certificate?: Uint8Array;
}

/** One certificate of a PKCS#12 container. */
export interface Pkcs12Certificate {
  /** DER of an X.509 certificate, not looked into. */
  readonly der: Uint8Array;
  readonly friendlyName?: string;
  readonly localKeyId?: Uint8Array;
}

/** What a PKCS#12 container holds. */
export interface Pkcs12Contents {
  readonly keys: readonly Pkcs12Key[];
  readonly certificates: readonly Pkcs12Certificate[];
  /** DER of the certificate revocation lists. */
  readonly crls: readonly Uint8Array[];
  /** Object identifiers of bags that this version does not read. */
  readonly unread: readonly string[];
  /** Did a MAC under the password cover all of it? `false` only with `mac: 'optional'`. */
  readonly authenticated: boolean;
  readonly findings: readonly Finding[];
}

/** One private key to be written into a PKCS#12 container. */
export interface Pkcs12KeyInput {
  /** An SM2 pair, or PKCS#8 that `decodePrivateKey` reads; stays the caller's. */
  readonly key: Sm2KeyPair | Secret;
  /** DER of its certificate, whose public key must be the key's. */
  readonly certificate?: Uint8Array;
  /** At most 256 characters. */
  readonly friendlyName?: string;
}

/** What is written into a PKCS#12 container. */
export interface Pkcs12Input {
  readonly keys: readonly Pkcs12KeyInput[];
  /** DER of more certificates: those of the CAs. */
  readonly certificates?: readonly Uint8Array[];
}

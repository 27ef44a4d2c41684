/**
 * Identifiers that seals and OFD signatures carry.
 *
 * @standard GB/T 33560-2017 (OIDs of the SM algorithms)
 * @group Identifiers
 */
export const SEAL_OIDS = {
  /** SM2 signature over SM3 (基于 SM3 的 SM2 签名). */
  sm2WithSm3: '1.2.156.10197.1.501',
  /** SM3 hash (杂凑算法). */
  sm3: '1.2.156.10197.1.401',
} as const;

/** Name of SM3 in a certificate digest of a seal. @standard GB/T 38540-2020 §6.1 @group Identifiers */
export const SM3_NAME = 'SM3';

/** XML namespace of OFD. @standard GB/T 33190-2016 §7.1 @group Identifiers */
export const OFD_NAMESPACE = 'http://www.ofdspec.org/2016';

/** Longest accepted seal in bytes: 64 KiB. @group Limits */
export const SEAL_MAX_BYTES: number = 64 * 1024;
/** Longest accepted seal picture in bytes: 48 KiB. @group Limits */
export const SEAL_PICTURE_MAX_BYTES: number = 48 * 1024;
/** Longest accepted seal signature (SignedValue.dat) in bytes: 96 KiB. @group Limits */
export const SEAL_SIGNATURE_MAX_BYTES: number = 96 * 1024;
/** Most signer certificates in one seal. @group Limits */
export const SEAL_MAX_SIGNERS = 16;
/** Most signatures in one OFD document. @group Limits */
export const OFD_MAX_SIGNATURES = 64;

/** Bounds of one OFD package. @group Limits */
export interface OfdLimits {
  /** Package as stored, in bytes. */
  readonly packageBytes: number;
  readonly entries: number;
  /** One part, inflated, in bytes. */
  readonly partBytes: number;
  /** All parts, inflated, in bytes. */
  readonly totalBytes: number;
  /** Inflated over stored size of a part above 64 KiB. */
  readonly ratio: number;
}

/** Bounds that apply unless the caller sets others. @group Limits */
export const OFD_DEFAULT_LIMITS: OfdLimits = {
  packageBytes: 64 << 20,
  entries: 2000,
  partBytes: 64 << 20,
  totalBytes: 128 << 20,
  ratio: 200,
};

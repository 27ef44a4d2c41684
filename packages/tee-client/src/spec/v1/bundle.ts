/**
 * Bundle of a trusted application: signed manifest, code, optionally encrypted to one TEE.
 *
 * ```
 * "CSTA" ‖ 01 ‖ u32 n ‖ signed header (n bytes, canonical JSON) ‖ signature (64)
 *        ‖ u32 m ‖ envelope (m bytes, canonical JSON; m = 0: code in clear)
 *        ‖ u32 k ‖ payload (k bytes)          — lengths big-endian
 * ```
 *
 * The signature is the signer's over `"cssi-ta-bundle/1" ‖ 00 ‖ signed header`; it binds the code by
 * its SM3. The envelope is made after signing and for one TEE: SM4-GCM under a random key that is
 * SM2-encrypted to the TEE's bundle key; associated data is the SM3 of the signed header.
 */
import type { TaManifest } from './manifest.ts';

/** @group Trusted application bundles */
export const TA_BUNDLE_FORMAT = 'cssi-ta-bundle/1';
/** Most bytes of code, of a bundle. @group Trusted application bundles */
export const TA_MAX_CODE_BYTES = 4 << 20;
/** @group Trusted application bundles */
export const TA_MAX_BUNDLE_BYTES: number = (4 << 20) + (256 << 10);

/** What the developer signs. @group Trusted application bundles */
export interface TaSignedHeader {
  readonly format: typeof TA_BUNDLE_FORMAT;
  readonly manifest: TaManifest;
  /** SM3 of the code in clear, hex, and its length in bytes. */
  readonly codeDigest: string;
  readonly codeLength: number;
  /** SM3 of the signer's public key (uncompressed point, 65 bytes), hex. */
  readonly signer: string;
}

/** How the code is encrypted to one TEE. @group Trusted application bundles */
export interface TaEnvelope {
  readonly algorithm: 'SM2+SM4-GCM';
  /** SM3 of the TEE's bundle key, hex. */
  readonly recipient: string;
  /** SM2 ciphertext (C1 ‖ C3 ‖ C2) of the SM4 key, base64. */
  readonly wrappedKey: string;
  /** 12 bytes, base64. */
  readonly nonce: string;
}

/** A bundle as it was read; nothing of it is trusted yet. @group Trusted application bundles */
export interface TaBundle {
  readonly header: TaSignedHeader;
  /** The bytes that are signed. */
  readonly headerBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly envelope: TaEnvelope | undefined;
  readonly payload: Uint8Array;
}

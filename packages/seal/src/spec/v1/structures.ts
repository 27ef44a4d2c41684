/** Picture formats a seal may hold. @standard GB/T 38540-2020 §6.1 @group Seal */
export type SealPictureType = 'GIF' | 'BMP' | 'JPG' | 'PNG' | 'SVG';

/** All picture formats. @group Seal */
export const SEAL_PICTURE_TYPES: readonly SealPictureType[] = ['GIF', 'BMP', 'JPG', 'PNG', 'SVG'];

/** Seal picture (印章图片). @standard GB/T 38540-2020 §6.1 @group Seal */
export interface SealPicture {
  /** One of {@link SealPictureType}; a received seal may name another. */
  readonly type: string;
  readonly data: Uint8Array;
  /** Width on the page in millimetres. */
  readonly widthMm: number;
  /** Height on the page in millimetres. */
  readonly heightMm: number;
}

/** One extension (自定义数据). @standard GB/T 38540-2020 §6.1 @group Seal */
export interface SealExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Digest of a signer certificate, in a list of type 2. @standard GB/T 38540-2020 §6.1 @group Seal */
export interface SealCertificateDigest {
  /** Name of the hash, `SM3`. */
  readonly algorithm: string;
  readonly value: Uint8Array;
}

/** A parsed seal (电子印章). @standard GB/T 38540-2020 §6.1 @group Seal */
export interface Seal {
  readonly version: 4;
  /** Vid: who made the seal system (厂商标识). */
  readonly vendorId: string;
  /** esID: the seal's code (印章标识). */
  readonly esId: string;
  readonly type: number;
  readonly name: string;
  /** 1: certificates, 2: digests of certificates. */
  readonly certListType: 1 | 2;
  /** Signer certificates, DER; empty for type 2. */
  readonly certificates: readonly Uint8Array[];
  /** Digests of signer certificates; empty for type 1. */
  readonly certificateDigests: readonly SealCertificateDigest[];
  readonly createDate: Date;
  readonly validStart: Date;
  readonly validEnd: Date;
  readonly picture: SealPicture;
  readonly extensions: readonly SealExtension[];
  /** Certificate of the maker (制章人), DER. */
  readonly makerCertificate: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly makerSignature: Uint8Array;
  /** SES_SealInfo exactly as received: what the maker signed. */
  readonly sealInfoRaw: Uint8Array;
  /** The whole seal as received. */
  readonly raw: Uint8Array;
}

/** A parsed seal signature (电子签章). @standard GB/T 38540-2020 §7.1 @group Signature */
export interface SealSignature {
  readonly version: 4;
  readonly seal: Seal;
  /** timeInfo: signing time as the signer states it. */
  readonly timeInfo: Date;
  /** SM3 of the bytes of Signature.xml. */
  readonly dataHash: Uint8Array;
  /** Path of Signature.xml in the package. */
  readonly propertyInfo: string;
  readonly extensions: readonly SealExtension[];
  /** Certificate of the signer (签章人), DER. */
  readonly signerCertificate: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** TBS_Sign exactly as received: what the signer signed. */
  readonly toSignRaw: Uint8Array;
}

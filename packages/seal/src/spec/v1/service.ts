import type { Certificate, CertificateSigner } from '@cssi/pki';
import type { SealExtension, SealPicture } from './structures.ts';
import type { OfdVerdict, SealVerdict } from './verdicts.ts';

/** A key with its certificate. The key stays with whoever implements the signer. @group Service */
export interface SealKey {
  /** DER of the certificate whose public key is the signer's. */
  readonly certificate: Uint8Array;
  readonly signer: CertificateSigner;
}

/** What a new seal says. @standard GB/T 38540-2020 §6.2 @group Service */
export interface MakeSealSpec {
  /** Seal code (印章标识), 1 to 64 printable ASCII characters. */
  readonly esId: string;
  /** Name (印章名称), 1 to 100 characters. */
  readonly name: string;
  /** Business-defined type, 1 to 65,535. */
  readonly type: number;
  readonly picture: SealPicture;
  /** DER of each certificate that may sign with the seal, 1 to 16. */
  readonly signerCertificates: readonly Uint8Array[];
  /** 1 (when left out): list the certificates; 2: list their SM3 digests. */
  readonly certListType?: 1 | 2;
  /** Vendor identification (厂商标识), 1 to 64 printable ASCII characters. */
  readonly vid: string;
  /** Whole seconds; fractions are cut off. */
  readonly createDate: Date;
  readonly validStart: Date;
  readonly validEnd: Date;
  readonly extensions?: readonly SealExtension[];
}

/** Text of a new document. @group Service */
export interface TextOfdSpec {
  /** 1 to 200 characters. */
  readonly title: string;
  /** Up to 2,000 lines; long lines wrap, full pages continue on the next. */
  readonly lines: readonly string[];
  /** Date of creation; the same input gives the same bytes. */
  readonly created: Date;
}

/** Where the seal appears on its page, in millimetres from the top left. @group Service */
export interface StampBoundary {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One sealing of a document. @standard GB/T 38540-2020 §7.2 @group Service */
export interface SealOfdSpec {
  /** The package; stays the caller's and is not changed. */
  readonly ofd: Uint8Array;
  /** DER of the seal. */
  readonly seal: Uint8Array;
  readonly signer: SealKey;
  /** Page number from 1. */
  readonly page: number;
  readonly boundary: StampBoundary;
  /** Signing time, whole seconds. */
  readonly time: Date;
}

/** How to judge. @group Service */
export interface SealVerifyOptions {
  /** The time of judgement. */
  readonly time: Date;
  /** Trusted certificates. None: trust is indeterminate. */
  readonly anchors: readonly Certificate[];
  /** Trusted certificates for makers, where they differ from `anchors`. */
  readonly makerAnchors?: readonly Certificate[];
  readonly intermediates?: readonly Certificate[];
  /**
   * Extended key usage a maker certificate must carry. Without it every certificate
   * under the anchors that may sign can act as a maker: set it, or give `makerAnchors`
   * that issue to makers only.
   */
  readonly makerExtendedKeyUsage?: string;
}

/**
 * Makes and verifies seals and sealed documents (电子印章服务).
 *
 * Guarantee: a verdict of three times `passed` means that every part of the package
 * is covered by each signature, every digest and signature is right, and the signer
 * and the maker lead to the given anchors at the signing time. Wrong but well-formed
 * input gives a `failed` verdict; malformed input rejects with an SmError and a code.
 * Calls are independent of each other and may run at the same time. Byte arrays that
 * go in stay the caller's and are not changed; those that come out are the caller's.
 *
 * @standard GB/T 38540-2020
 * @group Service
 */
export interface SealService {
  readonly specVersion: '1';
  /** Makes a version 4 seal: DER of SESeal. @standard GB/T 38540-2020 §6.2 */
  makeSeal(spec: MakeSealSpec, maker: SealKey): Promise<Uint8Array>;
  /** Verifies a seal by itself. @standard GB/T 38540-2020 §6.3 */
  verifySeal(seal: Uint8Array, options: SealVerifyOptions): Promise<SealVerdict>;
  /** Writes text as an OFD package. @standard GB/T 33190-2016 */
  writeTextOfd(spec: TextOfdSpec): Promise<Uint8Array>;
  /** Seals a document; earlier signatures stay valid. @standard GB/T 38540-2020 §7.2 */
  sealOfd(spec: SealOfdSpec): Promise<Uint8Array>;
  /** Verifies every signature of a document. @standard GB/T 38540-2020 §7.3 */
  verifyOfd(ofd: Uint8Array, options: SealVerifyOptions): Promise<OfdVerdict>;
}

import type { Verdict, VerdictReason, VerdictStatus } from '@cssi/sm-core';

/** Steps of the verification of a seal, in clause order. @standard GB/T 38540-2020 §6.3 @group Verdict */
export type SealStepId = 'seal-format' | 'maker-signature' | 'maker-certificate' | 'seal-period';

/** Steps of the verification of one OFD signature, in clause order. @standard GB/T 38540-2020 §7.3 @group Verdict */
export type SignatureStepId =
  | 'signature-format'
  | 'signature-value'
  | 'signer-certificate'
  | 'signing-time'
  | 'document-digest'
  | 'property-info'
  | 'references'
  | 'coverage'
  | SealStepId
  | 'seal-file'
  | 'signer-in-seal'
  | 'stamp';

/** One step with what it found. @group Verdict */
export interface VerificationStep<Id extends string = string> {
  readonly id: Id;
  readonly clause: string;
  /** Worst of the reasons. */
  readonly status: VerdictStatus;
  /** Never empty; stable codes with English and Chinese text. */
  readonly reasons: readonly VerdictReason[];
}

/** What a seal says about itself; shown beside a verdict, proven only when the verdict is. @group Verdict */
export interface SealSummary {
  readonly version: 4;
  readonly esId: string;
  readonly name: string;
  readonly type: number;
  readonly vendorId: string;
  readonly createDate: Date;
  readonly validStart: Date;
  readonly validEnd: Date;
  readonly pictureType: string;
  /** SM3 of the maker certificate, hex. */
  readonly makerFingerprint: string;
}

/** Verdict on a seal (印章验证结果). @group Verdict */
export interface SealVerdict {
  readonly specVersion: '1';
  readonly verdict: Verdict;
  readonly steps: readonly VerificationStep<SealStepId>[];
  readonly seal: SealSummary;
}

/** Verdict on one signature of a document. @group Verdict */
export interface OfdSignatureVerdict {
  /** ID in Signatures.xml. */
  readonly id: string;
  /** Part name of its Signature.xml. */
  readonly path: string;
  readonly verdict: Verdict;
  readonly steps: readonly VerificationStep<SignatureStepId>[];
  readonly seal: SealSummary;
  /** Signing time as the signer states it. */
  readonly timeInfo: Date;
  /** Common name of the signer certificate. */
  readonly signer: string;
  /** SM3 of the signer certificate, hex. */
  readonly signerFingerprint: string;
}

/** Verdict on an OFD document (文档验证结果): the worst of its signatures per aspect. @group Verdict */
export interface OfdVerdict {
  readonly specVersion: '1';
  readonly verdict: Verdict;
  /** In the order of Signatures.xml; never empty. */
  readonly signatures: readonly OfdSignatureVerdict[];
}

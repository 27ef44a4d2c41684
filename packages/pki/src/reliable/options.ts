import { PKI_ERRORS } from '../errors.ts';
import type { Certificate, KeyUsage } from '../spec/v1/certificate.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import type { OcspResponse } from '../spec/v1/ocsp.ts';
import type { PathOptions, RevocationScope } from '../spec/v1/path.ts';
import type { CertificateRevocationList } from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/** By what reliable signatures are judged. */
export interface ReliableVerifyOptions {
  /** Detached content. */
  readonly content?: Uint8Array;
  /** Trust anchors of signers. */
  readonly anchors: readonly Certificate[];
  /** Trust anchors of time stamp authorities; those of signers when left out. */
  readonly tsaAnchors?: readonly Certificate[];
  readonly intermediates?: readonly Certificate[];
  /** The present time: evidence and time stamps of a later time do not count. */
  readonly time: Date;
  /** Lists beside those that the message carries. */
  readonly crls?: readonly CertificateRevocationList[];
  /** OCSP responses beside those that the message carries. */
  readonly ocspResponses?: readonly OcspResponse[];
  /** Certificates that must be shown not to be revoked: `all` below the anchor when left out. */
  readonly revocation?: RevocationScope;
  /**
   * Certificates of the authority's path that must be shown not to be revoked. Left out: its own
   * one, when `crls` or `ocspResponses` are given. What the message carries about the authority is
   * judged in any case; that it carries nothing is no harm then.
   */
  readonly tsaRevocation?: RevocationScope;
  /** Usages the signer's certificate must state, all of them. Left out: one of digitalSignature and nonRepudiation, when it states any. */
  readonly keyUsage?: readonly KeyUsage[];
  /** OIDs of time stamp policies that are good enough. */
  readonly stampPolicy?: string | readonly string[];
  /** Worst accuracy of a time stamp that is good enough, in microseconds. */
  readonly maxAccuracyMicros?: number;
  /** Seconds by which clocks may differ, 0 to 604,800; 0 when left out. */
  readonly toleranceSeconds?: number;
  readonly signerIds?: readonly Sm2SignerId[];
  readonly policy?: DeviationPolicy;
}

/** @throws SmError ERR_PKI_MESSAGE_OPTIONS */
export function checkTime(time: unknown, option: string): Date {
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time;
  throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `option=${option}` });
}

/** A copy of the caller's bytes. @throws SmError ERR_PKI_MESSAGE_OPTIONS */
export function ownBytes(bytes: unknown, reason: string): Uint8Array {
  // Whatever is no byte array would be copied as nothing, or as zeros.
  if (bytes instanceof Uint8Array) return Uint8Array.from(bytes);
  throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=${reason}` });
}

/** Revocation evidence that was read. */
export interface ReadEvidence {
  readonly crls: readonly CertificateRevocationList[];
  readonly ocspResponses: readonly OcspResponse[];
}

/** What a path is judged by, with evidence from the caller and from the message. */
export function pathOptions(
  options: ReliableVerifyOptions,
  evidence: ReadEvidence,
): Omit<PathOptions, 'time' | 'anchors'> {
  const { intermediates, signerIds, time, toleranceSeconds } = options;
  return {
    ...(intermediates === undefined ? {} : { intermediates }),
    ...(signerIds === undefined ? {} : { signerIds }),
    ...(evidence.crls.length === 0 ? {} : { crls: evidence.crls }),
    ...(evidence.ocspResponses.length === 0 ? {} : { ocspResponses: evidence.ocspResponses }),
    ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
    evidenceTime: time,
  };
}

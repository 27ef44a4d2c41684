import type { Certificate, KeyUsage } from '../spec/v1/certificate.ts';
import type { MessageSyntax } from '../spec/v1/message.ts';
import type { RevocationScope } from '../spec/v1/path.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import type { EvidenceCollector } from './collector.ts';

/**
 * Brings a request to a time stamp authority and its answer back, by whatever transport.
 *
 * @param request - TimeStampReq, DER
 * @returns TimeStampResp, DER
 */
export type StampTransport = (request: Uint8Array) => Promise<Uint8Array>;

/** Who signs, and by what the signature becomes reliable. */
export interface ReliableSigner {
  readonly signer: CertificateSigner;
  readonly certificate: Certificate;
  /** Certificates above the signer's, which the message carries; the anchor may be left out. */
  readonly chain?: readonly Certificate[];
  /** Trust anchors of the signer's certificate. */
  readonly anchors: readonly Certificate[];
  /** Trust anchors of the time stamp authority; those above when left out. */
  readonly tsaAnchors?: readonly Certificate[];
  /** Brings the time stamp. */
  readonly stamp: StampTransport;
  /** Brings evidence that neither the signer's certificate nor the authority's was revoked. */
  readonly collect: EvidenceCollector;
  readonly clock: () => Date;
  /** Certificates that must be shown not to be revoked: `all` below the anchor when left out. */
  readonly revocation?: RevocationScope;
  /** Usages the certificate must state, all of them. */
  readonly keyUsage?: readonly KeyUsage[];
  /** OID of the policy to ask the authority for. */
  readonly stampPolicy?: string;
  /** How far genTime may be from `clock`, in seconds, 0 to 604,800; 300 when left out. */
  readonly maxSkewSeconds?: number;
}

/** A signer whose time stamp and evidence may be left out. */
export interface PartySigner extends Omit<ReliableSigner, 'stamp' | 'collect'> {
  readonly stamp?: StampTransport;
  readonly collect?: EvidenceCollector;
}

/** Form of the message. */
export interface ReliableForm {
  /** `gbt35275` when left out. */
  readonly syntax?: MessageSyntax;
  /** Leave the content out of the message. */
  readonly detached?: boolean;
  /** OID of the content; plain data when left out. */
  readonly contentType?: string;
}

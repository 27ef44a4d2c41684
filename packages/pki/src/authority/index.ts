/**
 * A small certification authority: applications, review, issuing, pairs with key delivery,
 * revocation lists and OCSP answers.
 *
 * @packageDocumentation
 */

export {
  type ApplicationInsertion,
  type ApplicationQuery,
  type ApplicationRecord,
  type ApplicationState,
  type ApplicationStep,
  AUTHORITY_MAX_LIST,
  AUTHORITY_MAX_SERIAL_BYTES,
  AUTHORITY_SPEC_VERSION,
  type AuthorityRevocationReason,
  type AuthorityStore,
  type CertificateInsertion,
  type CertificateRecord,
  type CrlDraft,
  type CrlRecord,
  type DomainProof,
  type KeyDeliveryFormat,
  type RevocationRecord,
  type SequencedRevocation,
} from '../spec/v1/authority.ts';
export type { ApplicationInput, RequestInput } from './application-input.ts';
export type { ReviewInput } from './applications.ts';
export type { Authority } from './authority.ts';
export type { AuthorityUrls } from './context.ts';
export { type AuthorityHelper, type AuthorityOptions, createAuthority } from './create-authority.ts';
export type { DirectRequest, PairRequest } from './direct.ts';
export type { DomainProofInput } from './domain-names.ts';
export type { IssueInput } from './issue-application.ts';
export type { IssuedCertificates } from './issuing.ts';
export type { EscrowFacts, KeyCentre, KeyEscrow } from './key-delivery.ts';
export {
  type ApplicationProfile,
  type AuthorityKeyKind,
  type AuthorityPolicy,
  DEFAULT_APPLICATION_PROFILES,
  DEFAULT_AUTHORITY_POLICY,
} from './policy.ts';
export type { RevokeInput } from './revoking.ts';

/**
 * Reliable electronic signatures (可靠电子签名) of GB/T 35285, evidence that two parties signed,
 * and the record of a third party about an exchange.
 *
 * @packageDocumentation
 */

export {
  ARBITRATION_RECORD_OID,
  type ArbitrationDelivery,
  type ArbitrationParty,
  type ArbitrationRecord,
  type ArbitrationReport,
  MAX_ARBITRATION_RECORD_BYTES,
  MAX_RELIABLE_SIGNERS,
  type MutualPartyReport,
  type MutualReport,
  PARTY_ROLES,
  type PartyRole,
  RELIABLE_REASONS,
  type ReliableReasonCode,
  type ReliableReport,
  type ReliableSignature,
  type ReliableStep,
  type ReliableStepReport,
} from '../spec/v1/reliable.ts';
export { createArbitrationRecord, type Exchange, type ExchangeSide } from './arbitration.ts';
export { parseArbitrationRecord } from './arbitration-record.ts';
export type { EvidenceCollector } from './collector.ts';
export {
  countersign,
  createMutualEvidence,
  type MutualVerifyOptions,
  verifyMutualEvidence,
} from './mutual.ts';
export type { ReliableVerifyOptions } from './options.ts';
export type { EvidenceParty } from './parties.ts';
export type { RevocationEvidence } from './revocation-values.ts';
export { signReliably } from './sign.ts';
export type { PartySigner, ReliableForm, ReliableSigner, StampTransport } from './signer-options.ts';
export { verifyReliably } from './verify.ts';
export { type ArbitrationVerifyOptions, verifyArbitrationRecord } from './verify-arbitration.ts';

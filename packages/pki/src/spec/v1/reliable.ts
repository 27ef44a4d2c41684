import type { Verdict, VerdictReason, VerdictStatus } from '@cssi/sm-core';
import type { Certificate } from './certificate.ts';
import type { Finding } from './finding.ts';
import type { SignerReport } from './message-report.ts';
import type { PathReport } from './path.ts';
import type { TimeStampReport } from './timestamp-report.ts';

/** Longest arbitration record, in bytes. */
export const MAX_ARBITRATION_RECORD_BYTES = 8_388_608;
/** Most signatures of one message that are judged. */
export const MAX_RELIABLE_SIGNERS = 16;

/**
 * Content type of an arbitration record: under a UUID arc (2.25, ITU-T X.667), because no
 * standard numbers it.
 */
export const ARBITRATION_RECORD_OID = '2.25.147696107626577514487712440539397794125.6';

/** Steps of judging a reliable electronic signature, in their order. */
export type ReliableStep =
  | 'signature'
  | 'signer-certificate'
  | 'time-stamp'
  | 'certificate-path'
  | 'revocation'
  | 'party';

/** One step of the judgement on a signature (验证步骤). */
export interface ReliableStepReport {
  readonly step: ReliableStep;
  readonly status: VerdictStatus;
  /** Code of {@link RELIABLE_REASONS}, or of the part that was judged: message, path, time stamp. */
  readonly code: string;
  readonly en: string;
  readonly zh: string;
  /** All reasons, when the step was judged by another part. */
  readonly reasons?: readonly VerdictReason[];
}

/** Judgement on one signature of a message. */
export interface ReliableSignature {
  /** Place in the signers of the message. */
  readonly index: number;
  readonly verdict: Verdict;
  readonly steps: readonly ReliableStepReport[];
  readonly signature: SignerReport;
  readonly certificate?: Certificate;
  /** By when the signature was there, when an accepted time stamp says so. */
  readonly stampedBy?: Date;
  /** The certificate was judged at this time: `stampedBy`, or the time of verification without a stamp. */
  readonly judgedAt: Date;
  readonly timeStamp?: TimeStampReport;
  readonly path?: PathReport;
}

/** Judgement on all signatures of a message. */
export interface ReliableReport {
  /** The worst of the signatures. */
  readonly verdict: Verdict;
  readonly signatures: readonly ReliableSignature[];
  /** The signed content, when it was at hand. */
  readonly content?: Uint8Array;
  readonly findings: readonly Finding[];
}

/** What was found about one party of mutual evidence. */
export interface MutualPartyReport {
  /** The signature that speaks for the party; absent when there is none. */
  readonly signature?: ReliableSignature;
}

/** Judgement on evidence that two parties signed. */
export interface MutualReport extends ReliableReport {
  /** In the order of the options. */
  readonly parties: readonly [MutualPartyReport, MutualPartyReport];
  /** Steps about the parties; those about each signature are with it. */
  readonly steps: readonly ReliableStepReport[];
}

/** Judgement on an arbitration record. */
export interface ArbitrationReport {
  readonly verdict: Verdict;
  readonly record: ArbitrationRecord;
  /** Judgement on the arbiter's own signature, stamp and certificate. */
  readonly arbiter: ReliableReport;
  readonly sender?: ReliableSignature;
  readonly receiver?: ReliableSignature;
  readonly steps: readonly ReliableStepReport[];
}

/** Code of one reason in the verdict on a reliable signature. */
export type ReliableReasonCode = keyof typeof RELIABLE_REASONS;

/** Texts of the reasons: English and Chinese. */
export const RELIABLE_REASONS = {
  SIGNATURE_MISSING: ['The message has no signature.', '消息中没有签名。'],
  SIGNER_CERTIFICATE_MISSING: ['The certificate of the signer is missing.', '缺少签名者证书。'],
  SIGNER_KEY_USAGE_RIGHT: [
    'The certificate of the signer is for signatures.',
    '签名者证书的密钥用法允许签名。',
  ],
  SIGNER_KEY_USAGE_WRONG: [
    'The certificate of the signer is not for signatures.',
    '签名者证书的密钥用法不允许签名。',
  ],
  SIGNER_CERTIFICATE_BOUND: [
    'The signed attributes name the certificate of the signer.',
    '签名属性绑定了签名者证书。',
  ],
  SIGNER_CERTIFICATE_NOT_BOUND: [
    'The signed attributes name another certificate than the one of the signer.',
    '签名属性绑定的不是签名者证书。',
  ],
  STAMP_MISSING: ['No time stamp proves when the signature was there.', '没有时间戳证明签名的时间。'],
  STAMP_ACCEPTED: ['A time stamp proves when the signature was there.', '时间戳证明了签名的时间。'],
  STAMP_NOT_ACCEPTED: ['The time stamp over the signature is not accepted.', '签名时间戳未通过验证。'],
  STAMP_MALFORMED: ['The time stamp over the signature is malformed.', '签名时间戳格式错误。'],
  STAMP_BEFORE_REVOCATION: [
    'The signature was there before the certificate was revoked.',
    '签名早于证书吊销时间。',
  ],
  STAMP_AFTER_REVOCATION: [
    'The certificate was revoked by the time of the signature.',
    '签名时证书已被吊销。',
  ],
  REVOCATION_EVIDENCE_GOOD: [
    'Evidence shows that the certificate was not revoked at the time of the signature.',
    '吊销证据表明签名时证书未被吊销。',
  ],
  REVOCATION_EVIDENCE_MISSING: [
    'No evidence shows whether the certificate was revoked at the time of the signature.',
    '没有签名时证书吊销状态的证据。',
  ],
  REVOCATION_EVIDENCE_MALFORMED: ['Evidence about revocation is malformed.', '吊销证据格式错误。'],
  PARTY_SIGNED: ['The party signed.', '当事方已签名。'],
  PARTY_NOT_SIGNED: ['The party did not sign.', '当事方未签名。'],
  PARTY_AMBIGUOUS: ['A certificate or key stands for both parties.', '同一证书或密钥同时代表双方。'],
  PARTY_UNKNOWN: ['A signature is of neither party.', '存在不属于任何一方的签名。'],
  RECORD_DIGESTS_EQUAL: ['What was received is what was sent.', '收到的消息与发送的消息一致。'],
  RECORD_DIGESTS_DIFFER: ['What was received is not what was sent.', '收到的消息与发送的消息不一致。'],
  RECORD_CONTENT_WRONG: ['The record is about another content.', '仲裁记录针对的是其他内容。'],
  RECORD_CONTENT_RIGHT: ['The record is about the content given.', '仲裁记录针对所给内容。'],
  RECORD_SIGNATURE_MALFORMED: ['A signature in the record is malformed.', '仲裁记录中的签名格式错误。'],
  RECORD_SIGNATURE_OVER_OTHER: [
    'A signature in the record is over another message.',
    '仲裁记录中的签名针对的是其他消息。',
  ],
  RECORD_CERTIFICATE_WRONG: [
    'A signature in the record is by another certificate than the record names.',
    '仲裁记录中的签名不是由记录所列证书作出。',
  ],
  RECORD_PARTY_NAMED: [
    'The party did not sign; the record names its certificate.',
    '当事方未签名，仲裁记录列有其证书。',
  ],
  RECORD_PARTY_WRONG: [
    'The party did not sign, and the record names another certificate than one of its own.',
    '当事方未签名，仲裁记录所列证书不是该方证书。',
  ],
  RECORD_PARTY_UNPROVEN: [
    'The party did not sign, and by its name alone nobody can tell whose certificate the record names.',
    '当事方未签名，仅凭名称无法确认仲裁记录所列证书属于该方。',
  ],
  RECORD_DELIVERY_PROVEN: ['The record holds a proof of delivery.', '仲裁记录含送达证明。'],
  RECORD_TIME_WRONG: [
    'The record states a later time than its time stamp, or a delivery after the record.',
    '仲裁记录的时间晚于其时间戳，或送达时间晚于记录时间。',
  ],
  ARBITER_IS_PARTY: ['The arbiter is one of the parties.', '仲裁方是当事方之一。'],
  RECORD_PROOF_MISSING: [
    'The record holds neither both signatures nor one with a proof of delivery.',
    '仲裁记录既无双方签名，也无单方签名加送达证明。',
  ],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;

/** Roles of the parties by their numbers in a record. */
export const PARTY_ROLES = ['sender', 'receiver'] as const;
/** One of {@link PARTY_ROLES}. */
export type PartyRole = (typeof PARTY_ROLES)[number];

/** One party of an exchange. */
export interface ArbitrationParty {
  readonly role: PartyRole;
  /** 1 to 256 printable characters. */
  readonly name: string;
  /** SM3 of the certificate, DER, with which the party signs: 32 bytes. */
  readonly certificateDigest: Uint8Array;
}

/** Proof that a message reached its receiver, as the arbiter saw it. */
export interface ArbitrationDelivery {
  readonly time: Date;
  /** By what it was delivered: 1 to 256 printable characters. */
  readonly channel: string;
  /** Whatever shows it, 1 to 65,536 bytes, for example a receipt. */
  readonly proof: Uint8Array;
}

/**
 * What a third party puts on record about one exchange (仲裁证据记录).
 *
 * ```
 * ArbitrationRecord ::= SEQUENCE {
 *   version            INTEGER (1),
 *   exchange           OCTET STRING (SIZE (8..64)),
 *   time               GeneralizedTime,
 *   parties            SEQUENCE SIZE (2) OF SEQUENCE { role ENUMERATED { sender(0), receiver(1) },
 *                        name UTF8String, certificate Digest },
 *   sent               Digest,
 *   received           Digest,
 *   senderSignature    [0] EXPLICIT OCTET STRING OPTIONAL,  -- signed message over what was sent
 *   receiverSignature  [1] EXPLICIT OCTET STRING OPTIONAL,  -- signed message over what was received
 *   delivery           [2] EXPLICIT SEQUENCE { time GeneralizedTime, channel UTF8String,
 *                        proof OCTET STRING } OPTIONAL }
 * Digest ::= SEQUENCE { AlgorithmIdentifier (SM3), OCTET STRING (SIZE (32)) }
 * ```
 */
export interface ArbitrationRecord {
  readonly raw: Uint8Array;
  readonly version: number;
  /** Identifies the exchange: 8 to 64 bytes. */
  readonly exchange: Uint8Array;
  /** When the record was made, by the arbiter's clock. */
  readonly time: Date;
  readonly sender: ArbitrationParty;
  readonly receiver: ArbitrationParty;
  /** SM3 of what was sent, 32 bytes. */
  readonly sentDigest: Uint8Array;
  /** SM3 of what was received, 32 bytes. */
  readonly receivedDigest: Uint8Array;
  readonly senderSignature?: Uint8Array;
  readonly receiverSignature?: Uint8Array;
  readonly delivery?: ArbitrationDelivery;
}

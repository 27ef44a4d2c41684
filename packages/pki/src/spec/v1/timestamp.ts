import type { CertificateExtension } from './certificate.ts';
import type { Finding } from './finding.ts';
import type { SignedMessage } from './message.ts';

/** Longest time stamp request that is read, in bytes. */
export const MAX_TIMESTAMP_REQUEST_BYTES = 16_384;
/** Longest time stamp token or response that is read, in bytes. */
export const MAX_TIMESTAMP_BYTES = 1_048_576;
/** Longest nonce, in bytes of its INTEGER. */
export const MAX_TIMESTAMP_NONCE_BYTES = 64;
/** Longest serial number of a token, in bytes. @standard RFC 3161 §2.4.2 */
export const MAX_TIMESTAMP_SERIAL_BYTES = 20;

/**
 * Object identifiers of time stamps and of the attributes that carry them.
 *
 * @standard RFC 3161 §2.4.2, RFC 5035, RFC 5126
 */
export const TIMESTAMP_OIDS = {
  /** Content type of TSTInfo. */
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  /** Signed attribute that names the signer's certificate by SHA-1. */
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  /** The same by another hash. */
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  /** Unsigned attribute with a time stamp over the signature. */
  signatureTimeStamp: '1.2.840.113549.1.9.16.2.14',
  /** Unsigned attribute with revocation lists and OCSP responses. */
  revocationValues: '1.2.840.113549.1.9.16.2.24',
} as const;

/** Hash algorithms of message imprints that this package computes. */
export type TimeStampHash = 'sm3' | 'sha256' | 'sha384' | 'sha512';

/** Hash of what is stamped (消息摘要). @standard RFC 3161 §2.4.1 */
export interface MessageImprint {
  /** Name of a known hash, else the OID of the algorithm. */
  readonly hash: TimeStampHash | (string & {});
  readonly digest: Uint8Array;
}

/** A request for a time stamp (时间戳请求). @standard GB/T 20520, RFC 3161 §2.4.1 */
export interface TimeStampRequest {
  readonly raw: Uint8Array;
  readonly version: number;
  readonly imprint: MessageImprint;
  /** OID of the policy that is asked for. */
  readonly policy?: string;
  readonly nonce?: bigint;
  /** Shall the token carry the certificate of the authority? */
  readonly certReq: boolean;
  readonly extensions: readonly CertificateExtension[];
  readonly findings: readonly Finding[];
}

/** How far off a time may be: the sum of the parts. @standard RFC 3161 §2.4.2 */
export interface TimeStampAccuracy {
  readonly seconds?: number;
  /** 0 to 999. */
  readonly millis?: number;
  /** 0 to 999. */
  readonly micros?: number;
}

/** What a time stamp states (时间戳信息, TSTInfo). @standard GB/T 20520, RFC 3161 §2.4.2 */
export interface TimeStampInfo {
  readonly raw: Uint8Array;
  readonly version: number;
  /** OID of the policy of the authority. */
  readonly policy: string;
  readonly imprint: MessageImprint;
  /** Big-endian and unsigned. */
  readonly serial: Uint8Array;
  /** genTime, cut to milliseconds. */
  readonly time: Date;
  /** genTime as it stands there, with all its digits. */
  readonly timeText: string;
  readonly accuracy?: TimeStampAccuracy;
  /** Can all tokens of this authority be put in order by genTime? */
  readonly ordering: boolean;
  readonly nonce?: bigint;
  /** GeneralName of the authority, DER. */
  readonly tsaRaw?: Uint8Array;
  readonly extensions: readonly CertificateExtension[];
}

/** Outcome of a request. @standard RFC 3161 §2.4.2 PKIStatus */
export const TIMESTAMP_STATUSES = [
  'granted',
  'grantedWithMods',
  'rejection',
  'waiting',
  'revocationWarning',
  'revocationNotification',
] as const;
/** One of {@link TIMESTAMP_STATUSES}. */
export type TimeStampStatus = (typeof TIMESTAMP_STATUSES)[number];

/** Bits of PKIFailureInfo. @standard RFC 3161 §2.4.2 */
export const TIMESTAMP_FAILURES = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  addInfoNotAvailable: 17,
  systemFailure: 25,
} as const;
/** Why a request was rejected. */
export type TimeStampFailure = keyof typeof TIMESTAMP_FAILURES;

/** Answer of an authority (时间戳响应). @standard GB/T 20520, RFC 3161 §2.4.2 */
export interface TimeStampResponse {
  readonly raw: Uint8Array;
  readonly status: TimeStampStatus;
  /** Texts of the authority about the status. */
  readonly statusText: readonly string[];
  /** Names of the bits of PKIFailureInfo; a bit without a name as `bit:` and its number. */
  readonly failures: readonly (TimeStampFailure | (string & {}))[];
  /** The token (ContentInfo), DER or BER as it came; there exactly when the request was granted. */
  readonly token?: Uint8Array;
  /** BER_ENCODING when the response is not DER; deviations inside of the token are noted with the token. */
  readonly findings: readonly Finding[];
}

/** Names a certificate by its hash (ESSCertID, ESSCertIDv2). @standard RFC 2634 §5.4.1, RFC 5035 §4 */
export interface SigningCertificateId {
  /** `sha1` in the first version; a name or the OID of the hash in the second. */
  readonly hash: string;
  readonly digest: Uint8Array;
  /** Names of the issuer, DER of each GeneralName, and the serial number without sign byte. */
  readonly issuerSerial?: { readonly names: readonly Uint8Array[]; readonly serial: Uint8Array };
}

/** A time stamp token (时间戳令牌) that was read: a signed message over TSTInfo. */
export interface TimeStampToken {
  readonly raw: Uint8Array;
  readonly info: TimeStampInfo;
  /** The message that carries it; it has one signer. */
  readonly message: SignedMessage;
  /** Certificates that the signed attributes name as the signer's: none, one, or one by SHA-1 and one by another hash. */
  readonly signingCertificates: readonly SigningCertificateId[];
  readonly findings: readonly Finding[];
}

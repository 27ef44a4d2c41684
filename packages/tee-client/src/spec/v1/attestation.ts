/**
 * Evidence of any TEE (证明证据) and what a verifier says about it: one set of claims and one report
 * whatever the format.
 */
import type { Certificate, CertificateRevocationList } from '@cssi/pki';
import type { JsonValue, Verdict, VerdictStatus } from '@cssi/sm-core';

/**
 * Kinds of evidence this package verifies.
 *
 * @group Attestation
 */
export const EVIDENCE_TYPES = [
  'software',
  'csv',
  'sgx',
  'tdx',
  'sev-snp',
  'cca',
  'nitro',
  'tpm',
  'tcm',
  'event-log',
] as const;
/** @group Attestation */
export type EvidenceType = (typeof EVIDENCE_TYPES)[number];

/**
 * The steps of a verification, in the order of the report. A verifier names the step at which
 * evidence failed; a step that does not apply to a format does not appear.
 *
 * - `format`: the evidence is encoded as its specification says
 * - `certificates`: the certificates are of the right kind and belong to this device
 * - `chain`: their signatures lead to a trust anchor
 * - `revocation`: none was revoked, as far as the lists given say
 * - `collateral`: statements of the vendor (TCB levels, identities) are signed and in force
 * - `signature`: the attestation key signed the evidence
 * - `binding`: parts that were signed apart belong together (quoting enclave and key, realm and
 *   platform, registers and log)
 * - `event-log`: the log leads to the registers
 * - `freshness`: the evidence answers the challenge
 * - `validity`: certificates, collateral and evidence are in force at the time of judgement
 * - `tcb`: versions of what is trusted
 * - `reference`: measurements are the expected ones
 * - `configuration`: debug, migration, memory encryption and what else a policy demands
 *
 * @group Attestation
 */
export const ATTESTATION_STEPS = [
  'format',
  'certificates',
  'chain',
  'revocation',
  'collateral',
  'signature',
  'binding',
  'event-log',
  'freshness',
  'validity',
  'tcb',
  'reference',
  'configuration',
] as const;
/** @group Attestation */
export type AttestationStepName = (typeof ATTESTATION_STEPS)[number];

/**
 * One finding of a verification.
 *
 * @group Attestation
 */
export interface AttestationStep {
  readonly step: AttestationStepName;
  readonly status: VerdictStatus;
  /** Part of the verdict it counts for. */
  readonly aspect: keyof Verdict;
  /** Stable name of the finding, for example `EVIDENCE_SIGNATURE_WRONG`. */
  readonly code: string;
  readonly en: string;
  readonly zh: string;
  /** Facts, as `name=value` separated by blanks; no secrets. */
  readonly detail?: string;
}

/** What runs in the TEE (部署形态). @group Attestation */
export type AttestedDeployment =
  | 'trusted-application'
  | 'enclave'
  | 'virtual-machine'
  | 'container'
  | 'platform';

/** What a measurement is of. @group Attestation */
export type MeasurementRole =
  | 'workload'
  | 'firmware'
  | 'hypervisor'
  | 'boot'
  | 'signer'
  | 'configuration'
  | 'platform';

/** A measurement (度量值). @group Attestation */
export interface Measurement {
  /** Of the format's own documents, lower case: `mrenclave`, `rtmr0`, `pcr7`, `launch`. */
  readonly name: string;
  readonly role: MeasurementRole;
  readonly algorithm: 'sm3' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly value: Uint8Array;
}

/** A version of a part of the trusted computing base. @group Attestation */
export interface ComponentVersion {
  /** For example `microcode`, `tee`, `firmware`. */
  readonly name: string;
  /** Higher is newer. */
  readonly value: number;
}

/**
 * What evidence states, whichever TEE made it. Claims are worth no more than the verdict beside them.
 *
 * @group Attestation
 */
export interface AttestationClaims {
  readonly type: EvidenceType;
  /** Format and version, for example `csv-report/1`, `tdx-quote/5`. */
  readonly format: string;
  readonly deployment: AttestedDeployment;
  /** True when it says of itself that no hardware stands behind it. */
  readonly emulated: boolean;
  /** What the challenger's nonce is compared with, as signed; empty where the format carries none. */
  readonly reportData: Uint8Array;
  /** Identity of the device (chip, platform); undefined where the format hides it. */
  readonly device: Uint8Array | undefined;
  /** Whether hardware encrypts the memory of the workload (内存加密); `unknown` where the format is silent. */
  readonly memoryEncryption: 'active' | 'none' | 'unknown';
  /** Whether somebody outside may look into the workload or change it. */
  readonly debug: 'disabled' | 'enabled' | 'unknown';
  /** Whether the workload may move to another machine. */
  readonly migration: 'disabled' | 'attested' | 'unrestricted' | 'unknown';
  readonly versions: readonly ComponentVersion[];
  readonly measurements: readonly Measurement[];
  /** Software the workload has to trust on this platform, by what it is (可信软件). */
  readonly trustedSoftware: readonly string[];
  /** Privileged software that the platform keeps out. */
  readonly untrustedSoftware: readonly string[];
  /** Time of issue, where the format states one. */
  readonly issuedAt?: Date;
  /** Fields of the format that have no place above; bytes as lower-case hex. */
  readonly details: Readonly<Record<string, JsonValue>>;
}

/**
 * Verdict on evidence: three aspects, the steps that led there, and the claims.
 *
 * @group Attestation
 */
export interface AttestationVerdict extends Verdict {
  readonly steps: readonly AttestationStep[];
  readonly claims: AttestationClaims;
}

/** A public key that is trusted as it is. @group Attestation */
export interface TrustedKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** Device the key belongs to, where the format names one (CCA instance id, TPM). */
  readonly device?: Uint8Array;
}

/**
 * What a verifier trusts without further proof (信任锚). Whoever verifies brings them; this package
 * contains none.
 *
 * @group Attestation
 */
export interface TrustAnchors {
  readonly certificates?: readonly Certificate[];
  /** Hygon root keys (HRK), 832 bytes each. */
  readonly hygonRoots?: readonly Uint8Array[];
  readonly keys?: readonly TrustedKey[];
}

/**
 * Intel's signed statements about a platform, as its provisioning service gives them out.
 *
 * @group Attestation
 */
export interface IntelCollateral {
  /** `{"tcbInfo":{…},"signature":"…"}`, JSON as served. */
  readonly tcbInfo: Uint8Array;
  /** `{"enclaveIdentity":{…},"signature":"…"}`, JSON as served. */
  readonly qeIdentity: Uint8Array;
  /** Certificates of the TCB signing key, leaf first. */
  readonly issuers: readonly Certificate[];
}

/**
 * What helps a verification and is checked by it: nothing in here is trusted as it is.
 *
 * @group Attestation
 */
export interface Endorsements {
  /** Intermediate and device certificates: ASK, VCEK, VLEK, attestation key of a TPM. */
  readonly certificates?: readonly Certificate[];
  /** Hygon HSK (832 bytes) and CEK (2084 bytes), in any order. */
  readonly hygon?: readonly Uint8Array[];
  readonly crls?: readonly CertificateRevocationList[];
  readonly intel?: readonly IntelCollateral[];
  /** Event log that explains the registers of the evidence. */
  readonly eventLog?: Uint8Array;
}

/**
 * What every verifier is given.
 *
 * @group Attestation
 */
export interface VerificationOptions {
  /** Time of judgement. */
  readonly time: Date;
  readonly anchors: TrustAnchors;
  readonly endorsements?: Endorsements;
  /**
   * The challenge the evidence has to answer, up to 64 bytes. A format with a longer field is compared
   * with it padded by zeros. Without one freshness is indeterminate; a CSV report of
   * version 1 fails, because fields of it are outside its signature.
   */
  readonly reportData?: Uint8Array;
}

/**
 * Verifies one type of evidence: that it is genuine, whole and fresh. It judges no measurement; that
 * is the appraisal's part.
 *
 * Guarantee: `integrity` passed means that a key the anchors vouch for (see `trust`) signed all the
 * claims say. Malformed evidence throws `ERR_TEE_EVIDENCE_MALFORMED`, whatever its length or nesting; time and memory
 * are bounded by the length of the input. Bytes: nothing of the input is kept or changed.
 *
 * @group Attestation
 */
export interface EvidenceVerifier {
  readonly specVersion: '1';
  readonly type: EvidenceType;
  /** Whether the bytes look like this type; says nothing about their being right. */
  recognises(evidence: Uint8Array): boolean;
  /** @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_TEE_OPTION_INVALID */
  verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict;
}

/**
 * Whoever can give evidence (证明者): a TEE, or a guest inside of one.
 *
 * @group Attestation
 */
export interface Attester {
  readonly specVersion: '1';
  readonly type: EvidenceType;
  /** Longest report data in bytes. */
  readonly maxReportData: number;
  /** Evidence that binds `reportData`. @throws {@link SmError} ERR_TEE_ATTESTER when the device gives none */
  evidence(reportData: Uint8Array): Promise<Uint8Array>;
}

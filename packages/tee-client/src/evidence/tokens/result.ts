import { checkBytes, concatBytes, SmError, sm3 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type {
  AttestationClaims,
  AttestationVerdict,
  ComponentVersion,
  Measurement,
} from '../../spec/v1/attestation.ts';
import { type TrustTier, type TrustVector, trustStatus, trustVector } from './vector.ts';

/**
 * Profile of the tokens: EAR as deployed verifiers issue it. Later revisions of the draft rename members
 * and carry profiles of their own.
 *
 * @standard draft-fv-rats-ear §3
 * @group Attestation
 */
export const EAR_PROFILE = 'tag:github.com,2023:veraison/ear';

/** Longest life of a result, in seconds: a day. @group Attestation */
export const MAX_RESULT_LIFETIME_SECONDS = 86_400;
/** Most appraisals of one result. @group Attestation */
export const MAX_SUBMODULES = 16;
/** UEID of type RAND. @standard RFC 9711 §4.2.1 */
const UEID_RANDOM = 0x01;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** One step of a verification in a result. @standard RFC 9711 §4.2.17 (measres) @group Attestation */
export interface StepResult {
  /** Step and code, for example `chain/NO_ANCHOR`. */
  readonly id: string;
  readonly result: 'success' | 'fail' | 'not-run';
}

/** What the evidence stated, in a result; our own claim `cssi.evidence`. @group Attestation */
export type StatedEvidence = Pick<
  AttestationClaims,
  | 'type'
  | 'format'
  | 'deployment'
  | 'emulated'
  | 'memoryEncryption'
  | 'migration'
  | 'trustedSoftware'
  | 'untrustedSoftware'
> & { readonly versions: readonly ComponentVersion[] };

/** Appraisal of one attester. @standard draft-fv-rats-ear §3.2 @group Attestation */
export interface SubmoduleResult {
  readonly status: TrustTier;
  readonly vector: TrustVector;
  /** Digest of the policy, see `policyDigest`; absent where none was applied. */
  readonly policy?: string;
  /**
   * Device the evidence is of: byte 0x01 and SM3 of its identity, because an identity may be longer than
   * a UEID. Absent where the format hides it.
   */
  readonly ueid?: Uint8Array;
  /** Absent where the evidence is silent. */
  readonly debug?: 'enabled' | 'disabled';
  readonly measurements: readonly Measurement[];
  readonly steps: readonly StepResult[];
  readonly evidence: StatedEvidence;
}

/** An attestation result (证明结果): what a verifier tells those who rely on it. @group Attestation */
export interface AttestationResult {
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Challenge of whoever asked for the result, 8 to 64 bytes. */
  readonly nonce?: Uint8Array;
  readonly verifier: { readonly developer: string; readonly build: string };
  readonly submodules: Readonly<Record<string, SubmoduleResult>>;
}

/** Options of {@link attestationResult}. @group Attestation */
export interface AttestationResultOptions {
  readonly issuedAt: Date;
  /** 1 to 86,400. */
  readonly lifetimeSeconds: number;
  readonly verifier: AttestationResult['verifier'];
  readonly nonce?: Uint8Array;
  /** Digest of the policy that was applied. */
  readonly policy?: string;
}

const invalid = (option: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}`, cause });
const RESULTS = { passed: 'success', failed: 'fail', indeterminate: 'not-run' } as const;

/** UEID of a device identity. @internal */
const ueidOf = (device: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(UEID_RANDOM), sm3(device));

function submodule(verdict: AttestationVerdict, policy: string | undefined): SubmoduleResult {
  const { claims, steps } = verdict;
  const vector = trustVector(verdict);
  const { type, format, deployment, emulated, memoryEncryption, migration } = claims;
  const { versions, trustedSoftware, untrustedSoftware } = claims;
  return {
    status: trustStatus(verdict, vector),
    vector,
    ...(policy === undefined ? {} : { policy }),
    ...(claims.device === undefined ? {} : { ueid: ueidOf(claims.device) }),
    ...(claims.debug === 'unknown' ? {} : { debug: claims.debug }),
    measurements: claims.measurements,
    steps: steps.map(({ step, code, status }) => ({ id: `${step}/${code}`, result: RESULTS[status] })),
    evidence: {
      type,
      format,
      deployment,
      emulated,
      memoryEncryption,
      migration,
      versions,
      trustedSoftware,
      untrustedSoftware,
    },
  };
}

/**
 * The result of one verdict or of several on parts of one machine, by name: status, trustworthiness
 * vector, measurements, and every step with its outcome. What is issued is what the verdict says, good
 * or bad; a relying party looks at the status.
 *
 * @example
 * ```ts
 * const result = attestationResult({ cpu0: verdict }, {
 *   issuedAt: new Date(),
 *   lifetimeSeconds: 300,
 *   verifier: { developer: 'https://example.org', build: 'verifier 1.0' },
 *   nonce,
 *   policy: policyDigest(policy),
 * });
 * ```
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export function attestationResult(
  verdicts: Readonly<Record<string, AttestationVerdict>>,
  { issuedAt, lifetimeSeconds, verifier, nonce, policy }: AttestationResultOptions,
): AttestationResult {
  const names = Object.keys(verdicts);
  if (names.length === 0 || names.length > MAX_SUBMODULES || !names.every((name) => NAME.test(name))) {
    throw invalid('verdicts');
  }
  if (!(issuedAt instanceof Date) || Number.isNaN(issuedAt.getTime())) throw invalid('issuedAt');
  const lifetime: unknown = lifetimeSeconds;
  if (!Number.isInteger(lifetime) || lifetimeSeconds < 1 || lifetimeSeconds > MAX_RESULT_LIFETIME_SECONDS) {
    throw invalid('lifetimeSeconds');
  }
  if (nonce !== undefined) {
    try {
      checkBytes(nonce, 'nonce', 8, 64);
    } catch (cause) {
      if (!(cause instanceof SmError)) throw cause;
      throw invalid('nonce', cause);
    }
  }
  // Tokens count whole seconds.
  const seconds = Math.floor(issuedAt.getTime() / 1000);
  return {
    issuedAt: new Date(seconds * 1000),
    expiresAt: new Date((seconds + lifetimeSeconds) * 1000),
    ...(nonce === undefined ? {} : { nonce: Uint8Array.from(nonce) }),
    verifier: { developer: verifier.developer, build: verifier.build },
    submodules: Object.fromEntries(
      Object.entries(verdicts).map(([name, verdict]) => [name, submodule(verdict, policy)]),
    ),
  };
}

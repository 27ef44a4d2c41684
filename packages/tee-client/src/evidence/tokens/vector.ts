import { isAccepted } from '@cssi/sm-core';
import type { AttestationStep, AttestationStepName, AttestationVerdict } from '../../spec/v1/attestation.ts';

/**
 * How far evidence is trusted, in one word.
 *
 * @standard draft-ietf-rats-ar4si §2.3.2
 * @group Attestation
 */
export const TRUST_TIERS = ['none', 'affirming', 'warning', 'contraindicated'] as const;
/** @group Attestation */
export type TrustTier = (typeof TRUST_TIERS)[number];

/**
 * Aspects of trustworthiness with their CBOR labels.
 *
 * @standard draft-ietf-rats-ar4si §2.3.4, draft-fv-rats-ear §3.2
 * @group Attestation
 */
export const TRUST_CLAIMS = {
  'instance-identity': 0,
  configuration: 1,
  executables: 2,
  'file-system': 3,
  hardware: 4,
  'runtime-opaque': 5,
  'storage-opaque': 6,
  'sourced-data': 7,
} as const;
/** @group Attestation */
export type TrustClaim = keyof typeof TRUST_CLAIMS;

/** Values from -128 to 127 by aspect; what is left out is not asserted. @group Attestation */
export type TrustVector = Readonly<Partial<Record<TrustClaim, number>>>;

/** Values of the draft that this package asserts. @standard draft-ietf-rats-ar4si §2.3.4 */
const VALUE = {
  unknownElements: 1,
  /** Known instance, approved configuration, genuine hardware, encrypted memory. */
  affirmed: 2,
  approvedBoot: 3,
  /** Known weaknesses; isolated but not encrypted. */
  weak: 32,
  unrecognisedCode: 33,
  contraindicated: 96,
  notRecognised: 97,
  cryptoFailed: 99,
} as const;

/** Tier of a value. @standard draft-ietf-rats-ar4si §2.3.2 @group Attestation */
export function trustTier(value: number): TrustTier {
  if (value >= 96 || value <= -97) return 'contraindicated';
  if (value >= 32 || value <= -33) return 'warning';
  return value >= 2 || value <= -2 ? 'affirming' : 'none';
}

const REVOKED = /REVOKED/;

/** What the steps of one name come to. */
function outcome(
  steps: readonly AttestationStep[],
  names: readonly AttestationStepName[],
): {
  readonly failed: boolean;
  readonly doubtful: boolean;
  readonly judged: boolean;
  readonly revoked: boolean;
} {
  const own = steps.filter(({ step }) => names.includes(step));
  const failed = own.filter(({ status }) => status === 'failed');
  return {
    failed: failed.length > 0,
    doubtful: own.some(({ status }) => status === 'indeterminate'),
    judged: own.length > 0,
    revoked: failed.some(({ code }) => REVOKED.test(code)),
  };
}

function hardware(verdict: AttestationVerdict): number | undefined {
  const { steps, claims } = verdict;
  const chain = outcome(steps, ['chain', 'certificates', 'revocation', 'validity', 'collateral']);
  const tcb = outcome(steps, ['tcb']);
  if (chain.revoked || tcb.failed) return VALUE.contraindicated;
  if (chain.failed) return VALUE.notRecognised;
  // An emulated TEE asserts nothing about hardware.
  if (claims.emulated) return undefined;
  if (chain.doubtful || tcb.doubtful) return VALUE.unknownElements;
  return chain.judged ? VALUE.affirmed : undefined;
}

function instance({ steps, claims }: AttestationVerdict): number | undefined {
  if (claims.device === undefined) return undefined;
  const chain = outcome(steps, ['chain', 'certificates', 'revocation']);
  if (chain.revoked) return VALUE.contraindicated;
  if (chain.failed) return VALUE.notRecognised;
  return chain.doubtful || !chain.judged ? undefined : VALUE.affirmed;
}

function executables({ steps }: AttestationVerdict): number | undefined {
  const { failed, doubtful, judged, revoked } = outcome(steps, ['reference']);
  if (revoked) return VALUE.contraindicated;
  if (failed) return VALUE.unrecognisedCode;
  return doubtful || !judged ? undefined : VALUE.approvedBoot;
}

function configuration({ steps, claims }: AttestationVerdict): number | undefined {
  const { failed, doubtful, judged } = outcome(steps, ['configuration']);
  if (failed) return VALUE.contraindicated;
  if (claims.debug === 'enabled') return VALUE.weak;
  return doubtful || !judged ? undefined : VALUE.affirmed;
}

function runtime({ steps, claims }: AttestationVerdict): number | undefined {
  const { failed, doubtful, judged } = outcome(steps, ['configuration']);
  // Somebody may look in: acceptable only where a policy said so.
  if (claims.debug === 'enabled') return failed || doubtful || !judged ? VALUE.contraindicated : VALUE.weak;
  if (claims.memoryEncryption === 'active') return VALUE.affirmed;
  return claims.memoryEncryption === 'none' ? VALUE.weak : undefined;
}

/**
 * The trustworthiness vector of a verdict. Where the evidence is not genuine every aspect says so.
 *
 * @standard draft-ietf-rats-ar4si §2.3.4
 * @group Attestation
 */
export function trustVector(verdict: AttestationVerdict): TrustVector {
  const forged = verdict.integrity.status === 'failed';
  const vector: Partial<Record<TrustClaim, number>> = {};
  const judges = {
    'instance-identity': instance,
    configuration,
    executables,
    hardware,
    'runtime-opaque': runtime,
  };
  for (const [name, judge] of Object.entries(judges)) {
    const value = forged ? VALUE.cryptoFailed : judge(verdict);
    if (value !== undefined) vector[name as TrustClaim] = value;
  }
  return vector;
}

/** The worst tier that a vector asserts; `none` counts only where nothing else is asserted. @internal */
export function worstTier(vector: TrustVector): TrustTier {
  const ranks = Object.values(vector).map((value) => TRUST_TIERS.indexOf(trustTier(value)));
  return TRUST_TIERS[Math.max(0, ...ranks)] ?? 'none';
}

/**
 * The status of a verdict: `contraindicated` when anything failed, the worst of the vector where it
 * warns, `affirming` only for a verdict that is accepted as a whole, else `none`.
 *
 * @group Attestation
 */
export function trustStatus(
  verdict: AttestationVerdict,
  vector: TrustVector = trustVector(verdict),
): TrustTier {
  const aspects = [verdict.integrity, verdict.trust, verdict.time];
  if (aspects.some(({ status }) => status === 'failed')) return 'contraindicated';
  const worst = worstTier(vector);
  if (worst === 'contraindicated' || worst === 'warning') return worst;
  return isAccepted(verdict) ? 'affirming' : 'none';
}

import type {
  AttestedDeployment,
  EvidenceType,
  Measurement,
  MeasurementRole,
} from '../../spec/v1/attestation.ts';
import type { DeploymentPolicy } from '../../spec/v1/deployment-policy.ts';

/** @group Attestation */
export const APPRAISAL_POLICY_FORMAT = 'cssi-appraisal-policy/1';

/** A digest as text: algorithm, colon, lower-case hex; for example `sm3:66c7f0f4…`. @group Attestation */
export type DigestText = `${Measurement['algorithm']}:${string}`;

/**
 * What a measurement has to be. By `name` the evidence must carry a measurement of that name with an
 * accepted value; by `role` at least one of that role, and all of them with accepted values. In an IMA list the
 * name of a file tells a hypervisor from a workload: where no rule is about the former, one about the role
 * `workload` is about both, so that no name keeps a file out of it.
 *
 * @group Attestation
 */
export interface MeasurementRule {
  readonly by: 'name' | 'role';
  /** Name of a measurement, or a {@link MeasurementRole}. */
  readonly of: string | MeasurementRole;
  /** Accepted values; `null` means those of the reference store. */
  readonly accept: readonly DigestText[] | null;
}

/** Lowest accepted version of a component of the trusted computing base. @group Attestation */
export interface VersionRule {
  readonly component: string;
  readonly minimum: number;
}

/**
 * What a relying party demands of a TEE (评估策略), as data. Every member is stated, so that nothing
 * is allowed by silence; a demand that the evidence does not show to be met counts as not met.
 *
 * @group Attestation
 */
export interface AppraisalPolicy {
  readonly format: typeof APPRAISAL_POLICY_FORMAT;
  /** For people; part of the policy's digest. */
  readonly name: string;
  /** Accepted kinds of evidence. An empty list accepts none. */
  readonly types: readonly EvidenceType[];
  /** Accepted forms of deployment. An empty list accepts none. */
  readonly deployments: readonly AttestedDeployment[];
  readonly requireMemoryEncryption: boolean;
  readonly allowDebug: boolean;
  /** The loosest migration that is accepted. */
  readonly migration: 'disabled' | 'attested' | 'unrestricted';
  readonly allowEmulated: boolean;
  /**
   * Accepts evidence whose TCB nobody judged, for want of the vendor's statements. Where the vendor judged it,
   * and asks for hardening or another configuration, trust stays indeterminate.
   */
  readonly allowUnjudgedTcb: boolean;
  /** Besides those of the reference store. */
  readonly minimumVersions: readonly VersionRule[];
  /** Without any, trust stays indeterminate: a genuine TEE may run anything. */
  readonly measurements: readonly MeasurementRule[];
  /** Privileged software that has to be outside of the workload's trust, as the evidence names it. */
  readonly untrustedSoftware: readonly string[];
  /** `null` sets no limit. Evidence without a date is as old as the challenge it answers. */
  readonly maxAgeSeconds: number | null;
  /** What a container or virtual machine must be; `null` demands no statement of it. */
  readonly deployment: DeploymentPolicy | null;
}

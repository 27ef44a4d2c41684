/** @group Deployment policy */
export const DEPLOYMENT_POLICY_FORMAT = 'cssi-deployment-policy/1';
/** @group Deployment policy */
export const DEPLOYMENT_CLAIMS_FORMAT = 'cssi-deployment-claims/1';

/** How a workload runs. @group Deployment policy */
export const DEPLOYMENT_KINDS = ['container', 'virtual-machine'] as const;
/** @group Deployment policy */
export type DeploymentKind = (typeof DEPLOYMENT_KINDS)[number];

/** How guests are kept apart, weakest first. @group Deployment policy */
export const GUEST_ISOLATIONS = ['none', 'shared-kernel', 'hypervisor', 'hardware'] as const;
/** @group Deployment policy */
export type GuestIsolation = (typeof GUEST_ISOLATIONS)[number];

/** Where a running guest may go, strictest first. @group Deployment policy */
export const MIGRATION_MODES = ['disabled', 'attested', 'unrestricted'] as const;
/** @group Deployment policy */
export type MigrationMode = (typeof MIGRATION_MODES)[number];

/** Something that was measured, or was not. @group Deployment policy */
export interface MeasuredPart {
  readonly name: string;
  /** SM3, hex; `null` when nobody measured it. */
  readonly measurement: string | null;
}

/**
 * What evidence states of a deployment (容器与虚拟机部署). It comes out of verified evidence; this
 * module judges what it says, not whether it is true.
 *
 * @group Deployment policy
 */
export interface DeploymentClaims {
  readonly format: typeof DEPLOYMENT_CLAIMS_FORMAT;
  readonly kind: DeploymentKind;
  /** The container image, or the disk and kernel of the guest. */
  readonly workload: MeasuredPart;
  /** The hypervisor with its firmware; of a container the host's kernel and container runtime. */
  readonly hypervisor: MeasuredPart & {
    readonly securityVersion: number;
    /** Started by verified boot, with all of its protections on. */
    readonly secureBoot: boolean;
    /** Protections that were switched off, by name. */
    readonly weakenedBy: readonly string[];
  };
  readonly isolation: GuestIsolation;
  readonly memoryEncryption: 'none' | 'active';
  /** The host may read or change the guest. */
  readonly debug: boolean;
  readonly migration: MigrationMode;
  /** What protection cost at this start. */
  readonly overhead: { readonly startMs: number; readonly memoryBytes: number };
}

/** Measurements that are accepted under a name. @group Deployment policy */
export interface AcceptedPart {
  readonly name: string;
  /** SM3, hex. */
  readonly measurements: readonly string[];
  /** Lowest security version; 0 takes all. Of a workload always 0: claims state no version of it. */
  readonly minimumSecurityVersion: number;
}

/** What a deployment must be. @group Deployment policy */
export interface DeploymentPolicy {
  readonly format: typeof DEPLOYMENT_POLICY_FORMAT;
  readonly kinds: readonly DeploymentKind[];
  readonly workloads: readonly AcceptedPart[];
  readonly hypervisors: readonly AcceptedPart[];
  readonly minimumIsolation: GuestIsolation;
  readonly requireSecureBoot: boolean;
  readonly requireMemoryEncryption: boolean;
  readonly allowDebug: boolean;
  /** The loosest mode that is accepted. */
  readonly migration: MigrationMode;
  /** `null` sets no limit. */
  readonly maxStartMs: number | null;
  readonly maxMemoryOverheadBytes: number | null;
}

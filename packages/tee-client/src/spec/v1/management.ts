/**
 * Management of trusted applications in the shape of the GlobalPlatform TEE Management Framework:
 * security domains (SD, 安全域) hold the keys that may install, personalise, update, lock, unlock
 * and delete; every command is signed, numbered and answered with a signed receipt.
 *
 * A command on the wire: `u32 n ‖ command (n bytes, canonical JSON) ‖ signature (64)`; signed is
 * `"cssi-tee-management/1" ‖ 00 ‖ command`. A receipt has the same form with
 * `"cssi-tee-receipt/1"`, signed by the attestation key.
 */
import type { TeecUuid } from './uuid.ts';

/** @group Management */
export const MANAGEMENT_FORMAT = 'cssi-tee-management/1';
/** @group Management */
export const RECEIPT_FORMAT = 'cssi-tee-receipt/1';

/** The root security domain. @group Management */
export const ROOT_SECURITY_DOMAIN = '00000000-0000-0000-0000-000000000001';

/** What a key of a security domain may do. @group Management */
export const MANAGEMENT_PRIVILEGES = [
  'sd-management',
  'ta-management',
  'ta-signing',
  'personalisation',
  'tee-management',
] as const;
/** @group Management */
export type ManagementPrivilege = (typeof MANAGEMENT_PRIVILEGES)[number];

/** A key of a security domain. @group Management */
export interface SecurityDomainKey {
  /** SM2 public key, 65 bytes, base64. */
  readonly publicKey: string;
  readonly privileges: readonly ManagementPrivilege[];
}

/** What a command asks for. Digests are SM3, hex. @group Management */
export type ManagementAction =
  | { readonly action: 'install-sd'; readonly sd: TeecUuid; readonly keys: readonly SecurityDomainKey[] }
  | { readonly action: 'update-sd'; readonly sd: TeecUuid; readonly keys: readonly SecurityDomainKey[] }
  | { readonly action: 'block-sd' | 'unblock-sd' | 'uninstall-sd'; readonly sd: TeecUuid }
  | { readonly action: 'install-ta' | 'update-ta'; readonly bundleDigest: string }
  | { readonly action: 'personalise-ta'; readonly ta: TeecUuid; readonly dataDigest: string }
  | { readonly action: 'lock-ta' | 'unlock-ta' | 'delete-ta'; readonly ta: TeecUuid }
  | { readonly action: 'lock-tee' | 'unlock-tee' | 'factory-reset' }
  | { readonly action: 'raise-tcb-floor'; readonly minimum: number }
  /**
   * At the source: the application goes to that device, to a core of its own measurement or of one listed.
   * Once more where it has departed, for the same device: the list is this one from then on.
   */
  | {
      readonly action: 'export-ta';
      readonly ta: TeecUuid;
      readonly target: string;
      readonly measurements: readonly string[];
    }
  /** At the target: the application is taken from that device; the security domain is the command's. */
  | {
      readonly action: 'import-ta';
      readonly ta: TeecUuid;
      readonly source: string;
      readonly measurements: readonly string[];
    }
  /** Ends a migration that can still be ended without losing the application. */
  | { readonly action: 'cancel-migration'; readonly ta: TeecUuid };

/** A command before it is signed. @group Management */
export type ManagementCommand = ManagementAction & {
  readonly format: typeof MANAGEMENT_FORMAT;
  /** The device it is for: SM3 of the device root's public key, hex. */
  readonly device: string;
  /** Whose authority it uses. The root SD may act in any. */
  readonly domain: TeecUuid;
  /** SM3 of the signing key, hex. */
  readonly signer: string;
  /**
   * Higher than any this domain has used: a command works once. Up to 2^53 - 1; above 2^52 only a key
   * with `sd-management` may number.
   */
  readonly sequence: number;
};

/** What the TEE states about an executed command. @group Management */
export interface ManagementReceipt {
  readonly format: typeof RECEIPT_FORMAT;
  readonly device: string;
  /** SM3 of the command's bytes, hex. */
  readonly command: string;
  readonly action: ManagementAction['action'];
  readonly domain: TeecUuid;
  readonly sequence: number;
  /** Milliseconds since 1970 by the clock of the host. */
  readonly time: number;
  /** SM3 of the audit record, hex. */
  readonly audit: string;
}

/** State of an installed application. @group Management */
export type TaState = 'selectable' | 'locked';

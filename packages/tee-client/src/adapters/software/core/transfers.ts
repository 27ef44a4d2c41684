import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { ROOT_SECURITY_DOMAIN } from '../../../spec/v1/management.ts';
import {
  MIGRATION_LIMITS,
  type MigrationFile,
  type MigrationRole,
  type MigrationState,
} from '../../../spec/v1/migration.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';

/** What an application's own domain said of its storage when nothing ran any more. */
export interface StorageSummary {
  /** Head of the store, hex: it fixes the whole history of the stored objects. */
  readonly head: string;
  readonly files: readonly MigrationFile[];
}

interface TransferBase {
  readonly ta: TeecUuid;
  readonly sd: TeecUuid;
  /** The other device: SM3 of its root's public key, hex. */
  readonly peer: string;
  /** Measurements of its core that are accepted besides the own one. */
  readonly measurements: readonly string[];
}

/** Migration to another device. */
export interface SourceTransfer extends TransferBase {
  readonly role: 'source';
  readonly state: 'exporting' | 'departed';
  readonly id: string;
  /** Box of the release key. */
  readonly release: string;
  /** Of `exporting`, once the application's storage is settled. */
  readonly storage: StorageSummary | null;
}

/** All of an application that has come but what the release key opens. */
export interface Arrival {
  readonly name: string;
  readonly version: number;
  readonly floor: number;
  readonly bundle: string;
  readonly signer: string;
  readonly memoryBytes: number;
  readonly locked: boolean;
  readonly head: string;
  /** Seed and code key under the release key, base64, and what they are bound to. */
  readonly sealed: string;
  readonly binding: string;
}

/** Migration from another device. */
export interface TargetTransfer extends TransferBase {
  readonly role: 'target';
  readonly state: 'expecting' | 'incoming' | 'activated';
  /** Empty while `expecting`. */
  readonly id: string;
  /** Of `incoming`. */
  readonly arrival: Arrival | null;
}

/** A migration as the sealed registry knows it: at most one each way for an application. */
export type Transfer = SourceTransfer | TargetTransfer;

/** Of a registry. */
export interface Transfers {
  readonly transfers: readonly Transfer[];
}

/** Under way for a security domain below the root, so that none takes the room of the others. */
const MAX_OF_DOMAIN = 16;
/** Ended ones that are kept to answer a source that lost the last message. */
const MAX_ACTIVATED = 64;

export function sourceOf({ transfers }: Transfers, ta: TeecUuid): SourceTransfer | undefined {
  return transfers.find((one): one is SourceTransfer => one.role === 'source' && one.ta === ta);
}

export function targetOf({ transfers }: Transfers, ta: TeecUuid): TargetTransfer | undefined {
  return transfers.find((one): one is TargetTransfer => one.role === 'target' && one.ta === ta);
}

/** A migration of the application that has not ended, either way. */
export function underWay(registry: Transfers, ta: TeecUuid): Transfer | undefined {
  const target = targetOf(registry, ta);
  return sourceOf(registry, ta) ?? (target?.state === 'activated' ? undefined : target);
}

/** May not run, may not be changed: it is being handed over. */
export const isExporting = (registry: Transfers, ta: TeecUuid): boolean =>
  sourceOf(registry, ta)?.state === 'exporting';

export const stateOfTransfer = (registry: Transfers, ta: TeecUuid, role: MigrationRole): MigrationState =>
  (role === 'source' ? sourceOf(registry, ta) : targetOf(registry, ta))?.state ?? 'none';

export function withoutTransfer<T extends Transfers>(registry: T, ta: TeecUuid, role: MigrationRole): T {
  return {
    ...registry,
    transfers: registry.transfers.filter((one) => one.ta !== ta || one.role !== role),
  };
}

/**
 * Enters a migration in the place of one of the same application the same way.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE when too many are under way
 */
export function withTransfer<T extends Transfers>(registry: T, transfer: Transfer): T {
  const others = withoutTransfer(registry, transfer.ta, transfer.role).transfers;
  const all = [...others, transfer];
  const ended = all.filter(({ state }) => state === 'activated');
  const going = all.filter(({ state }) => state !== 'activated');
  const own = going.filter(({ sd }) => sd === transfer.sd && sd !== ROOT_SECURITY_DOMAIN);
  if (going.length > MIGRATION_LIMITS.transfers || own.length > MAX_OF_DOMAIN) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_STATE', { detail: 'reason=full of=migrations' });
  }
  const forgotten = new Set<Transfer>(ended.slice(0, Math.max(0, ended.length - MAX_ACTIVATED)));
  return { ...registry, transfers: all.filter((one) => !forgotten.has(one)) };
}

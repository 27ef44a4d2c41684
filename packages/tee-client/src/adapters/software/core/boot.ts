import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { ROOT_SECURITY_DOMAIN } from '../../../spec/v1/management.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { AuditEntry } from './audit-log.ts';
import { type BuiltIn, Catalogue } from './catalogue.ts';
import type { CoreFiles } from './core-files.ts';
import type { BootInput } from './core-inputs.ts';
import { CoreState } from './core-state.ts';
import { type DeviceIdentity, destroyDevice } from './device-identity.ts';
import { firstRegistry, floorOf, type Registry, withFloor } from './registry.ts';

/** What the core is built on. */
export interface CoreDeps {
  readonly files: CoreFiles;
  readonly builtIns: ReadonlyMap<TeecUuid, BuiltIn>;
}

/** A core whose state is open. */
export interface BootedCore {
  readonly state: CoreState;
  readonly device: DeviceIdentity;
  readonly catalogue: Catalogue;
}

/** A record with the fields that do not apply left empty. */
export const auditEntry = (fields: Partial<AuditEntry> & Pick<AuditEntry, 'time' | 'event'>): AuditEntry => ({
  code: '',
  uuid: '',
  domain: '',
  detail: '',
  ...fields,
});

/** The registry for the management key of this start; the key counts at the first start only. */
function registryFor(state: CoreState, managementKey: string): Registry {
  const { registry } = state;
  if (registry === undefined) return firstRegistry(managementKey);
  if (managementKey !== '' && managementKey !== registry.firstKey) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', {
      detail: 'option=managementKey reason=another-at-first-start',
    });
  }
  return registry;
}

/** Built-in applications raise their version floors; one that has become newer replaces its update. */
function withBuiltIns(registry: Registry, catalogue: Catalogue): Registry {
  let next = registry;
  for (const uuid of catalogue.uuids) {
    const version = catalogue.get(uuid)?.manifest.version ?? 0;
    const floor = floorOf(next, uuid, ROOT_SECURITY_DOMAIN);
    if (version > floor.version) next = withFloor(next, { ...floor, version });
  }
  const isOutdone = (uuid: TeecUuid, version: number) =>
    (catalogue.get(uuid)?.manifest.version ?? 0) > version;
  return {
    ...next,
    applications: next.applications.filter(
      ({ uuid, version, builtIn }) => !(builtIn && isOutdone(uuid, version)),
    ),
  };
}

/**
 * Opens the state of the device, or makes a new device. A core that is newer than the device's keys
 * provisions new ones (TCB recovery); from then on an older core is refused.
 *
 * @throws {@link SmError} ERR_TEE_HUK_MISSING, ERR_TEE_HUK_INVALID, ERR_TEE_SEAL_INTEGRITY,
 * ERR_TEE_SEAL_MISSING, ERR_TEE_SEAL_ROLLBACK, ERR_TEE_STATE_FORMAT, ERR_TEE_AUDIT_INTEGRITY,
 * ERR_TEE_OPTION_INVALID, ERR_TEE_STORAGE
 */
export function boot(tcbVersion: number, input: BootInput, deps: CoreDeps): BootedCore {
  const state = new CoreState(deps.files);
  let opened: DeviceIdentity | undefined;
  try {
    let registry = registryFor(state, input.managementKey);
    state.audit.verify(registry.audit);
    const device = state.openDevice(new Date(input.time), tcbVersion);
    opened = device;
    state.clean(registry);
    const catalogue = new Catalogue(deps.builtIns, input.conformanceTa);
    const commit = (next: Registry, entry: AuditEntry): void => {
      state.commit(next, entry);
      registry = state.registry ?? next;
    };
    if (device.tcbVersion !== registry.tcbRecorded) {
      commit(
        {
          ...registry,
          tcbRecorded: device.tcbVersion,
          tcbFloor: Math.max(registry.tcbFloor, device.tcbVersion),
        },
        auditEntry({ time: input.time, event: 'provisioned', detail: `tcb=${device.tcbVersion}` }),
      );
    }
    const starts = registry.starts + 1;
    commit(
      { ...withBuiltIns(registry, catalogue), starts },
      auditEntry({
        time: input.time,
        event: 'started',
        code: tcbVersion < registry.tcbFloor ? 'ERR_TEE_TCB_OUTDATED' : '',
        detail: `start=${starts} tcb=${tcbVersion} floor=${registry.tcbFloor}`,
      }),
    );
    state.clean(registry);
    return { state, device, catalogue };
  } catch (error) {
    if (opened !== undefined) destroyDevice(opened);
    state.close();
    throw error;
  }
}

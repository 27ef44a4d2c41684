import { ROOT_SECURITY_DOMAIN } from '../../../spec/v1/management.ts';
import type { CoreSnapshot } from '../domain-protocol.ts';
import type { Catalogue } from './catalogue.ts';
import { type Registry, stateOf } from './registry.ts';

/** What is installed, for the host. */
export function snapshotOf(registry: Registry, catalogue: Catalogue, tcbVersion: number): CoreSnapshot {
  const builtIns = catalogue.uuids.flatMap((uuid) => {
    const builtIn = catalogue.get(uuid);
    if (builtIn === undefined || registry.applications.some((entry) => entry.uuid === uuid)) return [];
    const { name, version, memoryBytes } = builtIn.manifest;
    return [{ uuid, name, version, memoryBytes, domain: ROOT_SECURITY_DOMAIN, builtIn: true }];
  });
  const installed = registry.applications.map(({ uuid, name, version, sd, memoryBytes }) => ({
    uuid,
    name,
    version,
    memoryBytes,
    domain: sd,
    // An update runs from its bundle, not from the package.
    builtIn: false,
  }));
  return {
    tcbVersion,
    tcbFloor: registry.tcbFloor,
    teeLocked: registry.teeLocked,
    applications: [...builtIns, ...installed].map((entry) => ({
      ...entry,
      state: stateOf(registry, entry.uuid),
    })),
  };
}

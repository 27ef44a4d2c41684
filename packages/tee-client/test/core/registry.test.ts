import { describe, expect, it } from 'vitest';
import { boot } from '../../src/adapters/software/core/boot.ts';
import { nodeCoreFiles } from '../../src/adapters/software/core/core-files.ts';
import { CoreState } from '../../src/adapters/software/core/core-state.ts';
import {
  type ApplicationEntry,
  encodeRegistry,
  firstRegistry,
  floorOf,
  MAX_REGISTRY_BYTES,
  REGISTRY_LIMITS,
  type Registry,
  withApplication,
  withFloor,
  withoutApplication,
} from '../../src/adapters/software/core/registry.ts';
import { ROOT_SECURITY_DOMAIN } from '../../src/spec/v1/management.ts';
import { BUILT_IN_UUID, BUILT_INS, codeOf, coreFolder, SD_A, SD_B, TestCore, TIME } from './core-support.ts';

const L = REGISTRY_LIMITS;
const uuid = (group: number, number: number): string =>
  `${group.toString(16).padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
const entry = (sd: string, number: number, group = 1): ApplicationEntry => ({
  uuid: uuid(group, number),
  sd,
  name: 'x'.repeat(64),
  version: 0xffff_ffff,
  bundle: 'ab'.repeat(32),
  signer: 'ab'.repeat(32),
  builtIn: false,
  memoryBytes: 4096,
});
/** A domain that installs and deletes one uuid after the other. */
function churned(registry: Registry, sd: string, count: number, group = 1): Registry {
  let next = registry;
  for (let number = 0; number < count; number++) {
    const application = entry(sd, number, group);
    next = withoutApplication(withApplication(next, application), application);
  }
  return next;
}

describe('what a device keeps is bounded, and no domain takes the room of another [part of CC-042]', () => {
  it('a domain that uses up its versions shuts out itself alone', () => {
    const registry = churned(firstRegistry(''), SD_A, L.floorsOfDomain);
    expect(codeOf(() => withApplication(registry, entry(SD_A, 9999)))).toBe(
      'ERR_TEE_MANAGEMENT_STATE reason=full of=versions',
    );
    // What it had before still fits.
    withApplication(registry, entry(SD_A, 7));
    withApplication(registry, entry(SD_B, 9999));
    withApplication(registry, entry(ROOT_SECURITY_DOMAIN, 9999));
  });

  it('all domains below the root together do not shut out the root', () => {
    let registry = firstRegistry('');
    for (let domain = 0; domain < L.floors / L.floorsOfDomain; domain++) {
      registry = churned(registry, uuid(2, domain), L.floorsOfDomain, 10 + domain);
    }
    expect(codeOf(() => withApplication(registry, entry(SD_B, 1)))).toContain('of=versions');
    withApplication(registry, entry(ROOT_SECURITY_DOMAIN, 1));
    registry = churned(registry, ROOT_SECURITY_DOMAIN, L.floorsOfRoot);
    expect(codeOf(() => withApplication(registry, entry(ROOT_SECURITY_DOMAIN, 9999)))).toContain('versions');
    expect(encodeRegistry(registry).length).toBeLessThan(MAX_REGISTRY_BYTES / 2);
  });

  it('applications: of a domain, and of all', () => {
    let registry = firstRegistry('');
    for (let number = 0; number < L.applicationsOfDomain; number++) {
      registry = withApplication(registry, entry(SD_A, number));
    }
    expect(codeOf(() => withApplication(registry, entry(SD_A, 9999)))).toContain('of=applications');
    // An update takes no more room.
    withApplication(registry, { ...entry(SD_A, 3), version: 9 });
    for (let number = L.applicationsOfDomain; number < L.applications; number++) {
      registry = withApplication(registry, entry(ROOT_SECURITY_DOMAIN, number));
    }
    expect(codeOf(() => withApplication(registry, entry(SD_B, 9999)))).toContain('of=applications');
  });

  it('floors of one uuid in two domains are two', () => {
    const first = entry(SD_A, 1);
    const registry = withApplication(withoutApplication(withApplication(firstRegistry(''), first), first), {
      ...entry(SD_B, 1),
      version: 1,
    });
    expect(floorOf(registry, first.uuid, SD_A)).toMatchObject({ version: 0xffff_ffff, deletions: 1 });
    expect(floorOf(registry, first.uuid, SD_B)).toMatchObject({ version: 1, deletions: 0 });
  });

  it('a full device still starts with a package that brings a new application', () => {
    const folder = coreFolder();
    new TestCore({ folder, builtIns: new Map() }).stop();
    const state = new CoreState(nodeCoreFiles(folder));
    let registry = state.registry!;
    for (let number = 0; number < L.floorsOfRoot; number++) {
      registry = withFloor(registry, {
        uuid: uuid(3, number),
        sd: ROOT_SECURITY_DOMAIN,
        version: 1,
        deletions: 0,
      });
    }
    state.commit(registry, { time: TIME, event: 'test', code: '', uuid: '', domain: '', detail: '' });
    state.close();
    new TestCore({ folder, builtIns: BUILT_INS() }).launch(BUILT_IN_UUID);
  });
});

it('a boot that fails leaves no private key behind', () => {
  const folder = coreFolder();
  new TestCore({ folder }).stop();
  const opened: CoreState['openDevice'] = CoreState.prototype.openDevice;
  let device: ReturnType<typeof opened> | undefined;
  CoreState.prototype.openDevice = function (this: CoreState, ...args) {
    device = opened.apply(this, args);
    return device;
  };
  const builtIns = new Map(BUILT_INS());
  // Fails after the device is open.
  const files = nodeCoreFiles(folder, () => {
    if (device !== undefined) throw new Error('disk');
  });
  try {
    const input = { events: [], time: TIME, managementKey: '', conformanceTa: false };
    expect(() => boot(1, input, { files, builtIns })).toThrow();
  } finally {
    CoreState.prototype.openDevice = opened;
  }
  for (const pair of [device!.attestation, device!.bundle, device!.root]) {
    expect(() => pair.privateKey.use(() => {})).toThrow();
  }
});

import { canonicalJson, type JsonValue, parseJson } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { ROOT_SECURITY_DOMAIN, type SecurityDomainKey, type TaState } from '../../../spec/v1/management.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { type AuditState, EMPTY_AUDIT } from './audit-log.ts';
import { isExporting, type Transfer, withoutTransfer } from './transfers.ts';

const FORMAT = 'cssi-tee-core/1';
/** Longest registry, in bytes; its limits below keep it far under that. */
export const MAX_REGISTRY_BYTES: number = 4 << 20;

/** How much a device keeps. */
export const REGISTRY_LIMITS = {
  domains: 128,
  applications: 256,
  /** Of a domain below the root, so that none takes the room of the others. */
  applicationsOfDomain: 128,
  /** Versions remembered for ever: of the root domain, of one below it, of all below it. */
  floorsOfRoot: 1024,
  floorsOfDomain: 256,
  floors: 4096,
  /** Security domains ever used. */
  sequences: 1024,
} as const;

/** A security domain (安全域). */
export interface DomainEntry {
  readonly sd: TeecUuid;
  readonly keys: readonly SecurityDomainKey[];
  readonly blocked: boolean;
}

/** What is kept of an application that came from another device. */
export interface ImportedEntry {
  readonly transfer: string;
  /** Box of the seed it came with. */
  readonly seed: string;
  /** Box of the key of its encrypted bundle; empty for code in clear and after an update. */
  readonly codeKey: string;
  /** Head of its storage as it left the other device, hex. */
  readonly head: string;
  /** Its own domain found the storage to be that, and marked it as this device's. */
  readonly adopted: boolean;
}

/** An installed application, or an installed update of a built-in one. */
export interface ApplicationEntry {
  readonly uuid: TeecUuid;
  readonly sd: TeecUuid;
  readonly name: string;
  readonly version: number;
  /** SM3 of the bundle, hex; also the name of its file. */
  readonly bundle: string;
  /** Name of the key that signed it. */
  readonly signer: string;
  readonly builtIn: boolean;
  /** Quota of secure memory of its manifest. */
  readonly memoryBytes: number;
  readonly imported?: ImportedEntry;
}

/**
 * What is remembered of a uuid in a security domain whatever happens to the application. Each domain
 * has floors of its own: one that installs a uuid in its highest version shuts out nobody else.
 */
export interface FloorEntry {
  readonly uuid: TeecUuid;
  /** The root domain for built-in applications. */
  readonly sd: TeecUuid;
  /** The highest version there was; a lower one does not load. */
  readonly version: number;
  readonly deletions: number;
}

/** All that the core keeps sealed besides the device's keys. Values are replaced, never changed. */
export interface Registry {
  readonly format: typeof FORMAT;
  readonly starts: number;
  /** Factory resets. */
  readonly era: number;
  readonly tcbFloor: number;
  /** TCB version of the device's keys that was last recorded in the audit log. */
  readonly tcbRecorded: number;
  readonly teeLocked: boolean;
  /** Key the root security domain began with, base64; empty when the device is not managed. */
  readonly firstKey: string;
  readonly domains: readonly DomainEntry[];
  readonly sequences: readonly { readonly sd: TeecUuid; readonly last: number }[];
  readonly applications: readonly ApplicationEntry[];
  /** Locked applications, built-in ones too. */
  readonly locked: readonly TeecUuid[];
  readonly floors: readonly FloorEntry[];
  /** Applications whose storage the host has to delete before one of that uuid runs again. */
  readonly forget: readonly TeecUuid[];
  /** Migrations, see `transfers.ts`. */
  readonly transfers: readonly Transfer[];
  readonly audit: AuditState;
}

/** The registry of a device at its first start. */
export function firstRegistry(managementKey: string): Registry {
  return {
    format: FORMAT,
    starts: 0,
    era: 0,
    tcbFloor: 0,
    tcbRecorded: 0,
    teeLocked: false,
    firstKey: managementKey,
    domains: [
      {
        sd: ROOT_SECURITY_DOMAIN,
        blocked: false,
        keys:
          managementKey === ''
            ? []
            : [
                {
                  publicKey: managementKey,
                  privileges: [
                    'sd-management',
                    'ta-management',
                    'ta-signing',
                    'personalisation',
                    'tee-management',
                  ],
                },
              ],
      },
    ],
    sequences: [],
    applications: [],
    locked: [],
    floors: [],
    forget: [],
    transfers: [],
    audit: EMPTY_AUDIT,
  };
}

export const encodeRegistry = (registry: Registry): Uint8Array =>
  canonicalJson(registry as unknown as JsonValue);

/**
 * Reads the registry out of the sealed store, which vouches for the bytes; only the format is
 * looked at, so that a later version's is not taken for this one's.
 *
 * @throws {@link SmError} ERR_TEE_STATE_FORMAT
 */
export function decodeRegistry(bytes: Uint8Array): Registry {
  const value = parseJson(bytes, MAX_REGISTRY_BYTES) as unknown as Registry;
  if (value?.format !== FORMAT) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_STATE_FORMAT', { detail: 'part=registry' });
  }
  // A registry from before there were migrations has none.
  return Array.isArray(value.transfers) ? value : { ...value, transfers: [] };
}

export const domainOf = (registry: Registry, sd: TeecUuid): DomainEntry | undefined =>
  registry.domains.find((entry) => entry.sd === sd);
export const applicationOf = (registry: Registry, uuid: TeecUuid): ApplicationEntry | undefined =>
  registry.applications.find((entry) => entry.uuid === uuid);
export const floorOf = (registry: Registry, uuid: TeecUuid, sd: TeecUuid): FloorEntry =>
  registry.floors.find((entry) => entry.uuid === uuid && entry.sd === sd) ?? {
    uuid,
    sd,
    version: 0,
    deletions: 0,
  };
export const lastSequence = (registry: Registry, sd: TeecUuid): number =>
  registry.sequences.find((entry) => entry.sd === sd)?.last ?? 0;

const without = <T>(list: readonly T[], drop: (item: T) => boolean): readonly T[] =>
  list.filter((item) => !drop(item));

const full = (what: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_STATE', { detail: `reason=full of=${what}` });

/** @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE */
export function withDomain(registry: Registry, entry: DomainEntry): Registry {
  const domains = [...without(registry.domains, ({ sd }) => sd === entry.sd), entry];
  if (domains.length > REGISTRY_LIMITS.domains) throw full('domains');
  return { ...registry, domains };
}

export const withoutDomain = (registry: Registry, sd: TeecUuid): Registry => ({
  ...registry,
  domains: without(registry.domains, (entry) => entry.sd === sd),
});

/** @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE */
export function withSequence(registry: Registry, sd: TeecUuid, last: number): Registry {
  const sequences = [...without(registry.sequences, (entry) => entry.sd === sd), { sd, last }];
  if (sequences.length > REGISTRY_LIMITS.sequences) throw full('sequences');
  return { ...registry, sequences };
}

/** Sets a floor, whatever the limits: what comes with the package always has room. */
export const withFloor = (registry: Registry, floor: FloorEntry): Registry => ({
  ...registry,
  floors: [...without(registry.floors, ({ uuid, sd }) => uuid === floor.uuid && sd === floor.sd), floor],
});

const isBelowRoot = ({ sd }: { readonly sd: TeecUuid }): boolean => sd !== ROOT_SECURITY_DOMAIN;

/** @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE */
function checkRoom({ applications, floors }: Registry, { sd }: ApplicationEntry): void {
  const of = (list: readonly { readonly sd: TeecUuid }[]) => list.filter((entry) => entry.sd === sd).length;
  const L = REGISTRY_LIMITS;
  const below = isBelowRoot({ sd });
  if (applications.length > L.applications || (below && of(applications) > L.applicationsOfDomain)) {
    throw full('applications');
  }
  if (
    of(floors) > (below ? L.floorsOfDomain : L.floorsOfRoot) ||
    (below && floors.filter(isBelowRoot).length > L.floors)
  ) {
    throw full('versions');
  }
}

/** Enters an application and raises its version floor, whatever the limits: for one whose room was judged before. */
export function enterApplication(registry: Registry, entry: ApplicationEntry): Registry {
  const applications = [...without(registry.applications, ({ uuid }) => uuid === entry.uuid), entry];
  const floor = floorOf(registry, entry.uuid, entry.sd);
  return withFloor(
    { ...registry, applications },
    { ...floor, version: Math.max(floor.version, entry.version) },
  );
}

/** Enters an application and raises its version floor. @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE */
export function withApplication(registry: Registry, entry: ApplicationEntry): Registry {
  const next = enterApplication(registry, entry);
  // An update takes no more room.
  if (applicationOf(registry, entry.uuid) === undefined) checkRoom(next, entry);
  return next;
}

/** Takes an application away; its version floor stays and its seed will never come back. */
export function withoutApplication(registry: Registry, { uuid, sd }: ApplicationEntry): Registry {
  const floor = floorOf(registry, uuid, sd);
  return withFloor(
    {
      ...withoutTransfer(registry, uuid, 'target'),
      applications: without(registry.applications, (entry) => entry.uuid === uuid),
      locked: without(registry.locked, (locked) => locked === uuid),
      forget: [...without(registry.forget, (forgotten) => forgotten === uuid), uuid],
    },
    { ...floor, deletions: floor.deletions + 1 },
  );
}

export const stateOf = (registry: Registry, uuid: TeecUuid): TaState =>
  registry.locked.includes(uuid) || isExporting(registry, uuid) ? 'locked' : 'selectable';

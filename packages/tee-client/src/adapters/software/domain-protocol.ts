/**
 * What goes between the host side of the software TEE and a domain (域): the core, or one trusted
 * application. A domain is a child process, a worker thread or an object in the calling process;
 * the messages are the same. Everything in a domain is synchronous: one request at a time.
 */
import type { DomainHost } from '../../runtime/host.ts';
import type { MigrationFile, MigrationRole, MigrationState } from '../../spec/v1/migration.ts';
import type { ModuleClient, ModuleParameter, ModuleServiceRequest } from '../../spec/v1/module.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';

/** How a domain is separated from the host. */
export type DomainMode = 'process' | 'worker' | 'in-process';

/** What a domain is started with; nothing secret. */
export interface DomainStart {
  readonly kind: 'core' | 'ta';
  /** Nil for the core. */
  readonly uuid: TeecUuid;
  /** The one folder the domain may read and write. */
  readonly folder: string;
  /** Limit of the process's or thread's memory in bytes, above the quota of the manifest. */
  readonly memoryLimit: number;
  /** For the core. */
  readonly tcbVersion: number;
}

/** A request to a domain. */
export type DomainRequest =
  | { readonly kind: 'open'; readonly client: ModuleClient; readonly params: readonly ModuleParameter[] }
  | {
      readonly kind: 'invoke';
      readonly session: number;
      readonly commandId: number;
      readonly params: readonly ModuleParameter[];
    }
  | { readonly kind: 'close'; readonly session: number }
  | { readonly kind: 'service'; readonly session: number; readonly request: ModuleServiceRequest }
  /** A sealed message of another domain, see `SecureLink`. */
  | { readonly kind: 'channel'; readonly channel: number; readonly frame: Uint8Array }
  /** Control by the host side; names and parts are those of `TaControl` and `CoreControl`. */
  | { readonly kind: 'control'; readonly name: string; readonly parts: readonly Uint8Array[] };

/** A domain's answer; fields that do not apply are empty, 0 or undefined. */
export interface DomainAnswer {
  readonly result: number;
  readonly origin: number;
  readonly session: number;
  /** `value` of a service. */
  readonly value: number;
  readonly params: readonly ModuleParameter[];
  readonly parts: readonly Uint8Array[];
  /** Code of an `SmError` that a control request ended with, and its detail. */
  readonly error: { readonly code: string; readonly detail: string } | undefined;
}

export type { DomainEvent, DomainHost, RpcAnswer, RpcRequest } from '../../runtime/host.ts';

/** What runs inside a domain. Made once; `handle` is never entered twice at a time. */
export interface DomainService {
  handle(request: DomainRequest): DomainAnswer;
  /** True once its only instance panicked: the last answer was the last. */
  readonly ended?: boolean;
  /** Zeroes all secrets. */
  destroy(): void;
}

/** Makes what runs in a domain of one kind. */
export type CreateDomainService = (start: DomainStart, host: DomainHost) => DomainService;

/**
 * Control requests to the domain of a trusted application (JSON parts are canonical JSON, UTF-8).
 *
 * - `hello`: answers part 0 = ephemeral SM2 public key (65 bytes) for the grant
 * - `start`: parts 0 grant (sealed to the ephemeral key), 1 bundle (empty for a built-in image),
 *   2 name of the built-in image (empty otherwise); answers part 0 = JSON `{measurement}`
 * - `ticket`: parts 0 channel number (u32 big-endian), 1 ticket; opened by `openTicket` (`core/ticket.ts`),
 *   which says the role, the application at the other end and the key of the channel's `SecureLink`
 * - `drop-channel`: part 0 channel number
 * - `stats`: answers part 0 = JSON `DomainStats`
 * - `self-check`: measures code and API again; ERR_TEE_DRIFT when they changed
 * - `settle-store`: instead of `start`, part 0 storage grant; opens the storage, brings it to rest, and
 *   answers part 0 = frame for the core with what it found (`core/storage-grant.ts`). No code runs
 * - `personalise`: part 0 = box; opened by `openPersonalisation` (`core/personalisation-box.ts`), the data
 *   are handed to TA_InvokeCommandEntryPoint as `PERSONALISE_COMMAND`
 */
export type TaControl =
  | 'hello'
  | 'start'
  | 'settle-store'
  | 'ticket'
  | 'drop-channel'
  | 'stats'
  | 'self-check'
  | 'personalise';

export { PERSONALISATION_LOGIN, PERSONALISE_COMMAND } from '../../spec/v1/personalisation.ts';

/** Answer of `stats`. */
export interface DomainStats {
  readonly memory: { readonly used: number; readonly peak: number; readonly quota: number };
  readonly storage: { readonly used: number; readonly quota: number };
  readonly sessions: number;
}

/**
 * Control requests to the core.
 *
 * - `boot`: part 0 JSON `{events, time, managementKey?, conformanceTa?}` (`time` everywhere in
 *   milliseconds since 1970; `managementKey` base64 of 65 bytes; optional built-ins only with
 *   `conformanceTa: true`); answers part 0 device root certificate, part 1 JSON `CorePublicInfo`
 * - `launch`: part 0 JSON `{uuid, time}`, part 1 ephemeral public key; answers part 0 JSON
 *   `LaunchInfo`, part 1 grant, part 2 bundle (empty for a built-in image)
 * - `ta-request`: part 0 JSON `{instance, time}`, part 1 frame sealed by the launch link; answers
 *   part 0 sealed frame (the requests inside: `core/ta-request.ts`)
 * - `connect`: part 0 JSON `{from, to}` (instances); answers part 0 ticket for `from`, part 1 for `to`
 * - `ended`: part 0 JSON `{instance}`: forgets it
 * - `manage`: part 0 command, part 1 payload, part 2 JSON `{time}`; answers part 0 receipt, part 1
 *   JSON `ManagementEffect`
 * - `migrate`: part 0 JSON `{step, ta, role, time}`, part 1 message or empty; answers part 0 JSON
 *   `CoreMigration`, part 1 what is for the other side (`core/migration.ts`)
 * - `snapshot`: answers part 0 JSON `CoreSnapshot`
 * - `audit`: part 0 JSON `{from, max}`; answers part 0 JSON array of records
 */
export type CoreControl =
  | 'boot'
  | 'launch'
  | 'ta-request'
  | 'connect'
  | 'ended'
  | 'manage'
  | 'migrate'
  | 'snapshot'
  | 'audit';

/** Public facts of the device. */
export interface CorePublicInfo {
  /** SM3 of the device root's public key, hex. */
  readonly device: string;
  /** SM2 public key (65 bytes, base64) bundles and personalisation data are encrypted to. */
  readonly bundleKey: string;
  /** Certificate of that key by the device root, base64 of its DER. */
  readonly bundleCertificate: string;
  /** Certificate of the key evidence and receipts are signed with, base64 of its DER. */
  readonly attestationCertificate: string;
  readonly tcbVersion: number;
  readonly tcbFloor: number;
  readonly managed: boolean;
  /** Applications that were deleted before the host forgot their storage: it does so now, before it starts any. */
  readonly forget: readonly TeecUuid[];
}

/** What the host side may know of a launch. */
export interface LaunchInfo {
  /** Number of this start, 32 hex digits. */
  readonly instance: string;
  readonly name: string;
  readonly version: number;
  /** Name of the built-in image, or empty. */
  readonly image: string;
  readonly codeDigest: string;
  readonly singleInstance: boolean;
  readonly multiSession: boolean;
  readonly instanceKeepAlive: boolean;
  readonly memoryBytes: number;
  readonly storageBytes: number;
  readonly maxSessions: number;
  readonly callTimeoutMs: number;
  readonly socketPeers: readonly string[];
}

/** What the host side has to do after a management command. */
export interface ManagementEffect {
  /** Applications to stop now; `forget` also deletes their storage. */
  readonly stop: readonly TeecUuid[];
  readonly forget: readonly TeecUuid[];
  /** Personalisation data to deliver (already checked): a box only the application opens, base64. */
  readonly personalise: { readonly ta: TeecUuid; readonly data: string } | undefined;
}

/** State of what is installed, for the monitor. */
export interface CoreSnapshot {
  readonly tcbVersion: number;
  readonly tcbFloor: number;
  readonly teeLocked: boolean;
  readonly applications: readonly {
    readonly uuid: TeecUuid;
    readonly name: string;
    readonly version: number;
    readonly state: 'selectable' | 'locked';
    readonly domain: TeecUuid;
    readonly builtIn: boolean;
    /** Quota of secure memory of its manifest: the limits of its domain are set before its launch. */
    readonly memoryBytes: number;
  }[];
}

/** What the core gives a domain it lets start; sealed to the domain's ephemeral key. */
export interface LaunchGrant {
  readonly instance: string;
  /** 32 bytes derived from the hardware-unique key for this uuid; storage, sealing and derived keys hang on it. */
  readonly seed: Uint8Array;
  /** 32 bytes; key of the link between this instance and the core. */
  readonly linkKey: Uint8Array;
  /** 16 bytes for an encrypted bundle, else empty. */
  readonly codeKey: Uint8Array;
  /** SM3 of the signed header (or of the canonical manifest of a built-in image). */
  readonly headerDigest: Uint8Array;
  readonly codeDigest: Uint8Array;
  readonly deviceId: string;
  readonly tcbVersion: number;
  /** Of an application that came from another device. */
  readonly adoption: StorageAdoption | undefined;
}

/** What storage that came from another device has to be. */
export interface StorageAdoption {
  /** Number of the migration, 32 hex digits; the domain marks the storage with it. */
  readonly transfer: string;
  /** Head of the store as it left the other device, hex. */
  readonly head: string;
  /** The mark was made: storage without it is older. */
  readonly made: boolean;
}

/** What a step of a migration asks of the core. */
export interface CoreMigrationStep {
  /**
   * - `status`, `open`, `message`, `staged` as on the module-side interface
   * - `storage-grant`: the message is the ephemeral key of a domain, the answer is for its `settle-store`
   * - `storage`: the message is the frame that `settle-store` answered with
   */
  readonly step: 'status' | 'open' | 'message' | 'staged' | 'storage-grant' | 'storage';
  readonly ta: TeecUuid;
  readonly role: MigrationRole;
}

/** What the core says of a migration. */
export interface CoreMigration {
  readonly state: MigrationState;
  readonly transfer: string;
  /** Source, `exporting`: the storage is not settled, which the host has to see to before `open`. */
  readonly unsettled: boolean;
  /** Target: files that have to be there, and nothing else, before `staged`; null where none are asked for. */
  readonly files: readonly MigrationFile[] | null;
  /** The storage of the application is to be deleted now. */
  readonly forget: boolean;
}

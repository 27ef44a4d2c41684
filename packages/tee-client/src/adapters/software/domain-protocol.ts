/**
 * What goes between the host side of the software TEE and a domain (域): the core, or one trusted
 * application. A domain is a child process, a worker thread or an object in the calling process;
 * the messages are the same. Everything in a domain is synchronous: one request at a time.
 */
import type { DomainHost } from '../../runtime/host.ts';
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
 * - `personalise`: part 0 = box; opened by `openPersonalisation` (`core/personalisation-box.ts`), the data
 *   are handed to TA_InvokeCommandEntryPoint as `PERSONALISE_COMMAND`
 */
export type TaControl =
  | 'hello'
  | 'start'
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
}

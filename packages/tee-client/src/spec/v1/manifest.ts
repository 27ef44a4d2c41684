import type { TeecUuid } from './uuid.ts';

/** Format of a manifest. @group Trusted application bundles */
export const TA_MANIFEST_FORMAT = 'cssi-ta/1';

/**
 * Groups of the internal API a trusted application may declare. Memory, properties, control and the
 * log belong to every application; what is not declared is refused and alarmed.
 *
 * @group Trusted application bundles
 */
export const TA_APIS = [
  'crypto',
  'storage',
  'time',
  'arithmetic',
  'internal-client',
  'derive',
  'evidence',
  'secure-memory',
  'sockets',
] as const;

/** @group Trusted application bundles */
export type TaApi = (typeof TA_APIS)[number];

/**
 * Services of the enclave interface that the runtime gives clients on behalf of an application.
 *
 * @group Trusted application bundles
 */
export const TA_SERVICES = ['seal', 'derive', 'memory', 'evidence', 'monitor', 'channel'] as const;

/** @group Trusted application bundles */
export type TaService = (typeof TA_SERVICES)[number];

/**
 * What a trusted application (可信应用) is and what it may do; signed with its code.
 *
 * @standard GPD_SPE_010 v1.3.1 §4.5 (properties of a TA)
 * @group Trusted application bundles
 */
export interface TaManifest {
  readonly format: typeof TA_MANIFEST_FORMAT;
  readonly uuid: TeecUuid;
  /** 1 to 64 characters of `[a-z0-9-]`. */
  readonly name: string;
  /** 1 to 2^32 - 1; a lower one than its security domain ever installed does not load. */
  readonly version: number;
  /** At most 256 characters. */
  readonly description: string;
  readonly singleInstance: boolean;
  readonly multiSession: boolean;
  readonly instanceKeepAlive: boolean;
  readonly apis: readonly TaApi[];
  readonly services: readonly TaService[];
  /** Commands clients may call; others are refused and alarmed. `null` allows all. */
  readonly commands: readonly number[] | null;
  /** Logins (`TEEC_LOGIN`, or TRUSTED_APP) that may open a session; `null` allows all. */
  readonly logins: readonly number[] | null;
  /** Trusted applications that may open a session; `null` allows all. */
  readonly callers: readonly TeecUuid[] | null;
  /** Quota of secure memory in bytes (4,096 to 1 GiB): TEE_Malloc, objects, operations, shared blocks. */
  readonly memoryBytes: number;
  /** Quota of trusted storage in bytes (0 to 1 GiB). */
  readonly storageBytes: number;
  /** Sessions at a time, 1 to 1,024. */
  readonly maxSessions: number;
  /** An entry point that runs longer is a hang and ends the application; 10 to 600,000 ms. */
  readonly callTimeoutMs: number;
  /** `host:port` the application may connect to; needs the API `sockets`. */
  readonly socketPeers: readonly string[];
  /** Lowest TCB version of the TEE that may run it. */
  readonly minimumTcb: number;
  /** Properties of the application's own, names `[A-Za-z0-9._-]{1,80}` not starting with `gpd.`. */
  readonly properties: Readonly<Record<string, string>>;
}

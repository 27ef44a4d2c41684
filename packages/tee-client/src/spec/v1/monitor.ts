import type { TeecUuid } from './uuid.ts';

/**
 * What happens in a security module, for whoever watches it (监控事件).
 *
 * @group Monitoring
 */
export const MODULE_EVENT_KINDS = [
  'ta-started',
  'ta-stopped',
  'ta-panicked',
  'ta-died',
  'ta-hung',
  'ta-drifted',
  'launch-refused',
  'undeclared-call',
  'memory-exceeded',
  'management',
  'management-refused',
  'tcb-outdated',
  'log',
] as const;

/** @group Monitoring */
export type ModuleEventKind = (typeof MODULE_EVENT_KINDS)[number];

/** @group Monitoring */
export interface ModuleEvent {
  readonly kind: ModuleEventKind;
  readonly severity: 'info' | 'warning' | 'alarm';
  readonly time: Date;
  /** The application, where there is one. */
  readonly uuid?: TeecUuid;
  /** Neutral facts, `name=value` pairs; never secret or personal data. */
  readonly detail: string;
}

/** @group Monitoring */
export type ModuleEventListener = (event: ModuleEvent) => void;

/** State and figures of one application. @group Monitoring */
export interface ApplicationMetrics {
  readonly uuid: TeecUuid;
  readonly name: string;
  readonly version: number;
  readonly state: 'running' | 'stopped' | 'dead' | 'locked' | 'refused';
  readonly sessions: number;
  readonly starts: number;
  readonly calls: number;
  /** Failed calls by result (hex) and origin, for example `ffff0006/4`. */
  readonly failures: Readonly<Record<string, number>>;
  /** Microseconds over the last 1,024 calls; undefined before the first. */
  readonly latency: { readonly median: number; readonly p99: number; readonly max: number } | undefined;
  /** Secure memory in use and its highest so far and quota, bytes. */
  readonly memory: { readonly used: number; readonly peak: number; readonly quota: number };
  /** Resident bytes of the process, where each application has its own. */
  readonly residentBytes: number | undefined;
  readonly storage: { readonly used: number; readonly quota: number };
  /** Measurement at load, hex SM3. */
  readonly measurement: string;
  readonly alarms: number;
}

/** @group Monitoring */
export interface ModuleSnapshot {
  readonly time: Date;
  readonly healthy: boolean;
  readonly tcbVersion: number;
  readonly tcbFloor: number;
  readonly applications: readonly ApplicationMetrics[];
}

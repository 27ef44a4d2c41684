import { resolve } from 'node:path';
import { checkBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { Tee } from '../../spec/v1/internal/tee.ts';
import type { ModuleIsolation } from '../../spec/v1/module.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import type { DomainMode } from './domain-protocol.ts';

/** Version of the trusted computing base of this release; raised when a release mends a weakness. */
export const SOFTWARE_TCB_VERSION = 1;

const MAX_TIMEOUT_MS = 600_000;
const MAX_PENDING = 65_536;
const MAX_CHECK_MS = 24 * 60 * 60 * 1000;
const DEFAULT_CHECK_MS = 60_000;
const SM2_POINT_BYTES = 65;
const MODES: readonly DomainMode[] = ['process', 'worker', 'in-process'];

/**
 * Options of the software TEE.
 *
 * @group Software TEE
 */
export interface SoftwareTeeOptions {
  /** Data folder; the TEE keeps its files in `tee` below it. */
  readonly dataDir: string;
  /**
   * How applications are separated from the host and from each other:
   *
   * - `process` (when left out): a child process each, with its own limits of memory, files and
   *   descriptors and, where this Node has it, the permission model. A flaw in the compartment still
   *   leaves the rights of the host's user that the permission model does not take away (network).
   * - `worker`: a thread each. The compartment is the same, but one process holds all memory: array
   *   buffers outside of the heap have no limit, a crash of the engine takes the host with it, and a
   *   flaw in the compartment reaches everything.
   * - `in-process`: none. Application code runs with all rights of the caller, shares its globals, and
   *   can stop it for ever; for tests and debugging only.
   */
  readonly mode?: DomainMode;
  /** Clock of the host, for certificates, evidence and audit; the system's when left out. */
  readonly clock?: () => Date;
  /** Upper limit of an entry point in milliseconds, above which the application is ended; what its manifest says when left out. */
  readonly callTimeoutMs?: number;
  /** Calls that may wait for one application; 1,024 when left out, above it BUSY. */
  readonly maxPendingCalls?: number;
  /** Offers the conformance TAs, for tests only; off when left out. */
  readonly conformanceTa?: boolean;
  /** SM2 public key (65 bytes) of the root security domain, taken at the first start of a device. */
  readonly managementKey?: Uint8Array;
  /** Milliseconds between two checks of code and applications; 60,000 when left out, 0 for none. */
  readonly checkIntervalMs?: number;
}

/**
 * What the software TEE is built on, for tests.
 *
 * @group Software TEE
 */
export interface SoftwareTeeDeps {
  /** In-process only: changes the API an application gets (planted faults). */
  readonly instrument?: (tee: Tee, uuid: TeecUuid) => Tee;
  /** The TCB version to run as; the release's own when left out. */
  readonly tcbVersion?: number;
}

/** Options after their check. */
export interface Settings {
  readonly dataDir: string;
  readonly mode: DomainMode;
  readonly clock: () => Date;
  readonly callTimeoutMs: number;
  readonly maxPendingCalls: number;
  readonly conformanceTa: boolean;
  readonly managementKey: Uint8Array | undefined;
  readonly checkIntervalMs: number;
  readonly tcbVersion: number;
  readonly instrument: SoftwareTeeDeps['instrument'];
}

/** What each mode is worth, in the words of the module interface. */
export const ISOLATION: Readonly<Record<DomainMode, ModuleIsolation>> = {
  process: 'process',
  worker: 'thread',
  'in-process': 'none',
};

const invalid = (name: string, expected: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${name} expected=${expected}` });

function integer(value: unknown, min: number, max: number, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalid(name, `${min}..${max}`);
  }
  return value;
}

/** A clock that cannot give an invalid date. */
function checkedClock(clock: () => Date): () => Date {
  return () => {
    const time = clock();
    if (!(time instanceof Date) || Number.isNaN(time.getTime())) throw invalid('clock', 'date');
    return time;
  };
}

function managementKey(key: Uint8Array): Uint8Array {
  try {
    return checkBytes(key, 'managementKey', SM2_POINT_BYTES).slice();
  } catch {
    throw invalid('managementKey', `${SM2_POINT_BYTES}-bytes`);
  }
}

/**
 * Checks the options and fills in what was left out.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 */
export function checkOptions(options: SoftwareTeeOptions, deps: SoftwareTeeDeps): Settings {
  if (typeof options.dataDir !== 'string' || options.dataDir === '') throw invalid('dataDir', 'path');
  const mode = options.mode ?? 'process';
  if (!MODES.includes(mode)) throw invalid('mode', MODES.join('|'));
  if (options.clock !== undefined && typeof options.clock !== 'function') throw invalid('clock', 'function');
  if (options.conformanceTa !== undefined && typeof options.conformanceTa !== 'boolean') {
    throw invalid('conformanceTa', 'boolean');
  }
  if (deps.instrument !== undefined && mode !== 'in-process') throw invalid('instrument', 'mode=in-process');
  return {
    // A domain's permissions name absolute paths.
    dataDir: resolve(options.dataDir),
    mode,
    clock: checkedClock(options.clock ?? (() => new Date())),
    callTimeoutMs: integer(options.callTimeoutMs ?? MAX_TIMEOUT_MS, 1, MAX_TIMEOUT_MS, 'callTimeoutMs'),
    maxPendingCalls: integer(options.maxPendingCalls ?? 1024, 1, MAX_PENDING, 'maxPendingCalls'),
    conformanceTa: options.conformanceTa ?? false,
    managementKey: options.managementKey === undefined ? undefined : managementKey(options.managementKey),
    checkIntervalMs: integer(options.checkIntervalMs ?? DEFAULT_CHECK_MS, 0, MAX_CHECK_MS, 'checkIntervalMs'),
    tcbVersion: integer(deps.tcbVersion ?? SOFTWARE_TCB_VERSION, 1, 0xffffffff, 'tcbVersion'),
    instrument: deps.instrument,
  };
}

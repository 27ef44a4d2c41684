import type { Secret } from '@cssi/sm-core';
import type { TaApi, TaManifest } from '../spec/v1/manifest.ts';
import type { DomainHost } from './host.ts';

/** Bytes of secure memory an instance holds against the quota of its manifest. */
export interface MemoryAccount {
  /** False when the quota does not allow it; nothing changes then. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
  readonly used: number;
  readonly peak: number;
  readonly quota: number;
}

/** What the groups of the internal API get to work with: one per instance of an application. */
export interface RuntimeContext {
  readonly manifest: TaManifest;
  /** Marks the instance dead and throws a `TeePanic`; whatever the application catches, it stays dead. */
  panic(code: number, reason: string): never;
  readonly memory: MemoryAccount;
  /** 32 bytes of the application; every purpose derives its own key from it. */
  readonly seed: Secret;
  /** An API the manifest does not declare: event `undeclared-call` and `TeeError` ACCESS_DENIED. */
  require(api: TaApi, functionName: string): void;
  readonly host: DomainHost;
  /** Milliseconds since 1970, of the host's clock (REE time). */
  readonly now: () => number;
}

/** The result GlobalPlatform's tables give a misuse without a number of its own: TEE_ERROR_BAD_PARAMETERS. */
export const PANIC_BAD_PARAMETERS = 0xffff0006;
/** TEE_ERROR_BAD_STATE as a panic code. */
export const PANIC_BAD_STATE = 0xffff0007;
/** What the runtime itself panics with where nothing fits better: TEE_ERROR_GENERIC. */
export const PANIC_GENERIC = 0xffff0000;

/**
 * An account over `quota` bytes. `onExceeded` hears of every refusal.
 */
export function createMemoryAccount(
  quota: number,
  onExceeded: (wanted: number) => void = () => {},
): MemoryAccount {
  let used = 0;
  let peak = 0;
  return Object.freeze({
    reserve: (bytes: number): boolean => {
      if (!Number.isSafeInteger(bytes) || bytes < 0) return false;
      if (bytes > quota - used) {
        onExceeded(bytes);
        return false;
      }
      used += bytes;
      if (used > peak) peak = used;
      return true;
    },
    release: (bytes: number): void => {
      if (Number.isSafeInteger(bytes) && bytes > 0) used = Math.max(0, used - bytes);
    },
    get used(): number {
      return used;
    },
    get peak(): number {
      return peak;
    },
    get quota(): number {
      return quota;
    },
  });
}

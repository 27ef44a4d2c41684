import { SmError } from '@cssi/sm-core';
import { expect } from 'vitest';
import {
  createKeyManagementService,
  type KeyAlgorithm,
  type KeyManagementOptions,
  type KeyUsage,
  type KmsAlert,
  type NamedRandom,
} from '../../src/index.ts';
import { type TestRoot, testRoot } from './root.ts';
import { HostileStore } from './store.ts';

export const NOW = new Date('2026-12-01T00:00:00Z');

/** A service over a hostile store, with everything a test wants to look at. */
export function setup(
  options: KeyManagementOptions = {},
  deps: { store?: HostileStore; root?: TestRoot; random?: NamedRandom; time?: Date } = {},
) {
  const store = deps.store ?? new HostileStore();
  const root = deps.root ?? testRoot();
  const alerts: KmsAlert[] = [];
  const time = { now: deps.time ?? NOW };
  const kms = createKeyManagementService(options, {
    store,
    root,
    clock: () => time.now,
    alert: (alert) => alerts.push(alert),
    ...(deps.random === undefined ? {} : { random: deps.random }),
  });
  const key = async (tenantId: string, algorithm: KeyAlgorithm, usage: KeyUsage) => {
    const made = await kms.createKey({ tenantId, algorithm, usage: [usage], label: 'test' });
    return { tenantId, keyId: made.keyId };
  };
  return { kms, store, root, alerts, time, key };
}

/** The code of the error `action` ends with; anything else fails the test. */
export async function codeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
    return (error as SmError).code;
  }
  return 'accepted';
}

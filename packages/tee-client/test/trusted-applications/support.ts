import { hmacSm3, Secret, utf8 } from '@cssi/sm-core';

import { Instance } from '../../src/adapters/software/domain/instance.ts';
import { createTeeClient } from '../../src/client/index.ts';
import { openKeyVault } from '../../src/key-vault.ts';
import { createMemoryAccount } from '../../src/runtime/context.ts';
import { nodeStoreFiles, openObjectStore, type StoreStep } from '../../src/runtime/storage/object-store.ts';
import type { TeeClient } from '../../src/spec/v1/client.ts';
import type { Tee, TrustedApplicationFactory } from '../../src/spec/v1/internal/tee.ts';
import type { KeyVault } from '../../src/spec/v1/key-vault.ts';
import type { TaManifest } from '../../src/spec/v1/manifest.ts';
import type {
  ModuleAnswer,
  ModuleClient,
  ModuleParameter,
  SecurityModule,
} from '../../src/spec/v1/module.ts';
import { PERSONALISATION_LOGIN, PERSONALISE_COMMAND } from '../../src/spec/v1/personalisation.ts';
import { teecResultName } from '../../src/spec/v1/results.ts';
import keyVault from '../../src/trusted-applications/key-vault/index.ts';
import { KEY_VAULT_MANIFEST } from '../../src/trusted-applications/key-vault/manifest.ts';
import { failureOf as failure, onCleanup, temporaryFolder } from '../basics.ts';

export { temporaryFolder };

/**
 * One trusted application on the real runtime and the real store, in this process and without a
 * compartment: so a test reaches what a domain hides (its API, its storage, the moment of a crash).
 */

export const PUBLIC: ModuleClient = { login: 0, uuid: '00000000-0000-0000-0000-000000000000' };
export const ALICE: ModuleClient = { login: 1, uuid: 'a11ce000-0000-5000-8000-000000000001' };
export const BOB: ModuleClient = { login: 1, uuid: 'b0b00000-0000-5000-8000-000000000002' };

/** The error an action ends with. */
export const failureOf = async (action: () => unknown): Promise<{ readonly code: string }> =>
  (await failure(action)) as { code: string };

export interface HarnessOptions {
  readonly folder?: string;
  readonly instrument?: (tee: Tee) => Tee;
  /** Called in front of each step on the disk; may throw. */
  readonly before?: (step: StoreStep) => void;
}

export interface Harness {
  readonly folder: string;
  /** Clients of the application with this identity. */
  as(client: ModuleClient): TeeClient;
  /** Delivers personalisation data; the name of the result. */
  personalise(data: Uint8Array): string;
  /** One command on a session of its own; the name of the result, or its number in hex. */
  call(
    client: ModuleClient,
    command: number,
    ...params: ModuleParameter[]
  ): { result: string; answer: ModuleAnswer };
  /** Ends it as a crash does: nothing is told, nothing is flushed. Also called at the end of the test. */
  stop(): void;
}

const SEED = utf8('seed of the applications of tests');

export function startApplication(
  manifest: TaManifest,
  factory: TrustedApplicationFactory,
  options: HarnessOptions = {},
): Harness {
  const folder = options.folder ?? temporaryFolder();
  const store = openObjectStore({
    files: nodeStoreFiles(folder, options.before),
    seed: Secret.copy(hmacSm3(SEED, utf8(manifest.uuid))),
    uuid: manifest.uuid,
    quotaBytes: manifest.storageBytes,
  });
  const instance = new Instance({
    manifest,
    seed: Secret.copy(hmacSm3(SEED, utf8(manifest.uuid))),
    host: {
      rpc: () => ({ result: 0xffff0009, origin: 3, value: 0, parts: [] }),
      event: () => {},
    },
    now: () => Date.UTC(2026, 11, 1),
    memory: createMemoryAccount(manifest.memoryBytes),
    services: {
      deviceId: '00'.repeat(32),
      tcbVersion: 1,
      store,
      monotonic: () => performance.now(),
      evidence: (nonce, userData) => ({ result: 0, parts: [nonce, userData] }),
      connect: () => ({ result: 0xffff0008, origin: 3 }),
    },
    evaluate: () => factory,
    harden: (value) => value,
    instrument: options.instrument && ((tee) => options.instrument?.(tee) ?? tee),
  });
  let sessions = 0;
  let stopped = false;

  const moduleFor = (identity: ModuleClient): SecurityModule => ({
    describe: () => ({
      interfaceVersion: '1',
      name: 'harness',
      vendor: 'tests',
      version: '1',
      emulated: true,
      isolation: 'none',
      capabilities: [],
      maxMemoryBytes: 32 * 1024 * 1024,
    }),
    openSession: async (_uuid, _client, params) => instance.open(++sessions, identity, params),
    invoke: async (session, command, params) => instance.invoke(session, command, params),
    closeSession: async (session) => instance.close(session),
    service: async () => ({ result: 0xffff000a, origin: 3, value: 0, parts: [] }),
    manage: async () => new Uint8Array(0),
    migrate: async () => ({ state: 'none', transfer: '', message: new Uint8Array(0), files: [] }),
    snapshot: async () => ({ applications: [] }) as never,
    subscribe: () => () => {},
    close: async () => {},
  });

  const harness: Harness = {
    folder,
    as: (client) => createTeeClient(moduleFor(client)),
    personalise: (data) =>
      harness.call({ login: PERSONALISATION_LOGIN, uuid: PUBLIC.uuid }, PERSONALISE_COMMAND, {
        type: 5,
        size: data.length,
        buffer: data,
      }).result,
    call: (client, command, ...params) => {
      const id = ++sessions;
      const opened = instance.open(id, client, []);
      if (opened.result !== 0) return { result: name(opened.result), answer: opened };
      const four = [...params, ...new Array<ModuleParameter>(4 - params.length).fill({ type: 0 })];
      const answer = instance.invoke(id, command, four);
      instance.close(id);
      return { result: name(answer.result), answer };
    },
    stop: () => {
      if (stopped) return;
      stopped = true;
      // The last commit stays what it is; closing only lets go of the files and zeroes keys.
      store.close();
    },
  };
  onCleanup(() => harness.stop());
  return harness;
}

const name = (result: number): string => teecResultName(result) ?? result.toString(16);

/** Bytes as an input, and room for an output. */
export const given = (bytes: Uint8Array): ModuleParameter => ({ type: 5, size: bytes.length, buffer: bytes });
export const room = (size: number): ModuleParameter => ({ type: 6, size, buffer: new Uint8Array(0) });

/** Random bytes that follow from a seed, without end: HMAC-SM3 of a counter. */
export function seededRandom(seed: string): (size: number) => Uint8Array {
  const key = utf8(seed);
  let counter = 0;
  return (size) => {
    const out = new Uint8Array(size);
    for (let at = 0; at < size; at += 32) {
      const block = hmacSm3(key, utf8(String(counter++)));
      out.set(block.subarray(0, Math.min(32, size - at)), at);
    }
    return out;
  };
}

/** The bytes with one bit changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** A key vault of its own. */
export const startKeyVault = (options?: HarnessOptions): Harness =>
  startApplication(KEY_VAULT_MANIFEST, keyVault, options);

/** One key vault as two of its clients see it. */
export async function vaults(): Promise<{ alice: KeyVault; bob: KeyVault }> {
  const harness = startKeyVault();
  return { alice: await openKeyVault(harness.as(ALICE)), bob: await openKeyVault(harness.as(BOB)) };
}

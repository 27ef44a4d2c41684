import { type Sm2KeyPair, sm2, utf8 } from '@cssi/sm-core';
import type { SoftwareTee, SoftwareTeeDeps, SoftwareTeeOptions } from '../../src/adapters/software/index.ts';
import {
  buildBundle,
  managementCommand,
  managementSigner,
  payloadDigest,
  signBundle,
} from '../../src/management/index.ts';
import type { ManagementAction } from '../../src/spec/v1/management.ts';
import { TA_MANIFEST_FORMAT, type TaManifest } from '../../src/spec/v1/manifest.ts';
import { startTee, startTeeFor } from '../support.ts';

// Commands of one device are numbered; those of several may share the numbers.
let nextSequence = Date.now();

/** For a command that a test signs itself. */
export const takeSequence = (): number => nextSequence++;

/** A manifest with everything declared but sockets, for tests. */
export function testManifest(uuid: string, changes: Partial<TaManifest> = {}): TaManifest {
  return {
    format: TA_MANIFEST_FORMAT,
    uuid,
    name: `test-${uuid.slice(-4)}`,
    version: 1,
    description: '',
    singleInstance: true,
    multiSession: true,
    instanceKeepAlive: true,
    apis: ['crypto', 'storage', 'time', 'arithmetic', 'internal-client', 'derive', 'secure-memory'],
    services: ['seal', 'derive', 'memory', 'monitor'],
    commands: null,
    logins: null,
    callers: null,
    memoryBytes: 4 << 20,
    storageBytes: 4 << 20,
    maxSessions: 32,
    callTimeoutMs: 20_000,
    socketPeers: [],
    minimumTcb: 0,
    properties: {},
    ...changes,
  };
}

/** What the holder of the root security domain's key can do with a TEE. */
export interface Manager {
  manage(action: ManagementAction, payload?: Uint8Array): Promise<Uint8Array>;
  bundle(manifest: TaManifest, code: string): Promise<Uint8Array>;
  /** Installs, or with `update` replaces, an application. */
  install(manifest: TaManifest, code: string, update?: boolean): Promise<void>;
}

/** Signs commands for `tee` with `pair`. */
export function managerOf(tee: SoftwareTee, pair: Sm2KeyPair): Manager {
  const signer = managementSigner(pair);
  const manage = async (action: ManagementAction, payload?: Uint8Array): Promise<Uint8Array> =>
    tee.module.manage(
      await managementCommand(action, { device: tee.info.device, sequence: nextSequence++, signer }),
      payload,
    );
  const bundle = (manifest: TaManifest, code: string): Promise<Uint8Array> =>
    signBundle(buildBundle(manifest, utf8(code)), signer);
  return {
    manage,
    bundle,
    install: async (manifest, code, update = false) => {
      const bytes = await bundle(manifest, code);
      const bundleDigest = payloadDigest(bytes);
      await manage({ action: update ? 'update-ta' : 'install-ta', bundleDigest }, bytes);
    },
  };
}

/** A TEE with its manager. */
export type ManagedTee = Manager & Awaited<ReturnType<typeof startTee>>;

/** Starts a TEE whose management key is the test's, or `pair`; closed after the test. */
export async function startManaged(
  options: Partial<SoftwareTeeOptions> = {},
  pair: Sm2KeyPair = sm2.generateKeyPair(),
  deps: SoftwareTeeDeps = {},
): Promise<ManagedTee> {
  const started = await startTee({ managementKey: pair.publicKey, ...options }, deps);
  return { ...started, ...managerOf(started.tee, pair) };
}

/** The same for a whole file; `stop` ends it. */
export async function startManagedFor(
  options: Partial<SoftwareTeeOptions> = {},
): Promise<Manager & Awaited<ReturnType<typeof startTeeFor>>> {
  const pair = sm2.generateKeyPair();
  const started = await startTeeFor({ managementKey: pair.publicKey, ...options });
  return { ...started, ...managerOf(started.tee, pair) };
}

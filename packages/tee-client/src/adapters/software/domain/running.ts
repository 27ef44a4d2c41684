import { hrtime } from 'node:process';
import { equalBytes, Secret, type Sm2KeyPair, sm3 } from '@cssi/sm-core';
import { SecureLink } from '../../../channel/secure-link.ts';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { createMemoryAccount, type MemoryAccount } from '../../../runtime/context.ts';
import { nodeStoreFiles, type ObjectStore, openObjectStore } from '../../../runtime/storage/object-store.ts';
import type { Tee, TrustedApplicationFactory } from '../../../spec/v1/internal/tee.ts';
import type { TaManifest } from '../../../spec/v1/manifest.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { openGrant } from '../core/grant.ts';
import type { DomainHost, DomainStart, LaunchGrant } from '../domain-protocol.ts';
import { confirmAdoption, openAdoptedStore } from './adoption.ts';
import { Channels } from './channels.ts';
import { type EvidenceAnswer, evidenceRequests } from './evidence-requests.ts';
import { Instance, type InstanceFacts } from './instance.ts';
import { type LoadedCode, loadCode } from './loaded-code.ts';
import { Sessions } from './sessions.ts';

const NANOSECONDS = 1_000_000n;

/** How code is evaluated and the realm looked after. */
export interface Realm {
  evaluate(code: string): TrustedApplicationFactory;
  harden<T>(value: T): T;
  /** False when the intrinsics are not as they were frozen. */
  intact(): boolean;
}

/** Of tests: in this process only. */
export interface TaDomainOptions {
  readonly realm: Realm;
  readonly instrument?: ((tee: Tee, uuid: TeecUuid) => Tee) | undefined;
  readonly clock?: (() => number) | undefined;
}

/** What a started application consists of. */
export interface Running {
  readonly manifest: TaManifest;
  readonly code: LoadedCode;
  readonly codeDigest: Uint8Array;
  readonly seed: Secret;
  readonly core: SecureLink;
  readonly channels: Channels;
  readonly store: ObjectStore;
  readonly memory: MemoryAccount;
  readonly sessions: Sessions;
  readonly commands: ReadonlySet<number> | undefined;
  /** Asks the core, which believes what comes over the link of the launch and nothing else. */
  readonly evidence: InstanceFacts['services']['evidence'];
  /** For handshakes of secure channels alone. */
  readonly channelEvidence: (reportData: Uint8Array) => EvidenceAnswer;
}

/** What the host side hands over for a start, and where it is to run. */
export interface Launch {
  readonly start: DomainStart;
  readonly host: DomainHost;
  readonly options: TaDomainOptions;
  readonly sealedGrant: Uint8Array;
  readonly bundle: Uint8Array;
  readonly image: string;
}

/**
 * Starts an application with the core's grant. The key pair is used up, whatever comes of it.
 *
 * @throws {@link SmError} of the grant, the bundle, the store or the code; nothing is left open then
 */
export function startApplication(pair: Sm2KeyPair, launch: Launch): Running {
  let grant: LaunchGrant;
  try {
    grant = openGrant(pair, launch.sealedGrant);
  } finally {
    pair.privateKey.destroy();
  }
  const undo: (() => void)[] = [];
  try {
    return assemble(launch, grant, undo);
  } catch (error) {
    for (const action of undo.reverse()) action();
    throw error;
  } finally {
    grant.seed.fill(0);
    grant.linkKey.fill(0);
    grant.codeKey.fill(0);
  }
}

function assemble(launch: Launch, grant: LaunchGrant, undo: (() => void)[]): Running {
  const { start, host, bundle, image } = launch;
  const code = loadCode(start.uuid, grant, bundle, image);
  undo.push(() => code.bytes.fill(0));
  const { manifest } = code;
  const seed = Secret.copy(grant.seed);
  undo.push(() => seed.destroy());
  const core = new SecureLink(grant.linkKey, 'initiator');
  undo.push(() => core.destroy());
  const storage = {
    files: nodeStoreFiles(start.folder),
    seed,
    uuid: manifest.uuid,
    quotaBytes: manifest.storageBytes,
  };
  const store =
    grant.adoption === undefined
      ? openObjectStore(storage)
      : openAdoptedStore(storage, grant.adoption, () => confirmAdoption(host, core));
  undo.push(() => store.close());
  const memory = createMemoryAccount(manifest.memoryBytes);
  const channels = new Channels(host, core, (ended) => sessions.closeOwned(ended));
  const { evidence, channelEvidence } = evidenceRequests(host, core);
  const facts = instanceFacts(launch, grant, { code, seed, store, memory, channels, evidence });
  const sessions = new Sessions(facts);
  // Evaluated once now: code that is no application must not be found out at its first session.
  new Instance(facts).destroy();
  return {
    manifest,
    code,
    codeDigest: grant.codeDigest,
    seed,
    core,
    channels,
    store,
    memory,
    sessions,
    commands: manifest.commands === null ? undefined : new Set(manifest.commands),
    evidence,
    channelEvidence,
  };
}

function instanceFacts(
  { host, options }: Launch,
  { deviceId, tcbVersion }: LaunchGrant,
  own: Pick<Running, 'code' | 'seed' | 'store' | 'memory' | 'channels' | 'evidence'>,
): InstanceFacts {
  const { realm, instrument, clock } = options;
  const { code, seed, store, memory, channels, evidence } = own;
  return {
    manifest: code.manifest,
    seed,
    host,
    now: clock ?? Date.now,
    memory,
    services: {
      deviceId,
      tcbVersion,
      store,
      monotonic: () => Number(hrtime.bigint() / NANOSECONDS),
      evidence,
      connect: (destination, timeout) => channels.connect(destination, timeout),
    },
    evaluate: () => realm.evaluate(code.text),
    harden: (value) => realm.harden(value),
    instrument,
  };
}

/** Measures code and intrinsics again. @throws {@link SmError} ERR_TEE_DRIFT */
export function selfCheck({ code, codeDigest }: Running, realm: Realm): void {
  const drift = (what: string) => TEE_CLIENT_ERRORS.create('ERR_TEE_DRIFT', { detail: `what=${what}` });
  if (!equalBytes(sm3(code.bytes), codeDigest)) throw drift('code');
  if (!equalBytes(sm3(new TextEncoder().encode(code.text)), codeDigest)) throw drift('text');
  if (!realm.intact()) throw drift('intrinsics');
}

/** Ends its instances and zeroes what it held. */
export function stopApplication(running: Running): void {
  const { sessions, channels, core, store, seed, code } = running;
  for (const end of [
    () => sessions.destroy(),
    () => channels.destroy(),
    () => core.destroy(),
    () => store.close(),
    () => seed.destroy(),
    () => code.bytes.fill(0),
  ]) {
    try {
      end();
    } catch {
      // One that fails must not keep the others from their secrets.
    }
  }
}

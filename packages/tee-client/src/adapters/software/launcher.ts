import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { teecError } from '../../spec/v1/error.ts';
import { isDigestText } from '../../spec/v1/evidence.ts';
import type { ModuleEventKind } from '../../spec/v1/monitor.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import { Broker } from './broker.ts';
import { codeOf, control, part, readJson } from './control.ts';
import type { Core } from './core.ts';
import type { CoreSnapshot, DomainEvent, LaunchInfo } from './domain-protocol.ts';
import { applicationFolder, ownerFolder, storage } from './files.ts';
import { type Eventual, type Flow, run, runAsync, wait } from './flow.ts';
import { BUILT_IN_APPLICATIONS } from './images/index.ts';
import type { DomainLink } from './link/link.ts';
import type { Monitor } from './monitor.ts';
import type { OpenDomain } from './open-domain.ts';
import type { Settings } from './options.ts';
import { TaDomain } from './ta-domain.ts';

/** What an application needs besides its secure memory: its code's own values, buffers of a call. */
const OWN_MEMORY_BYTES = 32 << 20;
const CONTROL_TIMEOUT_MS = 30_000;
/** An application that does not stay is ended so long after its last session. */
const LINGER_MS = 100;
/** How long a running call may take to its end when its application is to stop. */
const GRACE_MS = 5_000;
const UTF8 = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

const EVENT_KINDS: Readonly<Record<DomainEvent['kind'], ModuleEventKind>> = {
  panic: 'ta-panicked',
  'undeclared-call': 'undeclared-call',
  'memory-exceeded': 'memory-exceeded',
  log: 'log',
};

/** What the launcher is made of. */
export interface LauncherEnvironment {
  readonly settings: Settings;
  /** The folder of the TEE. */
  readonly folder: string;
  readonly core: Core;
  readonly monitor: Monitor;
  readonly open: OpenDomain;
}

/**
 * Starts and ends the domains of applications: one per application, shared by all sessions, started
 * at the first session and again after its death.
 */
export class Launcher {
  readonly #environment: LauncherEnvironment;
  readonly #broker: Broker;
  readonly #running = new Map<TeecUuid, TaDomain>();
  readonly #starting = new Map<TeecUuid, Promise<TaDomain>>();
  /** Domains that have come up and not yet started. */
  readonly #opened = new Set<TaDomain>();
  /** Domains that have been told to end and have not ended: their folders are still theirs. */
  readonly #ending = new Map<TeecUuid, Promise<void>>();
  readonly #drifted = new Map<TeecUuid, string>();
  #allDrifted: string | undefined;
  #catalogue = new Map<TeecUuid, CoreSnapshot['applications'][number]>();
  #closed = false;

  constructor(environment: LauncherEnvironment) {
    this.#environment = environment;
    this.#broker = new Broker({
      core: environment.core,
      domains: this,
      inProcess: environment.settings.mode === 'in-process',
      timeoutOf: (domain) => this.timeoutOf(domain),
    });
  }

  get running(): readonly TaDomain[] {
    return [...this.#running.values()];
  }

  /** Why launches of an application are refused until the next start of the TEE, or undefined. */
  driftOf(uuid: TeecUuid): string | undefined {
    return this.#drifted.get(uuid) ?? this.#allDrifted;
  }

  get anyDrift(): boolean {
    return this.#allDrifted !== undefined || this.#drifted.size > 0;
  }

  /** No launch any more: of one application, or of all without a uuid. */
  markDrifted(reason: string, uuid?: TeecUuid): void {
    if (uuid === undefined) this.#allDrifted ??= reason;
    else if (!this.#drifted.has(uuid)) this.#drifted.set(uuid, reason);
  }

  /** Milliseconds a call may take: what the manifest says, and at most what the host allows. */
  timeoutOf(domain: TaDomain): number {
    const { callTimeoutMs } = this.#environment.settings;
    return Math.min(domain.info?.callTimeoutMs ?? callTimeoutMs, callTimeoutMs);
  }

  #folderOf(uuid: TeecUuid): string {
    return applicationFolder(this.#environment.folder, uuid);
  }

  /** Reads anew what is installed. */
  *refresh(): Flow<CoreSnapshot> {
    const snapshot = yield* this.#environment.core.snapshot();
    this.#catalogue = new Map(snapshot.applications.map((application) => [application.uuid, application]));
    return snapshot;
  }

  #checkOpen(): void {
    if (this.#closed) throw teecError('BAD_STATE', 'API', { detail: 'reason=closed' });
  }

  /**
   * The running domain of an application, started where needed; it stays while it is in use.
   *
   * @throws {@link TeecError} ITEM_NOT_FOUND; {@link SmError} what its launch was refused for
   */
  *acquire(uuid: TeecUuid): Flow<TaDomain> {
    this.#checkOpen();
    let domain = this.#running.get(uuid);
    if (domain === undefined || !domain.usable) {
      let starting: Eventual<TaDomain> | undefined = this.#starting.get(uuid);
      if (starting === undefined) {
        starting = run(this.#launch(uuid));
        if (starting instanceof Promise) {
          const clear = (): void => void this.#starting.delete(uuid);
          this.#starting.set(uuid, starting);
          starting.then(clear, clear);
        }
      }
      domain = yield* wait(starting);
      // It may have ended in the meantime; who comes next starts it again.
      if (!domain.usable) throw teecError('TARGET_DEAD', 'TEE');
    }
    domain.uses++;
    clearTimeout(domain.idleTimer);
    return domain;
  }

  /** One use less; an application that does not stay is ended after its last. */
  release(domain: TaDomain): void {
    domain.uses--;
    if (domain.uses > 0 || !domain.usable || domain.info?.instanceKeepAlive !== false) return;
    domain.idleTimer = setTimeout(() => {
      if (domain.uses === 0 && domain.usable) void this.stop(domain);
    }, LINGER_MS);
    domain.idleTimer.unref();
  }

  #refuse(uuid: TeecUuid, error: unknown): void {
    const { monitor } = this.#environment;
    const code = codeOf(error);
    monitor.record(uuid).state = 'refused';
    if (code === 'ERR_TEE_TCB_OUTDATED') monitor.report('tcb-outdated', `code=${code}`, uuid);
    monitor.report('launch-refused', `code=${code}`, uuid);
  }

  *#launch(uuid: TeecUuid): Flow<TaDomain> {
    const { settings, monitor } = this.#environment;
    const before = this.#running.get(uuid);
    if (settings.mode === 'in-process') {
      // What ended here has ended; to wait for being told would be too late for a call on the stack.
      if (before !== undefined) this.#ended(before, 'died');
    } else {
      // Two domains of one application would write to one folder.
      yield* wait(before?.exited);
      yield* wait(this.#ending.get(uuid));
    }
    const application = this.#catalogue.get(uuid);
    const builtIn = BUILT_IN_APPLICATIONS.get(uuid);
    if (application === undefined || (builtIn?.optional === true && !settings.conformanceTa)) {
      throw teecError('ITEM_NOT_FOUND', 'TEE');
    }
    let domain: TaDomain | undefined;
    try {
      this.#checkUndrifted(uuid);
      domain = yield* this.#open(uuid, OWN_MEMORY_BYTES + 2 * application.memoryBytes);
      this.#opened.add(domain);
      const info = yield* this.#start(domain);
      const record = monitor.record(uuid);
      record.starts++;
      record.state = 'running';
      record.measurement = domain.measurement;
      record.memory = { used: 0, peak: 0, quota: info.memoryBytes };
      record.storage = { ...record.storage, quota: info.storageBytes };
      this.#running.set(uuid, domain);
      monitor.report('ta-started', `name=${info.name} version=${info.version}`, uuid);
      return domain;
    } catch (error) {
      if (domain !== undefined) yield* this.#abandon(domain);
      // Nobody refused it: the TEE ends, or the core did, which has been told.
      if (!this.#closed && domain?.stopReason !== 'core-died') this.#refuse(uuid, error);
      throw error;
    } finally {
      if (domain !== undefined) this.#opened.delete(domain);
    }
  }

  /** Has the core decide, and the application start. What happened meanwhile counts. */
  *#start(domain: TaDomain): Flow<LaunchInfo> {
    const { core } = this.#environment;
    const { uuid, link } = domain;
    this.#checkOpen();
    const ephemeralKey = part(yield* control(link, 'hello', [], CONTROL_TIMEOUT_MS), 0);
    const { info, grant, bundle } = yield* core.launch(uuid, ephemeralKey);
    domain.info = info;
    const started = yield* control(
      link,
      'start',
      [grant, bundle, info.image === '' ? NO_BYTES : UTF8.encode(info.image)],
      CONTROL_TIMEOUT_MS,
    );
    const { measurement } = readJson<{ readonly measurement: unknown }>(started, 0);
    // What a domain says of itself is shown, so it has to have a form.
    domain.measurement = isDigestText(measurement) ? measurement : '';
    this.#checkOpen();
    this.#checkUndrifted(uuid);
    // The core that knows it is gone, and its end has not been told yet, or there is no domain any more.
    if (!core.alive || !domain.usable) throw teecError('TARGET_DEAD', 'TEE');
    domain.started = true;
    return info;
  }

  /** @throws {@link SmError} ERR_TEE_DRIFT */
  #checkUndrifted(uuid: TeecUuid): void {
    const detail = this.driftOf(uuid);
    if (detail !== undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_DRIFT', { detail });
  }

  /** Ends a domain that has not started. */
  *#abandon(domain: TaDomain): Flow<void> {
    domain.stopReason ??= 'start-failed';
    domain.link.kill('start-failed');
    yield* wait(domain.exited);
    // It may have ended by itself while the core decided, when there was no number to tell the core.
    this.#tellCore(domain);
  }

  #tellCore({ info }: TaDomain): void {
    if (info !== undefined) runAsync(this.#environment.core.ended(info.instance)).catch(() => {});
  }

  *#open(uuid: TeecUuid, memoryLimit: number): Flow<TaDomain> {
    const { settings, monitor, open } = this.#environment;
    ownerFolder(join(this.#environment.folder, 'ta'));
    const folder = ownerFolder(this.#folderOf(uuid));
    let exited = (): void => {};
    const ended = new Promise<void>((resolve) => {
      exited = resolve;
    });
    let domain: TaDomain | undefined;
    const link: DomainLink = yield* wait(
      open(
        { kind: 'ta', uuid, folder, memoryLimit, tcbVersion: settings.tcbVersion },
        {
          onRpc: (request, call) => {
            if (domain === undefined) throw new Error('a question before the start');
            return this.#broker.answer(domain, request, call);
          },
          onEvent: ({ kind, detail }) => monitor.report(EVENT_KINDS[kind], detail, uuid),
          onExit: (reason) => {
            if (domain !== undefined) this.#ended(domain, reason);
            exited();
          },
        },
      ),
    );
    domain = new TaDomain(uuid, link, memoryLimit, ended);
    return domain;
  }

  #ended(domain: TaDomain, reason: string): void {
    const { monitor } = this.#environment;
    const { uuid } = domain;
    clearTimeout(domain.idleTimer);
    domain.stopping = true;
    this.#broker.ended(domain);
    this.#tellCore(domain);
    if (this.#running.get(uuid) !== domain) return;
    this.#running.delete(uuid);
    const record = monitor.record(uuid);
    const asked = reason === 'closed' || domain.stopReason === 'stopped';
    record.state = asked ? 'stopped' : 'dead';
    if (asked) monitor.report('ta-stopped', 'reason=asked', uuid);
    else if (reason === 'hung') monitor.report('ta-hung', 'reason=time-out', uuid);
    // A panic has been reported with its code.
    else if (domain.stopReason === undefined && reason !== 'panicked')
      monitor.report('ta-died', `reason=${reason}`, uuid);
  }

  /**
   * Ends a domain and waits until nothing of it runs. Without a reason its running call may end
   * first; with one it is killed.
   */
  stop(domain: TaDomain, reason?: string): Promise<void> {
    domain.stopping = true;
    domain.stopReason ??= reason ?? 'stopped';
    clearTimeout(domain.idleTimer);
    const before = this.#ending.get(domain.uuid);
    if (before !== undefined && reason === undefined) return before;
    if (reason === undefined) void domain.link.close();
    else domain.link.kill(reason);
    const impatient = setTimeout(() => domain.link.kill('stopped'), GRACE_MS);
    impatient.unref();
    const ending = domain.exited.then(() => {
      clearTimeout(impatient);
      if (this.#ending.get(domain.uuid) === ending) this.#ending.delete(domain.uuid);
    });
    this.#ending.set(domain.uuid, ending);
    return ending;
  }

  /** Ends the domain of an application, where one runs or starts. */
  async stopApplication(uuid: TeecUuid): Promise<void> {
    await this.#starting.get(uuid)?.catch(() => {});
    const domain = this.#running.get(uuid);
    if (domain !== undefined) await this.stop(domain);
    await this.#ending.get(uuid);
  }

  /** Deletes what a deleted application has stored. */
  async forget(uuid: TeecUuid): Promise<void> {
    await this.stopApplication(uuid);
    storage('folder', () => rmSync(this.#folderOf(uuid), { recursive: true, force: true }));
    this.#environment.monitor.forget(uuid);
    this.#drifted.delete(uuid);
  }

  /** The core is gone: no application can reach it any more, so all are ended. */
  coreDied(): void {
    for (const domain of this.running) void this.stop(domain, 'core-died');
    this.#kill('core-died');
  }

  /** Ends the domains that have not started. */
  #kill(reason: string): void {
    for (const domain of this.#opened) {
      domain.stopReason ??= reason;
      domain.link.kill(reason);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#kill('closed');
    await Promise.allSettled(this.#starting.values());
    await Promise.all(this.running.map((domain) => this.stop(domain)));
    await Promise.all(this.#ending.values());
  }
}

import { setImmediate as turn } from 'node:timers/promises';
import { teecError } from '../../spec/v1/error.ts';
import type { ModuleMigrationAnswer, ModuleMigrationRequest } from '../../spec/v1/migration.ts';
import type {
  ModuleAnswer,
  ModuleCall,
  ModuleCapability,
  ModuleClient,
  ModuleDescription,
  ModuleParameter,
  ModuleServiceAnswer,
  ModuleServiceRequest,
  SecurityModule,
} from '../../spec/v1/module.ts';
import type { ModuleEventListener, ModuleSnapshot } from '../../spec/v1/monitor.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../spec/v1/results.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import { resultOf } from './control.ts';
import type { DomainAnswer, DomainRequest } from './domain-protocol.ts';
import { runAsync } from './flow.ts';
import { Management } from './manage.ts';
import { MigrationHost } from './migration-host.ts';
import { ISOLATION } from './options.ts';
import { checkParams, checkService, MAX_MEMORY_BYTES } from './request-limits.ts';
import { snapshotOf } from './snapshot.ts';
import type { SoftwareParts } from './start.ts';
import type { TaDomain } from './ta-domain.ts';

const CLOSE_TIMEOUT_MS = 10_000;
const NO_PARAMS: readonly ModuleParameter[] = [];

interface Session {
  readonly domain: TaDomain;
  /** Its number inside the domain. */
  readonly inner: number;
}

/** The answer to a call that reached no application. */
const notReached = (result: number): ModuleAnswer => ({
  result,
  origin: TEEC_ORIGINS.TEE,
  params: NO_PARAMS,
});

/** The software TEE behind the module-side interface. */
export class SoftwareModule implements SecurityModule {
  readonly #parts: SoftwareParts;
  readonly #version: string;
  readonly #management: Management;
  readonly #migration: MigrationHost;
  readonly #sessions = new Map<number, Session>();
  #nextSession = 1;
  #closing: Promise<void> | undefined;

  constructor(parts: SoftwareParts, version: string) {
    this.#parts = parts;
    this.#version = version;
    this.#management = new Management(parts);
    this.#migration = new MigrationHost(parts);
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  #checkOpen(): void {
    if (this.closed) throw teecError('BAD_STATE', 'API', { detail: 'reason=closed' });
  }

  describe(): ModuleDescription {
    const { mode, conformanceTa } = this.#parts.settings;
    const capabilities: ModuleCapability[] = [
      'login-user',
      'login-group',
      'login-application',
      'enclave-seal',
      'enclave-derive',
      'enclave-memory',
      'enclave-evidence',
      'enclave-migrate',
      'enclave-channel',
      'management',
      'monitor',
    ];
    // In the calling process nobody can ask for cancellation while a call runs.
    if (mode !== 'in-process') capabilities.unshift('cancellation');
    if (conformanceTa) capabilities.push('conformance-ta');
    return {
      interfaceVersion: '1',
      name: 'software',
      vendor: 'cssi',
      version: this.#version,
      emulated: true,
      isolation: ISOLATION[mode],
      capabilities,
      maxMemoryBytes: MAX_MEMORY_BYTES,
    };
  }

  async #call(
    domain: TaDomain,
    request: DomainRequest,
    signal: AbortSignal | undefined,
  ): Promise<DomainAnswer> {
    const started = performance.now();
    const answer = await domain.link.call(request, {
      timeoutMs: this.#parts.launcher.timeoutOf(domain),
      signal,
    });
    this.#parts.monitor
      .record(domain.uuid)
      .called((performance.now() - started) * 1000, answer.result, answer.origin);
    return answer;
  }

  async openSession(
    uuid: TeecUuid,
    client: ModuleClient,
    params: readonly ModuleParameter[],
    call: ModuleCall = {},
  ): Promise<ModuleAnswer> {
    this.#checkOpen();
    const refusal = checkParams(params);
    if (refusal !== TEEC_RESULTS.SUCCESS) return notReached(refusal);
    const { launcher } = this.#parts;
    let domain: TaDomain;
    try {
      domain = await runAsync(launcher.acquire(uuid));
    } catch (error) {
      this.#checkOpen();
      // Why a launch was refused is in the event; the client learns GlobalPlatform's result.
      const { result, origin } = resultOf(error);
      return { result, origin, params: params.map(() => ({ type: 0 })) };
    }
    const answer = await this.#call(domain, { kind: 'open', client, params }, call.cancellation);
    if (answer.result !== TEEC_RESULTS.SUCCESS) {
      launcher.release(domain);
      return { result: answer.result, origin: answer.origin, params: answer.params };
    }
    const session = this.#nextSession++;
    this.#sessions.set(session, { domain, inner: answer.session });
    domain.sessions++;
    return { result: answer.result, origin: answer.origin, session, params: answer.params };
  }

  async invoke(
    session: number,
    commandId: number,
    params: readonly ModuleParameter[],
    call: ModuleCall = {},
  ): Promise<ModuleAnswer> {
    this.#checkOpen();
    const found = this.#sessions.get(session);
    if (found === undefined) return notReached(TEEC_RESULTS.BAD_STATE);
    const refusal = checkParams(params);
    if (refusal !== TEEC_RESULTS.SUCCESS) return notReached(refusal);
    const request = { kind: 'invoke', session: found.inner, commandId, params } as const;
    const answer = await this.#call(found.domain, request, call.cancellation);
    return { result: answer.result, origin: answer.origin, params: answer.params };
  }

  async closeSession(session: number): Promise<void> {
    const found = this.#sessions.get(session);
    if (found === undefined) return;
    this.#sessions.delete(session);
    const { domain, inner } = found;
    domain.sessions--;
    // A domain that is gone took its sessions with it.
    const timeoutMs = Math.min(CLOSE_TIMEOUT_MS, this.#parts.launcher.timeoutOf(domain));
    while (!domain.link.dead) {
      const { result } = await domain.link.call(
        { kind: 'close', session: inner },
        { timeoutMs, always: true },
      );
      if (result !== TEEC_RESULTS.BUSY) break;
      // In the calling process, from a listener inside a call of this application: after it.
      await turn();
    }
    this.#parts.launcher.release(domain);
  }

  async service(
    session: number,
    request: ModuleServiceRequest,
    call: ModuleCall = {},
  ): Promise<ModuleServiceAnswer> {
    this.#checkOpen();
    const found = this.#sessions.get(session);
    const refusal = found === undefined ? TEEC_RESULTS.BAD_STATE : checkService(request);
    if (found === undefined || refusal !== TEEC_RESULTS.SUCCESS) {
      return { result: refusal, origin: TEEC_ORIGINS.TEE, value: 0, parts: [] };
    }
    const { result, origin, value, parts } = await this.#call(
      found.domain,
      { kind: 'service', session: found.inner, request },
      call.cancellation,
    );
    return { result, origin, value, parts };
  }

  async manage(command: Uint8Array, payload: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    this.#checkOpen();
    return this.#management.execute(command, payload);
  }

  async migrate(request: ModuleMigrationRequest): Promise<ModuleMigrationAnswer> {
    this.#checkOpen();
    return this.#management.inTurn(() => this.#migration.step(request));
  }

  async snapshot(): Promise<ModuleSnapshot> {
    this.#checkOpen();
    return snapshotOf(this.#parts);
  }

  subscribe(listener: ModuleEventListener): () => void {
    this.#checkOpen();
    return this.#parts.monitor.subscribe(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const { watch, launcher, core, unlock } = this.#parts;
    await watch.close();
    await this.#management.settled();
    await launcher.close();
    await core.close();
    this.#sessions.clear();
    unlock();
  }
}

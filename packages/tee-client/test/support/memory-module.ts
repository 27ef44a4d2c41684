import { hkdfSm3, Secret, sm4, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../src/errors.ts';
import { isChannelReportData } from '../../src/spec/v1/channel.ts';
import { encodeAnswer } from '../../src/spec/v1/conformance-call.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS } from '../../src/spec/v1/conformance-ta.ts';
import { teecError } from '../../src/spec/v1/error.ts';
import { codeMeasurement, replayEvents } from '../../src/spec/v1/evidence.ts';
import { encodeReport } from '../../src/spec/v1/evidence-codec.ts';
import type { ModuleMigrationAnswer, ModuleMigrationRequest } from '../../src/spec/v1/migration.ts';
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
} from '../../src/spec/v1/module.ts';
import type { ModuleEvent, ModuleEventListener, ModuleSnapshot } from '../../src/spec/v1/monitor.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName } from '../../src/spec/v1/results.ts';
import { type ChannelFault, type ChannelHost, MemoryChannels } from './memory-channels.ts';

/** A module as small as the interface allows, in the caller's own memory: for tests of what is above it. */

/** What can be wrong with a memory module. Each breaks one promise of the interface. */
export type Fault =
  | ChannelFault
  | 'application-unchecked'
  | 'cancellation-ignored'
  | 'close-overtakes'
  | 'close-module-drops-nothing'
  | 'close-one-closes-all'
  | 'counts-shared'
  | 'derive-ignores-label'
  | 'derive-per-session'
  | 'derive-shared'
  | 'empty-memory-refused'
  | 'events-missing'
  | 'events-stop-at-throw'
  | 'events-unsubscribe-missing'
  | 'evidence-for-handshakes'
  | 'evidence-ignores-nonce'
  | 'late-cancellation-kills'
  | 'lengths-unchecked'
  | 'limit-lower'
  | 'limit-unchecked'
  | 'manage-accepts'
  | 'memory-any-session'
  | 'memory-bounds'
  | 'memory-leaks'
  | 'memory-one-number'
  | 'memory-unlimited'
  | 'metrics-frozen'
  | 'output-shared'
  | 'outputs-crossed'
  | 'panic-kills-all'
  | 'panic-revives'
  | 'seal-per-session'
  | 'seal-plain'
  | 'seal-shared'
  | 'seal-unchecked'
  | 'session-numbers'
  | 'sessions-unknown-served'
  | 'short-buffer-partial'
  | 'unordered';

export interface MemoryModuleOptions {
  readonly name?: string;
  readonly emulated?: boolean;
  readonly capabilities?: readonly ModuleCapability[];
  readonly maxMemoryBytes?: number;
  readonly faults?: readonly Fault[];
}

const ALL: readonly ModuleCapability[] = [
  'cancellation',
  'conformance-ta',
  'login-user',
  'login-group',
  'login-application',
  'enclave-seal',
  'enclave-derive',
  'enclave-memory',
  'enclave-evidence',
  'enclave-channel',
  'enclave-migrate',
  'monitor',
];
const QUOTA = 1 << 21;
const { VALUES, COPY, INVERT, COUNT, PANIC, WAIT, CALL } = CONFORMANCE_COMMANDS;
const { SUCCESS } = TEEC_RESULTS;
type Failure = Exclude<TeecResultName, 'SUCCESS'>;
type Origin = keyof typeof TEEC_ORIGINS;

interface Session {
  readonly application: Application;
  readonly client: ModuleClient;
  readonly generation: number;
  readonly blocks: Map<number, number>;
  count: number;
  closed: boolean;
  dead: boolean;
  queue: Promise<unknown>;
}

interface Application {
  readonly uuid: string;
  generation: number;
  sessions: number;
  calls: number;
  starts: number;
  used: number;
  peak: number;
  readonly failures: Record<string, number>;
}

class Refusal extends Error {
  readonly result: number;
  readonly origin: number;
  readonly params: readonly ModuleParameter[];
  constructor(result: Failure, origin: Origin, params: readonly ModuleParameter[] = []) {
    super(result);
    this.result = TEEC_RESULTS[result];
    this.origin = TEEC_ORIGINS[origin];
    this.params = params;
  }
}

const u32 = (value: number): number => value >>> 0;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export class MemoryModule implements SecurityModule {
  /** Clients that opened a session, for tests of logins. */
  readonly clients: ModuleClient[] = [];
  readonly #description: ModuleDescription;
  readonly #faults: ReadonlySet<Fault>;
  readonly #applications = new Map<string, Application>();
  readonly #sessions = new Map<number, Session>();
  readonly #listeners = new Set<ModuleEventListener>();
  readonly #shared = new Uint8Array(1 << 21);
  readonly #channels = new MemoryChannels();
  #lastCopy = new Uint8Array(0);
  #nextSession = 1;
  #nextBlock = 1;
  #count = 0;
  #closed = false;

  constructor(options: MemoryModuleOptions = {}) {
    const { name = 'memory', emulated = true, capabilities = ALL, maxMemoryBytes = 1 << 20 } = options;
    this.#faults = new Set(options.faults);
    this.#description = {
      interfaceVersion: '1',
      name,
      vendor: 'tests',
      version: '1',
      emulated,
      isolation: emulated ? 'none' : 'hardware',
      capabilities,
      maxMemoryBytes,
    };
    for (const uuid of [CONFORMANCE_TAS.main, CONFORMANCE_TAS.second]) {
      this.#applications.set(uuid, {
        uuid,
        generation: 1,
        sessions: 0,
        calls: 0,
        starts: 1,
        used: 0,
        peak: 0,
        failures: {},
      });
    }
  }

  describe(): ModuleDescription {
    return this.#description;
  }

  #checkOpen(): void {
    if (this.#closed) throw teecError('BAD_STATE', 'API', { detail: 'reason=closed' });
  }

  #has(fault: Fault): boolean {
    return this.#faults.has(fault);
  }

  /** Answers with what `run` returns or refuses with, and counts it. */
  async #answer(
    application: Application | undefined,
    run: () => Promise<ModuleAnswer>,
  ): Promise<ModuleAnswer> {
    if (application !== undefined && !this.#has('metrics-frozen')) application.calls++;
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { result, origin, params } = error;
      if (application !== undefined && !this.#has('metrics-frozen')) {
        const key = `${result.toString(16)}/${origin}`;
        application.failures[key] = (application.failures[key] ?? 0) + 1;
      }
      return { result, origin, params };
    }
  }

  #checkLimit(params: readonly ModuleParameter[]): void {
    const declared = this.#description.maxMemoryBytes;
    const max = this.#has('limit-lower') ? declared / 2 : declared;
    for (const parameter of params) {
      if (!('size' in parameter) || this.#has('limit-unchecked')) continue;
      if (parameter.size > max) throw new Refusal('OUT_OF_MEMORY', 'TEE');
    }
    if (params.length > 4 && !this.#has('application-unchecked')) throw new Refusal('BAD_PARAMETERS', 'TEE');
  }

  async openSession(
    uuid: string,
    client: ModuleClient,
    params: readonly ModuleParameter[],
    call: ModuleCall = {},
  ): Promise<ModuleAnswer> {
    this.#checkOpen();
    const application = this.#applications.get(uuid);
    return this.#answer(application, async () => {
      if (application === undefined) throw new Refusal('ITEM_NOT_FOUND', 'TEE');
      if (call.cancellation?.aborted) throw new Refusal('CANCEL', 'API');
      this.#checkLimit(params);
      const answered = params.map((parameter, index): ModuleParameter => {
        if (parameter.type === 0) return parameter;
        if (index > 0 || parameter.type !== 3) throw new Refusal('BAD_PARAMETERS', 'TRUSTED_APP');
        return { type: 3, a: u32(parameter.a + 1), b: u32(parameter.b + 1) };
      });
      this.clients.push(client);
      const id = this.#has('session-numbers') ? 1 : this.#nextSession++;
      application.sessions++;
      this.#sessions.set(id, {
        application,
        client,
        generation: application.generation,
        blocks: new Map(),
        count: 0,
        closed: false,
        dead: false,
        queue: Promise.resolve(),
      });
      return { result: SUCCESS, origin: 4, session: id, params: answered };
    });
  }

  #session(id: number): Session {
    const session = this.#sessions.get(id);
    if (session !== undefined && !session.closed) return session;
    if (this.#has('sessions-unknown-served')) return [...this.#sessions.values()][0] as Session;
    throw new Refusal('BAD_STATE', 'TEE');
  }

  #isDead({ application, generation, dead }: Session): boolean {
    return dead || (generation !== application.generation && !this.#has('panic-revives'));
  }

  /** Runs `action` after the calls of the session made before. */
  #inOrder<T>(session: Session, action: () => Promise<T>): Promise<T> {
    const running = this.#has('unordered') ? action() : session.queue.then(action);
    session.queue = running.catch(() => undefined);
    return running;
  }

  async invoke(
    id: number,
    commandId: number,
    params: readonly ModuleParameter[],
    { cancellation }: ModuleCall = {},
  ): Promise<ModuleAnswer> {
    this.#checkOpen();
    const application = this.#sessions.get(id)?.application;
    return this.#answer(application, async () => {
      const session = this.#session(id);
      let started = false;
      const action = async (): Promise<ModuleAnswer> => {
        if (session.closed && this.#has('close-overtakes')) throw new Refusal('BAD_STATE', 'TEE');
        if (this.#isDead(session)) throw new Refusal('TARGET_DEAD', 'TEE');
        if (cancellation?.aborted && !this.#has('cancellation-ignored')) throw new Refusal('CANCEL', 'TEE');
        started = true;
        this.#checkLimit(params);
        return { result: SUCCESS, origin: 4, params: await this.#run(session, commandId, params) };
      };
      const done = this.#inOrder(session, action);
      if (cancellation === undefined || this.#has('cancellation-ignored')) return done;
      if (this.#has('late-cancellation-kills')) {
        cancellation.addEventListener('abort', () => {
          session.dead = true;
        });
      }
      const cancelled = new Promise<never>((_, reject) => {
        cancellation.addEventListener('abort', () => {
          if (!started) reject(new Refusal('CANCEL', 'API'));
        });
      });
      cancelled.catch(() => undefined);
      return Promise.race([done, cancelled]);
    });
  }

  async #run(
    session: Session,
    commandId: number,
    params: readonly ModuleParameter[],
    peer?: Uint8Array,
  ): Promise<readonly ModuleParameter[]> {
    const [first, second, third] = params;
    const bad = () => new Refusal('BAD_PARAMETERS', 'TRUSTED_APP', params);
    switch (commandId) {
      case VALUES:
        if (first?.type !== 1 || second?.type !== 2 || third?.type !== 3) throw bad();
        return [
          first,
          { type: 2, a: first.b, b: first.a },
          { type: 3, a: u32(third.a + 1), b: u32(third.b + 1) },
          ...params.slice(3),
        ];
      case COPY:
        if (first?.type !== 5 || second?.type !== 6) {
          if (this.#has('application-unchecked')) return params;
          throw bad();
        }
        return [first, await this.#copy(first.buffer, second.size, params), ...params.slice(2)];
      case INVERT:
        if (first?.type !== 7) throw bad();
        return [{ ...first, buffer: first.buffer.map((byte) => byte ^ 0xff) }, ...params.slice(1)];
      case COUNT: {
        if (first?.type !== 2) throw bad();
        const a = this.#has('counts-shared') ? ++this.#count : ++session.count;
        return [{ type: 2, a, b: 0 }, ...params.slice(1)];
      }
      case PANIC:
        this.#panic(session);
        throw new Refusal('TARGET_DEAD', 'TEE');
      case CALL: {
        // Of the programs of CALL it knows one: who is at the other end of the channel.
        if (first?.type !== 5 || second?.type !== 6) throw bad();
        const result = peer === undefined ? TEEC_RESULTS.ITEM_NOT_FOUND : SUCCESS;
        const answer = encodeAnswer([{ result, required: 0, origin: 4, value: peer ?? null }]);
        return [first, { type: 6, size: answer.length, buffer: answer }];
      }
      case WAIT:
        if (first?.type !== 1) throw bad();
        await sleep(first.a);
        return params;
      default:
        throw new Refusal('NOT_SUPPORTED', 'TRUSTED_APP', params);
    }
  }

  async #copy(
    input: Uint8Array,
    offered: number,
    params: readonly ModuleParameter[],
  ): Promise<ModuleParameter> {
    if (input.length === 0 && this.#has('empty-memory-refused')) {
      throw new Refusal('BAD_PARAMETERS', 'TRUSTED_APP', params);
    }
    this.#lastCopy = Uint8Array.from(input);
    if (input.length > offered) {
      const buffer = this.#has('short-buffer-partial') ? input.slice(0, offered) : new Uint8Array(0);
      const size = this.#has('short-buffer-partial') ? offered : input.length;
      const short: ModuleParameter = { type: 6, size, buffer };
      throw new Refusal('SHORT_BUFFER', 'TRUSTED_APP', [
        params[0] as ModuleParameter,
        short,
        ...params.slice(2),
      ]);
    }
    if (this.#has('outputs-crossed')) await sleep(1);
    if (this.#has('output-shared')) {
      this.#shared.set(input);
      return { type: 6, size: input.length, buffer: this.#shared.subarray(0, input.length) };
    }
    const buffer = this.#has('outputs-crossed') ? this.#lastCopy : Uint8Array.from(input);
    return { type: 6, size: buffer.length, buffer };
  }

  #panic({ application }: Session): void {
    application.generation++;
    application.starts++;
    application.used = 0;
    if (this.#has('panic-kills-all')) {
      for (const one of this.#applications.values()) one.generation++;
    }
    if (this.#has('events-missing')) return;
    const event: ModuleEvent = {
      kind: 'ta-panicked',
      severity: 'alarm',
      time: new Date(),
      uuid: application.uuid,
      detail: 'code=1',
    };
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        if (this.#has('events-stop-at-throw')) return;
      }
    }
  }

  async closeSession(id: number): Promise<void> {
    const session = this.#sessions.get(id);
    if (session === undefined || session.closed) return;
    session.closed = true;
    if (!this.#has('close-overtakes')) await session.queue;
    session.application.sessions--;
    if (this.#has('close-one-closes-all')) for (const one of this.#sessions.values()) one.closed = true;
    for (const size of session.blocks.values()) session.application.used -= size;
  }

  async service(id: number, request: ModuleServiceRequest): Promise<ModuleServiceAnswer> {
    this.#checkOpen();
    try {
      const session = this.#session(id);
      return await this.#inOrder(session, async () => {
        if (this.#isDead(session)) throw new Refusal('TARGET_DEAD', 'TEE');
        const { value = 0, parts = [] } = await this.#serve(id, session, request);
        return { result: SUCCESS, origin: 3, value, parts };
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { result: error.result, origin: error.origin, value: 0, parts: [] };
    }
  }

  #require(capability: ModuleCapability): void {
    if (!this.#description.capabilities.includes(capability)) throw new Refusal('NOT_SUPPORTED', 'TEE');
  }

  #key(purpose: string, owner: string, length: number): Uint8Array {
    return hkdfSm3(utf8('a test'), utf8(owner), utf8(purpose), length);
  }

  async #serve(
    id: number,
    session: Session,
    request: ModuleServiceRequest,
  ): Promise<{ readonly value?: number; readonly parts?: readonly Uint8Array[] }> {
    const { uuid } = session.application;
    switch (request.service) {
      case 'seal':
      case 'unseal': {
        this.#require('enclave-seal');
        const owner = this.#has('seal-shared') ? '' : this.#has('seal-per-session') ? `${uuid}${id}` : uuid;
        return { parts: [this.#sealing(owner, request)] };
      }
      case 'derive': {
        this.#require('enclave-derive');
        const { label, length } = request;
        if (label.length < 1 || label.length > 64 || length < 16 || length > 64) {
          if (!this.#has('lengths-unchecked')) throw new Refusal('BAD_PARAMETERS', 'TEE');
          return { parts: [new Uint8Array(16)] };
        }
        const owner = this.#has('derive-shared')
          ? ''
          : this.#has('derive-per-session')
            ? `${uuid}${id}`
            : uuid;
        const name = this.#has('derive-ignores-label') ? '' : label.join();
        return { parts: [this.#key(`derive ${name}`, owner, length)] };
      }
      case 'evidence':
        this.#require('enclave-evidence');
        return { parts: this.#evidence(uuid, request.nonce, request.userData) };
      case 'memory-allocate':
      case 'memory-grow':
      case 'memory-write':
      case 'memory-release':
        this.#require('enclave-memory');
        return { value: this.#memory(session, request) };
      case 'channel-open':
      case 'channel-finish':
      case 'channel-call':
      case 'channel-close':
        this.#require('enclave-channel');
        return this.#channels.serve(this.#channelHost(session), request);
      default:
        throw new Refusal('NOT_SUPPORTED', 'TEE');
    }
  }

  #channelHost(session: Session): ChannelHost {
    return {
      session,
      uuid: session.application.uuid,
      has: (fault) => this.#has(fault),
      refusal: (result) => new Refusal(result, 'TEE'),
      invoke: async ({ command, inputs, maxOutput }, peer) => {
        const params: ModuleParameter[] = inputs.map((buffer) => ({ type: 5, size: buffer.length, buffer }));
        if (maxOutput !== undefined) params.push({ type: 6, size: maxOutput, buffer: new Uint8Array(0) });
        let [result, origin, answered]: [number, number, readonly ModuleParameter[]] = [SUCCESS, 4, []];
        try {
          answered = await this.#run(session, command, params, peer);
        } catch (error) {
          if (!(error instanceof Refusal) || error.result === TEEC_RESULTS.TARGET_DEAD) throw error;
          ({ result, origin, params: answered } = error);
        }
        const output = answered.find(({ type }) => type === 6);
        const { size, buffer } = output?.type === 6 ? output : { size: 0, buffer: new Uint8Array(0) };
        return { result, origin, size, output: buffer };
      },
    };
  }

  #sealing(owner: string, request: ModuleServiceRequest & { service: 'seal' | 'unseal' }): Uint8Array {
    const key = Secret.take(this.#key('seal', owner, 16));
    const aead = sm4.aead(key);
    try {
      if (this.#has('seal-unchecked')) return Uint8Array.from(request.data);
      if (request.service === 'seal') {
        const box = aead.seal(request.data, request.aad);
        if (!this.#has('seal-plain')) return box;
        return Uint8Array.from([...box, ...request.data]);
      }
      const box = this.#has('seal-plain')
        ? request.data.subarray(0, 28 + (request.data.length - 28) / 2)
        : request.data;
      return aead.open(box, request.aad);
    } catch {
      throw new Refusal('MAC_INVALID', 'TEE');
    } finally {
      aead.destroy();
      key.destroy();
    }
  }

  #evidence(uuid: string, nonce: Uint8Array, userData: Uint8Array): readonly Uint8Array[] {
    const lengthsFit = nonce.length >= 16 && nonce.length <= 64 && userData.length <= 64;
    if (isChannelReportData(nonce) && !this.#has('evidence-for-handshakes')) {
      throw new Refusal('BAD_PARAMETERS', 'TEE');
    }
    if (!lengthsFit && !this.#has('lengths-unchecked')) throw new Refusal('BAD_PARAMETERS', 'TEE');
    const events = [{ stage: 'ta' as const, name: 'memory', digest: '00'.repeat(32) }];
    const report = encodeReport(
      {
        platform: 'memory',
        emulated: this.#description.emulated,
        memoryEncryption: 'none',
        nonce: this.#has('evidence-ignores-nonce') ? new Uint8Array(32) : nonce,
        userData,
        ta: { uuid, version: 1, measurement: codeMeasurement(events) },
        boot: { events, register: replayEvents(events) },
        tcbVersion: 1,
        starts: 1,
        issuedAt: new Date(0),
      },
      () => new Uint8Array(64),
    );
    return [report, Uint8Array.of(0x30, 0)];
  }

  #memory(session: Session, request: ModuleServiceRequest & { service: `memory-${string}` }): number {
    const { application } = session;
    const reserve = (bytes: number): void => {
      if (application.used + bytes > QUOTA && !this.#has('memory-unlimited')) {
        throw new Refusal('OUT_OF_MEMORY', 'TEE');
      }
      application.used += bytes;
      application.peak = Math.max(application.peak, application.used);
    };
    if (request.service === 'memory-allocate') {
      reserve(request.size);
      const id = this.#has('memory-one-number') ? 1 : this.#nextBlock++;
      session.blocks.set(id, request.size);
      return id;
    }
    const { id } = request;
    let owner = session;
    if (this.#has('memory-any-session')) {
      owner = [...this.#sessions.values()].find(({ blocks }) => blocks.has(id)) ?? session;
    }
    const size = owner.blocks.get(id);
    if (size === undefined) throw new Refusal('ITEM_NOT_FOUND', 'TEE');
    if (request.service === 'memory-grow') {
      if (request.size < size) throw new Refusal('BAD_PARAMETERS', 'TEE');
      reserve(request.size - size);
      owner.blocks.set(id, request.size);
    } else if (request.service === 'memory-release') {
      if (!this.#has('memory-leaks')) application.used -= size;
      owner.blocks.delete(id);
    } else if (request.offset + request.data.length > size && !this.#has('memory-bounds')) {
      throw new Refusal('BAD_PARAMETERS', 'TEE');
    }
    return 0;
  }

  async manage(): Promise<Uint8Array> {
    this.#checkOpen();
    if (this.#has('manage-accepts')) return new Uint8Array(1);
    if (!this.#description.capabilities.includes('management')) {
      throw teecError('NOT_SUPPORTED', 'TEE', { detail: 'capability=management' });
    }
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_MALFORMED');
  }

  async migrate({ step }: ModuleMigrationRequest): Promise<ModuleMigrationAnswer> {
    this.#checkOpen();
    const none = { state: 'none' as const, transfer: '', message: new Uint8Array(0), files: [] };
    if (!this.#description.capabilities.includes('enclave-migrate')) {
      throw teecError('NOT_SUPPORTED', 'TEE', { detail: 'capability=enclave-migrate' });
    }
    if (step !== 'status') throw TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_STATE');
    return none;
  }

  async snapshot(): Promise<ModuleSnapshot> {
    this.#checkOpen();
    const frozen = this.#has('metrics-frozen');
    return {
      time: new Date(),
      healthy: true,
      tcbVersion: 1,
      tcbFloor: 1,
      applications: [...this.#applications.values()].map((one) => ({
        uuid: one.uuid,
        name: 'conformance',
        version: 1,
        state: frozen ? ('stopped' as const) : ('running' as const),
        sessions: frozen ? 1 : one.sessions,
        starts: one.starts,
        calls: one.calls,
        failures: { ...one.failures },
        latency: one.calls === 0 ? undefined : { median: 1, p99: 2, max: 3 },
        memory: { used: one.used, peak: one.peak, quota: QUOTA },
        residentBytes: undefined,
        storage: { used: 0, quota: 0 },
        measurement: '00'.repeat(32),
        alarms: 0,
      })),
    };
  }

  subscribe(listener: ModuleEventListener): () => void {
    this.#listeners.add(listener);
    return () => {
      if (!this.#has('events-unsubscribe-missing')) this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    if (this.#has('close-module-drops-nothing')) return;
    this.#closed = true;
    await Promise.all([...this.#sessions.keys()].map((id) => this.closeSession(id)));
  }
}

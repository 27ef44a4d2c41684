import type { Secret } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { ChannelCaller, CurrentCall, RuntimeServices } from '../../../runtime/basics/services.ts';
import { type MemoryAccount, PANIC_GENERIC, type RuntimeContext } from '../../../runtime/context.ts';
import { type Life, newLife, panic } from '../../../runtime/life.ts';
import { createTee, type TeeRuntime } from '../../../runtime/tee.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type {
  TEE_Identity,
  TEE_Params,
  Tee,
  TrustedApplicationFactory,
} from '../../../spec/v1/internal/tee.ts';
import type { TaManifest } from '../../../spec/v1/manifest.ts';
import type { ModuleParameter } from '../../../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { DomainAnswer, DomainHost } from '../domain-protocol.ts';
import { plainAnswer } from '../link/codec.ts';
import { type EntryPoints, entryPoints } from './application-code.ts';
import { EnclaveChannels } from './enclave-channels.ts';
import { shareOf } from './memory-share.ts';
import { fromApplication, toApplication, unchanged } from './parameters.ts';
import { SecureBlocks } from './secure-blocks.ts';

/** What all instances of an application share. */
export interface InstanceFacts {
  readonly manifest: TaManifest;
  readonly seed: Secret;
  readonly host: DomainHost;
  readonly now: () => number;
  /** Of the application. */
  readonly memory: MemoryAccount;
  readonly services: Omit<RuntimeServices, 'call' | 'secureMemory'>;
  /** The code, evaluated anew for each instance. */
  readonly evaluate: () => TrustedApplicationFactory;
  readonly harden: <T>(value: T) => T;
  readonly instrument: ((tee: Tee, uuid: TeecUuid) => Tee) | undefined;
}

/** One session of an instance. */
interface Session {
  readonly client: TEE_Identity;
  /** What TA_OpenSessionEntryPoint returned. */
  context: unknown;
  readonly blocks: SecureBlocks;
  readonly channels: EnclaveChannels;
}

const IDLE: CurrentCall = { client: undefined, session: 0, params: undefined, cancellationMasked: true };

/** One instance of an application: a compartment, its API, its sessions. */
export class Instance {
  readonly #facts: InstanceFacts;
  readonly #life: Life = newLife();
  readonly #memory: MemoryAccount;
  readonly #sessions = new Map<number, Session>();
  readonly #tee: Tee;
  readonly #runtime: TeeRuntime;
  readonly #entry: EntryPoints;
  #call: CurrentCall = IDLE;
  #created = false;

  /** @throws {@link SmError} ERR_TEE_TA_INVALID */
  constructor(facts: InstanceFacts) {
    this.#facts = facts;
    const { manifest, host } = facts;
    this.#memory = shareOf(facts.memory, (wanted) =>
      host.event({ kind: 'memory-exceeded', detail: `wanted=${wanted} quota=${facts.memory.quota}` }),
    );
    const life = this.#life;
    const context: RuntimeContext = {
      manifest,
      panic: (code, reason) => panic(life, code, reason),
      memory: this.#memory,
      seed: facts.seed,
      require: (api, name) => {
        if (manifest.apis.includes(api)) return;
        host.event({ kind: 'undeclared-call', detail: `function=${name} api=${api}` });
        throw new TeeError('ACCESS_DENIED');
      },
      host,
      now: facts.now,
    };
    const instance = this;
    const services: RuntimeServices = {
      ...facts.services,
      get call() {
        return instance.#call;
      },
      secureMemory: (id) => instance.#sessions.get(instance.#call.session)?.blocks.view(id),
    };
    this.#runtime = createTee(context, life, services);
    const tee = facts.instrument?.(this.#runtime.tee, manifest.uuid) ?? this.#runtime.tee;
    this.#tee = facts.harden(tee);
    let entry: EntryPoints | undefined;
    try {
      const found = entryPoints(facts.evaluate(), this.#tee);
      // It may have caught its own panic.
      if (life.dead) throw TEE_CLIENT_ERRORS.create('ERR_TEE_TA_INVALID', { detail: 'reason=panic' });
      entry = found;
    } finally {
      // Code that fails to load may have allocated on the way.
      if (entry === undefined) this.#wipe();
    }
    this.#entry = entry;
  }

  get dead(): boolean {
    return this.#life.dead;
  }

  /** TA_CreateEntryPoint returned. */
  get created(): boolean {
    return this.#created;
  }

  /** True for an instance that did not end in order. */
  get panicked(): boolean {
    return this.#life.panic !== undefined;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Opens session `id`; the first one creates the instance. */
  open(id: number, client: TEE_Identity, asked: readonly ModuleParameter[]): DomainAnswer {
    if (!this.#created) {
      const created = this.#enter({ ...IDLE }, () => this.#entry.create());
      if (created !== TEEC_RESULTS.SUCCESS) return this.#refusal(created, asked);
      this.#created = true;
    }
    const session: Session = {
      client,
      context: undefined,
      blocks: new SecureBlocks(this.#memory),
      channels: new EnclaveChannels(this.#memory),
    };
    this.#sessions.set(id, session);
    let opened = false;
    const answer = this.#run(id, session, asked, (types, params) => {
      session.context = this.#entry.open(types, params);
      opened = true;
    });
    if (answer.result === TEEC_RESULTS.SUCCESS) return { ...answer, session: id };
    // It was opened and then its outputs did not fit: the client has no session, so nobody would close it.
    if (opened) this.close(id);
    else this.#drop(id, session);
    return answer;
  }

  #drop(id: number, session: Session): void {
    session.blocks.releaseAll();
    session.channels.releaseAll();
    this.#sessions.delete(id);
  }

  invoke(
    id: number,
    commandId: number,
    asked: readonly ModuleParameter[],
    channel?: ChannelCaller | undefined,
  ): DomainAnswer {
    const session = this.#sessions.get(id);
    if (session === undefined) return plainAnswer(TEEC_RESULTS.BAD_STATE, TEEC_ORIGINS.TEE);
    const entry = (types: number, params: TEE_Params): void => {
      this.#entry.invoke(session.context as never, commandId, types, params);
    };
    return this.#run(id, session, asked, entry, channel);
  }

  /** Cannot fail; an application that panics here is dead all the same. */
  close(id: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    const call: CurrentCall = { ...IDLE, client: session.client, session: id };
    this.#enter(call, () => this.#entry.close(session.context));
    this.#drop(id, session);
  }

  blocks(id: number): SecureBlocks | undefined {
    return this.#sessions.get(id)?.blocks;
  }

  channels(id: number): EnclaveChannels | undefined {
    return this.#sessions.get(id)?.channels;
  }

  /** Ends the instance; a live one is told. */
  destroy(): void {
    if (!this.#life.dead && this.#created) {
      // GlobalPlatform closes the sessions first; their clients are gone.
      for (const id of [...this.#sessions.keys()]) if (!this.#life.dead) this.close(id);
    }
    if (!this.#life.dead && this.#created) this.#enter({ ...IDLE }, () => this.#entry.destroy());
    this.#wipe();
  }

  #wipe(): void {
    this.#life.dead = true;
    for (const { blocks, channels } of this.#sessions.values()) {
      blocks.releaseAll();
      channels.releaseAll();
    }
    this.#sessions.clear();
    this.#runtime.closeAll();
    this.#memory.release(this.#memory.used);
  }

  #run(
    id: number,
    session: Session,
    asked: readonly ModuleParameter[],
    entry: (types: number, params: TEE_Params) => void,
    channel?: ChannelCaller | undefined,
  ): DomainAnswer {
    const given = toApplication(asked);
    if (given === undefined) return this.#refusal(TEEC_RESULTS.OUT_OF_MEMORY, asked, TEEC_ORIGINS.TEE);
    const call: CurrentCall = {
      client: session.client,
      session: id,
      params: given.own,
      channel,
      cancellationMasked: true,
    };
    let params: readonly ModuleParameter[] = [];
    let final = 0;
    this.#enter(
      call,
      () => entry(given.types, given.own),
      (returned) => ({ result: final, params } = fromApplication(given, returned)),
    );
    if (this.#life.dead) return this.#refusal(TEEC_RESULTS.TARGET_DEAD, asked, TEEC_ORIGINS.TEE);
    const origin = TEEC_ORIGINS.TRUSTED_APP;
    return { result: final, origin, session: 0, value: 0, params, parts: [], error: undefined };
  }

  #refusal(
    result: number,
    asked: readonly ModuleParameter[],
    origin: number = TEEC_ORIGINS.TRUSTED_APP,
  ): DomainAnswer {
    const panicked = this.#life.dead;
    return {
      ...plainAnswer(panicked ? TEEC_RESULTS.TARGET_DEAD : result, panicked ? TEEC_ORIGINS.TEE : origin),
      params: unchanged(asked),
    };
  }

  /**
   * Runs code of the application. What it throws with `tee.error` is its result; anything else is a
   * panic, and so is a panic that it caught, or a call of the runtime that never came back.
   */
  #enter(call: CurrentCall, entry: () => void, outputs: (result: number) => void = () => {}): number {
    const life = this.#life;
    const outer = this.#call;
    this.#call = call;
    let result: number = TEEC_RESULTS.SUCCESS;
    try {
      try {
        entry();
      } catch (error) {
        result = resultOf(error);
      }
      if (!life.dead) outputs(result);
    } catch {
      life.dead = true;
    }
    this.#call = outer;
    if (life.inside) life.dead = true;
    if (life.dead) this.#panicked();
    return result;
  }

  #panicked(): void {
    const { code, reason } = this.#life.panic ?? { code: PANIC_GENERIC, reason: 'uncaught' };
    this.#life.panic ??= { code, reason };
    this.#facts.host.event({ kind: 'panic', detail: `code=${code.toString(16)} reason=${reason}` });
    this.#wipe();
  }
}

/** The result behind what was thrown. @throws anything that is no answer */
function resultOf(error: unknown): number {
  if (!(error instanceof TeeError)) throw error;
  const { result } = error;
  // An application may make something that looks like an error and says success.
  return typeof result === 'number' && result >>> 0 === result && result !== 0
    ? result
    : TEEC_RESULTS.GENERIC;
}

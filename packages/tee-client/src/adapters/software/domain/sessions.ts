import type { ChannelCaller } from '../../../runtime/basics/services.ts';
import type { TEE_Identity } from '../../../spec/v1/internal/tee.ts';
import type { ModuleParameter } from '../../../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { DomainAnswer } from '../domain-protocol.ts';
import { plainAnswer } from '../link/codec.ts';
import type { IncomingChannel } from './channels.ts';
import type { EnclaveChannels } from './enclave-channels.ts';
import { Instance, type InstanceFacts } from './instance.ts';
import { unchanged } from './parameters.ts';
import type { SecureBlocks } from './secure-blocks.ts';

/** Who a session belongs to: the host's clients, or one channel of another application. */
export type SessionOwner = 'host' | IncomingChannel;

interface Record {
  readonly instance: Instance;
  readonly owner: SessionOwner;
}

const { BAD_STATE, BUSY, OUT_OF_MEMORY, SUCCESS, TARGET_DEAD } = TEEC_RESULTS;
const { TEE } = TEEC_ORIGINS;
const U32_RANGE = 2 ** 32;

/**
 * The sessions of an application and the instances behind them.
 *
 * - single instance: one for all sessions; without multi-session a second session is BUSY; it ends
 *   with its last session unless it is kept alive
 * - multi-instance: one for each session, with a compartment of its own
 *
 * @standard GPD_SPE_010 v1.3.1 §2.1.3, §4.5
 */
export class Sessions {
  readonly #facts: InstanceFacts;
  readonly #records = new Map<number, Record>();
  #single: Instance | undefined;
  #next = 1;
  #ended = false;

  constructor(facts: InstanceFacts) {
    this.#facts = facts;
  }

  get count(): number {
    return this.#records.size;
  }

  /** The only instance panicked: nothing can be asked of this domain any more. */
  get ended(): boolean {
    return this.#ended;
  }

  open(client: TEE_Identity, asked: readonly ModuleParameter[], owner: SessionOwner): DomainAnswer {
    const { singleInstance, multiSession, maxSessions } = this.#facts.manifest;
    if (this.#records.size >= maxSessions) return refused(BUSY, asked);
    if (singleInstance && !multiSession && this.#records.size > 0) return refused(BUSY, asked);
    let instance: Instance;
    try {
      instance = (singleInstance ? this.#single : undefined) ?? new Instance(this.#facts);
    } catch {
      // The code was evaluated before with success: what is missing now is memory.
      return refused(OUT_OF_MEMORY, asked);
    }
    if (singleInstance) this.#single = instance;
    const id = this.#newId();
    const answer = instance.open(id, client, asked);
    if (answer.result === SUCCESS) this.#records.set(id, { instance, owner });
    else this.#tidy(instance);
    return answer;
  }

  #newId(): number {
    do {
      this.#next = (this.#next + 1) % U32_RANGE;
    } while (this.#next === 0 || this.#records.has(this.#next));
    return this.#next;
  }

  invoke(
    id: number,
    commandId: number,
    asked: readonly ModuleParameter[],
    owner: SessionOwner,
    channel?: ChannelCaller | undefined,
  ): DomainAnswer {
    const record = this.#records.get(id);
    if (record === undefined || record.owner !== owner) return refused(BAD_STATE, asked);
    if (record.instance.dead) return refused(TARGET_DEAD, asked);
    const answer = record.instance.invoke(id, commandId, asked, channel);
    if (record.instance.dead) this.#tidy(record.instance);
    return answer;
  }

  /** Unknown sessions are ignored. */
  close(id: number, owner: SessionOwner): void {
    const record = this.#records.get(id);
    if (record === undefined || record.owner !== owner) return;
    this.#records.delete(id);
    if (!record.instance.dead) record.instance.close(id);
    this.#tidy(record.instance);
  }

  closeOwned(owner: SessionOwner): void {
    for (const [id, record] of [...this.#records]) if (record.owner === owner) this.close(id, owner);
  }

  /** The secure memory of a session; undefined when there is no such session, or it is dead. */
  blocks(id: number): SecureBlocks | undefined {
    const record = this.#records.get(id);
    return record?.owner === 'host' ? record.instance.blocks(id) : undefined;
  }

  /** The channels into a session of the host's; undefined as for {@link blocks}. */
  channels(id: number): EnclaveChannels | undefined {
    const record = this.#records.get(id);
    return record?.owner === 'host' ? record.instance.channels(id) : undefined;
  }

  isDead(id: number): boolean {
    return this.#records.get(id)?.instance.dead === true;
  }

  /** Ends an instance that nobody needs, and the domain with its only one when that panicked. */
  #tidy(instance: Instance): void {
    const { singleInstance, instanceKeepAlive } = this.#facts.manifest;
    if (instance.dead) {
      if (singleInstance) this.#ended = true;
      return;
    }
    if (instance.sessionCount > 0 || (singleInstance && instanceKeepAlive && instance.created)) return;
    instance.destroy();
    if (instance === this.#single) this.#single = undefined;
    if (instance.panicked && singleInstance) this.#ended = true;
  }

  destroy(): void {
    const instances = new Set([...this.#records.values()].map((record) => record.instance));
    if (this.#single !== undefined) instances.add(this.#single);
    this.#records.clear();
    this.#single = undefined;
    for (const instance of instances) {
      if (!instance.dead) instance.destroy();
    }
  }
}

const refused = (result: number, asked: readonly ModuleParameter[]): DomainAnswer => ({
  ...plainAnswer(result, TEE),
  params: unchanged(asked),
});

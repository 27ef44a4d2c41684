import { TEEC_RESULTS } from '../../spec/v1/results.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import { control, granted, part, refused, resultOf, send, u32Part } from './control.ts';
import type { Core } from './core.ts';
import type { RpcAnswer, RpcRequest } from './domain-protocol.ts';
import { type Eventual, type Flow, run, wait } from './flow.ts';
import type { RunningCall } from './link/link.ts';
import { LONGEST_TIMER_MS } from './link/own-answers.ts';
import { SocketTable } from './sockets.ts';
import type { TaDomain } from './ta-domain.ts';

const MAX_CHANNELS = 64;
const CONTROL_TIMEOUT_MS = 10_000;
const INFINITE = 0xffffffff;

/** A sealed channel between two domains; the one that opened it asks, the other answers. */
interface Channel {
  readonly id: number;
  readonly from: TaDomain;
  readonly to: TaDomain;
}

/** What the broker needs of the launcher. */
export interface DomainSource {
  /** The running domain of an application, started where needed, with one more use. */
  acquire(uuid: TeecUuid): Flow<TaDomain>;
  release(domain: TaDomain): void;
}

/** What the broker is made of. */
export interface BrokerEnvironment {
  readonly core: Core;
  readonly domains: DomainSource;
  readonly inProcess: boolean;
  /** Milliseconds a call to this domain may take. */
  readonly timeoutOf: (domain: TaDomain) => number;
}

/**
 * Answers what domains ask of the host while they work: the way to the core and to other
 * applications, sockets (the link itself answers what concerns the running call). What goes through it between domains is sealed; it can drop or
 * delay a message and neither read nor change one.
 */
export class Broker {
  readonly #environment: BrokerEnvironment;
  readonly #channels = new Map<number, Channel>();
  readonly #sockets = new Map<TaDomain, SocketTable>();
  #nextChannel = 1;

  constructor(environment: BrokerEnvironment) {
    this.#environment = environment;
  }

  /** Answers one question; never throws. */
  answer(domain: TaDomain, request: RpcRequest, call: RunningCall): Eventual<RpcAnswer> {
    const failed = (error: unknown): RpcAnswer => {
      const { result, origin } = resultOf(error);
      return refused(result, origin);
    };
    try {
      const answer = this.#route(domain, request, call);
      return answer instanceof Promise ? answer.catch(failed) : answer;
    } catch (error) {
      return failed(error);
    }
  }

  #route(domain: TaDomain, request: RpcRequest, call: RunningCall): Eventual<RpcAnswer> {
    switch (request.kind) {
      case 'core':
        return run(this.#core(domain, request.frame));
      case 'connect':
        return run(this.#connect(domain, request.destination));
      case 'channel':
        return run(this.#exchange(domain, request.channel, request.frame, request.timeout, call));
      case 'disconnect':
        return run(this.#disconnect(domain, request.channel));
      case 'socket-open':
      case 'socket-send':
      case 'socket-receive':
      case 'socket-close':
        return this.#socket(domain, request, call);
      default:
        return refused('BAD_PARAMETERS');
    }
  }

  *#core(domain: TaDomain, frame: Uint8Array): Flow<RpcAnswer> {
    if (domain.info === undefined) return refused('BAD_STATE');
    return granted(0, [yield* this.#environment.core.taRequest(domain.info.instance, frame)]);
  }

  *#connect(from: TaDomain, destination: TeecUuid): Flow<RpcAnswer> {
    const { core, domains } = this.#environment;
    // While code is being evaluated who starts it waits, and might be who it asks for.
    if (from.info === undefined || !from.started) return refused('BAD_STATE');
    let open = 0;
    for (const channel of this.#channels.values()) if (channel.from === from) open++;
    if (open >= MAX_CHANNELS) return refused('BUSY');
    // To itself: its one thread is taken by this very call.
    if (destination === from.uuid) return refused('BUSY');
    const to = yield* domains.acquire(destination);
    let channel: Channel | undefined;
    try {
      if (from.link.dead) return refused('TARGET_DEAD');
      if (from.wouldDeadlock(to) || to.info === undefined) return refused('BUSY');
      // At once: of two that connect to each other at the same time one has to be told.
      from.waitsFor = to;
      const [ours, theirs] = yield* core.connect(from.info.instance, to.info.instance);
      const id = this.#nextChannel++;
      yield* control(to.link, 'ticket', [u32Part(id), theirs], CONTROL_TIMEOUT_MS);
      channel = { id, from, to };
      this.#channels.set(id, channel);
      if (!from.link.dead) return granted(id, [ours]);
      // Its end was told before there was a channel to drop.
      yield* this.#drop(channel, to);
      return refused('TARGET_DEAD');
    } finally {
      from.waitsFor = undefined;
      if (channel === undefined) domains.release(to);
    }
  }

  /** A channel of this domain's own making: numbers of others are as good as unknown. */
  #own(from: TaDomain, id: number): Channel | undefined {
    const channel = this.#channels.get(id);
    return channel?.from === from ? channel : undefined;
  }

  *#exchange(
    from: TaDomain,
    id: number,
    frame: Uint8Array,
    timeout: number,
    call: RunningCall,
  ): Flow<RpcAnswer> {
    const channel = this.#own(from, id);
    if (channel === undefined) return refused('BAD_PARAMETERS');
    const { to } = channel;
    if (from.wouldDeadlock(to)) return refused('BUSY');
    const limit = timeout === INFINITE ? undefined : AbortSignal.timeout(Math.min(timeout, LONGEST_TIMER_MS));
    const signal =
      limit === undefined
        ? call.signal
        : call.signal === undefined
          ? limit
          : AbortSignal.any([call.signal, limit]);
    from.waitsFor = to;
    try {
      const answer = yield* wait(
        send(to.link, { kind: 'channel', channel: id, frame }, this.#environment.timeoutOf(to), signal),
      );
      if (answer.result !== TEEC_RESULTS.SUCCESS) return refused(answer.result, answer.origin);
      return granted(0, [part(answer.parts, 0)]);
    } finally {
      from.waitsFor = undefined;
    }
  }

  *#disconnect(from: TaDomain, id: number): Flow<RpcAnswer> {
    const channel = this.#own(from, id);
    if (channel === undefined) return refused('BAD_PARAMETERS');
    if (from.wouldDeadlock(channel.to)) return refused('BUSY');
    from.waitsFor = channel.to;
    try {
      yield* this.#drop(channel, channel.to);
    } finally {
      from.waitsFor = undefined;
    }
    return granted();
  }

  /** Ends a channel; `survivor` is told. */
  *#drop(channel: Channel, survivor: TaDomain): Flow<void> {
    if (!this.#channels.delete(channel.id)) return;
    try {
      if (!survivor.link.dead) {
        yield* control(survivor.link, 'drop-channel', [u32Part(channel.id)], CONTROL_TIMEOUT_MS);
      }
    } catch {
      // It died meanwhile, and the channel with it.
    } finally {
      this.#environment.domains.release(channel.to);
    }
  }

  #socket(
    domain: TaDomain,
    request: Extract<RpcRequest, { kind: `socket-${string}` }>,
    call: RunningCall,
  ): Eventual<RpcAnswer> {
    if (this.#environment.inProcess) return refused('NOT_SUPPORTED');
    if (domain.info === undefined) return refused('BAD_STATE');
    let table = this.#sockets.get(domain);
    if (table === undefined) {
      table = new SocketTable(domain.info.socketPeers);
      this.#sockets.set(domain, table);
    }
    switch (request.kind) {
      case 'socket-open':
        return table.open(request.host, request.port, request.timeout, call);
      case 'socket-send':
        return table.send(request.socket, request.data, call);
      case 'socket-receive':
        return table.receive(request.socket, request.max, request.timeout, call);
      case 'socket-close':
        return table.close(request.socket);
    }
  }

  /** The domain is gone: its sockets close, and the other ends of its channels are told. */
  ended(domain: TaDomain): void {
    this.#sockets.get(domain)?.closeAll();
    this.#sockets.delete(domain);
    for (const channel of [...this.#channels.values()]) {
      if (channel.from !== domain && channel.to !== domain) continue;
      // Who opened it finds out at the next message; who answers has a session to close.
      if (channel.from === domain) {
        const dropped = run(this.#drop(channel, channel.to));
        if (dropped instanceof Promise) dropped.catch(() => {});
      }
      // `to` died: the number stays, so that its opener learns TARGET_DEAD and not BAD_PARAMETERS.
    }
  }
}

import { performance } from 'node:perf_hooks';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { DomainAnswer, DomainEvent, DomainRequest, RpcAnswer, RpcRequest } from '../domain-protocol.ts';
import { FrameReader, FrameWriter, MalformedFrame } from './bytes.ts';
import { CallTimer } from './call-timer.ts';
import { answerFits } from './check-answer.ts';
import {
  FRAME,
  plainAnswer,
  readAnswer,
  readEvent,
  readRpcRequest,
  writeRequest,
  writeRpcAnswer,
} from './codec.ts';
import { MAX_FRAME_BYTES } from './limits.ts';
import type { CallOptions, DomainLink, ExitReason, LinkHandlers, LinkOptions } from './link.ts';
import { ownAnswer, rpcAnswer } from './own-answers.ts';
import { lastCall, type Waiting } from './pending-call.ts';
import type { Transport } from './transport.ts';

const DEFAULT_MAX_PENDING = 256;
/** How long a domain may take to zero its secrets. */
const CLOSE_MS = 2_000;
/**
 * Events of one request. A domain holds most of them back itself; every instance that panics has one
 * more. One that sends more than all that is no domain of ours any more.
 */
const MAX_EVENTS = 4096;

/**
 * The host's end of a domain behind a transport: one call at a time, in order; time-outs,
 * cancellation, questions of the domain, death. It never blocks.
 */
export class LinkEngine implements DomainLink {
  readonly #transport: Transport;
  readonly #handlers: LinkHandlers;
  readonly #maxPending: number;
  readonly #out = new FrameWriter();
  #queue: Waiting[] = [];
  #current: Waiting | undefined;
  readonly #timer: CallTimer;
  #events = 0;
  #dead = false;
  #gone = false;
  #closing = false;
  #asking = false;
  #killTimer: NodeJS.Timeout | undefined;
  #reason: ExitReason = 'died';
  readonly #ended: Promise<void>;
  #end: () => void = () => {};

  constructor(transport: Transport, handlers: LinkHandlers, options: LinkOptions) {
    this.#transport = transport;
    this.#handlers = handlers;
    this.#maxPending = options.maxPending ?? DEFAULT_MAX_PENDING;
    this.#timer = new CallTimer(() => this.#onDeadline());
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  get pending(): number {
    return this.#queue.length + (this.#current === undefined ? 0 : 1);
  }

  residentBytes(): number | undefined {
    return this.#gone ? undefined : this.#transport.residentBytes();
  }

  call(request: DomainRequest, options: CallOptions): Promise<DomainAnswer> {
    if (this.#dead || this.#closing) return Promise.resolve(dead());
    const { signal } = options;
    if (signal?.aborted === true) return Promise.resolve(plainAnswer(TEEC_RESULTS.CANCEL, TEEC_ORIGINS.TEE));
    if (this.pending >= this.#maxPending && options.always !== true) {
      return Promise.resolve(plainAnswer(TEEC_RESULTS.BUSY, TEEC_ORIGINS.TEE));
    }
    return new Promise((resolve) => {
      const onAbort = signal === undefined ? undefined : (): void => this.#withdraw(waiting);
      const waiting: Waiting = { request, options, resolve, signal, onAbort, deadline: 0 };
      if (onAbort !== undefined) signal?.addEventListener('abort', onAbort, { once: true });
      if (this.#current === undefined) this.#start(waiting);
      else this.#queue.push(waiting);
    });
  }

  /** Cancels a call that has not started; one that runs asks for itself. */
  #withdraw(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    waiting.resolve(plainAnswer(TEEC_RESULTS.CANCEL, TEEC_ORIGINS.TEE));
  }

  #start(waiting: Waiting): void {
    waiting.deadline = performance.now() + waiting.options.timeoutMs;
    this.#current = waiting;
    this.#events = 0;
    this.#timer.arm(waiting.deadline);
    const out = this.#out;
    out.reset();
    out.u8(FRAME.REQUEST);
    let refusal: number | undefined;
    try {
      writeRequest(out, waiting.request);
      if (out.length > MAX_FRAME_BYTES) refusal = TEEC_RESULTS.OUT_OF_MEMORY;
    } catch {
      // A request that has no binary form (a name that is no UUID).
      refusal = TEEC_RESULTS.BAD_PARAMETERS;
    }
    if (refusal === undefined) this.#transport.send(out.written);
    else {
      // The domain never sees it.
      out.reset();
      this.#finish(waiting, plainAnswer(refusal, TEEC_ORIGINS.COMMS));
      this.#next();
    }
  }

  #finish(waiting: Waiting, answer: DomainAnswer): void {
    if (waiting.onAbort !== undefined) waiting.signal?.removeEventListener('abort', waiting.onAbort);
    if (this.#current === waiting) this.#current = undefined;
    waiting.resolve(answer);
  }

  #next(): void {
    const next = this.#queue.shift();
    if (next !== undefined) this.#start(next);
    else this.#timer.rest();
  }

  #onDeadline(): void {
    const late = this.#current;
    // The domain waits for the host, or the loop was held up: an answer may lie there unread.
    setImmediate(() => {
      if (late !== undefined && this.#current === late) this.kill('hung');
    });
  }

  /** A frame of the domain. */
  receive(frame: Uint8Array): void {
    if (this.#dead) return;
    try {
      this.#read(frame);
    } catch (error) {
      if (!(error instanceof MalformedFrame)) throw error;
      this.malformed();
    }
  }

  /** The domain sent what no domain sends: whoever waits gets COMMUNICATION, and it is ended. */
  malformed(): void {
    const current = this.#current;
    if (current !== undefined) {
      this.#finish(current, plainAnswer(TEEC_RESULTS.COMMUNICATION, TEEC_ORIGINS.COMMS));
    }
    this.kill('malformed');
  }

  #read(frame: Uint8Array): void {
    const kind = frame[0];
    const from = new FrameReader(frame, true, 1);
    if (kind === FRAME.ANSWER || kind === FRAME.LAST_ANSWER) {
      const answer = readAnswer(from);
      const current = this.#current;
      if (current === undefined || this.#asking || !answerFits(current.request, answer)) {
        throw new MalformedFrame();
      }
      if (kind === FRAME.LAST_ANSWER) {
        // Dead before the answer is heard: who calls on hearing it must not reach a corpse.
        this.#dead = true;
        this.#reason = 'panicked';
        this.#finish(current, answer);
        this.#bury();
        // It zeroes its secrets now and ends by itself.
        // It keeps the process alive until then: a next start of the application waits for the end.
        this.#killTimer = setTimeout(() => this.#transport.kill(), CLOSE_MS);
        return;
      }
      this.#finish(current, answer);
      this.#next();
    } else if (kind === FRAME.EVENT) {
      this.#heard(readEvent(from));
    } else if (kind === FRAME.RPC) {
      const request = readRpcRequest(from);
      if (this.#current === undefined || this.#asking) throw new MalformedFrame();
      this.#asked(request, this.#current);
    } else throw new MalformedFrame();
  }

  #heard(event: DomainEvent): void {
    // What works on nothing has nothing to tell.
    if (this.#current === undefined || ++this.#events > MAX_EVENTS) throw new MalformedFrame();
    try {
      this.#handlers.onEvent(event);
    } catch {
      // A defect of who listens is none of the domain.
    }
  }

  #asked(request: RpcRequest, call: Waiting): void {
    this.#asking = true;
    let answer: RpcAnswer | Promise<RpcAnswer>;
    try {
      answer = ownAnswer(request, call) ?? this.#handlers.onRpc(request, call);
    } catch {
      answer = rpcAnswer(TEEC_RESULTS.GENERIC);
    }
    if (!(answer instanceof Promise)) {
      this.#tell(answer, call);
      return;
    }
    answer.then(
      (value) => this.#tell(value, call),
      () => this.#tell(rpcAnswer(TEEC_RESULTS.GENERIC), call),
    );
  }

  #tell(answer: RpcAnswer, call: Waiting): void {
    if (this.#dead || this.#current !== call) return;
    this.#asking = false;
    const out = this.#out;
    out.reset();
    out.u8(FRAME.RPC_ANSWER);
    writeRpcAnswer(out, answer);
    if (out.length > MAX_FRAME_BYTES) {
      out.reset();
      out.u8(FRAME.RPC_ANSWER);
      writeRpcAnswer(out, rpcAnswer(TEEC_RESULTS.OUT_OF_MEMORY));
    }
    this.#transport.send(out.written);
  }

  kill(reason: ExitReason): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#reason = reason;
    this.#bury();
    this.#transport.kill();
  }

  /** The domain is gone, whoever ended it. */
  gone(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (!this.#dead) {
      this.#dead = true;
      this.#reason = this.#closing ? 'closed' : 'died';
      this.#bury();
    }
    clearTimeout(this.#killTimer);
    this.#out.reset();
    this.#handlers.onExit(this.#reason);
    this.#end();
  }

  /** Answers everything that is open. */
  #bury(): void {
    this.#timer.end();
    const open = this.#queue;
    this.#queue = [];
    if (this.#current !== undefined) this.#finish(this.#current, dead());
    for (const waiting of open) this.#finish(waiting, dead());
  }

  async close(): Promise<void> {
    if (!this.#closing && !this.#dead) {
      this.#closing = true;
      const running = this.#current;
      const waiting = this.#queue;
      this.#queue = [];
      for (const one of waiting) this.#finish(one, dead());
      if (running !== undefined) await this.#settled(running);
      if (!this.#dead) {
        // Its applications are told to end, and may ask something of the host on the way.
        this.#current = lastCall(CLOSE_MS);
        this.#events = 0;
        this.#out.reset();
        this.#out.u8(FRAME.BYE);
        this.#transport.send(this.#out.written);
        this.#killTimer = setTimeout(() => this.kill('closed'), CLOSE_MS);
      }
    }
    this.#killTimer?.ref();
    await this.#ended;
  }

  /** Resolves when the call has its answer; its time-out sees to it that this happens. */
  #settled(call: Waiting): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#current !== call) resolve();
        else setTimeout(look, 1);
      };
      look();
    });
  }
}

const dead = (): DomainAnswer => plainAnswer(TEEC_RESULTS.TARGET_DEAD, TEEC_ORIGINS.TEE);

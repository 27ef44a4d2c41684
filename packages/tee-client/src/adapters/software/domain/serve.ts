import { SmError } from '@cssi/sm-core';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type {
  CreateDomainService,
  DomainAnswer,
  DomainHost,
  DomainService,
  DomainStart,
  RpcAnswer,
  RpcRequest,
} from '../domain-protocol.ts';
import { FrameReader, FrameWriter, MalformedFrame } from '../link/bytes.ts';
import {
  FRAME,
  plainAnswer,
  readRequest,
  readRpcAnswer,
  readStart,
  writeAnswer,
  writeEvent,
  writeFailure,
  writeRpcRequest,
} from '../link/codec.ts';
import type { DomainPipe } from './pipe.ts';

/** Of `open` and `invoke`, whose parameters are copied by the dispatcher before any code of a TA runs. */
const LAST_VIEWED_KIND = 1;
/** Events of one request that reach the host; a loop of log lines must not drown it. */
const EVENTS_PER_REQUEST = 64;

/** Thrown in the middle of a request when the host is gone; nothing catches it but {@link serve}. */
class HostGone extends Error {}

/** The domain's view of the host over a pipe. */
class PipeHost implements DomainHost {
  readonly #pipe: DomainPipe;
  readonly #out: FrameWriter;
  gone = false;
  #events = 0;

  constructor(pipe: DomainPipe, out: FrameWriter) {
    this.#pipe = pipe;
    this.#out = out;
  }

  rpc(request: RpcRequest): RpcAnswer {
    if (this.gone) throw new HostGone();
    begin(this.#out, FRAME.RPC);
    writeRpcRequest(this.#out, request);
    this.#pipe.send(this.#out.written);
    const frame = this.#pipe.receive();
    try {
      if (frame?.[0] === FRAME.RPC_ANSWER) return readRpcAnswer(new FrameReader(frame, true, 1));
    } catch {
      // A host that speaks wrongly is no host any more.
    }
    this.gone = true;
    throw new HostGone();
  }

  event(event: Parameters<DomainHost['event']>[0]): void {
    if (this.gone || (event.kind !== 'panic' && ++this.#events > EVENTS_PER_REQUEST)) return;
    begin(this.#out, FRAME.EVENT);
    writeEvent(this.#out, event);
    this.#pipe.send(this.#out.written);
  }

  newRequest(): void {
    this.#events = 0;
  }
}

function begin(out: FrameWriter, kind: number): void {
  out.reset();
  out.u8(kind);
}

/** Waits for what the domain is started with; undefined when the host sends anything else. */
export function receiveStart(pipe: DomainPipe): DomainStart | undefined {
  const frame = pipe.receive();
  if (frame?.[0] !== FRAME.START) return undefined;
  try {
    return readStart(new FrameReader(frame, true, 1));
  } catch (error) {
    if (error instanceof MalformedFrame) return undefined;
    throw error;
  }
}

/** Tells the host why the domain does not come up. */
export function sendFailure(pipe: DomainPipe, error: unknown): void {
  const out = new FrameWriter();
  if (error instanceof SmError) writeFailure(out, error.code, error.detail ?? '');
  else writeFailure(out, 'ERR_TEE_START_FAILED', '');
  pipe.send(out.written);
}

/**
 * Serves requests until the host says goodbye or is gone, or the domain is at its end. Blocks all
 * the time; the thread's event loop never turns. Throws only before the domain is up; a defect after
 * that ends it without a word, for the word could hold secrets.
 */
export function serve(pipe: DomainPipe, start: DomainStart, create: CreateDomainService, pid: number): void {
  const out = new FrameWriter();
  const host = new PipeHost(pipe, out);
  const service = create(start, host);
  begin(out, FRAME.READY);
  out.u32(pid);
  pipe.send(out.written);
  try {
    let frame = pipe.receive();
    while (frame?.[0] === FRAME.REQUEST && !host.gone) {
      host.newRequest();
      const answer = answerTo(service, frame);
      if (host.gone) break;
      const ended = service.ended === true;
      begin(out, ended ? FRAME.LAST_ANSWER : FRAME.ANSWER);
      writeAnswer(out, answer);
      pipe.send(out.written);
      out.reset();
      if (ended) break;
      frame = pipe.receive();
    }
  } catch {
    // The end of the pipe tells the host.
  }
  try {
    service.destroy();
  } catch {
    // The memory goes with the process.
  }
}

function answerTo(service: DomainService, frame: Uint8Array): DomainAnswer {
  try {
    const copy = (frame[1] ?? 0) > LAST_VIEWED_KIND;
    return service.handle(readRequest(new FrameReader(frame, copy, 1)));
  } catch (error) {
    if (error instanceof MalformedFrame) {
      return plainAnswer(TEEC_RESULTS.COMMUNICATION, TEEC_ORIGINS.COMMS);
    }
    throw error;
  }
}

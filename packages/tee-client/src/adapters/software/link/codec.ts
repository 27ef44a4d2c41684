/**
 * The binary form of what goes between the host side and a domain: strict, bounded, one reading for
 * every frame. A frame here is what stands after its length: one byte for its kind and the message.
 */
import type { DomainAnswer, DomainEvent, DomainRequest, DomainStart, RpcAnswer } from '../domain-protocol.ts';
import { FrameReader, type FrameWriter, MalformedFrame } from './bytes.ts';
import { MAX_FRAME_BYTES } from './limits.ts';
import { readParams, readParts, writeParams, writeParts } from './params-codec.ts';
import { readRpcRequest, writeRpcRequest } from './rpc-codec.ts';
import { readService, writeService } from './service-codec.ts';
import { readUuid, writeUuid } from './uuid-codec.ts';

/** Kinds of frames. */
export const FRAME = {
  START: 1,
  /** The domain is up; or why not. */
  READY: 2,
  FAILED: 3,
  REQUEST: 4,
  ANSWER: 5,
  /** An answer after which the domain ends: its only instance panicked. */
  LAST_ANSWER: 6,
  RPC: 7,
  RPC_ANSWER: 8,
  EVENT: 9,
  /** The domain is to zero its secrets and end. */
  BYE: 10,
  /** Of worker links: the frame itself waits at the port. */
  AT_PORT: 11,
} as const;

const MAX_TEXT = 1024;

const REQUEST_KINDS = ['open', 'invoke', 'close', 'service', 'channel', 'control'] as const;
const EVENT_KINDS = ['panic', 'undeclared-call', 'memory-exceeded', 'log'] as const;

/** Writes a request without the kind of the frame. */
export function writeRequest(out: FrameWriter, request: DomainRequest): void {
  out.u8(REQUEST_KINDS.indexOf(request.kind));
  switch (request.kind) {
    case 'open':
      out.u32(request.client.login);
      writeUuid(out, request.client.uuid);
      writeParams(out, request.params);
      return;
    case 'invoke':
      out.u32(request.session);
      out.u32(request.commandId);
      writeParams(out, request.params);
      return;
    case 'close':
      out.u32(request.session);
      return;
    case 'service':
      out.u32(request.session);
      writeService(out, request.request);
      return;
    case 'channel':
      out.u32(request.channel);
      out.block(request.frame);
      return;
    case 'control':
      out.text(request.name);
      writeParts(out, request.parts);
      return;
  }
}

/** Reads to the end of the frame. @throws MalformedFrame */
export function readRequest(from: FrameReader): DomainRequest {
  const request = requestBody(from);
  from.end();
  return request;
}

function requestBody(from: FrameReader): DomainRequest {
  const kind = REQUEST_KINDS[from.choice(REQUEST_KINDS.length - 1)] as DomainRequest['kind'];
  switch (kind) {
    case 'open':
      return { kind, client: { login: from.u32(), uuid: readUuid(from) }, params: readParams(from) };
    case 'invoke':
      return { kind, session: from.u32(), commandId: from.u32(), params: readParams(from) };
    case 'close':
      return { kind, session: from.u32() };
    case 'service':
      return { kind, session: from.u32(), request: readService(from) };
    case 'channel':
      return { kind, channel: from.u32(), frame: from.block(MAX_FRAME_BYTES) };
    case 'control':
      return { kind, name: from.text(64), parts: readParts(from) };
  }
}

export function writeAnswer(out: FrameWriter, answer: DomainAnswer): void {
  out.u32(answer.result);
  out.u8(answer.origin);
  out.u32(answer.session);
  out.u32(answer.value);
  writeParams(out, answer.params);
  writeParts(out, answer.parts);
  if (answer.error === undefined) out.u8(0);
  else {
    out.u8(1);
    out.text(answer.error.code);
    out.text(answer.error.detail.slice(0, MAX_TEXT / 4));
  }
}

/** @throws MalformedFrame */
export function readAnswer(from: FrameReader): DomainAnswer {
  const answer = {
    result: from.u32(),
    origin: from.choice(4),
    session: from.u32(),
    value: from.u32(),
    params: readParams(from),
    parts: readParts(from),
    error: from.choice(1) === 0 ? undefined : { code: from.text(64), detail: from.text(MAX_TEXT) },
  };
  from.end();
  return answer;
}

export { readRpcRequest, writeRpcRequest };

export function writeRpcAnswer(out: FrameWriter, answer: RpcAnswer): void {
  out.u32(answer.result);
  out.u8(answer.origin);
  out.u32(answer.value);
  writeParts(out, answer.parts);
}

/** @throws MalformedFrame */
export function readRpcAnswer(from: FrameReader): RpcAnswer {
  const answer = { result: from.u32(), origin: from.choice(4), value: from.u32(), parts: readParts(from) };
  from.end();
  return answer;
}

export function writeEvent(out: FrameWriter, event: DomainEvent): void {
  out.u8(EVENT_KINDS.indexOf(event.kind));
  out.text(event.detail.slice(0, MAX_TEXT / 4));
}

/** @throws MalformedFrame */
export function readEvent(from: FrameReader): DomainEvent {
  const kind = EVENT_KINDS[from.choice(EVENT_KINDS.length - 1)] as DomainEvent['kind'];
  const event: DomainEvent = { kind, detail: from.text(MAX_TEXT) };
  from.end();
  return event;
}

export function writeStart(out: FrameWriter, start: DomainStart): void {
  out.u8(start.kind === 'core' ? 0 : 1);
  writeUuid(out, start.uuid);
  out.text(start.folder);
  out.u32(Math.ceil(start.memoryLimit / 1024));
  out.u32(start.tcbVersion);
}

/** @throws MalformedFrame */
export function readStart(from: FrameReader): DomainStart {
  const start: DomainStart = {
    kind: from.choice(1) === 0 ? 'core' : 'ta',
    uuid: readUuid(from),
    folder: from.text(0xffff),
    memoryLimit: from.u32() * 1024,
    tcbVersion: from.u32(),
  };
  from.end();
  return start;
}

/** An answer of a result only. */
export const plainAnswer = (result: number, origin: number): DomainAnswer => ({
  result,
  origin,
  session: 0,
  value: 0,
  params: [],
  parts: [],
  error: undefined,
});

/** What a domain did not come up with; what is no such frame is ERR_TEE_START_FAILED. */
export function readFailure(frame: Uint8Array): { readonly code: string; readonly detail: string } {
  try {
    const from = new FrameReader(frame, true);
    if (from.u8() === FRAME.FAILED) return { code: from.text(64), detail: from.text(MAX_TEXT) };
  } catch (error) {
    if (!(error instanceof MalformedFrame)) throw error;
  }
  return { code: 'ERR_TEE_START_FAILED', detail: '' };
}

export function writeFailure(out: FrameWriter, code: string, detail: string): void {
  out.u8(FRAME.FAILED);
  out.text(code);
  out.text(detail.slice(0, MAX_TEXT / 4));
}

import type { RpcRequest } from '../domain-protocol.ts';
import type { FrameReader, FrameWriter } from './bytes.ts';
import { MAX_FRAME_BYTES, MAX_SOCKET_BYTES } from './limits.ts';
import { readUuid, writeUuid } from './uuid-codec.ts';

const KINDS = [
  'cancelled',
  'wait',
  'core',
  'connect',
  'channel',
  'disconnect',
  'socket-open',
  'socket-send',
  'socket-receive',
  'socket-close',
] as const;

export function writeRpcRequest(out: FrameWriter, request: RpcRequest): void {
  out.u8(KINDS.indexOf(request.kind));
  switch (request.kind) {
    case 'cancelled':
      return;
    case 'wait':
      out.u32(request.milliseconds);
      out.u8(request.cancellable ? 1 : 0);
      return;
    case 'core':
      out.block(request.frame);
      return;
    case 'connect':
      writeUuid(out, request.destination);
      out.u32(request.timeout);
      return;
    case 'channel':
      out.u32(request.channel);
      out.u32(request.timeout);
      out.block(request.frame);
      return;
    case 'disconnect':
      out.u32(request.channel);
      return;
    case 'socket-open':
      out.text(request.host);
      out.u16(request.port);
      out.u32(request.timeout);
      return;
    case 'socket-send':
      out.u32(request.socket);
      out.block(request.data);
      return;
    case 'socket-receive':
      out.u32(request.socket);
      out.u32(request.max);
      out.u32(request.timeout);
      return;
    case 'socket-close':
      out.u32(request.socket);
      return;
  }
}

/** Reads to the end of the frame. @throws MalformedFrame */
export function readRpcRequest(from: FrameReader): RpcRequest {
  const request = body(from);
  from.end();
  return request;
}

function body(from: FrameReader): RpcRequest {
  const kind = KINDS[from.choice(KINDS.length - 1)] as RpcRequest['kind'];
  switch (kind) {
    case 'cancelled':
      return { kind };
    case 'wait':
      return { kind, milliseconds: from.u32(), cancellable: from.choice(1) === 1 };
    case 'core':
      return { kind, frame: from.block(MAX_FRAME_BYTES) };
    case 'connect':
      return { kind, destination: readUuid(from), timeout: from.u32() };
    case 'channel':
      return { kind, channel: from.u32(), timeout: from.u32(), frame: from.block(MAX_FRAME_BYTES) };
    case 'disconnect':
      return { kind, channel: from.u32() };
    case 'socket-open':
      return { kind, host: from.text(255), port: from.u16(), timeout: from.u32() };
    case 'socket-send':
      return { kind, socket: from.u32(), data: from.block(MAX_SOCKET_BYTES) };
    case 'socket-receive':
      return { kind, socket: from.u32(), max: from.u32(), timeout: from.u32() };
    case 'socket-close':
      return { kind, socket: from.u32() };
  }
}

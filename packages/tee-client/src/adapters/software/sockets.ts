import { connect, type Socket } from 'node:net';
import { granted, refused } from './control.ts';
import type { RpcAnswer } from './domain-protocol.ts';

const MAX_SOCKETS = 16;
/** Bytes kept for a socket that nobody reads; more stay with the sender. */
const MAX_BUFFERED = 256 << 10;
const MAX_CHUNK = 1 << 20;
/** GlobalPlatform's TEE_TIMEOUT_INFINITE: here the time the call has. */
const INFINITE = 0xffffffff;

interface OpenSocket {
  readonly socket: Socket;
  readonly received: Uint8Array[];
  buffered: number;
  ended: boolean;
  failed: boolean;
  /** Wakes the one that waits. */
  wake: (() => void) | undefined;
}

/** Waits until `wake` is called, or `milliseconds` passed, or the call is cancelled. */
function sleep(entry: OpenSocket, milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      entry.wake = undefined;
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, milliseconds));
    entry.wake = end;
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** How long an operation on a socket may take. */
export interface SocketCall {
  readonly signal: AbortSignal | undefined;
  /** `performance.now()` at which the call of the application is a hang. */
  readonly deadline: number;
}

/** Connections of one application's domain: only to the peers of its manifest. */
export class SocketTable {
  readonly #peers: readonly string[];
  readonly #sockets = new Map<number, OpenSocket>();
  #next = 1;

  constructor(peers: readonly string[]) {
    this.#peers = peers;
  }

  #budget(timeout: number, call: SocketCall): number {
    const left = call.deadline - performance.now();
    return timeout === INFINITE ? left : Math.min(timeout, left);
  }

  async open(host: string, port: number, timeout: number, call: SocketCall): Promise<RpcAnswer> {
    if (!this.#peers.includes(`${host}:${port}`)) return refused('ACCESS_DENIED');
    if (this.#sockets.size >= MAX_SOCKETS) return refused('BUSY');
    const socket = connect({ host, port });
    // Who waits for it has a timer; a connection of an idle application is no reason to keep a process alive.
    socket.unref();
    const entry: OpenSocket = {
      socket,
      received: [],
      buffered: 0,
      ended: false,
      failed: false,
      wake: undefined,
    };
    let connected = false;
    socket.once('connect', () => {
      connected = true;
      entry.wake?.();
    });
    socket.on('data', (chunk: Uint8Array) => {
      entry.received.push(chunk);
      entry.buffered += chunk.length;
      if (entry.buffered >= MAX_BUFFERED) socket.pause();
      entry.wake?.();
    });
    socket.on('end', () => {
      entry.ended = true;
      entry.wake?.();
    });
    socket.on('error', () => {
      entry.failed = true;
      entry.wake?.();
    });
    socket.on('close', () => {
      entry.ended = true;
      entry.wake?.();
    });
    const id = this.#next++;
    this.#sockets.set(id, entry);
    await sleep(entry, this.#budget(timeout, call), call.signal);
    if (connected && !entry.failed) return granted(id);
    const broken = entry.failed || entry.ended;
    this.close(id);
    if (call.signal?.aborted === true) return refused('CANCEL');
    return refused(broken ? 'COMMUNICATION' : 'TIMEOUT', 'COMMS');
  }

  async send(id: number, data: Uint8Array, call: SocketCall): Promise<RpcAnswer> {
    const entry = this.#sockets.get(id);
    if (entry === undefined) return refused('BAD_PARAMETERS');
    if (entry.failed || !entry.socket.writable) return refused('COMMUNICATION', 'COMMS');
    let sent = false;
    entry.socket.write(data, (error) => {
      if (error) entry.failed = true;
      sent = true;
      entry.wake?.();
    });
    // A chunk that arrives also wakes; only what was handed to the system counts.
    while (!sent && !entry.failed && performance.now() < call.deadline && call.signal?.aborted !== true) {
      await sleep(entry, this.#budget(INFINITE, call), call.signal);
    }
    if (sent && !entry.failed) return granted();
    // How much of it went out is unknown: the connection is of no further use.
    const broken = entry.failed;
    this.close(id);
    if (call.signal?.aborted === true) return refused('CANCEL');
    return refused(broken ? 'COMMUNICATION' : 'TIMEOUT', 'COMMS');
  }

  async receive(id: number, max: number, timeout: number, call: SocketCall): Promise<RpcAnswer> {
    const entry = this.#sockets.get(id);
    if (entry === undefined || max < 1) return refused('BAD_PARAMETERS');
    const until = performance.now() + this.#budget(timeout, call);
    while (entry.buffered === 0 && !entry.ended && !entry.failed) {
      const left = until - performance.now();
      if (left <= 0) return refused('TIMEOUT', 'COMMS');
      if (call.signal?.aborted === true) return refused('CANCEL');
      await sleep(entry, left, call.signal);
    }
    if (entry.buffered === 0) {
      return entry.failed ? refused('COMMUNICATION', 'COMMS') : granted(0, [new Uint8Array(0)]);
    }
    const out = new Uint8Array(Math.min(max, entry.buffered, MAX_CHUNK));
    for (let at = 0; at < out.length; ) {
      const chunk = entry.received[0] as Uint8Array;
      const taken = Math.min(chunk.length, out.length - at);
      out.set(chunk.subarray(0, taken), at);
      at += taken;
      if (taken === chunk.length) entry.received.shift();
      else entry.received[0] = chunk.subarray(taken);
    }
    entry.buffered -= out.length;
    if (entry.buffered < MAX_BUFFERED && !entry.ended) entry.socket.resume();
    return granted(0, [out]);
  }

  close(id: number): RpcAnswer {
    const entry = this.#sockets.get(id);
    if (entry === undefined) return refused('BAD_PARAMETERS');
    this.#sockets.delete(id);
    // Whoever still waits for it is not told that the peer has ended.
    entry.failed = true;
    entry.buffered = 0;
    entry.socket.destroy();
    for (const chunk of entry.received) chunk.fill(0);
    entry.wake?.();
    return granted();
  }

  /** With the end of the domain. */
  closeAll(): void {
    for (const id of [...this.#sockets.keys()]) this.close(id);
  }
}

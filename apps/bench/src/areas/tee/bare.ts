import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';

/** A call over nothing but a channel of Node, for comparison. */
export interface BareCall {
  call(): Promise<void>;
  close(): Promise<void>;
}

const ECHO = fileURLToPath(new URL('../../../dist/areas/tee/echo-child.js', import.meta.url));

/** A child process at the end of a pipe, read and written as Node's streams do it. */
export function bareChild(bytes: number): BareCall {
  const child = spawn(process.execPath, [ECHO, String(bytes)], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const pipe = child.stdio[3] as Duplex;
  const message = Buffer.alloc(bytes, 0x5a);
  let have = 0;
  let answered: (() => void) | undefined;
  pipe.on('data', (chunk: Buffer) => {
    have += chunk.length;
    if (have < bytes) return;
    have -= bytes;
    answered?.();
  });
  return {
    call: () =>
      new Promise((resolve) => {
        answered = resolve;
        pipe.write(message);
      }),
    close: async () => {
      child.kill();
    },
  };
}

const WORKER = `
const { workerData } = require('node:worker_threads');
workerData.on('message', (message) => workerData.postMessage(message));
`;

/** A worker thread at the end of a message port. */
export function bareWorker(bytes: number): BareCall {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(WORKER, { eval: true, workerData: port2, transferList: [port2] });
  const message = new Uint8Array(bytes).fill(0x5a);
  let answered: (() => void) | undefined;
  port1.on('message', () => answered?.());
  return {
    call: () =>
      new Promise((resolve) => {
        answered = resolve;
        port1.postMessage(message);
      }),
    close: async () => {
      port1.close();
      await worker.terminate();
    },
  };
}

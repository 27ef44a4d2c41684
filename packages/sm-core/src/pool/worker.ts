/** The thread of a pool: takes requests one after the other. Node loads it from `dist`. */
import { parentPort } from 'node:worker_threads';
import { failureOf, runOperation } from './operations.ts';
import { buffersOf, type HostMessage, type WorkerMessage } from './protocol.ts';

const port = parentPort;

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

port?.on('message', ({ id, request }: HostMessage) => {
  try {
    const result = runOperation(request);
    send({ kind: 'answer', id, result }, buffersOf(result));
  } catch (error) {
    send({ kind: 'failed', id, failure: failureOf(error) });
  }
});
// A message that cannot be read has no number to answer to.
port?.on('messageerror', () => process.exit(1));
send({ kind: 'ready' });

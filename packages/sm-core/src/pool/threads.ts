import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { SM_CORE_ERRORS } from '../errors.ts';
import type { HostMessage, WorkerMessage } from './protocol.ts';

/** One thread as the pool sees it. Tests put their own in its place. */
export interface PoolThread {
  /** Moves `transfer` over; throws when that cannot be done. */
  post(message: HostMessage, transfer: readonly ArrayBuffer[]): void;
  /** Keeps the process alive while the thread owes an answer. */
  hold(held: boolean): void;
  terminate(): Promise<void>;
}

/** Starts a thread; `gone` is called once, when it has ended for whatever reason. */
export type StartThread = (receive: (message: WorkerMessage) => void, gone: () => void) => PoolThread;

/** The compiled worker, also when this module runs from its TypeScript source. */
export function workerUrl(moduleUrl: string = import.meta.url): URL {
  return moduleUrl.endsWith('.ts')
    ? new URL('../../dist/pool/worker.js', moduleUrl)
    : new URL('./worker.js', moduleUrl);
}

/**
 * Starts Node worker threads on the file.
 *
 * @throws {@link SmError} ERR_POOL_WORKER_FAILED when there is no such file
 */
export function nodeThreads(file: URL): StartThread {
  if (file.protocol === 'file:' && !existsSync(file)) {
    throw SM_CORE_ERRORS.create('ERR_POOL_WORKER_FAILED', { detail: 'reason=no-worker-file' });
  }
  return (receive, gone) => {
    const worker = new Worker(file, {
      // Nothing of the host's environment, arguments or loaders is needed there.
      env: {},
      argv: [],
      execArgv: [],
      name: 'cssi sm pool',
    });
    worker.on('message', receive);
    // An error ends the thread; what it says may hold data and is not kept.
    worker.on('error', () => undefined);
    worker.on('messageerror', () => void worker.terminate());
    worker.on('exit', gone);
    worker.unref();
    return {
      post: (message, transfer) => worker.postMessage(message, [...transfer]),
      hold: (held) => (held ? worker.ref() : worker.unref()),
      terminate: async () => void (await worker.terminate()),
    };
  };
}

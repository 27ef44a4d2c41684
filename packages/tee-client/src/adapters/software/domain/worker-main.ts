/**
 * Entry program of a domain in a worker thread: shares the host's process, so it is weaker than a
 * child process. It never returns to its event loop.
 */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerDomainData } from '../link/worker-link.ts';
import { loadService } from './load-service.ts';
import { receiveStart, sendFailure, serve } from './serve.ts';
import { WorkerPipe } from './worker-pipe.ts';

const FAILED = 70;

const now = performance.now.bind(performance);
const pipe = new WorkerPipe(workerData as WorkerDomainData, () => parentPort?.postMessage(0), now);
try {
  const start = receiveStart(pipe);
  if (start !== undefined) serve(pipe, start, await loadService(start.kind), process.pid);
  process.exit(0);
} catch (error) {
  sendFailure(pipe, error);
  process.exit(FAILED);
}

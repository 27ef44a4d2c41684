/**
 * Entry program of a domain in a child process. Descriptor 3 is its one way out; it blocks there
 * between requests, and the end of the host is its own.
 */

import { loadService } from './load-service.ts';
import { ProcessPipe } from './process-pipe.ts';
import { receiveStart, sendFailure, serve } from './serve.ts';

const LINK_DESCRIPTOR = 3;
/** Nothing about the cause leaves the process: it could hold secrets. */
const FAILED = 70;

const pipe = new ProcessPipe(LINK_DESCRIPTOR);
try {
  const start = receiveStart(pipe);
  if (start !== undefined) serve(pipe, start, await loadService(start.kind), process.pid);
  process.exit(0);
} catch (error) {
  sendFailure(pipe, error);
  process.exit(FAILED);
}

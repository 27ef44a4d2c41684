// A worker that does what the first byte of `data` says, for the tests of the pool's own logic.
import { parentPort } from 'node:worker_threads';

const EXIT = 1;
const WAIT = 2;
const FAIL = 3;
const THROW = 4;
const UNKNOWN = 5;

parentPort.postMessage({ kind: 'ready' });
parentPort.on('message', ({ id, request }) => {
  const data = request.data ?? new Uint8Array(1);
  const answer = () => {
    const bytes = Uint8Array.of(data.length & 255, data[1] ?? 0, request.key?.length ?? 0);
    parentPort.postMessage({ kind: 'answer', id, result: { bytes } }, [bytes.buffer]);
  };
  const failed = (code) =>
    parentPort.postMessage({ kind: 'failed', id, failure: { code, detail: 'parameter=data' } });
  if (data[0] === EXIT) process.exit(7);
  else if (data[0] === THROW) throw new Error('hunter2');
  else if (data[0] === FAIL) failed('ERR_DECRYPT_FAILED');
  else if (data[0] === UNKNOWN) failed('ERR_SOMETHING_ELSE');
  else if (data[0] === WAIT) setTimeout(answer, data[1]);
  else answer();
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeThreads } from '../src/pool/threads.ts';
import { closePools, code, EXIT, FAIL, KEEP, pool, THROW, wait } from './support/pool.ts';

afterEach(closePools);

describe('queue of the pool', () => {
  it('is bounded: a call that finds it full is refused where asked for [part of EDGE-032]', async () => {
    const one = pool({ queue: 2, whenFull: 'reject' });
    // Two are with the thread, two in the queue.
    const accepted = Array.from({ length: 4 }, () => one.sm3(wait(20), KEEP));
    expect(one.load).toEqual({ running: 2, queued: 2, waiting: 0 });
    await expect(one.sm3(wait(1))).rejects.toThrow(code('ERR_POOL_BUSY'));
    await Promise.all(accepted);
    await expect(one.sm3(wait(1))).resolves.toHaveLength(3);
  });

  it('lets calls wait for room, in order', async () => {
    const one = pool({ queue: 1 });
    const order: number[] = [];
    const tasks = Array.from({ length: 6 }, (_, i) => one.sm3(wait(2), KEEP).then(() => order.push(i)));
    expect(one.load).toEqual({ running: 2, queued: 1, waiting: 3 });
    await one.room();
    expect(one.load.waiting + one.load.queued).toBe(0);
    await Promise.all(tasks);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(one.load).toEqual({ running: 0, queued: 0, waiting: 0 });
  });

  it('does not grow with a slow consumer of an endless source [part of EDGE-032, part of EDGE-030]', async () => {
    const one = pool({ workers: 2, queue: 2 });
    let taken = 0;
    let closed = false;
    async function* source() {
      try {
        for (;;) {
          taken++;
          yield new Uint8Array(1024).fill(9);
        }
      } finally {
        closed = true;
      }
    }
    let got = 0;
    for await (const result of one.map(source(), (chunk) => one.sm3(chunk))) {
      expect(result).toHaveLength(3);
      got++;
      await sleep(3);
      // Threads + queue tasks at most are under way, however long the consumer takes.
      expect(taken - got).toBeLessThanOrEqual(4);
      expect(one.load.waiting).toBe(0);
      if (got === 20) break;
    }
    expect(taken).toBeLessThanOrEqual(24);
    expect(closed).toBe(true);
  });

  it('yields results in order and the failure at its place', async () => {
    const one = pool({ workers: 2 });
    const chunks = [wait(15), wait(1), Uint8Array.of(9, 7), FAIL, wait(1)];
    const seen: number[] = [];
    const run = async () => {
      for await (const result of one.map(chunks, (chunk) => one.sm3(chunk, KEEP))) seen.push(result[1]!);
    };
    await expect(run()).rejects.toThrow(code('ERR_DECRYPT_FAILED'));
    expect(seen).toEqual([15, 1, 7]);
  });
});

describe('abort and failure', () => {
  it('of a task takes it out of the queue', async () => {
    const one = pool({ queue: 8 });
    const abort = new AbortController();
    const busy = [one.sm3(wait(20)), one.sm3(wait(1))];
    const queued = one.sm3(wait(1), { signal: abort.signal });
    const after = one.sm3(wait(1));
    expect(one.load.queued).toBe(2);
    abort.abort();
    await expect(queued).rejects.toThrow(code('ERR_POOL_ABORTED'));
    expect(one.load.queued).toBe(1);
    await Promise.all([...busy, after]);
    await expect(one.sm3(wait(1), { signal: abort.signal })).rejects.toThrow(code('ERR_POOL_ABORTED'));
  });

  it('of a task that has begun drops its result', async () => {
    const one = pool();
    const abort = new AbortController();
    const begun = one.sm3(wait(30), { signal: abort.signal });
    abort.abort(new Error('reason'));
    await expect(begun).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED', cause: { message: 'reason' } });
    expect(one.load.running).toBe(1);
    await expect(one.sm3(Uint8Array.of(9))).resolves.toHaveLength(3);
  });

  it('of the pool rejects everything and ends it', async () => {
    const abort = new AbortController();
    const one = pool({ signal: abort.signal, queue: 1 });
    const tasks = Array.from({ length: 5 }, () => one.sm3(wait(100), KEEP));
    abort.abort();
    for (const task of tasks) await expect(task).rejects.toThrow(code('ERR_POOL_ABORTED'));
    await expect(one.sm3(wait(1))).rejects.toThrow(code('ERR_POOL_CLOSED'));
    expect(one.load).toEqual({ running: 0, queued: 0, waiting: 0 });
    const born = pool({ signal: abort.signal });
    await expect(born.sm3(wait(1))).rejects.toThrow(code('ERR_POOL_CLOSED'));
  });

  it.each([
    ['exits', EXIT],
    ['throws', THROW],
  ] as const)('of a thread that %s rejects its tasks, and another takes its place', async (_name, data) => {
    const one = pool();
    await one.sm3(Uint8Array.of(9));
    for (let i = 0; i < 4; i++) {
      const error = await one.sm3(data, KEEP).catch((reason) => reason);
      expect(error).toEqual(code('ERR_POOL_WORKER_FAILED'));
      expect(String(error)).not.toContain('hunter2');
      await expect(one.sm3(Uint8Array.of(9))).resolves.toHaveLength(3);
    }
  });

  it('of one task takes no other with it', async () => {
    const one = pool();
    const [bad, good] = await Promise.allSettled([one.sm3(FAIL, KEEP), one.sm3(Uint8Array.of(9))]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'ERR_DECRYPT_FAILED' } });
    expect(good.status).toBe('fulfilled');
    await expect(one.sm3(Uint8Array.of(5))).rejects.toThrow(code('ERR_POOL_WORKER_FAILED'));
  });

  it('of threads that never come up ends the pool instead of trying for ever', async () => {
    const one = pool({}, nodeThreads(new URL('./support/pool-no-start.mjs', import.meta.url)));
    const tasks = Array.from({ length: 12 }, () => one.sm3(Uint8Array.of(9)));
    for (const task of tasks) await expect(task).rejects.toThrow(code('ERR_POOL_WORKER_FAILED'));
    await expect(one.sm3(Uint8Array.of(9))).rejects.toThrow(code('ERR_POOL_CLOSED'));
  });

  it('of the worker file is told when the pool is made', () => {
    const missing = () => nodeThreads(new URL('./support/no-such-worker.mjs', import.meta.url));
    expect(missing).toThrow(code('ERR_POOL_WORKER_FAILED'));
  });
});

describe('close', () => {
  it('waits for everything that was submitted', async () => {
    const one = pool({ queue: 1 });
    const tasks = Array.from({ length: 5 }, () => one.sm3(wait(2), KEEP));
    const closing = one.close();
    await expect(one.sm3(wait(1))).rejects.toThrow(code('ERR_POOL_CLOSED'));
    await closing;
    for (const task of tasks) await expect(task).resolves.toHaveLength(3);
    await one.close();
  });

  it('of a pool that did nothing ends at once', async () => {
    await pool().close();
  });
});

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret, sm2, sm3, sm4, utf8 } from '../src/index.ts';
import { createSmPool, type SmPool, type SmPoolOptions } from '../src/pool/index.ts';
import { failureOf, runOperation } from '../src/pool/operations.ts';
import { type HostMessage, type PoolRequest, pack, unpack } from '../src/pool/protocol.ts';
import { nodeThreads, type StartThread, workerUrl } from '../src/pool/threads.ts';
import { seededBytes } from './support/seeded.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const fake = nodeThreads(new URL('./support/pool-worker.mjs', import.meta.url));
const EXIT = Uint8Array.of(1);
const FAIL = Uint8Array.of(3);
const THROW = Uint8Array.of(4);
const wait = (ms: number) => Uint8Array.of(2, ms);
const KEEP = { keep: true };

const open: SmPool[] = [];
function pool(options: SmPoolOptions = {}, start = fake): SmPool {
  const made = createSmPool({ workers: 1, ...options }, { start });
  open.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

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

describe('bytes', () => {
  it('are moved to the thread, not copied', async () => {
    const one = pool();
    const moved = Uint8Array.of(9, 1, 2);
    const task = one.sm3(moved);
    expect(moved).toHaveLength(0);
    await expect(task).resolves.toEqual(Uint8Array.of(3, 1, 0));
  });

  it('are the caller’s where it says so, and where they share a buffer', async () => {
    const one = pool();
    const kept = Uint8Array.of(9, 1, 2);
    await one.sm3(kept, KEEP);
    expect(kept).toEqual(Uint8Array.of(9, 1, 2));
    const buffer = Uint8Array.of(0, 9, 5, 0);
    await expect(one.sm3(buffer.subarray(1, 3))).resolves.toEqual(Uint8Array.of(2, 5, 0));
    expect(buffer).toHaveLength(4);
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    await expect(one.sm3(shared)).resolves.toEqual(Uint8Array.of(4, 0, 0));
    expect(shared).toHaveLength(4);
  });

  it('that were moved before are refused, not taken for none', async () => {
    const one = pool();
    const moved = Uint8Array.of(9, 1);
    await one.sm3(moved);
    await expect(one.sm3(moved)).rejects.toThrow(code('ERR_INPUT_VALUE'));
    await expect(one.sm3Many([moved])).rejects.toThrow(code('ERR_INPUT_VALUE'));
    const twice = Uint8Array.of(9, 1);
    // The third finds the buffer moved only when its turn comes.
    const tasks = [wait(5), wait(5), twice, twice].map((data) => one.sm3(data));
    const results = await Promise.allSettled(tasks);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(results[3]).toMatchObject({ reason: { code: 'ERR_INPUT_VALUE' } });
    await expect(one.sm3(new Uint8Array(0))).resolves.toHaveLength(3);
  });

  it('of a key are copied when a thread is free, and the secret stays the caller’s', async () => {
    const one = pool();
    const key = Secret.random(16);
    await expect(one.sm4Ctr(key, new Uint8Array(16), Uint8Array.of(9))).resolves.toEqual(
      Uint8Array.of(1, 0, 16),
    );
    expect(key.destroyed).toBe(false);
    const tasks = [wait(10), wait(10)].map((data) => one.sm3(data));
    const late = one.sm4Ctr(key, new Uint8Array(16), Uint8Array.of(9));
    key.destroy();
    await expect(late).rejects.toThrow(code('ERR_SECRET_DESTROYED'));
    await Promise.all(tasks);
  });
});

/** A thread in this one, which computes with the functions of the package a little later. */
const inProcess =
  (posted: HostMessage[] = []): StartThread =>
  (receive) => ({
    post: (message, transfer) => {
      const { id, request } = structuredClone(message, { transfer: [...transfer] });
      posted.push(structuredClone({ id, request }));
      setImmediate(() => {
        try {
          receive({ kind: 'answer', id, result: runOperation(request) });
        } catch (error) {
          receive({ kind: 'failed', id, failure: failureOf(error) });
        }
      });
    },
    hold: () => undefined,
    terminate: async () => undefined,
  });

describe('inputs that are changed after the call', () => {
  const count = 8;
  const calls = Array.from({ length: count }, (_, i) => i);

  it('leave each task its own nonce, associated data and kept data', async () => {
    const posted: HostMessage[] = [];
    const one = pool({}, inProcess(posted));
    const key = Secret.random(16);
    const [nonce, aad, data] = [new Uint8Array(12), new Uint8Array(4), new Uint8Array(32)];
    const tasks = calls.map((i) => {
      for (const array of [nonce, aad, data]) array[0] = i;
      return one.sm4GcmSeal(key, nonce, data, aad, KEEP);
    });
    expect(one.load.queued + one.load.waiting).toBe(count - 2);
    for (const array of [nonce, aad, data]) array.fill(0xee);
    const sealed = await Promise.all(tasks);
    expect(new Set(posted.map(({ request }) => 'nonce' in request && String(request.nonce))).size).toBe(
      count,
    );
    for (const i of calls) {
      const first = (length: number) => Uint8Array.from({ length }, (_, at) => (at === 0 ? i : 0));
      expect(sm4.gcm(key).open(first(12), sealed[i]!, first(4))).toEqual(first(32));
    }
  });

  it('leave each task its own counter, and data that is a part of a buffer', async () => {
    const one = pool({}, inProcess());
    const key = Secret.random(16);
    const counter = new Uint8Array(16);
    const buffer = new Uint8Array(64);
    const tasks = calls.map((i) => {
      counter[0] = i;
      buffer.fill(i);
      return one.sm4Ctr(key, counter, buffer.subarray(0, 32));
    });
    const results = await Promise.all(tasks);
    for (const i of calls) {
      counter[0] = i;
      expect(results[i]).toEqual(sm4.ctr(key, counter, new Uint8Array(32).fill(i)));
    }
  });

  it('leave each batch its own messages, keys and signatures', async () => {
    const one = pool({}, inProcess());
    const pair = sm2.generateKeyPair();
    const publicKey = Uint8Array.from(pair.publicKey);
    const message = new Uint8Array(5);
    const list = [message];
    const of = (i: number) => new Uint8Array(5).fill(i);
    const hashed = calls.map((i) => one.sm3Many([message.fill(i), message]));
    const signed = calls.map((i) => {
      message.fill(i);
      return one.sm2SignMany({ privateKey: pair.privateKey, publicKey }, list);
    });
    const signature = sm2.signWith(pair, of(0));
    const item = { publicKey, message, signature };
    const verified = calls.map((i) => {
      message.fill(i);
      return one.sm2VerifyMany([item]);
    });
    for (const array of [publicKey, message, signature]) array.fill(0xee);
    list.length = 0;
    expect(await Promise.all(hashed)).toEqual(calls.map((i) => [sm3(of(i)), sm3(of(i))]));
    for (const [i, results] of (await Promise.all(signed)).entries()) {
      const [result] = results;
      expect(result?.ok === true && sm2.verify(pair.publicKey, of(i), result.signature)).toBe(true);
    }
    const verdicts = await Promise.all(verified);
    expect(verdicts).toEqual(calls.map((i) => [{ ok: true, valid: i === 0 }]));
  });
});

describe('batches of signatures', () => {
  const wrong = <T>(value: unknown) => value as T;
  const outcome = (result: { ok: boolean; error?: { code: string } }) =>
    'error' in result ? result.error?.code : 'ok';

  it('give an item that is malformed the error that the plain functions give it', async () => {
    const one = pool({}, inProcess());
    const pair = sm2.generateKeyPair();
    const messages = [utf8('a'), wrong<Uint8Array>('x'), utf8(''), wrong<Uint8Array>(undefined), utf8('b')];
    const plain = sm2.signer(pair).signMany(messages);
    const signed = await one.sm2SignMany(pair, messages);
    expect(signed.map(outcome)).toEqual(plain.map(outcome));
    expect(signed.map(outcome)).toEqual(['ok', 'ERR_INPUT_TYPE', 'ok', 'ERR_INPUT_TYPE', 'ok']);
    const good = { publicKey: pair.publicKey, message: utf8('a'), signature: sm2.signWith(pair, utf8('a')) };
    const items = [
      good,
      undefined,
      7,
      { ...good, publicKey: 'x' },
      { ...good, publicKey: pair.publicKey.subarray(1), message: 1 },
      { ...good, message: null },
      { ...good, signature: 'x' },
      { ...good, signature: undefined, message: undefined },
      {
        get publicKey() {
          throw new Error('hunter2');
        },
      },
      {},
      { ...good, message: utf8('b') },
      good,
    ].map((item) => wrong<typeof good>(item));
    const verdicts = await one.sm2VerifyMany(items);
    expect(verdicts).toEqual(sm2.verifyMany(items));
    expect(verdicts.filter(({ ok }) => !ok)).toHaveLength(9);
    expect(verdicts.at(-1)).toEqual({ ok: true, valid: true });
  });
});

describe('copies', () => {
  it('of a key are zeroed when the request cannot be posted', async () => {
    const posted: HostMessage[] = [];
    const one = pool({}, (receive, gone) => ({
      ...inProcess()(receive, gone),
      post: (message) => {
        posted.push(message);
        throw new Error('DataCloneError');
      },
    }));
    const task = one.sm4Ctr(Secret.random(16), new Uint8Array(16), new Uint8Array(4));
    await expect(task).rejects.toThrow(code('ERR_INPUT_VALUE'));
    expect(posted[0]?.request).toMatchObject({ key: new Uint8Array(16) });
  });

  it('are not made for a call that is refused', async () => {
    const one = pool({ queue: 1, whenFull: 'reject' });
    const tasks = Array.from({ length: 3 }, () => one.sm3(wait(5), KEEP));
    let read = 0;
    const item = { publicKey: EXIT, signature: EXIT, message: EXIT };
    const spied = new Proxy(item, {
      get: (...args) => {
        read++;
        return Reflect.get(...args);
      },
    });
    await expect(one.sm2VerifyMany([spied])).rejects.toThrow(code('ERR_POOL_BUSY'));
    expect(read).toBe(0);
    await Promise.all(tasks);
  });

  it('of results are zeroed when they come after the abort of the pool', async () => {
    const abort = new AbortController();
    let answer = (): void => undefined;
    const bytes = Uint8Array.of(1, 2, 3);
    const one = pool({ signal: abort.signal }, (receive) => ({
      post: ({ id }) => {
        answer = () => receive({ kind: 'answer', id, result: { bytes } });
      },
      hold: () => undefined,
      terminate: async () => undefined,
    }));
    const task = one.sm3(new Uint8Array(1));
    abort.abort();
    await expect(task).rejects.toThrow(code('ERR_POOL_ABORTED'));
    answer();
    expect(bytes).toEqual(new Uint8Array(3));
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

describe('bad input of the pool', () => {
  it.each([
    { workers: 0 },
    { workers: 257 },
    { workers: 1.5 },
    { workers: '2' },
    { queue: 0 },
    { queue: 65_537 },
    { whenFull: 'drop' },
    { signal: 'x' },
    null,
    7,
  ])('refuses the options %j', (options) => {
    const make = () => createSmPool(options as SmPoolOptions, { start: fake });
    expect(make).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_INPUT_/) }));
  });

  const key = Secret.take(new Uint8Array(16));
  const wrong = <T>(value: unknown) => value as T;
  it.each<readonly [string, (one: SmPool) => Promise<unknown>]>([
    ['no data', (one) => one.sm3(wrong(undefined))],
    ['a text', (one) => one.sm3(wrong('x'))],
    ['no list', (one) => one.sm3Many(wrong(new Uint8Array(3)))],
    ['a list of texts', (one) => one.sm3Many(wrong(['x']))],
    [
      'a key of plain bytes',
      (one) => one.sm4Ctr(wrong(new Uint8Array(16)), new Uint8Array(16), new Uint8Array(1)),
    ],
    ['no counter', (one) => one.sm4Ctr(key, wrong(undefined), new Uint8Array(1))],
    ['no nonce', (one) => one.sm4GcmSeal(key, wrong(null), new Uint8Array(1))],
    [
      'associated data as text',
      (one) => one.sm4GcmOpen(key, new Uint8Array(12), new Uint8Array(20), wrong('x')),
    ],
    ['no pair', (one) => one.sm2SignMany(wrong(undefined), [])],
    ['no items', (one) => one.sm2VerifyMany(wrong(undefined))],
    ['null as options', (one) => one.sm3(new Uint8Array(1), wrong(null))],
    ['a number as options', (one) => one.sm2VerifyMany([], wrong(1))],
    ['a signal that is none', (one) => one.sm3(new Uint8Array(1), { signal: wrong('x') })],
    ['keep that is no boolean', (one) => one.sm3(new Uint8Array(1), { keep: wrong(1) })],
    ['an id as text', (one) => one.sm2VerifyMany([], { id: wrong('x') })],
    ['an unknown format', (one) => one.sm2VerifyMany([], { format: wrong('pem') })],
  ])('rejects %s with a code', async (_name, call) => {
    await expect(call(pool())).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_INPUT_/) });
  });
});

describe('operations', () => {
  const random = seededBytes('pool');
  const key = () => Uint8Array.from({ length: 16 }, (_, i) => i);
  const secret = () => Secret.take(key());

  it('are those of the package, and zero key and data', () => {
    const data = random(1000);
    const ctr = {
      op: 'sm4-ctr',
      key: key(),
      counter: new Uint8Array(16),
      data: Uint8Array.from(data),
    } as const;
    expect(runOperation(ctr)).toEqual({ bytes: sm4.ctr(secret(), new Uint8Array(16), data) });
    expect([...ctr.key, ...ctr.data].every((byte) => byte === 0)).toBe(true);
    expect(runOperation({ op: 'sm3', data: Uint8Array.from(data) })).toEqual({ bytes: sm3(data) });
  });

  it('zero key and data when they fail', () => {
    const request: PoolRequest = {
      op: 'sm4-gcm-open',
      key: key(),
      nonce: new Uint8Array(12),
      data: random(40),
      associatedData: new Uint8Array(0),
    };
    expect(() => runOperation(request)).toThrow(code('ERR_DECRYPT_FAILED'));
    expect([...request.key, ...request.data].every((byte) => byte === 0)).toBe(true);
  });

  it('on many tell the failures one by one', () => {
    const pair = sm2.generateKeyPair();
    const messages = [utf8('one'), utf8(''), utf8('three')];
    const signatures = messages.map((message) => sm2.signWith(pair, message));
    signatures[1] = Uint8Array.of(0x30, 0);
    const result = runOperation({
      op: 'sm2-verify-many',
      publicKeys: pack(messages.map(() => pair.publicKey)),
      messages: pack([messages[0]!, messages[1]!, utf8('four')]),
      signatures: pack(signatures),
      id: utf8('1234567812345678'),
      format: 'der',
    });
    expect(result).toMatchObject({ verdicts: Uint8Array.of(1, 0, 0) });
    expect([...('failures' in result ? result.failures : [])].map(([i]) => i)).toEqual([1]);
  });

  it('pack and unpack byte strings', () => {
    const parts = [random(3), random(0), random(17)];
    expect(unpack(pack(parts), true)).toEqual(parts);
    expect(unpack(pack([]), false)).toEqual([]);
  });
});

const built = existsSync(workerUrl());
if (!built) console.warn('pool: skipped on real threads, for dist has no pool/worker.js; build first');

describe.skipIf(!built)('pool on the compiled worker', () => {
  const real = () => {
    const made = createSmPool({ workers: 2 });
    open.push(made);
    return made;
  };

  it('computes what the plain functions compute', async () => {
    const one = real();
    const random = seededBytes('pool on threads');
    const data = random(100_000);
    const key = Secret.take(random(16));
    await expect(one.sm3(data, KEEP)).resolves.toEqual(sm3(data));
    const messages = Array.from({ length: 9 }, (_, i) => random(i * 100));
    await expect(one.sm3Many(messages)).resolves.toEqual(messages.map(sm3));
    const counter = random(16);
    await expect(one.sm4Ctr(key, counter, data, KEEP)).resolves.toEqual(sm4.ctr(key, counter, data));
    const nonce = random(12);
    const sealed = await one.sm4GcmSeal(key, nonce, data, utf8('aad'), KEEP);
    expect(sm4.gcm(key).open(nonce, sealed, utf8('aad'))).toEqual(data);
    await expect(one.sm4GcmOpen(key, nonce, sealed, utf8('aad'), KEEP)).resolves.toEqual(data);
    await expect(one.sm4GcmOpen(key, nonce, sealed, utf8('bad'))).rejects.toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it('signs and verifies many', async () => {
    const one = real();
    const pair = sm2.generateKeyPair();
    const messages = Array.from({ length: 5 }, (_, i) => utf8(`message ${i}`));
    const signed = await one.sm2SignMany(pair, messages);
    const items = signed.map((result, i) => ({
      publicKey: pair.publicKey,
      message: i === 3 ? utf8('another') : messages[i]!,
      signature: result.ok ? result.signature : new Uint8Array(0),
    }));
    items.push({ publicKey: pair.publicKey, message: utf8('x'), signature: Uint8Array.of(1) });
    const verdicts = await one.sm2VerifyMany(items);
    expect(verdicts.map((verdict) => (verdict.ok ? verdict.valid : verdict.error.code))).toEqual([
      true,
      true,
      true,
      false,
      true,
      'ERR_SM2_SIGNATURE_MALFORMED',
    ]);
  });
});

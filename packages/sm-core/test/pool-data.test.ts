import { afterEach, describe, expect, it } from 'vitest';
import { Secret, sm2, sm3, sm4, utf8 } from '../src/index.ts';
import type { HostMessage } from '../src/pool/protocol.ts';
import { closePools, code, EXIT, inProcess, KEEP, pool, wait } from './support/pool.ts';

afterEach(closePools);

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

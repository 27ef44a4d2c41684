import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret, sm2, sm3, sm4, utf8 } from '../src/index.ts';
import { createSmPool, type SmPool, type SmPoolOptions } from '../src/pool/index.ts';
import { runOperation } from '../src/pool/operations.ts';
import { type PoolRequest, pack, unpack } from '../src/pool/protocol.ts';
import { workerUrl } from '../src/pool/threads.ts';
import { closePools, code, fake, KEEP, open, pool } from './support/pool.ts';
import { seededBytes } from './support/seeded.ts';

afterEach(closePools);

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

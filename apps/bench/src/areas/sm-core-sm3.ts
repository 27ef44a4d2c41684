import { createHash, createHmac } from 'node:crypto';
import { fromHex, hmacSm3, randomBytes, sm3, sm3Hash, sm3Many } from '@cssi/sm-core';
import { createSM3 } from 'hash-wasm';
import type { Aim, BenchRow } from '../area.ts';
import { agreeBytes } from './agree.ts';
import { smCrypto, smCryptoV2 } from './sm-crypto-peers.ts';

interface Size {
  readonly id: string;
  readonly length: number;
  readonly aims?: readonly Aim[];
}

const SIZES: readonly Size[] = [
  { id: 'sm3.64B', length: 64, aims: [{ peer: 'node:crypto', value: 1.5 }] },
  { id: 'sm3.16KiB', length: 1 << 14 },
  { id: 'sm3.1MiB', length: 1 << 20, aims: [{ peer: 'node:crypto', value: 0.95 }] },
];
const LANES = 64;
const LANE_BYTES = 1024;

const megabits = (bytes: number): number => (8 * bytes) / 1e6;
const speed = { unit: 'Mbit/s', better: 'higher' } as const;

/** Rows of SM3: a tree node, a message of a request, a chunk of a file; then side by side, in pieces, with a key. */
export async function sm3Rows(): Promise<BenchRow[]> {
  const hashWasm = await createSM3();
  const sizes = SIZES.map(({ id, length, aims = [] }): BenchRow => {
    const data = randomBytes(length);
    const numbers = Array.from(data);
    const peers = {
      'node:crypto': () => createHash('sm3').update(data).digest(),
      'hash-wasm': () => hashWasm.init().update(data).digest('binary'),
      'sm-crypto': () => fromHex(smCrypto.sm3(numbers)),
      'sm-crypto-v2': () => fromHex(smCryptoV2.sm3(data)),
    };
    for (const [name, hash] of Object.entries(peers)) agreeBytes(sm3(data), { [name]: hash() }, id);
    // A rate of a second is asked of bulk data; a 64-byte message is mostly the cost of the call.
    const goal = length < 1024 ? {} : { goal: 2500, requirements: ['TCCIA-036'] };
    return { ...speed, ...goal, id, aims, perOperation: megabits(length), ours: () => sm3(data), peers };
  });
  return [...sizes, manyRow(), piecesRow(), hmacRow()];
}

function manyRow(): BenchRow {
  const messages = Array.from({ length: LANES }, () => randomBytes(LANE_BYTES));
  const one = 'ours, one by one';
  for (const [i, digest] of sm3Many(messages).entries())
    agreeBytes(digest, { one: sm3(messages[i] ?? new Uint8Array(0)) }, 'SM3 side by side');
  return {
    ...speed,
    id: 'sm3.many64x1KiB',
    perOperation: megabits(LANES * LANE_BYTES),
    aims: [{ peer: one, value: 1.4 }],
    ours: () => sm3Many(messages),
    peers: {
      [one]: () => {
        for (const message of messages) sm3(message);
      },
    },
  };
}

function piecesRow(): BenchRow {
  const data = randomBytes(1 << 20);
  const pieces = Array.from({ length: 64 }, (_, i) => data.subarray(i << 14, (i + 1) << 14));
  const streamed = (): Uint8Array => {
    const hash = sm3Hash();
    for (const piece of pieces) hash.update(piece);
    return hash.digest();
  };
  agreeBytes(sm3(data), { streamed: streamed() }, 'SM3 in pieces');
  return {
    ...speed,
    id: 'sm3.pieces16KiB',
    perOperation: megabits(1 << 20),
    aims: [{ peer: 'ours, at once', value: 0.95 }],
    ours: streamed,
    peers: { 'ours, at once': () => sm3(data) },
  };
}

function hmacRow(): BenchRow {
  const [key, data] = [randomBytes(32), randomBytes(256)];
  const node = () => createHmac('sm3', key).update(data).digest();
  agreeBytes(hmacSm3(key, data), { 'node:crypto': node() }, 'HMAC-SM3');
  return {
    unit: 'ops/s',
    better: 'higher',
    id: 'hmac-sm3.256B',
    perOperation: 1,
    ours: () => hmacSm3(key, data),
    peers: { 'node:crypto': node },
  };
}

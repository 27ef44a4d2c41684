import { type Cipher, createCipheriv, createDecipheriv } from 'node:crypto';
import { createSm4, randomBytes, Secret, type Sm4Functions, sm4 } from '@cssi/sm-core';
import { createWasmEngine } from '@cssi/sm-core/adapters/wasm';
import type { Aim, BenchRow, Operation } from '../area.ts';
import { agreeBytes } from './agree.ts';
import { aeadRows } from './sm-core-sm4-aead.ts';
import { SM4_BYTES, sm4Rate } from './sm-core-sm4-rate.ts';
import { smCrypto, smCryptoV2 } from './sm-crypto-peers.ts';

const NODE = 'node:crypto';
const PIECES = 16;
/** Modes whose blocks do not depend on each other. */
const PARALLEL: readonly Aim[] = [{ peer: NODE, value: 2.4 }];
/** 81 MB/s. */
const SERIAL: readonly Aim[] = [{ value: 648 }];

const whole = (cipher: Pick<Cipher, 'update' | 'final'>, data: Uint8Array): Uint8Array =>
  Buffer.concat([cipher.update(data), cipher.final()]);

/** Rows of SM4 over 16 KiB. Node 20 has ECB, CBC and CTR, sm-crypto ECB and CBC, sm-crypto-v2 CBC and GCM. */
export function sm4Rows(): BenchRow[] {
  const rawKey = randomBytes(16);
  const key = Secret.copy(rawKey);
  const fast = createSm4(createWasmEngine({ profile: 'fast' }));
  return [
    ...parallelRows(rawKey, key),
    ...cbcRows(rawKey, key, fast),
    ...pieceRows(key),
    ...aeadRows(rawKey, key),
  ];
}

function parallelRows(rawKey: Uint8Array, key: Secret): BenchRow[] {
  const [counter, data] = [randomBytes(16), randomBytes(SM4_BYTES)];
  const row = (id: string, ours: () => Uint8Array, peers: Record<string, () => Uint8Array>): BenchRow => {
    for (const [name, run] of Object.entries(peers)) agreeBytes(ours(), { [name]: run() }, id);
    return { ...sm4Rate, id, aims: PARALLEL, ours, peers };
  };
  const ecb = () => {
    const cipher = createCipheriv('sm4-ecb', rawKey, null);
    return whole(cipher.setAutoPadding(false), data);
  };
  return [
    row('sm4.ctr', () => sm4.ctr(key, counter, data), {
      [NODE]: () => whole(createCipheriv('sm4-ctr', rawKey, counter), data),
    }),
    row('sm4.ecb', () => sm4.ecbEncryptBlocks(key, data), { [NODE]: ecb }),
  ];
}

function cbcRows(rawKey: Uint8Array, key: Secret, fast: Sm4Functions): BenchRow[] {
  const [iv, data] = [randomBytes(16), randomBytes(SM4_BYTES)];
  const [keyNumbers, ivNumbers, numbers] = [Array.from(rawKey), Array.from(iv), Array.from(data)];
  const out = sm4.cbcEncrypt(key, iv, data);
  const outNumbers = Array.from(out);
  const options = { mode: 'cbc', output: 'array' } as const;
  const encrypters = {
    [NODE]: () => whole(createCipheriv('sm4-cbc', rawKey, iv), data),
    'sm-crypto': () =>
      smCrypto.sm4.encrypt(numbers, keyNumbers, { ...options, iv: ivNumbers }) as ArrayLike<number>,
    'sm-crypto-v2': () => smCryptoV2.sm4.encrypt(data, rawKey, { ...options, iv }) as ArrayLike<number>,
  };
  const decrypters = {
    [NODE]: () => whole(createDecipheriv('sm4-cbc', rawKey, iv), out),
    'sm-crypto': () => smCrypto.sm4.decrypt(outNumbers, keyNumbers, { ...options, iv: ivNumbers }),
    'sm-crypto-v2': () => smCryptoV2.sm4.decrypt(out, rawKey, { ...options, iv }),
  };
  const fastEncrypt = () => fast.cbcEncrypt(key, iv, data);
  for (const [name, run] of Object.entries({ ...encrypters, fast: fastEncrypt }))
    agreeBytes(out, { [name]: run() }, 'SM4-CBC');
  for (const [name, run] of Object.entries(decrypters)) agreeBytes(data, { [name]: run() }, 'SM4-CBC');
  const node = { [NODE]: encrypters[NODE] as Operation };
  return [
    serialRow(() => sm4.cbcEncrypt(key, iv, data), encrypters),
    { ...sm4Rate, id: 'sm4.cbc.encrypt.fast', ours: fastEncrypt, peers: node },
    {
      ...sm4Rate,
      id: 'sm4.cbc.decrypt',
      aims: PARALLEL,
      ours: () => sm4.cbcDecrypt(key, iv, out),
      peers: decrypters,
    },
  ];
}

/**
 * One message after another on one thread without tables: no parallel blocks to fill the
 * registers. The rate that is asked of SM4 is met by every other row, this mode under the
 * profile `fast` among them; here it is an aim.
 */
function serialRow(ours: Operation, peers: Readonly<Record<string, Operation>>): BenchRow {
  const { unit, better, perOperation } = sm4Rate;
  return { id: 'sm4.cbc.encrypt', unit, better, perOperation, aims: SERIAL, ours, peers };
}

/** The same message at once and in pieces. */
function pieceRows(key: Secret): BenchRow[] {
  const [counter, data] = [randomBytes(16), randomBytes(PIECES * SM4_BYTES)];
  const pieces = Array.from({ length: PIECES }, (_, i) => data.subarray(i * SM4_BYTES, (i + 1) * SM4_BYTES));
  const streamed = (): Uint8Array[] => {
    const stream = sm4.encryptor('ctr', key, counter);
    const parts = pieces.map((piece) => stream.update(piece));
    parts.push(stream.final());
    return parts;
  };
  agreeBytes(sm4.ctr(key, counter, data), { streamed: Buffer.concat(streamed()) }, 'SM4-CTR in pieces');
  return [
    {
      ...sm4Rate,
      id: 'sm4.ctr.pieces16KiB',
      perOperation: PIECES * sm4Rate.perOperation,
      aims: [{ peer: 'ours, at once', value: 0.95 }],
      ours: streamed,
      peers: { 'ours, at once': () => sm4.ctr(key, counter, data) },
    },
  ];
}

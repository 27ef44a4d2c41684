import { checkBytes, utf8 } from '../encoding/bytes.ts';
import type { Sm2SignatureFormat } from '../encoding/sm2.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { choice } from '../internal/choice.ts';
import { type Secret, useSecret } from '../secret.ts';
import { SM2_DEFAULT_ID } from '../spec/v1/engine.ts';
import { type Packed, type PoolRequest, pack } from './protocol.ts';

const MAX_BYTES = Number.MAX_SAFE_INTEGER;

/** Options of one task. */
export interface PoolTaskOptions {
  /** Aborts the task: it leaves the queue, or its result is dropped. */
  readonly signal?: AbortSignal;
  /**
   * Copy `data` and leave it to the caller. When left out, the pool takes `data` over: an array
   * that is all of its buffer is moved to the thread and has no bytes afterwards.
   */
  readonly keep?: boolean;
}

/** Options of signing and verifying many. */
export interface PoolSignOptions extends PoolTaskOptions {
  /** ID_A, up to 8,191 bytes; `1234567812345678` when left out. */
  readonly id?: Uint8Array;
  /** `der` when left out. */
  readonly format?: Sm2SignatureFormat;
}

/** One signature to verify. */
export interface PoolVerifyItem {
  /** 04‖x‖y, 65 bytes, or another form that `sm2.verify` takes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Bytes that are still there: an array whose buffer was moved looks like an empty one. */
function bytes(value: Uint8Array, name: string): Uint8Array {
  checkBytes(value, name, 0, MAX_BYTES);
  try {
    // The one test that every run time has: no view can be made on a moved buffer.
    if (value.length === 0) new Uint8Array(value.buffer);
  } catch {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: `parameter=${name} reason=moved` });
  }
  return value;
}

/** The bytes in a buffer that holds nothing else and so can be moved. */
function movable(data: Uint8Array, keep: boolean): Uint8Array {
  bytes(data, 'data');
  const whole = data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  return whole && !keep ? data : new Uint8Array(data);
}

/** A copy of a key, to be moved to a thread that zeroes it; no other copy is left on the way. */
const keyCopy = (key: Secret): Uint8Array => useSecret(key, 'key', (inner) => new Uint8Array(inner));

const checkKey = (key: Secret): void => useSecret(key, 'key', () => undefined);

function checkList<T>(list: readonly T[], name: string): readonly T[] {
  if (Array.isArray(list)) return list;
  throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: `parameter=${name} expected=array` });
}

const packAll = (list: readonly Uint8Array[], name: string): Packed =>
  pack(checkList(list, name).map((item) => bytes(item, name)));

const signing = ({ id = utf8(SM2_DEFAULT_ID), format }: PoolSignOptions) => ({
  id: new Uint8Array(bytes(id, 'id')),
  format: choice(format, 'format', ['der', 'raw']),
});

/**
 * What each function of a pool asks of a thread. The inputs are checked when the call is made; the
 * request, which copies keys and takes data over, is made when a thread is free.
 */
export const TASKS = {
  sm3(data: Uint8Array, keep: boolean): () => PoolRequest {
    bytes(data, 'data');
    return () => ({ op: 'sm3', data: movable(data, keep) });
  },
  sm3Many(messages: readonly Uint8Array[]): () => PoolRequest {
    for (const message of checkList(messages, 'messages')) bytes(message, 'messages');
    return () => ({ op: 'sm3-many', messages: packAll(messages, 'messages') });
  },
  sm4Ctr(key: Secret, counter: Uint8Array, data: Uint8Array, keep: boolean): () => PoolRequest {
    checkKey(key);
    bytes(counter, 'counter');
    bytes(data, 'data');
    return () => ({
      op: 'sm4-ctr',
      key: keyCopy(key),
      counter: new Uint8Array(counter),
      data: movable(data, keep),
    });
  },
  sm4Gcm(
    op: 'sm4-gcm-seal' | 'sm4-gcm-open',
    key: Secret,
    [nonce, data, associatedData]: readonly [Uint8Array, Uint8Array, Uint8Array],
    keep: boolean,
  ): () => PoolRequest {
    checkKey(key);
    bytes(nonce, 'nonce');
    bytes(data, 'data');
    bytes(associatedData, 'associatedData');
    return () => ({
      op,
      key: keyCopy(key),
      nonce: new Uint8Array(nonce),
      data: movable(data, keep),
      associatedData: new Uint8Array(associatedData),
    });
  },
  sm2SignMany(
    pair: { readonly privateKey: Secret; readonly publicKey: Uint8Array },
    messages: readonly Uint8Array[],
    options: PoolSignOptions,
  ): () => PoolRequest {
    checkKey(pair?.privateKey);
    bytes(pair.publicKey, 'publicKey');
    for (const message of checkList(messages, 'messages')) bytes(message, 'messages');
    const { id, format } = signing(options);
    return () => ({
      op: 'sm2-sign-many',
      key: keyCopy(pair.privateKey),
      publicKey: new Uint8Array(pair.publicKey),
      messages: packAll(messages, 'messages'),
      id,
      format,
    });
  },
  sm2VerifyMany(items: readonly PoolVerifyItem[], options: PoolSignOptions): () => PoolRequest {
    const field = (name: keyof PoolVerifyItem) =>
      packAll(
        checkList(items, 'items').map((item) => item?.[name]),
        name,
      );
    const [publicKeys, messages, signatures] = [field('publicKey'), field('message'), field('signature')];
    const { id, format } = signing(options);
    return () => ({ op: 'sm2-verify-many', publicKeys, messages, signatures, id, format });
  },
} as const;

import { checkBytes, utf8 } from '../encoding/bytes.ts';
import type { Sm2SignatureFormat } from '../encoding/sm2.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { choice } from '../internal/choice.ts';
import { checkObject } from '../internal/input.ts';
import { type Secret, useSecret } from '../secret.ts';
import { checkList, MAX_BYTES } from '../sm2/input.ts';
import { SM2_DEFAULT_ID } from '../spec/v1/engine.ts';
import { type Packed, type PoolRequest, pack } from './protocol.ts';

const NO_BYTES = new Uint8Array(0);

/** Options of one task. */
export interface PoolTaskOptions {
  /** Aborts the task: it leaves the queue, or its result is dropped. */
  readonly signal?: AbortSignal;
  /**
   * Copy `data` in the call and leave it to the caller. When left out, the pool takes `data` over: an
   * array that is all of its buffer is moved to the thread when one is free, must not be changed
   * from the call on, and has no bytes afterwards; one that is a part of its buffer is copied in the call.
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

/** One signature to verify, copied in the call. */
export interface PoolVerifyItem {
  /** P_A as 04‖x‖y, 65 bytes. */
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

/** The bytes of an item of a batch; undefined where there are none. */
function itemBytes(value: Uint8Array): Uint8Array | undefined {
  try {
    return bytes(value, 'item');
  } catch {
    return undefined;
  }
}

/** Runs `copy`; no memory for it is a coded error. */
function allocating<T>(copy: () => T, name: string): T {
  try {
    return copy();
  } catch {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', { detail: `parameter=${name} reason=memory` });
  }
}

/** A copy that the caller cannot change, in a buffer that can be moved. */
function copyOf(value: Uint8Array, name: string): Uint8Array {
  bytes(value, name);
  return allocating(() => new Uint8Array(value), name);
}

/**
 * Bytes in a buffer that holds nothing else and so can be moved: the caller's own where it gave
 * them away, else a copy made now. What is returned gives them when a thread is free.
 */
function takeData(data: Uint8Array, keep: boolean): () => Uint8Array {
  bytes(data, 'data');
  const whole = data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  const own = whole && !keep ? data : copyOf(data, 'data');
  // The same array may have been given away twice.
  return () => bytes(own, 'data');
}

/** A copy of a key, to be moved to a thread that zeroes it; no other copy is left on the way. */
const keyCopy = (key: Secret): Uint8Array => useSecret(key, 'key', (inner) => new Uint8Array(inner));

const checkKey = (key: Secret): void => useSecret(key, 'key', () => undefined);

const packed = (parts: readonly (Uint8Array | undefined)[], name: string): Packed =>
  allocating(() => pack(parts), name);

const signing = ({ id, format }: PoolSignOptions) => ({
  id: id === undefined ? utf8(SM2_DEFAULT_ID) : copyOf(id, 'id'),
  format: choice(format, 'format', ['der', 'raw']),
});

/** The parts of an item, read once; none where it is no object or a getter throws. */
function verifyParts(item: PoolVerifyItem): (Uint8Array | undefined)[] {
  try {
    const { publicKey, message, signature } = checkObject(item, 'item');
    // No key at all would say that there is no item; an empty one is a key that is invalid.
    return [itemBytes(publicKey) ?? NO_BYTES, itemBytes(message), itemBytes(signature)];
  } catch {
    return [];
  }
}

/**
 * What each function of a pool asks of a thread. The inputs are checked and copied when the call is
 * made, so that the caller may change them after it: a nonce that is counted up in place must not
 * change one that waits. Only the copy of the key is made, and `data` moved, when a thread is free;
 * the key last, so that nothing can fail once it is made.
 */
export const TASKS = {
  sm3(given: Uint8Array, keep: boolean): () => PoolRequest {
    const data = takeData(given, keep);
    return () => ({ op: 'sm3', data: data() });
  },
  sm3Many(list: readonly Uint8Array[]): () => PoolRequest {
    const parts = Array.from(checkList(list, 'messages'), (message) => bytes(message, 'messages'));
    const messages = packed(parts, 'messages');
    return () => ({ op: 'sm3-many', messages });
  },
  sm4Ctr(key: Secret, counter: Uint8Array, given: Uint8Array, keep: boolean): () => PoolRequest {
    checkKey(key);
    const ownCounter = copyOf(counter, 'counter');
    const data = takeData(given, keep);
    return () => ({ op: 'sm4-ctr', counter: ownCounter, data: data(), key: keyCopy(key) });
  },
  sm4Gcm(
    op: 'sm4-gcm-seal' | 'sm4-gcm-open',
    key: Secret,
    [nonce, given, aad]: readonly [Uint8Array, Uint8Array, Uint8Array],
    keep: boolean,
  ): () => PoolRequest {
    checkKey(key);
    const ownNonce = copyOf(nonce, 'nonce');
    const associatedData = copyOf(aad, 'associatedData');
    const data = takeData(given, keep);
    return () => ({ op, nonce: ownNonce, associatedData, data: data(), key: keyCopy(key) });
  },
  sm2SignMany(
    pair: { readonly privateKey: Secret; readonly publicKey: Uint8Array },
    list: readonly Uint8Array[],
    options: PoolSignOptions,
  ): () => PoolRequest {
    const { privateKey, publicKey: given } = checkObject(pair, 'pair');
    checkKey(privateKey);
    const publicKey = copyOf(given, 'publicKey');
    const { id, format } = signing(options);
    const messages = packed(Array.from(checkList(list, 'messages'), itemBytes), 'messages');
    return () => ({ op: 'sm2-sign-many', publicKey, messages, id, format, key: keyCopy(privateKey) });
  },
  sm2VerifyMany(items: readonly PoolVerifyItem[], options: PoolSignOptions): () => PoolRequest {
    const { id, format } = signing(options);
    const parts = Array.from(checkList(items, 'items'), verifyParts);
    const field = (at: number) =>
      packed(
        parts.map((item) => item[at]),
        'items',
      );
    const [publicKeys, messages, signatures] = [field(0), field(1), field(2)];
    return () => ({ op: 'sm2-verify-many', publicKeys, messages, signatures, id, format });
  },
} as const;

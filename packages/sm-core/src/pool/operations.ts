import { sm2, sm3, sm3Many, sm4 } from '../default-engine.ts';
import { SmError } from '../error.ts';
import { Secret } from '../secret.ts';
import type { Sm2VerifyItem } from '../sm2/verify.ts';
import {
  type PoolFailure,
  type PoolRequest,
  type PoolResult,
  pack,
  unpack,
  unpackItems,
} from './protocol.ts';

/** The code of an error; of one that has none nothing crosses the thread, for it could hold data. */
export function failureOf(error: unknown): PoolFailure {
  if (error instanceof SmError) return { code: error.code, detail: error.detail };
  return { code: 'ERR_POOL_WORKER_FAILED', detail: 'reason=uncoded' };
}

type RequestOf<O extends PoolRequest['op']> = Extract<PoolRequest, { readonly op: O }>;

function signMany(request: RequestOf<'sm2-sign-many'>, privateKey: Secret): PoolResult {
  const { publicKey, id, format } = request;
  const signer = sm2.signer({ privateKey, publicKey }, { id, format });
  const failures = new Map<number, PoolFailure>();
  try {
    // What is no byte string is left to signMany, which gives the item its error.
    const results = signer.signMany(unpackItems(request.messages, false) as Uint8Array[]);
    const signatures = results.map((result, i) => {
      if (result.ok) return result.signature;
      failures.set(i, failureOf(result.error));
      return new Uint8Array(0);
    });
    return { packed: pack(signatures), failures };
  } finally {
    signer.destroy();
  }
}

function verifyMany(request: RequestOf<'sm2-verify-many'>): PoolResult {
  const { id, format } = request;
  const messages = unpackItems(request.messages, false);
  const signatures = unpackItems(request.signatures, false);
  const failures = new Map<number, PoolFailure>();
  // What is no byte string, and an item that is none, is left to verifyMany, which gives the item its error.
  const items = unpackItems(request.publicKeys, false).map((publicKey, i) =>
    publicKey === undefined
      ? undefined
      : { publicKey, message: messages[i], signature: signatures[i], id, format },
  );
  const results = sm2.verifyMany(items as Sm2VerifyItem[]);
  const verdicts = Uint8Array.from(results, (result, i) => {
    if (result.ok) return result.valid ? 1 : 0;
    failures.set(i, failureOf(result.error));
    return 0;
  });
  return { verdicts, failures };
}

function compute(request: PoolRequest, key: Secret): PoolResult {
  switch (request.op) {
    case 'sm3':
      return { bytes: sm3(request.data) };
    case 'sm3-many':
      return { packed: pack(sm3Many(unpack(request.messages, false))), failures: new Map() };
    case 'sm4-ctr':
      return { bytes: sm4.ctr(key, request.counter, request.data) };
    case 'sm4-gcm-seal':
    case 'sm4-gcm-open': {
      // The nonce is this call's: each call has a cipher object of its own.
      const gcm = sm4.gcm(key);
      try {
        const run = request.op === 'sm4-gcm-seal' ? gcm.seal : gcm.open;
        return { bytes: run.call(gcm, request.nonce, request.data, request.associatedData) };
      } finally {
        gcm.destroy();
      }
    }
    case 'sm2-sign-many':
      return signMany(request, key);
    case 'sm2-verify-many':
      return verifyMany(request);
  }
}

/**
 * Computes one request with the functions of this package, and zeroes its key and its data.
 *
 * @throws {@link SmError} what the function throws
 */
export function runOperation(request: PoolRequest): PoolResult {
  const key = Secret.take('key' in request ? request.key : new Uint8Array(0));
  try {
    return compute(request, key);
  } finally {
    key.destroy();
    if ('data' in request) request.data.fill(0);
    if ('messages' in request) request.messages.bytes.fill(0);
  }
}

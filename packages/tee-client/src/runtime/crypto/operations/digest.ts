import { type Sm3Hash, sm3Hash } from '@cssi/sm-core';
import {
  TEE_HANDLE_FLAG,
  TEE_OPERATION_CLASS,
  TEE_OPERATION_STATE,
} from '../../../spec/v1/internal/constants.ts';
import type { TeeCryptography } from '../../../spec/v1/internal/tee.ts';
import { PANIC_BAD_STATE } from '../../context.ts';
import type { OperationKit } from '../cryptography.ts';
import { bytesOf, checkFits, optionalBytesOf, sizeOf, u32Of } from '../inputs.ts';
import { endRunning, type Operation, type Running } from '../operation-table.ts';

/** A digest under way, then what of it was not taken yet. */
class DigestRun implements Running {
  readonly #hash: Sm3Hash;
  #digest: Uint8Array | undefined;
  #taken = 0;

  constructor(hash: Sm3Hash = sm3Hash(), digest?: Uint8Array, taken = 0) {
    this.#hash = hash;
    this.#digest = digest;
    this.#taken = taken;
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** Up to `size` of the bytes that are left. */
  take(size: number): Uint8Array {
    this.#digest ??= this.#hash.digest();
    const out = this.#digest.slice(this.#taken, Math.min(this.#digest.length, this.#taken + size));
    this.#taken += out.length;
    return out;
  }

  clone(): DigestRun {
    return this.#digest === undefined
      ? new DigestRun(this.#hash.clone())
      : new DigestRun(this.#hash, Uint8Array.from(this.#digest), this.#taken);
  }

  destroy(): void {
    // A hash object zeroes its state when the digest is taken.
    this.#digest ??= this.#hash.digest();
    this.#digest.fill(0);
  }
}

/** @standard GPD_SPE_010 v1.3.1 §6.3 */
type Digests = Pick<TeeCryptography, 'TEE_DigestUpdate' | 'TEE_DigestDoFinal' | 'TEE_DigestExtract'>;

function runOf(operation: Operation): DigestRun {
  operation.running ??= new DigestRun();
  return operation.running as DigestRun;
}

const isExtracting = (operation: Operation): boolean =>
  operation.operationState === TEE_OPERATION_STATE.EXTRACTING;

/** SM3, also piece by piece out. */
export function createDigests({ context, operations }: OperationKit): Digests {
  return {
    TEE_DigestUpdate(operation, chunk) {
      const name = 'TEE_DigestUpdate';
      const bytes = bytesOf(context, name, chunk);
      const state = operations.getOf(name, operation, TEE_OPERATION_CLASS.DIGEST);
      if (isExtracting(state)) return context.panic(PANIC_BAD_STATE, `${name}: extracting has begun`);
      runOf(state).update(bytes);
      state.operationState = TEE_OPERATION_STATE.ACTIVE;
    },
    TEE_DigestDoFinal(operation, chunk, size) {
      const name = 'TEE_DigestDoFinal';
      const bytes = optionalBytesOf(context, name, chunk);
      const room = sizeOf(context, name, size);
      const state = operations.getOf(name, operation, TEE_OPERATION_CLASS.DIGEST);
      const run = runOf(state);
      let out: Uint8Array;
      if (isExtracting(state)) {
        if (bytes.length > 0) return context.panic(PANIC_BAD_STATE, `${name}: extracting has begun`);
        out = run.take(room);
      } else {
        checkFits(state.digestLength, room);
        run.update(bytes);
        out = run.take(state.digestLength);
      }
      endRunning(state);
      return out;
    },
    TEE_DigestExtract(operation, size) {
      const name = 'TEE_DigestExtract';
      const room = u32Of(context, name, size);
      const state = operations.getOf(name, operation, TEE_OPERATION_CLASS.DIGEST);
      state.operationState = TEE_OPERATION_STATE.EXTRACTING;
      state.handleState |= TEE_HANDLE_FLAG.EXTRACTING;
      return runOf(state).take(room);
    },
  };
}

import { equalBytes, type Sm3Hash } from '@cssi/sm-core';
import { TEE_ALG, TEE_OPERATION_CLASS, TEE_OPERATION_STATE } from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type { TeeCryptography } from '../../../spec/v1/internal/tee.ts';
import type { OperationKit } from '../cryptography.ts';
import { bytesOf, checkFits, optionalBytesOf, sizeOf } from '../inputs.ts';
import { Cmac } from '../modes/cmac.ts';
import type { OperationKey } from '../operation-key.ts';
import { endRunning, keyed, type Running, runningOf, startRunning } from '../operation-table.ts';

/** @standard GPD_SPE_010 v1.3.1 §6.5 */
type Macs = Pick<
  TeeCryptography,
  'TEE_MACInit' | 'TEE_MACUpdate' | 'TEE_MACComputeFinal' | 'TEE_MACCompareFinal'
>;

interface MacRun extends Running {
  update(chunk: Uint8Array): void;
  tag(): Uint8Array;
}

class HmacRun implements MacRun {
  readonly #key: OperationKey;
  readonly #inner: Sm3Hash;
  #ended = false;

  constructor(key: OperationKey, inner: Sm3Hash = key.hmac().start()) {
    this.#key = key;
    this.#inner = inner;
  }

  update(chunk: Uint8Array): void {
    this.#inner.update(chunk);
  }

  tag(): Uint8Array {
    this.#ended = true;
    return this.#key.hmac().finish(this.#inner);
  }

  clone([key]: readonly OperationKey[]): HmacRun {
    return new HmacRun(key as OperationKey, this.#inner.clone());
  }

  destroy(): void {
    // A hash object zeroes its state when the digest is taken.
    if (!this.#ended) this.#inner.digest().fill(0);
    this.#ended = true;
  }
}

class CmacRun implements MacRun {
  readonly #cmac: Cmac;

  constructor(cmac: Cmac) {
    this.#cmac = cmac;
  }

  update(chunk: Uint8Array): void {
    this.#cmac.update(chunk);
  }

  tag(): Uint8Array {
    return this.#cmac.tag();
  }

  clone([key]: readonly OperationKey[]): CmacRun {
    return new CmacRun(this.#cmac.clone((key as OperationKey).sm4()));
  }

  destroy(): void {
    this.#cmac.wipe();
  }
}

const { MAC } = TEE_OPERATION_CLASS;

/** HMAC-SM3 and SM4-CMAC. */
export function createMacs({ context, operations }: OperationKit): Macs {
  return {
    TEE_MACInit(operation, iv) {
      const name = 'TEE_MACInit';
      // Neither algorithm has an initial value: it is not looked at.
      optionalBytesOf(context, name, iv);
      const state = keyed(context, name, operations.getOf(name, operation, MAC));
      const key = state.keys[0] as OperationKey;
      const hmac = state.algorithm.id === TEE_ALG.HMAC_SM3;
      const run = hmac ? new HmacRun(key) : new CmacRun(new Cmac(key.sm4()));
      startRunning(state, run, TEE_OPERATION_STATE.ACTIVE);
    },
    TEE_MACUpdate(operation, chunk) {
      const name = 'TEE_MACUpdate';
      const bytes = bytesOf(context, name, chunk);
      runningOf<MacRun>(context, name, operations.getOf(name, operation, MAC)).update(bytes);
    },
    TEE_MACComputeFinal(operation, message, size) {
      const name = 'TEE_MACComputeFinal';
      const bytes = optionalBytesOf(context, name, message);
      const room = sizeOf(context, name, size);
      const state = operations.getOf(name, operation, MAC);
      const run = runningOf<MacRun>(context, name, state);
      checkFits(state.digestLength, room);
      run.update(bytes);
      const tag = run.tag();
      endRunning(state);
      return tag;
    },
    TEE_MACCompareFinal(operation, message, mac) {
      const name = 'TEE_MACCompareFinal';
      const bytes = optionalBytesOf(context, name, message);
      const claimed = bytesOf(context, name, mac);
      const state = operations.getOf(name, operation, MAC);
      const run = runningOf<MacRun>(context, name, state);
      run.update(bytes);
      const tag = run.tag();
      const same = equalBytes(tag, claimed);
      tag.fill(0);
      endRunning(state);
      if (!same) throw new TeeError('MAC_INVALID');
    },
  };
}

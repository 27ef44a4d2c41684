import { SM4_BLOCK_BYTES } from '@cssi/sm-core';
import { TEE_MODE, TEE_OPERATION_CLASS, TEE_OPERATION_STATE } from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type { TeeCryptography } from '../../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS } from '../../context.ts';
import type { OperationKit } from '../cryptography.ts';
import { bytesOf, checkFits, optionalBytesOf, sizeOf } from '../inputs.ts';
import { BlockCipherRun } from '../modes/block-cipher.ts';
import type { CipherRun } from '../modes/cipher-run.ts';
import { CtrRun } from '../modes/ctr.ts';
import { XtsRun } from '../modes/xts.ts';
import type { OperationKey } from '../operation-key.ts';
import { endRunning, keyed, type Operation, runningOf, startRunning } from '../operation-table.ts';

/** @standard GPD_SPE_010 v1.3.1 §6.4 */
type Ciphers = Pick<TeeCryptography, 'TEE_CipherInit' | 'TEE_CipherUpdate' | 'TEE_CipherDoFinal'>;

const { CIPHER } = TEE_OPERATION_CLASS;

function startCipher(operation: Operation, iv: Uint8Array): CipherRun {
  const { chaining, padded = false } = operation.algorithm;
  const [key, tweakKey] = operation.keys as [OperationKey, OperationKey];
  const decrypting = operation.mode === TEE_MODE.DECRYPT;
  switch (chaining) {
    case 'ctr':
      return new CtrRun(key.sm4(), iv);
    case 'xts':
      return XtsRun.start(key.sm4(), tweakKey.sm4(), decrypting, iv);
    default:
      return new BlockCipherRun({ chaining: chaining ?? 'ecb', decrypting, padded }, key.sm4(), iv);
  }
}

/** Ends the message, with `SHORT_BUFFER` before anything of the state has moved. */
function finish(operation: Operation, run: CipherRun, input: Uint8Array, room: number): Uint8Array {
  // Only the plaintext of a padded message may be shorter than announced: tried on a copy.
  const exact = operation.algorithm.padded !== true || operation.mode === TEE_MODE.ENCRYPT;
  if (exact) checkFits(run.finalBytes(input.length), room);
  const trial = run.finalBytes(input.length) <= room ? undefined : run.clone([]);
  const out = (trial ?? run).final(input);
  trial?.destroy();
  if (out !== undefined && out.length > room) {
    const required = out.length;
    out.fill(0);
    checkFits(required, room);
  }
  endRunning(operation);
  if (out === undefined) throw new TeeError('CIPHERTEXT_INVALID');
  return out;
}

/**
 * SM4 in its unauthenticated modes; pieces of any length, whole blocks come out (xtest 4017).
 *
 * A padded message that does not decrypt answers CIPHERTEXT_INVALID, whatever is wrong with it. Without
 * padding, a message that is not whole blocks is the application's mistake and a panic.
 */
export function createCiphers({ context, operations }: OperationKit): Ciphers {
  const checkLength = (name: string, run: CipherRun, more: Uint8Array): void => {
    if (!run.canTake(more.length)) context.panic(PANIC_BAD_PARAMETERS, `${name}: the data unit is too long`);
  };

  return {
    TEE_CipherInit(operation, iv) {
      const name = 'TEE_CipherInit';
      const bytes = optionalBytesOf(context, name, iv);
      const state = keyed(context, name, operations.getOf(name, operation, CIPHER));
      const wanted = state.algorithm.chaining === 'ecb' ? 0 : SM4_BLOCK_BYTES;
      if (bytes.length !== wanted) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: the initial value has not ${wanted} bytes`);
      }
      startRunning(state, startCipher(state, bytes), TEE_OPERATION_STATE.ACTIVE);
    },
    TEE_CipherUpdate(operation, srcData, size) {
      const name = 'TEE_CipherUpdate';
      const bytes = bytesOf(context, name, srcData);
      const room = sizeOf(context, name, size);
      const run = runningOf<CipherRun>(context, name, operations.getOf(name, operation, CIPHER));
      checkLength(name, run, bytes);
      checkFits(run.updateBytes(bytes.length), room);
      return run.update(bytes);
    },
    TEE_CipherDoFinal(operation, srcData, size) {
      const name = 'TEE_CipherDoFinal';
      const bytes = optionalBytesOf(context, name, srcData);
      const room = sizeOf(context, name, size);
      const state = operations.getOf(name, operation, CIPHER);
      const run = runningOf<CipherRun>(context, name, state);
      checkLength(name, run, bytes);
      if (!run.canEnd(bytes.length)) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: the message is not whole blocks`);
      }
      return finish(state, run, bytes, room);
    },
  };
}

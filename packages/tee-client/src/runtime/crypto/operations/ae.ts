import {
  TEE_ALG,
  TEE_MODE,
  TEE_OPERATION_CLASS,
  TEE_OPERATION_STATE,
} from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type { TeeCryptography } from '../../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, PANIC_BAD_STATE } from '../../context.ts';
import type { OperationKit } from '../cryptography.ts';
import { bytesOf, checkFits, optionalBytesOf, sizeOf, u32Of } from '../inputs.ts';
import type { AeadMode } from '../modes/aead-mode.ts';
import { CcmMode } from '../modes/ccm.ts';
import { GcmMode } from '../modes/gcm.ts';
import type { OperationKey } from '../operation-key.ts';
import { endRunning, keyed, type Operation, runningOf, startRunning } from '../operation-table.ts';
import { AeRun } from './ae-run.ts';
import { KeptBytes } from './kept-bytes.ts';

/** @standard GPD_SPE_010 v1.3.1 §6.6 */
type AuthenticatedEncryption = Pick<
  TeeCryptography,
  'TEE_AEInit' | 'TEE_AEUpdateAAD' | 'TEE_AEUpdate' | 'TEE_AEEncryptFinal' | 'TEE_AEDecryptFinal'
>;

const { AE } = TEE_OPERATION_CLASS;
/** Lengths of tags in bits, and of nonces in bytes. */
const LIMITS = {
  gcm: { minTag: 96, tagStep: 8, minNonce: 1, maxNonce: 1024 },
  ccm: { minTag: 32, tagStep: 16, minNonce: 7, maxNonce: 13 },
} as const;
const MAX_TAG_BITS = 128;
/** GCM counts blocks in 32 bits. @standard NIST SP 800-38D §5.2.1.1 */
const GCM_MAX_BYTES = 2 ** 36 - 32;

const isCcm = (operation: Operation): boolean => operation.algorithm.id === TEE_ALG.SM4_CCM;

function startMode(
  operation: Operation,
  nonce: Uint8Array,
  tagBytes: number,
  aadBytes: number,
  payloadBytes: number,
): AeadMode {
  const key = operation.keys[0] as OperationKey;
  if (isCcm(operation)) return CcmMode.start(key.sm4(), nonce, { tagBytes, aadBytes, payloadBytes });
  return GcmMode.start(key.gcm(), nonce);
}

/**
 * SM4-GCM and SM4-CCM.
 *
 * Decrypting gives nothing before TEE_AEDecryptFinal has compared the tag. CCM has to be told both
 * lengths, and another one than was announced is a panic.
 */
export function createAuthenticatedEncryption({
  context,
  operations,
}: OperationKit): AuthenticatedEncryption {
  const runOf = (name: string, state: Operation): AeRun => runningOf<AeRun>(context, name, state);

  /** Panics where the payload, `more` bytes longer, is not what was announced; `last`: exactly that. */
  const checkPayload = (name: string, run: AeRun, more: number, last: boolean): void => {
    const { aadBytes, payloadBytes } = run.plan;
    const total = run.payloadBytes + more;
    // An empty piece does not end the associated data.
    if (aadBytes !== undefined && run.aadBytes !== aadBytes && (last || more > 0)) {
      context.panic(PANIC_BAD_STATE, `${name}: not all of the associated data were given`);
    }
    const limit = payloadBytes ?? GCM_MAX_BYTES;
    if (total > limit || (last && payloadBytes !== undefined && total < limit)) {
      context.panic(PANIC_BAD_PARAMETERS, `${name}: not the announced length`);
    }
  };

  return {
    TEE_AEInit(operation, nonce, tagLen, AADLen, payloadLen) {
      const name = 'TEE_AEInit';
      const iv = bytesOf(context, name, nonce);
      const tagBits = u32Of(context, name, tagLen);
      const aadBytes = u32Of(context, name, AADLen);
      const payloadBytes = u32Of(context, name, payloadLen);
      const state = keyed(context, name, operations.getOf(name, operation, AE));
      if (state.operationState !== TEE_OPERATION_STATE.INITIAL) {
        return context.panic(PANIC_BAD_STATE, `${name}: the operation is under way`);
      }
      const ccm = isCcm(state);
      const limits = ccm ? LIMITS.ccm : LIMITS.gcm;
      if (tagBits < limits.minTag || tagBits > MAX_TAG_BITS || tagBits % limits.tagStep !== 0) {
        throw new TeeError('NOT_SUPPORTED');
      }
      if (iv.length < limits.minNonce || iv.length > limits.maxNonce) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a length of a nonce`);
      }
      if (ccm && payloadBytes >= 2 ** (8 * (15 - iv.length))) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: too long for the nonce`);
      }
      const tagBytes = tagBits / 8;
      const mode = startMode(state, iv, tagBytes, aadBytes, payloadBytes);
      const plan = {
        decrypting: state.mode === TEE_MODE.DECRYPT,
        tagBytes,
        aadBytes: ccm ? aadBytes : undefined,
        payloadBytes: ccm ? payloadBytes : undefined,
      };
      startRunning(state, new AeRun(plan, mode, new KeptBytes(context.memory)), TEE_OPERATION_STATE.INITIAL);
      state.digestLength = tagBytes;
    },
    TEE_AEUpdateAAD(operation, AADdata) {
      const name = 'TEE_AEUpdateAAD';
      const bytes = bytesOf(context, name, AADdata);
      const state = operations.getOf(name, operation, AE);
      const run = runOf(name, state);
      if (state.operationState !== TEE_OPERATION_STATE.INITIAL) {
        return context.panic(PANIC_BAD_STATE, `${name}: the payload has begun`);
      }
      if (run.aadBytes + bytes.length > (run.plan.aadBytes ?? Number.POSITIVE_INFINITY)) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: not the announced length`);
      }
      run.aad(bytes);
    },
    TEE_AEUpdate(operation, srcData, size) {
      const name = 'TEE_AEUpdate';
      const bytes = bytesOf(context, name, srcData);
      const room = sizeOf(context, name, size);
      const state = operations.getOf(name, operation, AE);
      const run = runOf(name, state);
      checkPayload(name, run, bytes.length, false);
      checkFits(run.updateBytes(bytes.length), room);
      const out = run.update(bytes);
      if (bytes.length > 0) state.operationState = TEE_OPERATION_STATE.ACTIVE;
      return out;
    },
    TEE_AEEncryptFinal(operation, srcData, size, tagSize) {
      const name = 'TEE_AEEncryptFinal';
      const bytes = optionalBytesOf(context, name, srcData);
      const room = sizeOf(context, name, size);
      const tagRoom = sizeOf(context, name, tagSize);
      const state = operations.getOf(name, operation, AE, TEE_MODE.ENCRYPT);
      const run = runOf(name, state);
      checkPayload(name, run, bytes.length, true);
      checkFits(run.finalBytes(bytes.length), room);
      checkFits(run.plan.tagBytes, tagRoom);
      const sealed = run.seal(bytes);
      endRunning(state);
      return sealed;
    },
    TEE_AEDecryptFinal(operation, srcData, tag, size) {
      const name = 'TEE_AEDecryptFinal';
      const bytes = optionalBytesOf(context, name, srcData);
      const claimed = bytesOf(context, name, tag);
      const room = sizeOf(context, name, size);
      const state = operations.getOf(name, operation, AE, TEE_MODE.DECRYPT);
      const run = runOf(name, state);
      checkPayload(name, run, bytes.length, true);
      checkFits(run.finalBytes(bytes.length), room);
      const plaintext = run.open(bytes, claimed);
      endRunning(state);
      if (plaintext === undefined) throw new TeeError('MAC_INVALID');
      return plaintext;
    },
  };
}

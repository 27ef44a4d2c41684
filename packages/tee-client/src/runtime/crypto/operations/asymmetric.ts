import {
  SM_CORE_ERRORS,
  SM2_MAX_MESSAGE_BYTES,
  SM2_SIGNATURE_BYTES,
  SM3_DIGEST_BYTES,
  sm2,
} from '@cssi/sm-core';
import { TEE_MODE, TEE_OPERATION_CLASS } from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type { TeeCryptography } from '../../../spec/v1/internal/tee.ts';
import { type MemoryAccount, PANIC_BAD_PARAMETERS } from '../../context.ts';
import { readAttributes } from '../attributes.ts';
import type { OperationKit } from '../cryptography.ts';
import { bytesOf, checkFits, sizeOf } from '../inputs.ts';
import type { OperationKey } from '../operation-key.ts';
import { keyed } from '../operation-table.ts';

/** @standard GPD_SPE_010 v1.3.1 §6.7 */
type Asymmetric = Pick<
  TeeCryptography,
  | 'TEE_AsymmetricEncrypt'
  | 'TEE_AsymmetricDecrypt'
  | 'TEE_AsymmetricSignDigest'
  | 'TEE_AsymmetricVerifyDigest'
>;

/** C1 as 04‖x‖y and C3, besides the message. @standard GB/T 32918.4-2016 §6.1 */
const CIPHERTEXT_EXTRA_BYTES = 97;
const FORMAT = { format: 'c1c3c2' } as const;
const { ASYMMETRIC_CIPHER, ASYMMETRIC_SIGNATURE } = TEE_OPERATION_CLASS;

/** One answer for every ciphertext that does not open: which check failed is nobody's to know. */
function decrypt(key: OperationKey, ciphertext: Uint8Array): Uint8Array {
  try {
    return sm2.decrypt(key.secret, ciphertext, FORMAT);
  } catch (error) {
    if (SM_CORE_ERRORS.is(error) && error.code === 'ERR_DECRYPT_FAILED') {
      throw new TeeError('CIPHERTEXT_INVALID');
    }
    throw error;
  }
}

/**
 * SM2 signatures of digests, r‖s, and SM2 encryption, C1‖C3‖C2.
 *
 * The digest is e = SM3(Z_A‖M), which the application computes; neither algorithm has parameters.
 */
export function createAsymmetric({ context, operations }: OperationKit): Asymmetric {
  /** The key of an operation of the class and mode; parameters are a panic. */
  const keyOf = (
    name: string,
    operation: unknown,
    operationClass: number,
    mode: number,
    params: unknown,
  ): OperationKey => {
    const read = readAttributes(context, name, params);
    const state = keyed(context, name, operations.getOf(name, operation, operationClass, mode));
    if (read.size > 0) return context.panic(PANIC_BAD_PARAMETERS, `${name}: the algorithm has no parameters`);
    return state.keys[0] as OperationKey;
  };
  const digestOf = (name: string, digest: unknown): Uint8Array => {
    const e = bytesOf(context, name, digest);
    if (e.length !== SM3_DIGEST_BYTES) return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a digest`);
    return e;
  };

  return {
    TEE_AsymmetricEncrypt(operation, params, srcData, size) {
      const name = 'TEE_AsymmetricEncrypt';
      const message = bytesOf(context, name, srcData);
      const room = sizeOf(context, name, size);
      const key = keyOf(name, operation, ASYMMETRIC_CIPHER, TEE_MODE.ENCRYPT, params);
      if (message.length === 0 || message.length > SM2_MAX_MESSAGE_BYTES) {
        throw new TeeError('BAD_PARAMETERS');
      }
      checkFits(message.length + CIPHERTEXT_EXTRA_BYTES, room);
      return sm2.encrypt(key.point, message, FORMAT);
    },
    TEE_AsymmetricDecrypt(operation, params, srcData, size) {
      const name = 'TEE_AsymmetricDecrypt';
      const ciphertext = bytesOf(context, name, srcData);
      const room = sizeOf(context, name, size);
      const key = keyOf(name, operation, ASYMMETRIC_CIPHER, TEE_MODE.DECRYPT, params);
      checkFits(ciphertext.length - CIPHERTEXT_EXTRA_BYTES, room);
      return decrypt(key, ciphertext);
    },
    TEE_AsymmetricSignDigest(operation, params, digest, size) {
      const name = 'TEE_AsymmetricSignDigest';
      const e = digestOf(name, digest);
      const room = sizeOf(context, name, size);
      const key = keyOf(name, operation, ASYMMETRIC_SIGNATURE, TEE_MODE.SIGN, params);
      checkFits(SM2_SIGNATURE_BYTES, room);
      return key.signer().signDigest(e);
    },
    TEE_AsymmetricVerifyDigest(operation, params, digest, signature) {
      const name = 'TEE_AsymmetricVerifyDigest';
      const e = digestOf(name, digest);
      const rs = bytesOf(context, name, signature);
      const key = keyOf(name, operation, ASYMMETRIC_SIGNATURE, TEE_MODE.VERIFY, params);
      if (rs.length !== SM2_SIGNATURE_BYTES || !verifies(key, e, rs, context.memory)) {
        throw new TeeError('SIGNATURE_INVALID');
      }
    },
  };
}

/** r or s out of range is malformed to sm-core, and here no signature of the digest. */
function verifies(key: OperationKey, e: Uint8Array, rs: Uint8Array, memory: MemoryAccount): boolean {
  try {
    return key.verify(e, rs, memory);
  } catch (error) {
    if (SM_CORE_ERRORS.is(error) && error.code === 'ERR_SM2_SIGNATURE_MALFORMED') return false;
    throw error;
  }
}

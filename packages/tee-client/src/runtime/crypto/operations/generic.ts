import {
  TEE_HANDLE_FLAG,
  TEE_OPERATION_CLASS,
  TEE_OPERATION_STATE,
} from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type {
  TEE_OperationInfo,
  TEE_OperationInfoMultiple,
  TeeCryptography,
} from '../../../spec/v1/internal/tee.ts';
import { ALGORITHMS, type Algorithm, isMaxKeySize } from '../algorithms.ts';
import type { OperationKit } from '../cryptography.ts';
import { u32Of } from '../inputs.ts';
import { endRunning, keyed, type Operation } from '../operation-table.ts';
import { copyOperation } from './copy.ts';
import { setKeys } from './set-key.ts';

/** @standard GPD_SPE_010 v1.3.1 §6.2 */
type GenericOperations = Pick<
  TeeCryptography,
  | 'TEE_AllocateOperation'
  | 'TEE_FreeOperation'
  | 'TEE_GetOperationInfo'
  | 'TEE_GetOperationInfoMultiple'
  | 'TEE_ResetOperation'
  | 'TEE_SetOperationKey'
  | 'TEE_SetOperationKey2'
  | 'TEE_CopyOperation'
  | 'TEE_IsAlgorithmSupported'
>;

const isDigest = (algorithm: Algorithm): boolean => algorithm.operationClass === TEE_OPERATION_CLASS.DIGEST;

/** Flags of a fresh operation: a digest has no key to wait for and is started at once. */
function firstState(algorithm: Algorithm): number {
  if (isDigest(algorithm)) return TEE_HANDLE_FLAG.KEY_SET | TEE_HANDLE_FLAG.INITIALIZED;
  return algorithm.keys === 2 ? TEE_HANDLE_FLAG.EXPECT_TWO_KEYS : 0;
}

const usageOf = (operation: Operation): number => operation.algorithm.usages.get(operation.mode) ?? 0;

function info(operation: Operation): TEE_OperationInfo {
  // With two keys the sizes are in TEE_OperationInfoMultiple only.
  const single = operation.algorithm.keys === 1;
  return {
    algorithm: operation.algorithm.id,
    operationClass: operation.algorithm.operationClass,
    mode: operation.mode,
    digestLength: operation.digestLength,
    maxKeySize: operation.maxKeySize,
    keySize: single ? (operation.keys[0]?.bits ?? 0) : 0,
    requiredKeyUsage: single ? usageOf(operation) : 0,
    handleState: operation.handleState,
  };
}

function infoMultiple(operation: Operation): TEE_OperationInfoMultiple {
  return {
    ...info(operation),
    operationState: operation.operationState,
    keyInformation: Array.from({ length: operation.algorithm.keys }, (_, i) => ({
      keySize: operation.keys[i]?.bits ?? 0,
      requiredKeyUsage: usageOf(operation),
    })),
  };
}

/** Life of an operation and its keys. */
export function createGenericOperations({ context, objects, operations }: OperationKit): GenericOperations {
  return {
    TEE_AllocateOperation(algorithm, mode, maxKeySize) {
      const name = 'TEE_AllocateOperation';
      context.require('crypto', name);
      const known = ALGORITHMS.get(u32Of(context, name, algorithm));
      const wanted = u32Of(context, name, mode);
      const bits = u32Of(context, name, maxKeySize);
      if (known === undefined || !known.usages.has(wanted) || !isMaxKeySize(known, bits)) {
        throw new TeeError('NOT_SUPPORTED');
      }
      return operations.add({
        algorithm: known,
        mode: wanted,
        maxKeySize: isDigest(known) ? 0 : bits,
        digestLength: known.digestBytes,
        handleState: firstState(known),
        operationState: TEE_OPERATION_STATE.INITIAL,
        keys: [],
        running: undefined,
      });
    },
    TEE_FreeOperation(operation) {
      if (operation !== null) operations.remove('TEE_FreeOperation', operation);
    },
    TEE_GetOperationInfo: (operation) => info(operations.get('TEE_GetOperationInfo', operation)),
    TEE_GetOperationInfoMultiple: (operation) =>
      infoMultiple(operations.get('TEE_GetOperationInfoMultiple', operation)),
    TEE_ResetOperation(operation) {
      const name = 'TEE_ResetOperation';
      endRunning(keyed(context, name, operations.get(name, operation)));
    },
    TEE_SetOperationKey(operation, key) {
      const name = 'TEE_SetOperationKey';
      const state = operations.get(name, operation);
      const keys = key === null ? [] : [objects.get(name, key)];
      setKeys(context, name, state, 1, keys);
    },
    TEE_SetOperationKey2(operation, key1, key2) {
      const name = 'TEE_SetOperationKey2';
      const state = operations.get(name, operation);
      const keys = [key1, key2].flatMap((key) => (key === null ? [] : [objects.get(name, key)]));
      setKeys(context, name, state, 2, keys);
    },
    TEE_CopyOperation(dst, src) {
      const name = 'TEE_CopyOperation';
      const to = operations.get(name, dst);
      copyOperation(context, name, to, operations.get(name, src));
    },
    TEE_IsAlgorithmSupported(algId, element) {
      const known = ALGORITHMS.get(u32Of(context, 'TEE_IsAlgorithmSupported', algId));
      return known !== undefined && known.element === u32Of(context, 'TEE_IsAlgorithmSupported', element);
    },
  };
}

import { TEE_ALG, TEE_HANDLE_FLAG } from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import { PANIC_BAD_PARAMETERS, PANIC_BAD_STATE, type RuntimeContext } from '../../context.ts';
import { keyTypesFor } from '../algorithms.ts';
import { isInitialized, type ObjectState } from '../object-table.ts';
import { OperationKey } from '../operation-key.ts';
import { dropKeys, isStarted, type Operation } from '../operation-table.ts';

/** Refuses, by panic, a key the operation cannot use. @standard GPD_SPE_010 v1.3.1 §6.2.6 */
function checkKey(context: RuntimeContext, name: string, operation: Operation, key: ObjectState): void {
  const { algorithm, mode, maxKeySize } = operation;
  if (!isInitialized(key)) context.panic(PANIC_BAD_STATE, `${name}: the key is not initialized`);
  if (!keyTypesFor(algorithm, mode).includes(key.objectType)) {
    context.panic(PANIC_BAD_PARAMETERS, `${name}: a key of another type`);
  }
  const usage = algorithm.usages.get(mode) ?? 0;
  if ((key.usage & usage) !== usage) {
    context.panic(PANIC_BAD_PARAMETERS, `${name}: the usage of the key does not allow it`);
  }
  if (key.objectSize * algorithm.keys > maxKeySize) {
    context.panic(PANIC_BAD_PARAMETERS, `${name}: the key is too large`);
  }
}

/**
 * Do two keys hold the same secret? XTS is proven for two independent keys only, and a static key in
 * place of the ephemeral one makes every run of the key exchange give the same key.
 */
const sameSecret = ([first, second]: readonly OperationKey[]): boolean =>
  first !== undefined && second !== undefined && first.secret.equals(second.secret);

/**
 * Copies the keys into an operation that is not under way; no keys clear it. xtest 4018: every other
 * call is a panic.
 *
 * @standard GPD_SPE_010 v1.3.1 §6.2.6, §6.2.7
 * @throws TeeError SECURITY when the two keys are the same
 */
export function setKeys(
  context: RuntimeContext,
  name: string,
  operation: Operation,
  expected: 1 | 2,
  objects: readonly ObjectState[],
): void {
  const { algorithm } = operation;
  if (algorithm.keys !== expected) {
    context.panic(PANIC_BAD_PARAMETERS, `${name}: the operation takes ${algorithm.keys} keys`);
  }
  if (isStarted(operation)) context.panic(PANIC_BAD_STATE, `${name}: the operation is under way`);
  if (objects.length !== 0 && objects.length !== expected) {
    context.panic(PANIC_BAD_PARAMETERS, `${name}: one of the keys is missing`);
  }
  for (const key of objects) checkKey(context, name, operation, key);
  const keys = objects.map((key) => OperationKey.of(key));
  if ((algorithm.id === TEE_ALG.SM4_XTS || algorithm.id === TEE_ALG.SM2_KEP) && sameSecret(keys)) {
    for (const key of keys) key.destroy();
    throw new TeeError('SECURITY');
  }
  dropKeys(operation);
  if (keys.length === 0) return;
  operation.keys = keys;
  operation.handleState |= TEE_HANDLE_FLAG.KEY_SET;
}

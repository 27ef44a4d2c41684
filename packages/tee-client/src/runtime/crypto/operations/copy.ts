import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../../context.ts';
import type { OperationKey } from '../operation-key.ts';
import { dropKeys, endRunning, type Operation, type Running } from '../operation-table.ts';

/**
 * Makes an operation what another one is, in the middle of its message or not.
 *
 * @standard GPD_SPE_010 v1.3.1 §6.2.8
 * @throws TeeError OUT_OF_MEMORY for what the source has buffered; the destination is as it was then
 */
export function copyOperation(context: RuntimeContext, name: string, dst: Operation, src: Operation): void {
  if (dst.algorithm !== src.algorithm || dst.mode !== src.mode) {
    context.panic(PANIC_BAD_PARAMETERS, `${name}: the operations differ`);
  }
  const bits = src.keys.reduce((sum, key) => sum + key.bits, 0);
  if (bits > dst.maxKeySize) context.panic(PANIC_BAD_PARAMETERS, `${name}: the key is too large`);
  if (dst === src) return;
  const keys: readonly OperationKey[] = src.keys.map((key) => key.copy());
  let running: Running | undefined;
  try {
    running = src.running?.clone(keys);
  } catch (error) {
    for (const key of keys) key.destroy();
    throw error;
  }
  endRunning(dst);
  dropKeys(dst);
  dst.keys = keys;
  dst.running = running;
  dst.handleState = src.handleState;
  dst.operationState = src.operationState;
  dst.digestLength = src.digestLength;
}

import { TEE_TIMEOUT_INFINITE } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TEE_Time, TeeTime } from '../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { type ObjectStore, runtimeObjectId } from '../storage/object-store.ts';
import { u32 } from './inputs.ts';
import type { RuntimeServices } from './services.ts';

const RECORD_BYTES = 16;
const SECOND = 1000;
const U32_RANGE = 2 ** 32;

const toTime = (milliseconds: number): TEE_Time =>
  Object.freeze({
    seconds: Math.floor(milliseconds / SECOND) % U32_RANGE,
    millis: Math.floor(milliseconds % SECOND),
  });

/** Time. @standard GPD_SPE_010 v1.3.1 §7 */
export function createTime(context: RuntimeContext, services: RuntimeServices): TeeTime {
  return {
    TEE_GetSystemTime: () => toTime(services.monotonic()),
    TEE_Wait(timeout) {
      const milliseconds = u32(context, 'TEE_Wait', timeout);
      const cancellable = !services.call.cancellationMasked;
      // An infinite wait ends by cancellation, or as the hang it is.
      const longest = milliseconds === TEE_TIMEOUT_INFINITE ? 0xfffffffe : milliseconds;
      const { value } = context.host.rpc({ kind: 'wait', milliseconds: longest, cancellable });
      if (value === 1 && cancellable) throw new TeeError('CANCEL');
    },
    TEE_GetTAPersistentTime: () => reach(() => persistentTime(services.store, context.now())),
    TEE_SetTAPersistentTime(time) {
      const seconds = u32(context, 'TEE_SetTAPersistentTime', time?.seconds);
      const millis = u32(context, 'TEE_SetTAPersistentTime', time?.millis);
      if (millis >= SECOND) {
        return context.panic(PANIC_BAD_PARAMETERS, 'TEE_SetTAPersistentTime: millis');
      }
      const record = new Uint8Array(RECORD_BYTES);
      const view = new DataView(record.buffer);
      view.setFloat64(0, seconds * SECOND + millis);
      view.setFloat64(8, context.now());
      reach(() => services.store.put(timeId(), record));
    },
    TEE_GetREETime: () => toTime(context.now()),
  };
}

const timeId = (): Uint8Array => runtimeObjectId('persistent-time');

/** A disk that fails is no fault of the application. */
function reach<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TeeError) throw error;
    throw new TeeError('STORAGE_NOT_AVAILABLE');
  }
}

/**
 * The time that was set and what has passed since by the host's clock, which the host may turn: its
 * protection level is 100. A clock before the moment of setting was turned back.
 *
 * @standard GPD_SPE_010 v1.3.1 §7.4
 */
function persistentTime(store: ObjectStore, now: number): TEE_Time {
  const record = store.get(timeId());
  if (record === undefined) throw new TeeError('TIME_NOT_SET');
  if (record.length !== RECORD_BYTES) throw new TeeError('CORRUPT_OBJECT');
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const passed = now - view.getFloat64(8);
  if (!(passed >= 0)) throw new TeeError('TIME_NEEDS_RESET');
  const time = view.getFloat64(0) + passed;
  if (time / SECOND >= U32_RANGE) throw new TeeError('OVERFLOW');
  return toTime(time);
}

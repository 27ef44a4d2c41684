import type { TeeControl } from '../../spec/v1/internal/tee.ts';
import type { RuntimeContext } from '../context.ts';
import type { RuntimeServices } from './services.ts';

/** Panic and cancellation. @standard GPD_SPE_010 v1.3.1 §4.8, §4.10 */
export function createControl(context: RuntimeContext, services: RuntimeServices): TeeControl {
  return {
    TEE_Panic: (panicCode) => context.panic(typeof panicCode === 'number' ? panicCode >>> 0 : 0, 'TEE_Panic'),
    TEE_GetCancellationFlag: () =>
      !services.call.cancellationMasked && context.host.rpc({ kind: 'cancelled' }).value === 1,
    TEE_UnmaskCancellation: () => setMask(services, false),
    TEE_MaskCancellation: () => setMask(services, true),
  };
}

function setMask(services: RuntimeServices, masked: boolean): boolean {
  const before = services.call.cancellationMasked;
  services.call.cancellationMasked = masked;
  return before;
}

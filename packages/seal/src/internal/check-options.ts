import { SEAL_ERRORS } from '../errors.ts';
import type { SealVerifyOptions } from '../spec/v1/service.ts';

/** A time that is no time would make every comparison false. @throws SmError ERR_SEAL_PARAMETER */
export function checkVerifyOptions(options: SealVerifyOptions): void {
  if (!(options.time instanceof Date) || Number.isNaN(options.time.getTime())) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=time' });
  }
  for (const list of [options.anchors, options.makerAnchors ?? [], options.intermediates ?? []]) {
    if (!Array.isArray(list)) throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=anchors' });
  }
}

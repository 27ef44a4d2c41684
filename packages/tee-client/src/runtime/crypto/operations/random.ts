import { RANDOM_MAX_BYTES, randomBytes } from '@cssi/sm-core';
import type { TeeCryptography } from '../../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS } from '../../context.ts';
import type { OperationKit } from '../cryptography.ts';
import { u32Of } from '../inputs.ts';

/** Random bytes, as many as the memory of the instance could hold. @standard GPD_SPE_010 v1.3.1 §6.9 */
export function createRandom({ context }: OperationKit): Pick<TeeCryptography, 'TEE_GenerateRandom'> {
  return {
    TEE_GenerateRandom(size) {
      const name = 'TEE_GenerateRandom';
      context.require('crypto', name);
      const length = u32Of(context, name, size);
      if (length > context.memory.quota) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: more than the memory of the instance`);
      }
      if (length <= RANDOM_MAX_BYTES) return randomBytes(length);
      const out = new Uint8Array(length);
      for (let at = 0; at < length; at += RANDOM_MAX_BYTES) {
        out.set(randomBytes(Math.min(RANDOM_MAX_BYTES, length - at)), at);
      }
      return out;
    },
  };
}

import { PANIC_BAD_PARAMETERS, PANIC_BAD_STATE, type RuntimeContext } from '../context.ts';
import { isInitialized, type ObjectState } from './object-table.ts';
import { initialized, typeOf } from './populate.ts';

const NAME = 'TEE_CopyObjectAttributes1';

/**
 * Fills an uninitialized object from another one of its type, or a public key from its pair. What the
 * source may not be used for, the copy may not either.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.6.8
 */
export function copyAttributes(context: RuntimeContext, dest: ObjectState, src: ObjectState): void {
  if (!isInitialized(src)) context.panic(PANIC_BAD_STATE, `${NAME}: the source is not initialized`);
  const same = dest.objectType === src.objectType;
  if (!same && typeOf(src).publicType !== dest.objectType) {
    context.panic(PANIC_BAD_PARAMETERS, `${NAME}: the types do not fit`);
  }
  if (src.objectSize > dest.maxObjectSize) {
    context.panic(PANIC_BAD_PARAMETERS, `${NAME}: larger than the object`);
  }
  const type = typeOf(dest);
  for (const [id, content] of src.attributes) {
    if (!type.required.includes(id) && !type.optional.includes(id)) continue;
    dest.attributes.set(id, content instanceof Uint8Array ? Uint8Array.from(content) : content);
  }
  dest.usage = (dest.usage & src.usage) >>> 0;
  initialized(dest, src.objectSize);
}

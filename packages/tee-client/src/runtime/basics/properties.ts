import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TEE_PropEnumHandle, TEE_PropSet, TeeProperties } from '../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { u32 } from './inputs.ts';
import { propertySets } from './property-sets.ts';
import {
  asBinary,
  asBool,
  asIdentity,
  asString,
  asU32,
  asU64,
  asUuid,
  type PropertyValue,
} from './property-values.ts';
import type { RuntimeServices } from './services.ts';

/** What an enumerator costs of the quota. */
const ENUMERATOR_BYTES = 64;

/** Where an enumerator stands; the names are those of the moment it was started. */
interface Enumeration {
  set: number;
  names: readonly string[];
  at: number;
}

/** The group and the end of it. */
export interface PropertiesGroup {
  readonly api: TeeProperties;
  closeAll(): void;
}

const encoder = new TextEncoder();
/** Bytes of a C string with its end. */
const stringBytes = (value: string): number => encoder.encode(value).length + 1;

/** Properties. @standard GPD_SPE_010 v1.3.1 §4.4 */
export function createProperties(context: RuntimeContext, services: RuntimeServices): PropertiesGroup {
  const setOf = propertySets(context, services);
  const enumerators = new Map<unknown, Enumeration>();

  const enumeration = (name: string, handle: unknown): Enumeration =>
    enumerators.get(handle) ?? context.panic(PANIC_BAD_PARAMETERS, `${name}: not an enumerator`);
  const current = (name: string, handle: unknown): string => {
    const { names, at } = enumeration(name, handle);
    const found = names[at];
    if (found === undefined) throw new TeeError('ITEM_NOT_FOUND');
    return found;
  };
  const lookUp = (caller: string, set: TEE_PropSet, name: unknown): PropertyValue => {
    let number: unknown = set;
    let wanted = name;
    if (typeof set === 'object') {
      wanted = current(caller, set);
      number = enumeration(caller, set).set;
    }
    const properties = typeof number === 'number' ? setOf(number) : undefined;
    if (properties === undefined || typeof wanted !== 'string') {
      return context.panic(PANIC_BAD_PARAMETERS, `${caller}: property set or name`);
    }
    const property = properties.get(wanted);
    if (property === undefined) throw new TeeError('ITEM_NOT_FOUND');
    return property;
  };
  const converted = <T>(value: T | undefined): T => {
    if (value === undefined) throw new TeeError('BAD_FORMAT');
    return value;
  };
  const fitting = (caller: string, required: number, size: unknown): void => {
    if (size !== undefined && required > u32(context, caller, size)) {
      throw new TeeError('SHORT_BUFFER', { required });
    }
  };

  const api: TeeProperties = {
    TEE_GetPropertyAsString(set, name, size) {
      const value = asString(lookUp('TEE_GetPropertyAsString', set, name));
      fitting('TEE_GetPropertyAsString', stringBytes(value), size);
      return value;
    },
    TEE_GetPropertyAsBool: (set, name) => converted(asBool(lookUp('TEE_GetPropertyAsBool', set, name))),
    TEE_GetPropertyAsU32: (set, name) => converted(asU32(lookUp('TEE_GetPropertyAsU32', set, name))),
    TEE_GetPropertyAsU64: (set, name) => converted(asU64(lookUp('TEE_GetPropertyAsU64', set, name))),
    TEE_GetPropertyAsBinaryBlock(set, name, size) {
      const value = converted(asBinary(lookUp('TEE_GetPropertyAsBinaryBlock', set, name)));
      fitting('TEE_GetPropertyAsBinaryBlock', value.length, size);
      return value;
    },
    TEE_GetPropertyAsUUID: (set, name) => converted(asUuid(lookUp('TEE_GetPropertyAsUUID', set, name))),
    TEE_GetPropertyAsIdentity: (set, name) =>
      converted(asIdentity(lookUp('TEE_GetPropertyAsIdentity', set, name))),
    TEE_AllocatePropertyEnumerator() {
      if (!context.memory.reserve(ENUMERATOR_BYTES)) throw new TeeError('OUT_OF_MEMORY');
      const handle: TEE_PropEnumHandle = Object.freeze({ kind: 'property-enumerator' });
      enumerators.set(handle, { set: 0, names: [], at: 0 });
      return handle;
    },
    TEE_FreePropertyEnumerator(enumerator) {
      enumeration('TEE_FreePropertyEnumerator', enumerator);
      enumerators.delete(enumerator);
      context.memory.release(ENUMERATOR_BYTES);
    },
    TEE_StartPropertyEnumerator(enumerator, set) {
      const state = enumeration('TEE_StartPropertyEnumerator', enumerator);
      const properties = setOf(u32(context, 'TEE_StartPropertyEnumerator', set));
      if (properties === undefined) {
        return context.panic(PANIC_BAD_PARAMETERS, 'TEE_StartPropertyEnumerator: property set');
      }
      state.set = set;
      state.names = [...properties.keys()];
      state.at = 0;
    },
    TEE_ResetPropertyEnumerator(enumerator) {
      const state = enumeration('TEE_ResetPropertyEnumerator', enumerator);
      state.names = [];
      state.at = 0;
    },
    TEE_GetPropertyName(enumerator, size) {
      const name = current('TEE_GetPropertyName', enumerator);
      fitting('TEE_GetPropertyName', stringBytes(name), size);
      return name;
    },
    TEE_GetNextProperty(enumerator) {
      current('TEE_GetNextProperty', enumerator);
      const state = enumeration('TEE_GetNextProperty', enumerator);
      state.at++;
      if (state.at >= state.names.length) throw new TeeError('ITEM_NOT_FOUND');
    },
  };
  return {
    api,
    closeAll(): void {
      context.memory.release(ENUMERATOR_BYTES * enumerators.size);
      enumerators.clear();
    },
  };
}

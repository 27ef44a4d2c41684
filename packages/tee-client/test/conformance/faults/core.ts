import type { TEE_PropEnumHandle } from '../../../src/spec/v1/internal/tee.ts';
import { argument, type Fault, inside, otherwise, outcome } from './kit.ts';

const NIL = '00000000-0000-0000-0000-000000000000';
const MAIN = 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931c';

/** A boolean property that is always the same. */
const flag = (property: string, value: boolean): Fault =>
  outcome(`${property} is always ${value}`, 'TEE_GetPropertyAsBool', (given: boolean, [, name]) =>
    name === property ? value : given,
  );

/** A format that is not checked: a default is given. */
const format = (
  functionName:
    | 'TEE_GetPropertyAsU32'
    | 'TEE_GetPropertyAsBool'
    | 'TEE_GetPropertyAsUUID'
    | 'TEE_GetPropertyAsIdentity',
  value: unknown,
): Fault =>
  otherwise(`${functionName} gives a default for another format`, functionName, 'BAD_FORMAT', () => value);

/** Defects of properties, memory, time and calls between applications. */
export const coreFaults: readonly Fault[] = [
  outcome('every application has the same identifier', 'TEE_GetPropertyAsUUID', (id, [, name]) =>
    name === 'gpd.ta.appID' ? MAIN : id,
  ),
  outcome('the identifier is in capital letters', 'TEE_GetPropertyAsUUID', (id: string) => id.toUpperCase()),
  ...['gpd.ta.singleInstance', 'gpd.ta.multiSession', 'gpd.ta.instanceKeepAlive'].flatMap((name) => [
    flag(name, true),
    flag(name, false),
  ]),
  outcome('texts lose their last letter', 'TEE_GetPropertyAsString', (text: string) => text.slice(0, -1)),
  outcome('numbers have 16 bits', 'TEE_GetPropertyAsU32', (value: number) => value & 0xffff),
  outcome('long numbers have 32 bits', 'TEE_GetPropertyAsU64', (value: bigint) => value & 0xffffffffn),
  outcome('binary blocks stay base64', 'TEE_GetPropertyAsBinaryBlock', () =>
    new TextEncoder().encode('AQID'),
  ),
  outcome('booleans are texts 1 and 0', 'TEE_GetPropertyAsString', (text: string) =>
    text === 'true' ? '1' : text,
  ),
  otherwise('an absent property is an empty text', 'TEE_GetPropertyAsString', 'ITEM_NOT_FOUND', () => ''),
  argument('there is one set of properties', 'TEE_GetPropertyAsString', ([set, name]) => [
    set === 0xfffffffd && String(name).startsWith('gpd.ta') ? 0xffffffff : set,
    name,
  ]),
  format('TEE_GetPropertyAsU32', 0),
  format('TEE_GetPropertyAsBool', false),
  format('TEE_GetPropertyAsUUID', NIL),
  format('TEE_GetPropertyAsIdentity', { login: 0, uuid: NIL }),
  otherwise('numbers above 32 bits are cut off', 'TEE_GetPropertyAsU32', 'BAD_FORMAT', ([, name], tee) => {
    if (name !== 'cssi.test.long') throw tee.error('BAD_FORMAT');
    return 705032704;
  }),
  argument('the zero of a C string needs no room', 'TEE_GetPropertyAsString', ([set, name, size]) =>
    size === undefined ? [set, name] : [set, name, (size as number) + 1],
  ),
  outcome('the version of the API is 0', 'TEE_GetPropertyAsU32', (value: number, [, name]) =>
    name === 'gpd.tee.internalCore.version' ? 0 : value,
  ),
  outcome('the version of the API is a name', 'TEE_GetPropertyAsString', (text: string, [, name]) =>
    name === 'gpd.tee.apiversion' ? 'latest' : text,
  ),
  outcome('the TEE describes itself by nothing', 'TEE_GetPropertyAsString', (text: string, [, name]) =>
    name === 'gpd.tee.description' ? '' : text,
  ),
  inside('each instance sees another device', 'TEE_GetPropertyAsUUID', (tee) => {
    const own = `00000000-0000-4000-8000-${String(++devices).padStart(12, '0')}`;
    return {
      TEE_GetPropertyAsUUID: (set: number, name: string) =>
        name === 'gpd.tee.deviceID' ? own : tee.TEE_GetPropertyAsUUID(set, name),
    };
  }),
  outcome('time has the protection level 5', 'TEE_GetPropertyAsU32', (value: number, [, name]) =>
    String(name).endsWith('protectionLevel') ? 5 : value,
  ),
  outcome('clients have a random identity', 'TEE_GetPropertyAsIdentity', (identity: object) => ({
    ...identity,
    uuid: `00000000-0000-4000-8000-${String(++devices).padStart(12, '0')}`,
  })),
  outcome('clients are anonymous', 'TEE_GetPropertyAsIdentity', (identity: object) => ({
    ...identity,
    uuid: NIL,
  })),
  outcome('every login is the public one', 'TEE_GetPropertyAsIdentity', (identity: object) => ({
    ...identity,
    login: 0,
  })),
  outcome('every login is one of a user', 'TEE_GetPropertyAsIdentity', () => ({ login: 1, uuid: MAIN })),
  inside('an enumerator does not move', 'TEE_GetNextProperty', (tee) => {
    let moved = 0;
    return {
      TEE_GetNextProperty: () => {
        if (++moved > 50) throw tee.error('ITEM_NOT_FOUND');
      },
    };
  }),
  inside('an enumerator skips every second property', 'TEE_GetNextProperty', (tee) => ({
    TEE_GetNextProperty: (e: TEE_PropEnumHandle) => {
      tee.TEE_GetNextProperty(e);
      tee.TEE_GetNextProperty(e);
    },
  })),
  inside('the value at an enumerator is that of the first property', 'TEE_GetPropertyAsU32', (tee) => ({
    TEE_GetPropertyAsU32: (set: number, name: string | null) =>
      name === null ? 0 : tee.TEE_GetPropertyAsU32(set, name),
  })),
  inside('a second start of properties goes on', 'TEE_StartPropertyEnumerator', (tee) => {
    const started = new Set<unknown>();
    return {
      TEE_StartPropertyEnumerator: (e: TEE_PropEnumHandle, set: number) => {
        if (!started.has(e)) tee.TEE_StartPropertyEnumerator(e, set);
        started.add(e);
      },
    };
  }),
  inside('an enumerator of properties starts by itself', 'TEE_AllocatePropertyEnumerator', (tee) => ({
    TEE_AllocatePropertyEnumerator: () => {
      const e = tee.TEE_AllocatePropertyEnumerator();
      tee.TEE_StartPropertyEnumerator(e, 0xffffffff);
      return e;
    },
  })),
  inside('resetting an enumerator does nothing', 'TEE_ResetPropertyEnumerator', () => ({
    TEE_ResetPropertyEnumerator: () => undefined,
  })),
  inside('an enumerator goes round', 'TEE_GetNextProperty', (tee) => {
    let moved = 0;
    return {
      TEE_GetNextProperty: (e: TEE_PropEnumHandle) => {
        try {
          tee.TEE_GetNextProperty(e);
        } catch (error) {
          if (++moved % 2 === 1) throw error;
          tee.TEE_StartPropertyEnumerator(e, 0xffffffff);
        }
      },
    };
  }),
  inside('memory is not zeroed', 'TEE_Malloc', (tee) => ({
    TEE_Malloc: (size: number, hint: number) => {
      const memory = tee.TEE_Malloc(size, hint);
      if (hint === 0) memory?.fill(0xa5);
      return memory;
    },
  })),
  inside('all memory is the same', 'TEE_Malloc', (tee) => {
    const known = new Map<number, Uint8Array>();
    return {
      TEE_Malloc: (size: number, hint: number) => {
        if (size !== 64) return tee.TEE_Malloc(size, hint);
        const memory = known.get(size) ?? tee.TEE_Malloc(size, hint);
        if (memory !== null) known.set(size, memory);
        return memory;
      },
    };
  }),
  inside('no memory of 0 bytes is given', 'TEE_Malloc', (tee) => ({
    TEE_Malloc: (size: number, hint: number) => (size === 0 ? null : tee.TEE_Malloc(size, hint)),
  })),
  inside('memory without filling is not given', 'TEE_Malloc', (tee) => ({
    TEE_Malloc: (size: number, hint: number) => (hint === 0 ? tee.TEE_Malloc(size, hint) : null),
  })),
  argument('memory of any size is given', 'TEE_Malloc', ([size, hint]) => [
    Math.min(size as number, 1000),
    hint,
  ]),
  inside('freed memory is not given back', 'TEE_Free', (tee) => ({
    TEE_Free: (memory: Uint8Array | null) => {
      if (memory === null || memory.length < 1000) tee.TEE_Free(memory);
    },
  })),
  inside('larger memory is empty', 'TEE_Realloc', (tee) => ({
    TEE_Realloc: (memory: Uint8Array | null, size: number) => {
      const next = tee.TEE_Realloc(memory, size);
      if (memory !== null && size > 4) next?.fill(0);
      return next;
    },
  })),
  inside('smaller memory is empty', 'TEE_Realloc', (tee) => ({
    TEE_Realloc: (memory: Uint8Array | null, size: number) => {
      const next = tee.TEE_Realloc(memory, size);
      if (size === 3) next?.fill(0);
      return next;
    },
  })),
  inside('NULL cannot be made larger', 'TEE_Realloc', (tee) => ({
    TEE_Realloc: (memory: Uint8Array | null, size: number) =>
      memory === null ? null : tee.TEE_Realloc(memory, size),
  })),
  inside('memory that cannot grow is lost', 'TEE_Realloc', (tee) => ({
    TEE_Realloc: (memory: Uint8Array | null, size: number) => {
      const next = tee.TEE_Realloc(memory, size);
      if (next === null) memory?.fill(0);
      return next;
    },
  })),
  inside('NULL cannot be freed', 'TEE_Free', (tee) => ({
    TEE_Free: (memory: Uint8Array | null) => {
      if (memory === null) throw tee.error('BAD_PARAMETERS');
      tee.TEE_Free(memory);
    },
  })),
  inside('everything is moved', 'TEE_MemMove', () => ({
    TEE_MemMove: (to: Uint8Array, from: Uint8Array) =>
      to.set(Uint8Array.of(...from, 0xee).subarray(0, to.length)),
  })),
  inside('all of the memory is filled', 'TEE_MemFill', () => ({
    TEE_MemFill: (memory: Uint8Array, value: number) => void memory.fill(value),
  })),
  inside('memory is filled with 9 bits', 'TEE_MemFill', (tee) => ({
    TEE_MemFill: (memory: Uint8Array, value: number, size: number) =>
      tee.TEE_MemFill(memory, Math.min(value, 255), size),
  })),
  inside('memory is compared as a whole', 'TEE_MemCompare', () => ({
    TEE_MemCompare: (a: Uint8Array, b: Uint8Array) => a.findIndex((byte, i) => byte !== b[i]) + 1,
  })),
  inside('bytes are compared with a sign', 'TEE_MemCompare', () => ({
    TEE_MemCompare: (a: Uint8Array, b: Uint8Array, size: number) => {
      for (let i = 0; i < size; i++) {
        const [x, y] = [((a[i] ?? 0) << 24) >> 24, ((b[i] ?? 0) << 24) >> 24];
        if (x !== y) return x - y;
      }
      return 0;
    },
  })),
  inside('all memory may be used', 'TEE_CheckMemoryAccessRights', () => ({
    TEE_CheckMemoryAccessRights: () => undefined,
  })),
  inside('no memory may be used', 'TEE_CheckMemoryAccessRights', (tee) => ({
    TEE_CheckMemoryAccessRights: () => {
      throw tee.error('ACCESS_DENIED');
    },
  })),
  inside('memory beyond its end may be used', 'TEE_CheckMemoryAccessRights', (tee) => ({
    TEE_CheckMemoryAccessRights: (flags: number, memory: Uint8Array | null, size: number) =>
      tee.TEE_CheckMemoryAccessRights(flags, memory, memory === null ? size : Math.min(size, memory.length)),
  })),
  inside('NULL may be used', 'TEE_CheckMemoryAccessRights', (tee) => ({
    TEE_CheckMemoryAccessRights: (flags: number, memory: Uint8Array | null, size: number) => {
      if (memory !== null) tee.TEE_CheckMemoryAccessRights(flags, memory, size);
    },
  })),
  inside('0 bytes at NULL may not be used', 'TEE_CheckMemoryAccessRights', (tee) => ({
    TEE_CheckMemoryAccessRights: (flags: number, memory: Uint8Array | null, size: number) => {
      if (memory === null) throw tee.error('ACCESS_DENIED');
      tee.TEE_CheckMemoryAccessRights(flags, memory, size);
    },
  })),
  inside('parameters may not be used', 'TEE_CheckMemoryAccessRights', (tee) => ({
    TEE_CheckMemoryAccessRights: (flags: number, memory: Uint8Array | null, size: number) => {
      if (flags & 4 && memory !== null) throw tee.error('ACCESS_DENIED');
      tee.TEE_CheckMemoryAccessRights(flags, memory, size);
    },
  })),
  inside('instance data are global', 'TEE_GetInstanceData', () => ({
    TEE_SetInstanceData: (data: unknown) => {
      globalData = data;
    },
    TEE_GetInstanceData: () => globalData,
  })),
  inside('instance data are forgotten', 'TEE_GetInstanceData', () => ({ TEE_GetInstanceData: () => null })),
  inside('instance data are those of the first call', 'TEE_SetInstanceData', (tee) => ({
    TEE_SetInstanceData: (data: unknown) => {
      if (tee.TEE_GetInstanceData() === null || tee.TEE_GetInstanceData() === undefined)
        tee.TEE_SetInstanceData(data);
    },
  })),
];

let devices = 0;
/** What an earlier instance is taken to have left. */
let globalData: unknown = Uint8Array.of(0);

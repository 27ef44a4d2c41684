import type { RemoteFunctionName } from '../../../src/spec/v1/conformance-ta.ts';
import type { TEE_ObjectEnumHandle, TEE_ObjectHandle, Tee } from '../../../src/spec/v1/internal/tee.ts';
import { argument, type Fault, inside, outcome, real } from './kit.ts';

type Handle = TEE_ObjectHandle;

/** A fault of one function that keeps something for each instance. */
const withState = <S, A extends readonly unknown[]>(
  name: string,
  functionName: RemoteFunctionName,
  make: () => S,
  run: (tee: Tee, state: S, args: A) => unknown,
): Fault =>
  inside(name, functionName, (tee) => {
    const state = make();
    return { [functionName]: (...args: unknown[]) => run(tee, state, args as unknown as A) };
  });

/** Defects of deletion, names, enumeration, keys and isolation. */
export const storageLifeFaults: readonly Fault[] = [
  inside('deleting only empties', 'TEE_CloseAndDeletePersistentObject1', (tee) => ({
    TEE_CloseAndDeletePersistentObject1: (object: Handle | null) => {
      if (object !== null && tee.TEE_GetObjectInfo1(object).handleFlags & 2)
        tee.TEE_TruncateObjectData(object, 0);
      tee.TEE_CloseObject(object);
    },
  })),
  inside('a deleted name stays taken', 'TEE_CloseAndDeletePersistentObject1', (tee) => {
    let deleted = false;
    return {
      TEE_CloseAndDeletePersistentObject1: (object: Handle | null) => {
        deleted ||= object !== null;
        tee.TEE_CloseAndDeletePersistentObject1(object);
      },
      TEE_CreatePersistentObject: (...args: Parameters<Tee['TEE_CreatePersistentObject']>) => {
        if (deleted && !(args[2] & 0x400)) throw tee.error('ACCESS_CONFLICT');
        return tee.TEE_CreatePersistentObject(...args);
      },
    };
  }),
  inside('deleting takes names that start alike', 'TEE_CloseAndDeletePersistentObject1', (tee) => {
    const short = new Map<string, Handle>();
    return {
      TEE_OpenPersistentObject: (s: number, id: Uint8Array, flags: number) => {
        if ([...short.keys()].some((name) => id.join().startsWith(`${name},`)))
          throw tee.error('ITEM_NOT_FOUND');
        const handle = tee.TEE_OpenPersistentObject(s, id, flags);
        if (id.length < 16) short.set(id.join(), handle);
        return handle;
      },
    };
  }),
  inside('renaming forgets the data', 'TEE_RenamePersistentObject', (tee) => ({
    TEE_RenamePersistentObject: (object: Handle, id: Uint8Array) => {
      tee.TEE_RenamePersistentObject(object, id);
      tee.TEE_TruncateObjectData(object, 0);
    },
  })),
  inside('renaming replaces', 'TEE_RenamePersistentObject', (tee) => ({
    TEE_RenamePersistentObject: (object: Handle, id: Uint8Array) => {
      try {
        tee.TEE_RenamePersistentObject(object, id);
      } catch {
        tee.TEE_CloseAndDeletePersistentObject1(tee.TEE_OpenPersistentObject(1, id, 4));
        tee.TEE_RenamePersistentObject(object, id);
      }
    },
  })),
  inside('at most two objects are listed', 'TEE_GetNextPersistentObject', (tee) => {
    let listed = 0;
    return {
      TEE_StartPersistentObjectEnumerator: (e: never, s: number) => {
        listed = 0;
        tee.TEE_StartPersistentObjectEnumerator(e, s);
      },
      TEE_GetNextPersistentObject: (e: never) => {
        if (++listed > 2) throw tee.error('ITEM_NOT_FOUND');
        return tee.TEE_GetNextPersistentObject(e);
      },
    };
  }),
  withState(
    'the first object is listed twice',
    'TEE_GetNextPersistentObject',
    () => ({ first: undefined as unknown }),
    (tee, state, [e]: [TEE_ObjectEnumHandle]) => {
      if (state.first !== undefined) {
        const again = state.first;
        state.first = null;
        if (again !== null) return again;
      }
      const next = tee.TEE_GetNextPersistentObject(e);
      if (state.first === undefined) state.first = next;
      return next;
    },
  ),
  inside('deleted objects are listed', 'TEE_GetNextPersistentObject', (tee) => {
    const names: Uint8Array[] = [];
    return {
      TEE_CreatePersistentObject: (...args: Parameters<Tee['TEE_CreatePersistentObject']>) => {
        names.push(args[1].slice());
        return tee.TEE_CreatePersistentObject(...args);
      },
      TEE_StartPersistentObjectEnumerator: (e: never, s: number) => {
        try {
          tee.TEE_StartPersistentObjectEnumerator(e, s);
        } catch {}
      },
      TEE_GetNextPersistentObject: (e: never) => {
        const objectID = names.pop();
        const objectInfo = {
          objectType: 0xa00000bf,
          objectSize: 0,
          maxObjectSize: 0,
          objectUsage: 0,
          dataSize: 0,
          dataPosition: 0,
          handleFlags: 0,
        };
        return objectID === undefined ? tee.TEE_GetNextPersistentObject(e) : { objectInfo, objectID };
      },
    };
  }),
  inside('an enumerator starts by itself', 'TEE_AllocatePersistentObjectEnumerator', (tee) => ({
    TEE_AllocatePersistentObjectEnumerator: () => {
      const e = tee.TEE_AllocatePersistentObjectEnumerator();
      tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, Uint8Array.of(0xee), 0x407, null, null));
      tee.TEE_StartPersistentObjectEnumerator(e, 1);
      return e;
    },
  })),
  inside('resetting an enumerator starts it anew', 'TEE_ResetPersistentObjectEnumerator', (tee) => ({
    TEE_ResetPersistentObjectEnumerator: (e: never) => tee.TEE_StartPersistentObjectEnumerator(e, 1),
  })),
  inside('a second start goes on', 'TEE_StartPersistentObjectEnumerator', (tee) => {
    const started = new Set<unknown>();
    return {
      TEE_StartPersistentObjectEnumerator: (e: never, s: number) => {
        if (!started.has(e)) tee.TEE_StartPersistentObjectEnumerator(e, s);
        started.add(e);
      },
    };
  }),
  outcome('information of objects forgets the flags', 'TEE_GetObjectInfo1', (info: object) => ({
    ...info,
    handleFlags: 0,
  })),
  outcome('information of objects forgets the usage', 'TEE_GetObjectInfo1', (info: object) => ({
    ...info,
    objectUsage: 0xffffffff,
  })),
  outcome('information of objects forgets the size of keys', 'TEE_GetObjectInfo1', (info: object) => ({
    ...info,
    objectSize: 0,
  })),
  inside('stored keys lose their restrictions', 'TEE_RestrictObjectUsage1', () => ({
    TEE_RestrictObjectUsage1: () => undefined,
  })),
  argument('keys are not stored', 'TEE_CreatePersistentObject', ([s, id, flags, , data]) => [
    s,
    id,
    flags,
    null,
    data,
  ]),
  inside('data beside a key are refused', 'TEE_WriteObjectData', (tee) => ({
    TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
      if (tee.TEE_GetObjectInfo1(object).objectSize > 0) throw tee.error('BAD_STATE');
      tee.TEE_WriteObjectData(object, data);
    },
  })),
  inside('all applications share one storage', 'TEE_OpenPersistentObject', (tee) => ({
    TEE_CreatePersistentObject: (
      s: number,
      id: Uint8Array,
      flags: number,
      key: null,
      data: Uint8Array | null,
    ) => {
      shared.set(id.join(), data ?? new Uint8Array(0));
      return tee.TEE_CreatePersistentObject(s, id, flags, key, data);
    },
    TEE_OpenPersistentObject: (s: number, id: Uint8Array, flags: number) => {
      const other = shared.get(id.join());
      try {
        const handle = tee.TEE_OpenPersistentObject(s, id, flags);
        if (other !== undefined && flags & 2) {
          tee.TEE_TruncateObjectData(handle, 0);
          tee.TEE_WriteObjectData(handle, other);
          tee.TEE_SeekObjectData(handle, 0, 0);
        }
        return handle;
      } catch (error) {
        if (other === undefined) throw error;
        return tee.TEE_CreatePersistentObject(s, id, flags, null, other);
      }
    },
  })),
  inside('all applications list one storage', 'TEE_GetNextPersistentObject', (tee) => ({
    TEE_CreatePersistentObject: (...args: Parameters<Tee['TEE_CreatePersistentObject']>) => {
      listed.add(args[1].join());
      return tee.TEE_CreatePersistentObject(...args);
    },
    TEE_StartPersistentObjectEnumerator: (e: never, s: number) => {
      for (const name of listed) {
        const id = Uint8Array.from(name.split(',').map(Number));
        try {
          tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 7, null, null));
        } catch {}
      }
      tee.TEE_StartPersistentObjectEnumerator(e, s);
    },
  })),
  inside('storage lives as long as its instance', 'TEE_OpenPersistentObject', (tee) => {
    const own = new Set<string>();
    return {
      TEE_CreatePersistentObject: (...args: Parameters<Tee['TEE_CreatePersistentObject']>) => {
        own.add(args[1].join());
        return tee.TEE_CreatePersistentObject(...args);
      },
      TEE_OpenPersistentObject: (s: number, id: Uint8Array, flags: number) => {
        if (!own.has(id.join())) throw tee.error('ITEM_NOT_FOUND');
        return tee.TEE_OpenPersistentObject(s, id, flags);
      },
    };
  }),
  withState(
    'storage takes ten objects in its life',
    'TEE_CreatePersistentObject',
    () => ({ made: 0 }),
    (tee, state, args) => {
      if (++state.made > 10) throw tee.error('STORAGE_NO_SPACE');
      return real(tee, 'TEE_CreatePersistentObject')(...args);
    },
  ),
  withState(
    'identifiers are read after the call',
    'TEE_CreatePersistentObject',
    () => ({}),
    (tee, _, [s, id, flags, key, data]: unknown[]) =>
      real(tee, 'TEE_CreatePersistentObject')(
        s,
        (id as Uint8Array).length === 12 ? new Uint8Array(12) : id,
        flags,
        key,
        data,
      ),
  ),
  inside('sessions share one position', 'TEE_WriteObjectData', (tee) => ({
    TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
      tee.TEE_WriteObjectData(object, data);
      if (data.length === 100) tee.TEE_SeekObjectData(object, 0, 0);
    },
  })),
];

const shared = new Map<string, Uint8Array>();
const listed = new Set<string>();

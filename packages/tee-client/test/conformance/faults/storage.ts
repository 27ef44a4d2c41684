import type { RemoteFunctionName } from '../../../src/spec/v1/conformance-ta.ts';
import type { TEE_ObjectHandle, Tee } from '../../../src/spec/v1/internal/tee.ts';
import { argument, type Fault, inside, otherwise, outcome } from './kit.ts';

const SHARE = 0x30;
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

/** Everything an open answers with a conflict is opened all the same, by a detour: the open handle is given again. */
const handles = (): {
  open: (id: Uint8Array, handle: Handle) => Handle;
  find: (id: Uint8Array) => Handle | undefined;
} => {
  const known = new Map<string, Handle>();
  return {
    open: (id, handle) => {
      known.set(id.join(), handle);
      return handle;
    },
    find: (id) => known.get(id.join()),
  };
};

const sharing = (name: string, ignored: (flags: number) => boolean): Fault =>
  inside(name, 'TEE_OpenPersistentObject', (tee) => {
    const table = handles();
    return {
      TEE_OpenPersistentObject: (storage: number, id: Uint8Array, flags: number) => {
        try {
          return table.open(id, tee.TEE_OpenPersistentObject(storage, id, flags));
        } catch (error) {
          const other = table.find(id);
          if (other === undefined || !ignored(flags)) throw error;
          return other;
        }
      },
    };
  });

/** Defects of trusted storage. */
export const storageFaults: readonly Fault[] = [
  argument('initial data are not stored', 'TEE_CreatePersistentObject', ([s, id, flags, key]) => [
    s,
    id,
    flags,
    key,
    null,
  ]),
  argument(
    'an object without data has a zero byte',
    'TEE_CreatePersistentObject',
    ([s, id, flags, key, data]) => [s, id, flags, key, data ?? new Uint8Array(1)],
  ),
  inside('identifiers have 32 bytes', 'TEE_CreatePersistentObject', (tee) => ({
    TEE_CreatePersistentObject: (...args: Parameters<Tee['TEE_CreatePersistentObject']>) => {
      if (args[1].length > 32) throw tee.error('BAD_PARAMETERS');
      return tee.TEE_CreatePersistentObject(...args);
    },
  })),
  inside('identifiers are C strings', 'TEE_OpenPersistentObject', (tee) => {
    const cut = (id: Uint8Array): Uint8Array => (id.includes(0) ? id.subarray(0, id.indexOf(0)) : id);
    return {
      TEE_OpenPersistentObject: (s: number, id: Uint8Array, flags: number) =>
        tee.TEE_OpenPersistentObject(s, cut(id), flags),
      TEE_CreatePersistentObject: (s: number, id: Uint8Array, flags: number, key: null, data: null) =>
        tee.TEE_CreatePersistentObject(s, cut(id), flags, key, data),
    };
  }),
  argument('any storage is the private one to create in', 'TEE_CreatePersistentObject', ([, ...rest]) => [
    1,
    ...rest,
  ]),
  argument('any storage is the private one to open in', 'TEE_OpenPersistentObject', ([, ...rest]) => [
    1,
    ...rest,
  ]),
  argument('any storage is the private one to list', 'TEE_StartPersistentObjectEnumerator', ([e]) => [e, 1]),
  argument('creating always overwrites', 'TEE_CreatePersistentObject', ([s, id, flags, ...rest]) => [
    s,
    id,
    (flags as number) | 0x400,
    ...rest,
  ]),
  argument('creating never overwrites', 'TEE_CreatePersistentObject', ([s, id, flags, ...rest]) => [
    s,
    id,
    (flags as number) & ~0x400,
    ...rest,
  ]),
  inside('an open object is replaced', 'TEE_CreatePersistentObject', (tee) => {
    const open = new Map<string, Handle>();
    return {
      TEE_CreatePersistentObject: (s: number, id: Uint8Array, flags: number, key: null, data: null) => {
        try {
          const handle = tee.TEE_CreatePersistentObject(s, id, flags, key, data);
          open.set(id.join(), handle);
          return handle;
        } catch (error) {
          const handle = open.get(id.join());
          if (handle === undefined || !(flags & 0x400)) throw error;
          tee.TEE_TruncateObjectData(handle, 0);
          return handle;
        }
      },
    };
  }),
  otherwise(
    'an object that is not there is created',
    'TEE_OpenPersistentObject',
    'ITEM_NOT_FOUND',
    ([s, id, flags], tee) =>
      tee.TEE_CreatePersistentObject(s as number, id as Uint8Array, flags as number, null, null),
  ),
  outcome('a handle starts at the end', 'TEE_OpenPersistentObject', (handle: Handle, _, tee) => {
    tee.TEE_SeekObjectData(handle, 0, 2);
    return handle;
  }),
  sharing('one open handle is enough to open again', () => true),
  sharing('only the new handle has to share', (flags) => (flags & SHARE) !== 0),
  sharing('only the first handle has to share', (flags) => (flags & SHARE) === 0 && (flags & 4) === 0),
  sharing('metadata may be changed beside other handles', (flags) => (flags & 4) !== 0),
  sharing('writers need no sharing', (flags) => (flags & 2) !== 0),
  sharing('readers need no sharing', (flags) => (flags & 7) === 1),
  argument('nothing is ever shared', 'TEE_OpenPersistentObject', ([s, id, flags]) => [
    s,
    id,
    (flags as number) & ~SHARE,
  ]),
  argument('nothing is shared for writing', 'TEE_OpenPersistentObject', ([s, id, flags]) => [
    s,
    id,
    (flags as number) & ~0x20,
  ]),
  inside('closing does not end the exclusive use', 'TEE_CloseObject', () => ({
    TEE_CloseObject: () => undefined,
  })),
  inside('TEE_HANDLE_NULL cannot be closed', 'TEE_CloseObject', (tee) => ({
    TEE_CloseObject: (object: Handle | null) => {
      if (object === null) throw tee.error('BAD_PARAMETERS');
      tee.TEE_CloseObject(object);
    },
  })),
  inside('reading does not move', 'TEE_ReadObjectData', (tee) => ({
    TEE_ReadObjectData: (object: Handle, size: number) => {
      const { dataPosition } = tee.TEE_GetObjectInfo1(object);
      const bytes = tee.TEE_ReadObjectData(object, size);
      tee.TEE_SeekObjectData(object, Math.min(dataPosition, 0x7fffffff), 0);
      return bytes;
    },
  })),
  outcome('reading fills up with zeros', 'TEE_ReadObjectData', (bytes: Uint8Array, [, size]) => {
    const out = new Uint8Array(size as number);
    out.set(bytes);
    return out;
  }),
  inside('writing always appends', 'TEE_WriteObjectData', (tee) => ({
    TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
      tee.TEE_SeekObjectData(object, 0, 2);
      tee.TEE_WriteObjectData(object, data);
    },
  })),
  inside('writing does not move', 'TEE_WriteObjectData', (tee) => ({
    TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
      const { dataPosition } = tee.TEE_GetObjectInfo1(object);
      tee.TEE_WriteObjectData(object, data);
      tee.TEE_SeekObjectData(object, Math.min(dataPosition, 0x7fffffff), 0);
    },
  })),
  inside('writing does not extend', 'TEE_WriteObjectData', (tee) => ({
    TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
      const { dataPosition, dataSize } = tee.TEE_GetObjectInfo1(object);
      tee.TEE_WriteObjectData(
        object,
        dataSize === 0 ? data : data.subarray(0, Math.max(0, dataSize - dataPosition)),
      );
    },
  })),
  inside('a gap is closed', 'TEE_WriteObjectData', (tee) => ({
    TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
      const { dataPosition, dataSize } = tee.TEE_GetObjectInfo1(object);
      if (dataPosition > dataSize && dataPosition < 100) tee.TEE_SeekObjectData(object, 0, 2);
      tee.TEE_WriteObjectData(object, data);
    },
  })),
  inside('writing stays in a cache of the handle', 'TEE_WriteObjectData', (tee) => ({
    TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
      const { handleFlags, dataPosition } = tee.TEE_GetObjectInfo1(object);
      if ((handleFlags & 0x20) === 0) return tee.TEE_WriteObjectData(object, data);
      return tee.TEE_SeekObjectData(object, dataPosition + data.length, 0);
    },
  })),
  inside('what was written is lost when closing', 'TEE_WriteObjectData', (tee) => {
    const written = new Set<Handle>();
    return {
      TEE_WriteObjectData: (object: Handle, data: Uint8Array) => {
        tee.TEE_WriteObjectData(object, data);
        written.add(object);
      },
      TEE_CloseObject: (object: Handle | null) => {
        if (object !== null && written.has(object)) tee.TEE_TruncateObjectData(object, 0);
        tee.TEE_CloseObject(object);
      },
    };
  }),
  withState(
    'the second block of 64 KiB overwrites the first',
    'TEE_WriteObjectData',
    () => ({}),
    (tee, _, [object, data]: [Handle, Uint8Array]) => {
      const { dataPosition } = tee.TEE_GetObjectInfo1(object);
      if (dataPosition >= 100_000 && dataPosition < 1_000_000)
        tee.TEE_SeekObjectData(object, dataPosition - 100_000, 0);
      tee.TEE_WriteObjectData(object, data);
      if (dataPosition >= 100_000 && dataPosition < 1_000_000)
        tee.TEE_SeekObjectData(object, dataPosition + data.length, 0);
    },
  ),
  withState(
    'a write over a block boundary loses its end',
    'TEE_WriteObjectData',
    () => ({}),
    (tee, _, [object, data]: [Handle, Uint8Array]) => {
      const { dataPosition } = tee.TEE_GetObjectInfo1(object);
      const room = 4096 - (dataPosition % 4096);
      tee.TEE_WriteObjectData(
        object,
        data.length > room && dataPosition > 0 && data.length < 2000 ? data.subarray(0, room) : data,
      );
    },
  ),
  ...(
    [
      ['SET', 0],
      ['CUR', 1],
      ['END', 2],
    ] as const
  ).map(([name, whence]) =>
    argument(`TEE_DATA_SEEK_${name} is off by one`, 'TEE_SeekObjectData', ([object, offset, from]) => [
      object,
      from === whence ? Math.max(0, (offset as number) + 1) : offset,
      from,
    ]),
  ),
  argument('a seek backwards goes forwards', 'TEE_SeekObjectData', ([object, offset, whence]) => [
    object,
    Math.abs(offset as number),
    whence,
  ]),
  inside('a seek stops at the end', 'TEE_SeekObjectData', (tee) => ({
    TEE_SeekObjectData: (object: Handle, offset: number, whence: number) => {
      tee.TEE_SeekObjectData(object, offset, whence);
      const { dataPosition, dataSize } = tee.TEE_GetObjectInfo1(object);
      if (dataPosition > dataSize) tee.TEE_SeekObjectData(object, 0, 2);
    },
  })),
  inside('a seek before the start is refused', 'TEE_SeekObjectData', (tee) => ({
    TEE_SeekObjectData: (object: Handle, offset: number, whence: number) => {
      if (whence === 1 && tee.TEE_GetObjectInfo1(object).dataPosition + offset < 0)
        throw tee.error('BAD_PARAMETERS');
      tee.TEE_SeekObjectData(object, offset, whence);
    },
  })),
  otherwise('a position wraps', 'TEE_SeekObjectData', 'OVERFLOW', ([object], tee) =>
    tee.TEE_SeekObjectData(object as Handle, 0, 0),
  ),
  inside('truncating only makes shorter', 'TEE_TruncateObjectData', (tee) => ({
    TEE_TruncateObjectData: (object: Handle, size: number) => {
      if (size < tee.TEE_GetObjectInfo1(object).dataSize) tee.TEE_TruncateObjectData(object, size);
    },
  })),
  inside('truncating only makes longer', 'TEE_TruncateObjectData', (tee) => ({
    TEE_TruncateObjectData: (object: Handle, size: number) => {
      if (size > tee.TEE_GetObjectInfo1(object).dataSize) tee.TEE_TruncateObjectData(object, size);
    },
  })),
  inside('what was cut off comes back', 'TEE_TruncateObjectData', (tee) => {
    let cut = new Uint8Array(0);
    return {
      TEE_TruncateObjectData: (object: Handle, size: number) => {
        const { dataSize, dataPosition } = tee.TEE_GetObjectInfo1(object);
        if (size < dataSize) {
          tee.TEE_SeekObjectData(object, size, 0);
          cut = tee.TEE_ReadObjectData(object, dataSize - size).slice();
        }
        tee.TEE_TruncateObjectData(object, size);
        if (size > dataSize) {
          tee.TEE_SeekObjectData(object, dataSize, 0);
          tee.TEE_WriteObjectData(object, cut.subarray(0, size - dataSize));
        }
        tee.TEE_SeekObjectData(object, dataPosition, 0);
      },
    };
  }),
  inside('truncating goes to the end', 'TEE_TruncateObjectData', (tee) => ({
    TEE_TruncateObjectData: (object: Handle, size: number) => {
      tee.TEE_TruncateObjectData(object, size);
      tee.TEE_SeekObjectData(object, 0, 2);
    },
  })),
];

import { expect } from 'vitest';
import { createMemoryAccount, type RuntimeContext } from '../../../src/runtime/context.ts';
import { createObjects } from '../../../src/runtime/crypto/objects.ts';
import type { ObjectStore } from '../../../src/runtime/storage/object-store.ts';
import { createStorage } from '../../../src/runtime/storage/storage.ts';
import {
  TEE_ATTR,
  TEE_DATA_FLAG,
  TEE_STORAGE_PRIVATE,
  TEE_TYPE,
} from '../../../src/spec/v1/internal/constants.ts';
import { TeeError, TeePanic } from '../../../src/spec/v1/internal/error.ts';
import type { TEE_ObjectHandle, TeeObjects, TeeStorage } from '../../../src/spec/v1/internal/tee.ts';
import type { TaApi, TaManifest } from '../../../src/spec/v1/manifest.ts';
import { MemoryDisk } from './disk.ts';
import { id, openStore, seedOf, UUID, withResult } from './support.ts';

/** The storage and object groups of one instance of an application. */
export interface Instance {
  readonly api: TeeStorage & TeeObjects;
  readonly context: RuntimeContext;
  closeAll(): void;
}

/** An instance over a store, as a domain makes one. */
export function instanceOf(
  store: ObjectStore,
  apis: readonly TaApi[] = ['storage', 'crypto'],
  memory = 1 << 24,
): Instance {
  const context: RuntimeContext = {
    manifest: { uuid: UUID, apis } as unknown as TaManifest,
    panic: (code, reason) => {
      throw new TeePanic(code, reason);
    },
    memory: createMemoryAccount(memory),
    seed: seedOf(7),
    require: (api) => {
      if (!apis.includes(api)) throw new TeeError('ACCESS_DENIED');
    },
    host: {
      rpc: () => {
        throw new Error('no host');
      },
      event: () => {},
    },
    now: () => 0,
  };
  const { api, table } = createObjects(context);
  return {
    api: { ...api, ...createStorage(context, table, store) },
    context,
    closeAll: () => table.closeAll(),
  };
}

/** A transient SM4 key. */
export function sm4Key({ api }: Instance, value: number): TEE_ObjectHandle {
  const key = api.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
  const content = new Uint8Array(16).fill(value);
  api.TEE_PopulateTransientObject(key, [api.TEE_InitRefAttribute(TEE_ATTR.SECRET_VALUE, content)]);
  return key;
}

export const { ACCESS_READ, ACCESS_WRITE, ACCESS_WRITE_META, OVERWRITE, SHARE_READ, SHARE_WRITE } =
  TEE_DATA_FLAG;
export const READ_WRITE = ACCESS_READ | ACCESS_WRITE;
export const ALL = READ_WRITE | ACCESS_WRITE_META;
export const PRIVATE = TEE_STORAGE_PRIVATE;

export function fresh(): Instance & { disk: MemoryDisk; store: ReturnType<typeof openStore> } {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  return { ...instanceOf(store), disk, store };
}

export const create = (
  { api }: Instance,
  name: string,
  data: Uint8Array | null = null,
  flags: number = ALL,
) => api.TEE_CreatePersistentObject(PRIVATE, id(name), flags, null, data);
export const open = ({ api }: Instance, name: string, flags: number) =>
  api.TEE_OpenPersistentObject(PRIVATE, id(name), flags);
export const panics = (action: () => unknown) => expect(action).toThrowError(TeePanic);
export const answers = (action: () => unknown, result: string) =>
  expect(action).toThrowError(withResult(result));
export const position = ({ api }: Instance, object: TEE_ObjectHandle) =>
  api.TEE_GetObjectInfo1(object).dataPosition;

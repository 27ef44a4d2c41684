import { describe, expect, it } from 'vitest';
import {
  dataObject,
  decodeObject,
  encodeObject,
  type ObjectState,
  objectInfo,
} from '../../../src/runtime/crypto/index.ts';
import { TEE_ATTR, TEE_HANDLE_FLAG, TEE_TYPE, TEE_USAGE } from '../../../src/spec/v1/internal/constants.ts';
import { TeeError } from '../../../src/spec/v1/internal/error.ts';
import { expectPanic, expectResult, newPair, openTee, SEED, Seeded, secretObject } from './support.ts';

const random = new Seeded(SEED);

function samples(): ObjectState[] {
  const tee = openTee();
  const handles = [
    secretObject(tee, TEE_TYPE.SM4, random.bytes(16)),
    secretObject(tee, TEE_TYPE.GENERIC_SECRET, random.bytes(512)),
    secretObject(tee, TEE_TYPE.PBKDF2_PASSWORD, random.bytes(9)),
    newPair(tee, TEE_TYPE.SM2_KEP_KEYPAIR),
  ];
  tee.TEE_RestrictObjectUsage1(handles[0] as never, TEE_USAGE.ENCRYPT);
  return [...handles.map((handle) => tee.table.get('test', handle)), dataObject()];
}

describe('objects for storage', () => {
  it('come back as they were, as persistent objects', () => {
    for (const state of samples()) {
      const encoded = encodeObject(state);
      const back = decodeObject(encoded);
      expect(back.attributes).toEqual(state.attributes);
      expect(back).toMatchObject({
        objectType: state.objectType,
        objectSize: state.objectSize,
        maxObjectSize: state.objectSize,
        usage: state.usage,
        handleFlags: TEE_HANDLE_FLAG.PERSISTENT | TEE_HANDLE_FLAG.INITIALIZED,
      });
      expect(encodeObject(back)).toEqual(encoded);
    }
  });

  it('refuse every other length', () => {
    for (const state of samples()) {
      const encoded = encodeObject(state);
      for (let length = 0; length < encoded.length; length++) {
        expectResult('CORRUPT_OBJECT', () => decodeObject(encoded.subarray(0, length)));
      }
      expectResult('CORRUPT_OBJECT', () => decodeObject(Uint8Array.from([...encoded, 0])));
    }
  });

  it('give an error of their own, or an object with one encoding, for every changed bit', () => {
    for (const state of samples()) {
      const encoded = encodeObject(state);
      for (let bit = 0; bit < 8 * Math.min(encoded.length, 120); bit++) {
        const changed = Uint8Array.from(encoded);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        try {
          expect(encodeObject(decodeObject(changed))).toEqual(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(TeeError);
          expect((error as TeeError).message).toBe('CORRUPT_OBJECT');
        }
      }
    }
  });

  it('refuse random bytes', () => {
    for (let i = 0; i < 500; i++) {
      const noise = random.bytes(random.below(80));
      noise[0] = 1;
      expectResult('CORRUPT_OBJECT', () => decodeObject(noise));
    }
  });
});

describe('persistent objects in the table', () => {
  const open = () => {
    const tee = openTee();
    let closed = 0;
    const restrictions: number[] = [];
    const state: ObjectState = {
      ...decodeObject(encodeObject(tee.table.get('test', secretObject(tee, TEE_TYPE.SM4, random.bytes(16))))),
      persistent: {
        info: () => ({ dataSize: 77, dataPosition: 5 }),
        close: () => void closed++,
        restricted: () => void restrictions.push(state.usage),
      },
    };
    return { tee, state, handle: tee.table.add(state), closed: () => closed, restrictions };
  };

  it('are seen, used and closed through their handle', () => {
    const { tee, state, handle, closed, restrictions } = open();
    expect(tee.TEE_GetObjectInfo1(handle)).toEqual(objectInfo(state));
    tee.TEE_RestrictObjectUsage1(handle, TEE_USAGE.EXTRACTABLE);
    expect(restrictions).toEqual([TEE_USAGE.EXTRACTABLE]);
    expect(tee.TEE_GetObjectInfo1(handle)).toMatchObject({ dataSize: 77, dataPosition: 5, objectSize: 128 });
    expect(tee.TEE_GetObjectBufferAttribute(handle, TEE_ATTR.SECRET_VALUE).length).toBe(16);
    const kept = state.attributes.get(TEE_ATTR.SECRET_VALUE) as Uint8Array;
    tee.TEE_CloseObject(handle);
    expect(closed()).toBe(1);
    expect(kept).toEqual(new Uint8Array(16));
  });

  it('are not transient: freeing, resetting, populating, generating and copying into are panics', () => {
    const { tee, handle, closed } = open();
    expectPanic(() => tee.TEE_FreeTransientObject(handle));
    expectPanic(() => tee.TEE_ResetTransientObject(handle));
    expectPanic(() => tee.TEE_PopulateTransientObject(handle, []));
    expectPanic(() => tee.TEE_GenerateKey(handle, 128, []));
    expectPanic(() => tee.TEE_CopyObjectAttributes1(handle, handle));
    expect(closed()).toBe(0);
  });

  it('that do not fit into the quota are zeroed', () => {
    const { state } = open();
    const kept = state.attributes.get(TEE_ATTR.SECRET_VALUE) as Uint8Array;
    expectResult('OUT_OF_MEMORY', () => openTee(64).table.add(state));
    expect(kept).toEqual(new Uint8Array(16));
  });

  it('are all closed at the end', () => {
    const { tee, closed } = open();
    tee.table.closeAll();
    tee.group.closeAll();
    expect(closed()).toBe(1);
    expect(tee.table.count).toBe(0);
    expect(tee.memory.used).toBe(0);
  });
});

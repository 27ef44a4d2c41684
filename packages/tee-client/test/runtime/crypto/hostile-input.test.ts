import { describe, expect, it } from 'vitest';
import { TEE_ALG, TEE_ATTR, TEE_MODE, TEE_TYPE } from '../../../src/spec/v1/internal/constants.ts';
import type { TEE_Attribute, TEE_OperationHandle } from '../../../src/spec/v1/internal/tee.ts';
import {
  bytes,
  expectPanic,
  openTee,
  operation,
  SEED,
  Seeded,
  secretObject,
  type TestTee,
} from './support.ts';

const random = new Seeded(SEED);
const KEY = random.bytes(16);

/** A view of memory that was given away. */
function detached(): Uint8Array {
  const view = new Uint8Array(16);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

const cipher = (tee: TestTee): TEE_OperationHandle => {
  const op = operation(tee, TEE_ALG.SM4_CTR, TEE_MODE.ENCRYPT, [secretObject(tee, TEE_TYPE.SM4, KEY)]);
  tee.TEE_CipherInit(op, KEY);
  return op;
};

describe('what an application may hand in [part of CC-003]', () => {
  it.each<[string, (tee: TestTee) => unknown]>([
    ['an input', (tee) => tee.TEE_CipherUpdate(cipher(tee), detached())],
    ['an initial value', (tee) => tee.TEE_CipherInit(cipher(tee), detached())],
    [
      'an attribute',
      (tee) =>
        tee.TEE_PopulateTransientObject(tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128), [
          bytes(TEE_ATTR.SECRET_VALUE, detached()),
        ]),
    ],
  ])('%s in memory that was given away is a panic, no error of the language', (_, attempt) => {
    expectPanic(() => attempt(openTee()));
  });

  it.each([Number.NaN, 33, 2 ** 40, '2', undefined])('a list of %s attributes is a panic', (length) => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    const list = new Proxy([bytes(TEE_ATTR.SECRET_VALUE, KEY)], {
      get: (target, name) => (name === 'length' ? length : Reflect.get(target, name)),
    });
    expectPanic(() => tee.TEE_PopulateTransientObject(object, list));
  });

  it('a list is asked for its length once', () => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    const lengths = [1, 2 ** 40];
    const list: TEE_Attribute[] = new Proxy([bytes(TEE_ATTR.SECRET_VALUE, KEY)], {
      get: (target, name) => (name === 'length' ? lengths.shift() : Reflect.get(target, name)),
    });
    tee.TEE_PopulateTransientObject(object, list);
    expect(tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE)).toEqual(KEY);
    expect(lengths).toEqual([2 ** 40]);
  });
});

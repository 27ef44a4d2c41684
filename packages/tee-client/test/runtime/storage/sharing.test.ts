import { describe, expect, it } from 'vitest';
import { TEE_SEEK } from '../../../src/spec/v1/internal/constants.ts';
import { MemoryDisk } from './disk.ts';
import {
  ACCESS_READ,
  ACCESS_WRITE,
  ACCESS_WRITE_META,
  answers,
  create,
  fresh,
  instanceOf,
  open,
  panics,
  position,
  READ_WRITE,
  SHARE_READ,
  SHARE_WRITE,
  sm4Key,
} from './instance.ts';
import { bytes, id, OTHER_UUID, openStore, withCode } from './support.ts';

describe('access and sharing', () => {
  /** Which second handle the first allows: the constraints of §5.7.3, one by one. */
  const CASES: readonly [first: number, second: number, allowed: boolean][] = [
    [ACCESS_READ, ACCESS_READ, false],
    [ACCESS_READ | SHARE_READ, ACCESS_READ, false],
    [ACCESS_READ, ACCESS_READ | SHARE_READ, false],
    [ACCESS_READ | SHARE_READ, ACCESS_READ | SHARE_READ, true],
    [ACCESS_WRITE, ACCESS_WRITE, false],
    [ACCESS_WRITE | SHARE_WRITE, ACCESS_WRITE | SHARE_WRITE, true],
    [ACCESS_WRITE | SHARE_WRITE, ACCESS_WRITE | SHARE_READ, false],
    [ACCESS_READ | SHARE_READ, ACCESS_WRITE | SHARE_WRITE, false],
    [ACCESS_READ | SHARE_READ | SHARE_WRITE, ACCESS_WRITE | SHARE_WRITE, false],
    [ACCESS_READ | SHARE_READ | SHARE_WRITE, ACCESS_WRITE | SHARE_READ | SHARE_WRITE, true],
    [READ_WRITE | SHARE_READ, READ_WRITE | SHARE_READ, false],
    [READ_WRITE | SHARE_READ | SHARE_WRITE, READ_WRITE | SHARE_READ | SHARE_WRITE, true],
    [ACCESS_WRITE_META | SHARE_READ | SHARE_WRITE, ACCESS_READ | SHARE_READ | SHARE_WRITE, false],
    [ACCESS_READ | SHARE_READ | SHARE_WRITE, ACCESS_WRITE_META | SHARE_READ | SHARE_WRITE, false],
    [0, ACCESS_READ | SHARE_READ, false],
    [SHARE_READ, ACCESS_READ | SHARE_READ, true],
    [SHARE_READ, ACCESS_WRITE | SHARE_READ | SHARE_WRITE, false],
  ];

  it.each(CASES)('flags %i, then %i: allowed %s; in one instance and in two', (first, second, allowed) => {
    const ta = fresh();
    ta.api.TEE_CloseObject(create(ta, 'a', bytes(3)));
    for (const other of [ta, instanceOf(ta.store)]) {
      const held = open(ta, 'a', first);
      const action = () => open(other, 'a', second);
      if (allowed) other.api.TEE_CloseObject(action());
      else answers(action, 'ACCESS_CONFLICT');
      ta.api.TEE_CloseObject(held);
      // Closed, it stands in nobody's way.
      other.api.TEE_CloseObject(action());
    }
  });

  it('ends with an instance that is gone (panic, close)', () => {
    const ta = fresh();
    create(ta, 'a');
    const other = instanceOf(ta.store);
    answers(() => open(other, 'a', ACCESS_READ), 'ACCESS_CONFLICT');
    ta.closeAll();
    open(other, 'a', ACCESS_READ);
  });

  it('shows what one handle writes to the others, each with its own position (xtest 6016)', () => {
    const ta = fresh();
    const flags = READ_WRITE | SHARE_READ | SHARE_WRITE;
    ta.api.TEE_CloseObject(create(ta, 'a', bytes(4)));
    const one = open(ta, 'a', flags);
    const other = instanceOf(ta.store);
    const two = open(other, 'a', flags);
    ta.api.TEE_WriteObjectData(one, Uint8Array.of(9, 9));
    expect(other.api.TEE_ReadObjectData(two, 4)).toEqual(Uint8Array.of(9, 9, ...bytes(4).subarray(2)));
    expect(position(ta, one)).toBe(2);
    other.api.TEE_TruncateObjectData(two, 1);
    expect(ta.api.TEE_ReadObjectData(one, 4)).toEqual(new Uint8Array(0));
    expect(ta.api.TEE_GetObjectInfo1(one)).toMatchObject({ dataSize: 1, dataPosition: 2 });
  });

  it('panics for what the handle has no right to', () => {
    const ta = fresh();
    ta.api.TEE_CloseObject(create(ta, 'a', bytes(4)));
    const reader = open(ta, 'a', ACCESS_READ);
    panics(() => ta.api.TEE_WriteObjectData(reader, bytes(1)));
    panics(() => ta.api.TEE_TruncateObjectData(reader, 1));
    ta.api.TEE_CloseObject(reader);
    const writer = open(ta, 'a', ACCESS_WRITE);
    panics(() => ta.api.TEE_ReadObjectData(writer, 1));
    ta.api.TEE_CloseObject(writer);
    panics(() => ta.api.TEE_ReadObjectData(writer, 1));
    panics(() => ta.api.TEE_SeekObjectData(sm4Key(ta, 1), 0, TEE_SEEK.SET));
    expect(ta.store.size(id('oa'))).toBe(4);
  });
});

describe('applications apart (xtest 6015, 6019)', () => {
  it('do not see, open, overwrite or enumerate what another one stored [part of CC-003]', () => {
    const one = fresh();
    create(one, 'a', bytes(5));
    const disk = new MemoryDisk();
    const other = instanceOf(openStore(disk, { uuid: OTHER_UUID }));
    answers(() => open(other, 'a', ACCESS_READ), 'ITEM_NOT_FOUND');
    other.api.TEE_CloseObject(create(other, 'a', bytes(6, 1)));
    expect(one.store.get(id('oa'))).toEqual(bytes(5));
    // Nor when the files of the one are put under the other.
    expect(() => openStore(new MemoryDisk(one.disk.image()), { uuid: OTHER_UUID })).toThrowError(
      withCode('ERR_TEE_SEAL_INTEGRITY'),
    );
  });

  it('do not reach handles of another one', () => {
    const one = fresh();
    const handle = create(one, 'a', bytes(5));
    const other = instanceOf(one.store);
    panics(() => other.api.TEE_ReadObjectData(handle, 5));
    panics(() => other.api.TEE_CloseAndDeletePersistentObject1(handle));
  });
});

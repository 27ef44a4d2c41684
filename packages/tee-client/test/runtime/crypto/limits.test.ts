import { Secret, SM4_XTS_MAX_BYTES, sm4 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { createMemoryAccount, type RuntimeContext } from '../../../src/runtime/context.ts';
import { ALGORITHMS, type Algorithm } from '../../../src/runtime/crypto/algorithms.ts';
import { OperationKey } from '../../../src/runtime/crypto/operation-key.ts';
import { createOperationTable, type Operation } from '../../../src/runtime/crypto/operation-table.ts';
import {
  TEE_ALG,
  TEE_ATTR,
  TEE_HANDLE_FLAG,
  TEE_MODE,
  TEE_TYPE,
} from '../../../src/spec/v1/internal/constants.ts';
import {
  expectPanic,
  expectResult,
  join,
  newPair,
  openTee,
  operation,
  SEED,
  Seeded,
  secretObject,
  type TestTee,
} from './support.ts';

const random = new Seeded(SEED);
const KEY = random.bytes(16);
const NONCE = random.bytes(12);
const NONE = new Uint8Array(0);
const { ENCRYPT, DECRYPT, SIGN, VERIFY } = TEE_MODE;

const gcm = (tee: TestTee) =>
  operation(tee, TEE_ALG.SM4_GCM, DECRYPT, [secretObject(tee, TEE_TYPE.SM4, KEY)]);
const sealed = (data: Uint8Array) => {
  const box = sm4.gcm(Secret.copy(KEY)).seal(NONCE, data, NONE);
  return { ciphertext: box.slice(0, data.length), tag: box.slice(data.length) };
};

describe('ciphertext that is kept until its tag comes [part of CC-021]', () => {
  it('in tiny pieces costs what the account says', () => {
    const tee = openTee();
    const [op, copy] = [gcm(tee), gcm(tee)];
    const data = random.bytes(5000);
    const { ciphertext, tag } = sealed(data);
    const before = tee.memory.used;
    tee.TEE_AEInit(op, NONCE, 128, 0, 0);
    tee.TEE_AEUpdate(op, ciphertext.subarray(0, 1));
    expect(tee.memory.used).toBe(before + 512);
    for (let at = 1; at < 2000; at++) tee.TEE_AEUpdate(op, ciphertext.subarray(at, at + 1));
    expect(tee.memory.used).toBe(before + 2048);
    tee.TEE_CopyOperation(copy, op);
    for (const piece of random.pieces(ciphertext.subarray(2000), 700)) {
      const own = Uint8Array.from(piece);
      for (const handle of [op, copy]) tee.TEE_AEUpdate(handle, own);
      // The piece is the application's again.
      own.fill(0);
    }
    for (const handle of [op, copy]) expect(tee.TEE_AEDecryptFinal(handle, null, tag)).toEqual(data);
    expect(tee.memory.used).toBe(before);
  });

  it('a piece there is no memory for is not kept in part', () => {
    const tee = openTee(5000);
    const op = gcm(tee);
    const data = random.bytes(1500);
    const { ciphertext, tag } = sealed(data);
    tee.TEE_AEInit(op, NONCE, 128, 0, 0);
    tee.TEE_AEUpdate(op, ciphertext.subarray(0, 100));
    const between = tee.memory.used;
    expectResult('OUT_OF_MEMORY', () => tee.TEE_AEUpdate(op, new Uint8Array(5000)));
    expect(tee.memory.used).toBe(between);
    tee.TEE_AEUpdate(op, ciphertext.subarray(100));
    expect(tee.TEE_AEDecryptFinal(op, null, tag)).toEqual(data);
  });
});

describe('tables of a public key that verifies often [part of CC-021]', () => {
  const TABLES = 54 * 1024;

  it.each([
    [1 << 20, TABLES],
    [4 * TABLES, 0],
    [40_000, 0],
  ])('with a quota of %i cost %i bytes, and every signature is told right', (quota, cost) => {
    const tee = openTee(quota);
    const pair = newPair(tee, TEE_TYPE.SM2_DSA_KEYPAIR);
    const sign = operation(tee, TEE_ALG.SM2_DSA_SM3, SIGN, [pair]);
    const verify = operation(tee, TEE_ALG.SM2_DSA_SM3, VERIFY, [pair]);
    const before = tee.memory.used;
    for (let i = 1; i <= 20; i++) {
      const e = random.bytes(32);
      const signature = tee.TEE_AsymmetricSignDigest(sign, [], e);
      tee.TEE_AsymmetricVerifyDigest(verify, [], e, signature);
      expectResult('SIGNATURE_INVALID', () =>
        tee.TEE_AsymmetricVerifyDigest(verify, [], random.bytes(32), signature),
      );
      expect(tee.memory.used).toBe(before + (i > 8 ? cost : 0));
    }
    // A copy has none of its own yet, and freeing gives them back once.
    const copy = tee.TEE_AllocateOperation(TEE_ALG.SM2_DSA_SM3, VERIFY, 256);
    const withCopy = tee.memory.used;
    tee.TEE_CopyOperation(copy, verify);
    expect(tee.memory.used).toBe(withCopy);
    tee.TEE_SetOperationKey(verify, null);
    expect(tee.memory.used).toBe(withCopy - cost);
    tee.group.closeAll();
    tee.table.closeAll();
    expect(tee.memory.used).toBe(0);
  });
});

describe('a data unit of XTS', () => {
  it('has at most 2^20 blocks; more is a panic', () => {
    for (const mode of [ENCRYPT, DECRYPT]) {
      const tee = openTee();
      const keys = [KEY, random.bytes(16)].map((key) => secretObject(tee, TEE_TYPE.SM4, key));
      const op = operation(tee, TEE_ALG.SM4_XTS, mode, keys);
      const copy = operation(tee, TEE_ALG.SM4_XTS, mode, keys);
      const unit = new Uint8Array(SM4_XTS_MAX_BYTES);
      tee.TEE_CipherInit(op, random.bytes(16));
      const head = tee.TEE_CipherUpdate(op, unit.subarray(5));
      tee.TEE_CopyOperation(copy, op);
      const tail = tee.TEE_CipherDoFinal(op, unit.subarray(0, 5));
      expect(head.length + tail.length).toBe(SM4_XTS_MAX_BYTES);
      expectPanic(() => tee.TEE_CipherUpdate(copy, unit.subarray(0, 6)));
      expectPanic(() => tee.TEE_CipherDoFinal(copy, unit.subarray(0, 6)));
      expect(join(tee.TEE_CipherDoFinal(copy, unit.subarray(0, 5)))).toEqual(tail);
      // The next unit counts anew.
      tee.TEE_CipherInit(op, random.bytes(16));
      tee.TEE_CipherDoFinal(op, unit.subarray(0, 32));
    }
  });
});

describe('the end of an instance that died half-way', () => {
  it('zeroes every other key when one state cannot be ended', () => {
    const memory = createMemoryAccount(1 << 20);
    const table = createOperationTable({ memory } as unknown as RuntimeContext);
    const keys = Array.from({ length: 3 }, () =>
      OperationKey.of({
        objectType: TEE_TYPE.SM4,
        maxObjectSize: 128,
        objectSize: 128,
        usage: 0,
        handleFlags: TEE_HANDLE_FLAG.INITIALIZED,
        attributes: new Map([[TEE_ATTR.SECRET_VALUE, KEY]]),
      }),
    );
    keys.forEach((key, i) => {
      const one: Operation = {
        algorithm: ALGORITHMS.get(TEE_ALG.SM4_CTR) as Algorithm,
        mode: ENCRYPT,
        maxKeySize: 128,
        digestLength: 0,
        handleState: TEE_HANDLE_FLAG.KEY_SET,
        operationState: 0,
        keys: [key],
        running: {
          clone: () => expect.fail('not copied'),
          destroy() {
            if (i === 0) throw new Error('broken');
          },
        },
      };
      table.add(one);
    });
    const secrets = keys.map((key) => key.secret);
    expect(secrets.map((secret) => secret.destroyed)).toEqual([false, false, false]);
    table.closeAll();
    expect(secrets.map((secret) => secret.destroyed)).toEqual([true, true, true]);
    expect(memory.used).toBe(0);
  });

  it('zeroes every other object when the storage cannot end one', () => {
    const tee = openTee();
    const contents = [0, 1].map((i) => {
      const content = random.bytes(16);
      tee.table.add({
        objectType: TEE_TYPE.SM4,
        maxObjectSize: 128,
        objectSize: 128,
        usage: 0,
        handleFlags: TEE_HANDLE_FLAG.INITIALIZED | TEE_HANDLE_FLAG.PERSISTENT,
        attributes: new Map([[TEE_ATTR.SECRET_VALUE, content]]),
        persistent: {
          info: () => ({ dataSize: 0, dataPosition: 0 }),
          close() {
            if (i === 0) throw new Error('broken');
          },
          restricted() {},
        },
      });
      return content;
    });
    tee.table.closeAll();
    expect(contents).toEqual([new Uint8Array(16), new Uint8Array(16)]);
    expect([tee.table.count, tee.memory.used]).toEqual([0, 0]);
  });
});

import { createHash, createHmac } from 'node:crypto';
import { Secret, sm4 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  TEE_ALG,
  TEE_HANDLE_FLAG,
  TEE_MODE,
  TEE_OPERATION_STATE,
  TEE_TYPE,
} from '../../../src/spec/v1/internal/constants.ts';
import {
  expectPanic,
  expectResult,
  hex,
  openTee,
  operation,
  SEED,
  Seeded,
  secretObject,
  type TestTee,
  vectorCases,
  vectorsPresent,
} from './support.ts';

const random = new Seeded(SEED);
const nodeSm3 = (data: Uint8Array): Uint8Array => Uint8Array.from(createHash('sm3').update(data).digest());
const digestOperation = (tee: TestTee) => tee.TEE_AllocateOperation(TEE_ALG.SM3, TEE_MODE.DIGEST, 0);
const macOperation = (tee: TestTee, algorithm: number, key: Uint8Array) =>
  operation(tee, algorithm, TEE_MODE.MAC, [
    secretObject(tee, algorithm === TEE_ALG.HMAC_SM3 ? TEE_TYPE.HMAC_SM3 : TEE_TYPE.SM4, key),
  ]);
const MACS = [
  ['HMAC_SM3', TEE_ALG.HMAC_SM3, 32],
  ['SM4_CMAC', TEE_ALG.SM4_CMAC, 16],
] as const;

describe('SM3 (xtest 4001) [part of CC-002, CC-023]', () => {
  it('in pieces is what another implementation gives at once', () => {
    const tee = openTee();
    const op = digestOperation(tee);
    for (let i = 0; i < 200; i++) {
      const data = random.bytes(random.below(400));
      for (const piece of random.pieces(data)) tee.TEE_DigestUpdate(op, piece);
      expect(tee.TEE_DigestDoFinal(op, null)).toEqual(nodeSm3(data));
      expect(tee.TEE_GetOperationInfoMultiple(op).operationState).toBe(TEE_OPERATION_STATE.INITIAL);
    }
  });

  it('is extracted piece by piece', () => {
    const tee = openTee();
    const op = digestOperation(tee);
    const data = random.bytes(100);
    const digest = nodeSm3(data);
    tee.TEE_DigestUpdate(op, data);
    expect(tee.TEE_DigestExtract(op, 0)).toEqual(new Uint8Array(0));
    expect(tee.TEE_DigestExtract(op, 5)).toEqual(digest.slice(0, 5));
    expect(tee.TEE_GetOperationInfo(op).handleState & TEE_HANDLE_FLAG.EXTRACTING).not.toBe(0);
    expect(tee.TEE_GetOperationInfoMultiple(op).operationState).toBe(TEE_OPERATION_STATE.EXTRACTING);
    const copy = digestOperation(tee);
    tee.TEE_CopyOperation(copy, op);
    expect(tee.TEE_DigestExtract(op, 20)).toEqual(digest.slice(5, 25));
    expect(tee.TEE_DigestExtract(op, 20)).toEqual(digest.slice(25));
    expect(tee.TEE_DigestExtract(op, 20)).toEqual(new Uint8Array(0));
    expect(tee.TEE_DigestDoFinal(copy, null)).toEqual(digest.slice(5));
    expect(tee.TEE_GetOperationInfo(copy).handleState & TEE_HANDLE_FLAG.EXTRACTING).toBe(0);
    expect(tee.TEE_DigestDoFinal(copy, null)).toEqual(nodeSm3(new Uint8Array(0)));
  });

  it('takes no more data once extracting has begun', () => {
    const tee = openTee();
    const op = digestOperation(tee);
    tee.TEE_DigestExtract(op, 1);
    expectPanic(() => tee.TEE_DigestUpdate(op, new Uint8Array(1)));
    expectPanic(() => tee.TEE_DigestDoFinal(op, new Uint8Array(1)));
    tee.TEE_ResetOperation(op);
    tee.TEE_DigestUpdate(op, new Uint8Array(1));
    expect(tee.TEE_DigestDoFinal(op, null)).toEqual(nodeSm3(new Uint8Array(1)));
  });

  it('answers SHORT_BUFFER and goes on', () => {
    const tee = openTee();
    const op = digestOperation(tee);
    const data = random.bytes(70);
    tee.TEE_DigestUpdate(op, data);
    for (const size of [0, 31]) {
      expect(expectResult('SHORT_BUFFER', () => tee.TEE_DigestDoFinal(op, data, size)).required).toBe(32);
    }
    expect(tee.TEE_DigestDoFinal(op, null, 32)).toEqual(nodeSm3(data));
  });

  it('is copied half-way, reset, and the copies go apart', () => {
    const tee = openTee();
    const [a, b] = [digestOperation(tee), digestOperation(tee)];
    tee.TEE_DigestUpdate(a, Uint8Array.of(1));
    tee.TEE_CopyOperation(b, a);
    tee.TEE_DigestUpdate(a, Uint8Array.of(2));
    tee.TEE_DigestUpdate(b, Uint8Array.of(3));
    expect(tee.TEE_DigestDoFinal(a, null)).toEqual(nodeSm3(Uint8Array.of(1, 2)));
    tee.TEE_ResetOperation(b);
    expect(tee.TEE_DigestDoFinal(b, Uint8Array.of(9))).toEqual(nodeSm3(Uint8Array.of(9)));
  });

  it.skipIf(!vectorsPresent('the SM3 vectors'))('gives the shared vectors', () => {
    const tee = openTee();
    const op = digestOperation(tee);
    let count = 0;
    for (const one of vectorCases('generated/sm3')) {
      if (one.msg === undefined) continue;
      expect(tee.TEE_DigestDoFinal(op, hex(one, 'msg'))).toEqual(hex(one, 'digest'));
      count++;
    }
    expect(count).toBeGreaterThan(100);
  });
});

describe('MACs (xtest 4002) [part of CC-002, CC-023]', () => {
  it('HMAC-SM3 in pieces is what another implementation gives at once', () => {
    const tee = openTee();
    for (let i = 0; i < 100; i++) {
      const key = random.bytes(10 + random.below(119));
      const data = random.bytes(random.below(300));
      const op = macOperation(tee, TEE_ALG.HMAC_SM3, key);
      tee.TEE_MACInit(op, null);
      for (const piece of random.pieces(data)) tee.TEE_MACUpdate(op, piece);
      const tag = Uint8Array.from(createHmac('sm3', key).update(data).digest());
      expect(tee.TEE_MACComputeFinal(op, null)).toEqual(tag);
      tee.TEE_FreeOperation(op);
    }
  });

  it('SM4-CMAC in pieces is what sm-core gives at once', () => {
    const tee = openTee();
    const key = random.bytes(16);
    const op = macOperation(tee, TEE_ALG.SM4_CMAC, key);
    for (let length = 0; length < 100; length++) {
      const data = random.bytes(length);
      const split = random.below(length + 1);
      tee.TEE_MACInit(op, null);
      for (const piece of random.pieces(data.subarray(0, split), 40)) tee.TEE_MACUpdate(op, piece);
      expect(tee.TEE_MACComputeFinal(op, data.subarray(split))).toEqual(sm4.cmac(Secret.copy(key), data));
    }
  });

  it.each(MACS)('%s compares the whole tag', (_, algorithm, length) => {
    const tee = openTee();
    const op = macOperation(tee, algorithm, random.bytes(16));
    const data = random.bytes(33);
    tee.TEE_MACInit(op, null);
    const tag = tee.TEE_MACComputeFinal(op, data);
    expect(tag.length).toBe(length);
    tee.TEE_MACInit(op, new Uint8Array(16));
    tee.TEE_MACCompareFinal(op, data, tag);
    for (let bit = 0; bit < 8 * length; bit += 5) {
      const wrong = Uint8Array.from(tag);
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      tee.TEE_MACInit(op, null);
      expectResult('MAC_INVALID', () => tee.TEE_MACCompareFinal(op, data, wrong));
    }
    for (const wrong of [new Uint8Array(0), tag.slice(1), tag.slice(0, 4), Uint8Array.from([...tag, 0])]) {
      tee.TEE_MACInit(op, null);
      expectResult('MAC_INVALID', () => tee.TEE_MACCompareFinal(op, data, wrong));
      expectPanic(() => tee.TEE_MACUpdate(op, data));
    }
  });

  it.each(MACS)('%s answers SHORT_BUFFER and goes on, Init begins anew', (_, algorithm, length) => {
    const tee = openTee();
    const op = macOperation(tee, algorithm, random.bytes(16));
    const data = random.bytes(20);
    tee.TEE_MACInit(op, null);
    const tag = tee.TEE_MACComputeFinal(op, data);
    tee.TEE_MACInit(op, null);
    tee.TEE_MACUpdate(op, random.bytes(5));
    tee.TEE_MACInit(op, null);
    expectResult('SHORT_BUFFER', () => tee.TEE_MACComputeFinal(op, data, length - 1));
    expect(tee.TEE_MACComputeFinal(op, data, length)).toEqual(tag);
    expectPanic(() => tee.TEE_MACComputeFinal(op, data));
    expectPanic(() => tee.TEE_MACCompareFinal(op, data, tag));
  });

  it.each(MACS)('%s is copied half-way; freeing one leaves the other', (_, algorithm) => {
    const tee = openTee();
    const key = random.bytes(16);
    const [a, b] = [macOperation(tee, algorithm, key), macOperation(tee, algorithm, random.bytes(16))];
    tee.TEE_MACInit(a, null);
    tee.TEE_MACUpdate(a, Uint8Array.of(1, 2));
    tee.TEE_CopyOperation(b, a);
    tee.TEE_FreeOperation(a);
    const c = macOperation(tee, algorithm, key);
    tee.TEE_MACInit(c, null);
    expect(tee.TEE_MACComputeFinal(b, Uint8Array.of(3))).toEqual(
      tee.TEE_MACComputeFinal(c, Uint8Array.of(1, 2, 3)),
    );
  });

  it.skipIf(!vectorsPresent('the MAC vectors'))('gives the shared vectors', () => {
    const tee = openTee();
    const algorithms = new Map([
      ['hmac-sm3', TEE_ALG.HMAC_SM3],
      ['cmac-sm4', TEE_ALG.SM4_CMAC],
    ]);
    let count = 0;
    for (const one of [...vectorCases('generated/mac'), ...vectorCases('annex/hmac_sm3_standard')]) {
      const algorithm = algorithms.get(String(one.alg));
      const key = hex(one, 'key');
      // GlobalPlatform's keys of HMAC-SM3 have 80 to 1,024 bits.
      if (algorithm === undefined || key.length < 10 || key.length > 128) continue;
      const op = macOperation(tee, algorithm, key);
      tee.TEE_MACInit(op, null);
      expect(tee.TEE_MACComputeFinal(op, hex(one, 'msg'))).toEqual(hex(one, 'tag'));
      tee.TEE_FreeOperation(op);
      count++;
    }
    expect(count).toBeGreaterThan(12);
  });
});

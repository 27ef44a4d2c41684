import { Secret, sm4 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { TEE_ALG, TEE_MODE, TEE_OPERATION_STATE, TEE_TYPE } from '../../../src/spec/v1/internal/constants.ts';
import {
  expectPanic,
  expectResult,
  hex,
  join,
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
const { ENCRYPT, DECRYPT } = TEE_MODE;
const KEY = random.bytes(16);
const NONCE = random.bytes(12);
const AES = [
  ['SM4_GCM', TEE_ALG.SM4_GCM],
  ['SM4_CCM', TEE_ALG.SM4_CCM],
] as const;
const LIMITS = new Map<number, { tags: number[]; nonces: number[] }>([
  [TEE_ALG.SM4_GCM, { tags: [12, 13, 14, 15, 16], nonces: [1, 8, 12, 13, 16, 17, 128] }],
  [TEE_ALG.SM4_CCM, { tags: [4, 6, 8, 10, 12, 14, 16], nonces: [7, 8, 9, 10, 11, 12, 13] }],
]);

const ae = (tee: TestTee, algorithm: number, mode: number, key = KEY) =>
  operation(tee, algorithm, mode, [secretObject(tee, TEE_TYPE.SM4, key)]);

/** ciphertext ‖ tag at once, by sm-core. */
function reference(
  algorithm: number,
  tagBytes: number,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
) {
  const options = { tagBytes, nonceBytes: nonce.length };
  const mode = algorithm === TEE_ALG.SM4_GCM ? sm4.gcm : sm4.ccm;
  const sealed = mode(Secret.copy(KEY), options).seal(nonce, data, aad);
  return { destData: sealed.slice(0, data.length), tag: sealed.slice(data.length) };
}

describe('authenticated encryption (xtest 4005) [part of CC-023]', () => {
  it.each(AES)('%s in pieces is what sm-core gives at once', (_, algorithm) => {
    const tee = openTee();
    const [encrypt, decrypt] = [ae(tee, algorithm, ENCRYPT), ae(tee, algorithm, DECRYPT)];
    const { tags, nonces } = LIMITS.get(algorithm) as { tags: number[]; nonces: number[] };
    for (let i = 0; i < 150; i++) {
      const tagBytes = tags[i % tags.length] as number;
      const nonce = random.bytes(nonces[i % nonces.length] as number);
      const aad = random.bytes(i % 3 === 0 ? 0 : random.below(100));
      const data = random.bytes(i % 5 === 0 ? 0 : random.below(200));
      const init = [nonce, tagBytes * 8, aad.length, data.length] as const;
      tee.TEE_AEInit(encrypt, ...init);
      for (const piece of random.pieces(aad)) tee.TEE_AEUpdateAAD(encrypt, piece);
      const split = random.below(data.length + 1);
      const parts = random.pieces(data.subarray(0, split)).map((piece) => tee.TEE_AEUpdate(encrypt, piece));
      const end = tee.TEE_AEEncryptFinal(encrypt, data.subarray(split));
      const sealed = { destData: join(...parts, end.destData), tag: end.tag };
      expect(sealed).toEqual(reference(algorithm, tagBytes, nonce, aad, data));

      tee.TEE_AEInit(decrypt, ...init);
      for (const piece of random.pieces(aad)) tee.TEE_AEUpdateAAD(decrypt, piece);
      for (const piece of random.pieces(sealed.destData.subarray(0, split))) {
        expect(tee.TEE_AEUpdate(decrypt, piece, 0)).toEqual(new Uint8Array(0));
      }
      expect(
        tee.TEE_AEDecryptFinal(decrypt, sealed.destData.subarray(split), sealed.tag, data.length),
      ).toEqual(data);
    }
  });

  it('a long message goes through too', () => {
    const tee = openTee(1 << 22);
    for (const [, algorithm] of AES) {
      const [encrypt, decrypt] = [ae(tee, algorithm, ENCRYPT), ae(tee, algorithm, DECRYPT)];
      const data = new Uint8Array(300_000).map((_, i) => i);
      const aad = data.subarray(0, 70_000);
      tee.TEE_AEInit(encrypt, NONCE, 128, aad.length, data.length);
      tee.TEE_AEUpdateAAD(encrypt, aad);
      const sealed = tee.TEE_AEEncryptFinal(encrypt, data);
      const expected = reference(algorithm, 16, NONCE, aad, data);
      // Compared as buffers: element by element it takes seconds.
      expect(Buffer.compare(sealed.destData, expected.destData)).toBe(0);
      expect(sealed.tag).toEqual(expected.tag);
      tee.TEE_AEInit(decrypt, NONCE, 128, aad.length, data.length);
      tee.TEE_AEUpdateAAD(decrypt, aad);
      const opened = tee.TEE_AEDecryptFinal(decrypt, sealed.destData, sealed.tag);
      expect(Buffer.compare(opened, data)).toBe(0);
    }
  });

  it.each(AES)('%s gives nothing when any bit is wrong', (_, algorithm) => {
    const tee = openTee();
    const [aad, data] = [random.bytes(20), random.bytes(37)];
    const { destData, tag } = reference(algorithm, 16, NONCE, aad, data);
    const flip = (bytes: Uint8Array, at: number) =>
      bytes.map((byte, i) => (i === at ? byte ^ (1 << random.below(8)) : byte));
    const open = (nonce: Uint8Array, a: Uint8Array, c: Uint8Array, t: Uint8Array) => {
      const op = ae(tee, algorithm, DECRYPT);
      tee.TEE_AEInit(op, nonce, 128, a.length, c.length);
      tee.TEE_AEUpdateAAD(op, a);
      tee.TEE_AEUpdate(op, c.subarray(0, 17));
      expectResult('MAC_INVALID', () => tee.TEE_AEDecryptFinal(op, c.subarray(17), t));
      // The message is over: another try at its tag is not possible.
      expectPanic(() => tee.TEE_AEDecryptFinal(op, null, tag));
      tee.TEE_FreeOperation(op);
    };
    for (let i = 0; i < 12; i++) open(flip(NONCE, i), aad, destData, tag);
    for (let i = 0; i < 20; i++) open(NONCE, flip(aad, i), destData, tag);
    for (let i = 0; i < 37; i++) open(NONCE, aad, flip(destData, i), tag);
    for (let i = 0; i < 16; i++) open(NONCE, aad, destData, flip(tag, i));
    for (const wrong of [
      tag.slice(0, 15),
      tag.slice(0, 12),
      new Uint8Array(0),
      Uint8Array.from([...tag, 0]),
    ]) {
      open(NONCE, aad, destData, wrong);
    }
    open(NONCE, aad.slice(1), destData, tag);
    open(NONCE, aad, destData.slice(0, 36), tag);
  });

  it.each(AES)('%s answers SHORT_BUFFER and goes on', (_, algorithm) => {
    const tee = openTee();
    const data = random.bytes(40);
    const none = new Uint8Array(0);
    const expected = reference(algorithm, 16, NONCE, none, data);
    const encrypt = ae(tee, algorithm, ENCRYPT);
    tee.TEE_AEInit(encrypt, NONCE, 128, 0, 40);
    expect(expectResult('SHORT_BUFFER', () => tee.TEE_AEUpdate(encrypt, data, 31)).required).toBe(32);
    const head = tee.TEE_AEUpdate(encrypt, data.subarray(0, 20), 16);
    const short = expectResult('SHORT_BUFFER', () => tee.TEE_AEEncryptFinal(encrypt, data.subarray(20), 23));
    expect(short.required).toBe(24);
    expectResult('SHORT_BUFFER', () => tee.TEE_AEEncryptFinal(encrypt, data.subarray(20), 24, 15));
    const { destData, tag } = tee.TEE_AEEncryptFinal(encrypt, data.subarray(20), 24, 16);
    expect({ destData: join(head, destData), tag }).toEqual(expected);
    const decrypt = ae(tee, algorithm, DECRYPT);
    tee.TEE_AEInit(decrypt, NONCE, 128, 0, 40);
    tee.TEE_AEUpdate(decrypt, expected.destData, 0);
    expect(expectResult('SHORT_BUFFER', () => tee.TEE_AEDecryptFinal(decrypt, null, tag, 39)).required).toBe(
      40,
    );
    expect(tee.TEE_AEDecryptFinal(decrypt, null, tag, 40)).toEqual(data);
  });

  it.each(AES)('%s is copied half-way, in both directions', (_, algorithm) => {
    const tee = openTee();
    const [aad, data] = [random.bytes(21), random.bytes(50)];
    const expected = reference(algorithm, 16, NONCE, aad, data);
    for (const mode of [ENCRYPT, DECRYPT]) {
      const [a, b] = [ae(tee, algorithm, mode), ae(tee, algorithm, mode, random.bytes(16))];
      const from = mode === ENCRYPT ? data : expected.destData;
      tee.TEE_AEInit(a, NONCE, 128, 21, 50);
      tee.TEE_AEUpdateAAD(a, aad.subarray(0, 9));
      tee.TEE_CopyOperation(b, a);
      tee.TEE_AEUpdateAAD(a, random.bytes(12));
      tee.TEE_AEUpdateAAD(b, aad.subarray(9));
      const c = ae(tee, algorithm, mode);
      const head = tee.TEE_AEUpdate(b, from.subarray(0, 19));
      tee.TEE_CopyOperation(c, b);
      for (const op of [a, b]) tee.TEE_FreeOperation(op);
      if (mode === ENCRYPT) {
        const { destData, tag } = tee.TEE_AEEncryptFinal(c, from.subarray(19));
        expect({ destData: join(head, destData), tag }).toEqual(expected);
      } else {
        expect(tee.TEE_AEDecryptFinal(c, from.subarray(19), expected.tag)).toEqual(data);
      }
    }
  });

  it('the limits of tags and nonces', () => {
    for (const [, algorithm] of AES) {
      const tee = openTee();
      const op = ae(tee, algorithm, ENCRYPT);
      const { tags, nonces } = LIMITS.get(algorithm) as { tags: number[]; nonces: number[] };
      for (let bits = 0; bits <= 160; bits++) {
        if (tags.includes(bits / 8)) tee.TEE_AEInit(op, NONCE, bits, 0, 0);
        else expectResult('NOT_SUPPORTED', () => tee.TEE_AEInit(op, NONCE, bits, 0, 0));
      }
      for (const length of nonces) tee.TEE_AEInit(op, new Uint8Array(length), 128, 0, 0);
      for (const length of algorithm === TEE_ALG.SM4_GCM ? [0, 1025] : [0, 6, 14, 16]) {
        expectPanic(() => tee.TEE_AEInit(op, new Uint8Array(length), 128, 0, 0));
      }
      expectPanic(() => tee.TEE_AEInit(op, null as never, 128, 0, 0));
    }
    const tee = openTee();
    const op = ae(tee, TEE_ALG.SM4_CCM, ENCRYPT);
    tee.TEE_AEInit(op, new Uint8Array(13), 128, 0, 0xffff);
    expectPanic(() => tee.TEE_AEInit(op, new Uint8Array(13), 128, 0, 0x10000));
    expect(tee.TEE_GetOperationInfo(op).digestLength).toBe(16);
  });

  it.each(AES)('%s keeps the order: associated data, payload, end', (_, algorithm) => {
    const tee = openTee();
    const op = ae(tee, algorithm, ENCRYPT);
    tee.TEE_AEInit(op, NONCE, 128, 4, 20);
    expect(tee.TEE_GetOperationInfoMultiple(op).operationState).toBe(TEE_OPERATION_STATE.INITIAL);
    tee.TEE_AEUpdateAAD(op, new Uint8Array(2));
    tee.TEE_AEUpdate(op, new Uint8Array(0));
    tee.TEE_AEUpdateAAD(op, new Uint8Array(2));
    tee.TEE_AEUpdate(op, new Uint8Array(3));
    expect(tee.TEE_GetOperationInfoMultiple(op).operationState).toBe(TEE_OPERATION_STATE.ACTIVE);
    expectPanic(() => tee.TEE_AEUpdateAAD(op, new Uint8Array(0)));
    expectPanic(() => tee.TEE_AEInit(op, NONCE, 128, 4, 20));
    expectPanic(() => tee.TEE_AEDecryptFinal(op, null, new Uint8Array(16)));
    tee.TEE_AEEncryptFinal(op, new Uint8Array(17));
    expectPanic(() => tee.TEE_AEUpdate(op, new Uint8Array(1)));
    expectPanic(() => tee.TEE_AEUpdateAAD(op, new Uint8Array(1)));
    expectPanic(() => tee.TEE_AEEncryptFinal(op, null));
    expectPanic(() => tee.TEE_AEEncryptFinal(ae(tee, algorithm, DECRYPT), null));
  });

  it('CCM panics for other lengths than were announced, GCM does not look at them', () => {
    const begun = (algorithm: number) => {
      const tee = openTee();
      const op = ae(tee, algorithm, ENCRYPT);
      tee.TEE_AEInit(op, NONCE, 128, 4, 8);
      return { tee, op };
    };
    const attempts: ((tee: TestTee, op: ReturnType<typeof ae>) => void)[] = [
      (tee, op) => tee.TEE_AEUpdateAAD(op, new Uint8Array(5)),
      (tee, op) => void tee.TEE_AEUpdate(op, new Uint8Array(1)),
      (tee, op) => void tee.TEE_AEEncryptFinal(op, new Uint8Array(8)),
      (tee, op) => {
        tee.TEE_AEUpdateAAD(op, new Uint8Array(4));
        tee.TEE_AEUpdate(op, new Uint8Array(9));
      },
      (tee, op) => {
        tee.TEE_AEUpdateAAD(op, new Uint8Array(4));
        tee.TEE_AEUpdate(op, new Uint8Array(4));
        tee.TEE_AEEncryptFinal(op, new Uint8Array(5));
      },
      (tee, op) => {
        tee.TEE_AEUpdateAAD(op, new Uint8Array(4));
        tee.TEE_AEEncryptFinal(op, new Uint8Array(7));
      },
    ];
    for (const attempt of attempts) {
      const ccm = begun(TEE_ALG.SM4_CCM);
      expectPanic(() => attempt(ccm.tee, ccm.op));
      const gcm = begun(TEE_ALG.SM4_GCM);
      attempt(gcm.tee, gcm.op);
    }
  });

  it('what it keeps until the tag counts as memory of the instance [part of CC-021]', () => {
    const tee = openTee(20_000);
    const op = ae(tee, TEE_ALG.SM4_GCM, DECRYPT);
    const before = tee.memory.used;
    tee.TEE_AEInit(op, NONCE, 128, 0, 0);
    for (let i = 0; i < 10; i++) tee.TEE_AEUpdate(op, new Uint8Array(1000));
    expect(tee.memory.used).toBe(before + 10_000);
    expectResult('OUT_OF_MEMORY', () => tee.TEE_AEUpdate(op, new Uint8Array(10_000)));
    const copy = ae(tee, TEE_ALG.SM4_GCM, DECRYPT);
    const between = tee.memory.used;
    expectResult('OUT_OF_MEMORY', () => tee.TEE_CopyOperation(copy, op));
    expect(tee.memory.used).toBe(between);
    expectResult('MAC_INVALID', () => tee.TEE_AEDecryptFinal(op, null, new Uint8Array(16)));
    expect(tee.memory.used).toBe(between - 10_000);
    for (const end of [() => tee.TEE_ResetOperation(op), () => tee.TEE_FreeOperation(op)]) {
      tee.TEE_AEInit(op, NONCE, 128, 0, 0);
      tee.TEE_AEUpdate(op, new Uint8Array(5000));
      end();
      expect(tee.memory.used).toBeLessThan(between - 9_999);
    }
  });
});

describe.skipIf(!vectorsPresent('the vectors of authenticated encryption'))('shared vectors', () => {
  const ALGORITHMS = new Map([
    ['gcm', TEE_ALG.SM4_GCM],
    ['ccm', TEE_ALG.SM4_CCM],
  ]);

  it('are given in both directions', () => {
    const tee = openTee(1 << 24);
    let count = 0;
    for (const one of [...vectorCases('generated/sm4_aead'), ...vectorCases('annex/sm4_standard')]) {
      const algorithm = ALGORITHMS.get(String(one.mode));
      if (algorithm === undefined) continue;
      const [pt, ct, tag, iv] = [hex(one, 'pt'), hex(one, 'ct'), hex(one, 'tag'), hex(one, 'iv')];
      // Tags that GlobalPlatform does not offer.
      if (algorithm === TEE_ALG.SM4_GCM && tag.length < 12) continue;
      const aad =
        one.aad === undefined && one.aad_len !== undefined
          ? Uint8Array.from({ length: Number(one.aad_len) }, (_, j) => j % 251)
          : hex(one, 'aad');
      const encrypt = ae(tee, algorithm, ENCRYPT, hex(one, 'key'));
      tee.TEE_AEInit(encrypt, iv, tag.length * 8, aad.length, pt.length);
      tee.TEE_AEUpdateAAD(encrypt, aad);
      expect(tee.TEE_AEEncryptFinal(encrypt, pt)).toEqual({ destData: ct, tag });
      const decrypt = ae(tee, algorithm, DECRYPT, hex(one, 'key'));
      tee.TEE_AEInit(decrypt, iv, tag.length * 8, aad.length, pt.length);
      tee.TEE_AEUpdateAAD(decrypt, aad);
      expect(tee.TEE_AEDecryptFinal(decrypt, ct, tag)).toEqual(pt);
      for (const op of [encrypt, decrypt]) tee.TEE_FreeOperation(op);
      count++;
    }
    expect(count).toBeGreaterThan(22);
  });

  it('altered ones do not open', () => {
    const tee = openTee(1 << 24);
    let refused = 0;
    for (const one of vectorCases('negative/sm4_aead')) {
      const algorithm = ALGORITHMS.get(String(one.mode)) as number;
      const tagBytes = Number(one.tag_len);
      if (algorithm === TEE_ALG.SM4_GCM && tagBytes < 12) continue;
      const [ct, aad, iv] = [hex(one, 'ct'), hex(one, 'aad'), hex(one, 'iv')];
      const op = ae(tee, algorithm, DECRYPT, hex(one, 'key'));
      const begin = () => tee.TEE_AEInit(op, iv, tagBytes * 8, aad.length, ct.length);
      // A nonce the algorithm does not have is refused before anything else.
      if (iv.length === 0 || (algorithm === TEE_ALG.SM4_CCM && (iv.length < 7 || iv.length > 13))) {
        expectPanic(begin);
      } else {
        begin();
        tee.TEE_AEUpdateAAD(op, aad);
        const end = () => tee.TEE_AEDecryptFinal(op, ct, hex(one, 'tag'));
        if (one.expected === 'valid') expect(end()).toEqual(hex(one, 'pt'));
        else {
          expectResult('MAC_INVALID', end);
          refused++;
        }
      }
      tee.TEE_FreeOperation(op);
    }
    expect(refused).toBeGreaterThan(120);
  });
});

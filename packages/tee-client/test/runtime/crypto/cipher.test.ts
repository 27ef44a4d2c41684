import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Secret, sm4 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { TEE_ALG, TEE_MODE, TEE_TYPE } from '../../../src/spec/v1/internal/constants.ts';
import type { TEE_OperationHandle } from '../../../src/spec/v1/internal/tee.ts';
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
const KEY2 = random.bytes(16);
const IV = random.bytes(16);

function cipher(tee: TestTee, algorithm: number, mode: number, key = KEY, key2 = KEY2): TEE_OperationHandle {
  const keys = algorithm === TEE_ALG.SM4_XTS ? [key, key2] : [key];
  return operation(
    tee,
    algorithm,
    mode,
    keys.map((bytes) => secretObject(tee, TEE_TYPE.SM4, bytes)),
  );
}

const ivOf = (algorithm: number, iv = IV): Uint8Array | null =>
  algorithm === TEE_ALG.SM4_ECB_NOPAD || algorithm === TEE_ALG.SM4_ECB_PKCS5 ? null : iv;

/** A whole message in pieces, with sizes that just fit. */
function run(tee: TestTee, op: TEE_OperationHandle, data: Uint8Array, pieces: Uint8Array[]): Uint8Array {
  const parts = pieces.map((piece) => tee.TEE_CipherUpdate(op, piece, data.length + 32));
  return join(...parts, tee.TEE_CipherDoFinal(op, null));
}

/** Another implementation of each mode, and which lengths it takes. */
const MODES = [
  ['SM4_ECB_NOPAD', TEE_ALG.SM4_ECB_NOPAD, 'sm4-ecb', false, 'blocks'],
  ['SM4_ECB_PKCS5', TEE_ALG.SM4_ECB_PKCS5, 'sm4-ecb', true, 'any'],
  ['SM4_CBC_NOPAD', TEE_ALG.SM4_CBC_NOPAD, 'sm4-cbc', false, 'blocks'],
  ['SM4_CBC_PKCS5', TEE_ALG.SM4_CBC_PKCS5, 'sm4-cbc', true, 'any'],
  ['SM4_CTR', TEE_ALG.SM4_CTR, 'sm4-ctr', false, 'any'],
  ['SM4_XTS', TEE_ALG.SM4_XTS, 'xts', false, 'from a block'],
] as const;

function reference(name: string, padded: boolean, encrypting: boolean, data: Uint8Array): Uint8Array {
  if (name === 'xts') {
    const key = Secret.take(join(KEY, KEY2));
    return encrypting ? sm4.xtsIeeeEncrypt(key, IV, data) : sm4.xtsIeeeDecrypt(key, IV, data);
  }
  const create = encrypting ? createCipheriv : createDecipheriv;
  const other = create(name, KEY, name === 'sm4-ecb' ? null : IV).setAutoPadding(padded);
  return join(other.update(data), other.final());
}

const lengths = (kind: string): number[] => {
  const all = Array.from({ length: 90 }, (_, i) => i);
  if (kind === 'blocks') return all.filter((length) => length % 16 === 0);
  return kind === 'any' ? all : all.filter((length) => length >= 16);
};

describe('ciphers (xtest 4003) [part of CC-002, CC-023]', () => {
  it.each(MODES)('%s in pieces is what another implementation gives', (_, algorithm, name, padded, kind) => {
    const tee = openTee();
    const [encrypt, decrypt] = [cipher(tee, algorithm, ENCRYPT), cipher(tee, algorithm, DECRYPT)];
    for (const length of [...lengths(kind), 4096, 1600]) {
      const data = random.bytes(length);
      tee.TEE_CipherInit(encrypt, ivOf(algorithm));
      const ciphertext = run(tee, encrypt, data, random.pieces(data));
      expect(ciphertext).toEqual(reference(name, padded, true, data));
      tee.TEE_CipherInit(decrypt, ivOf(algorithm));
      expect(run(tee, decrypt, ciphertext, random.pieces(ciphertext))).toEqual(data);
    }
  });

  it.each(MODES)('%s holds back what is no whole block (xtest 4017)', (_, algorithm, name, padded) => {
    const tee = openTee();
    const op = cipher(tee, algorithm, ENCRYPT);
    const data = random.bytes(48);
    tee.TEE_CipherInit(op, ivOf(algorithm));
    const parts: Uint8Array[] = [];
    for (let at = 0; at < 48; at++) {
      const out = tee.TEE_CipherUpdate(op, data.subarray(at, at + 1), 16);
      const stream = algorithm === TEE_ALG.SM4_CTR;
      const atOnce = algorithm === TEE_ALG.SM4_XTS ? at + 1 > 32 && (at + 1) % 16 === 1 : (at + 1) % 16 === 0;
      expect(out.length).toBe(stream ? 1 : atOnce ? 16 : 0);
      parts.push(out);
    }
    parts.push(tee.TEE_CipherDoFinal(op, null));
    expect(join(...parts)).toEqual(reference(name, padded, true, data));
  });

  it.each(MODES)('%s answers SHORT_BUFFER and goes on', (_, algorithm, name, padded) => {
    const tee = openTee();
    const op = cipher(tee, algorithm, ENCRYPT);
    const data = random.bytes(64);
    const expected = reference(name, padded, true, data);
    tee.TEE_CipherInit(op, ivOf(algorithm));
    const short = expectResult('SHORT_BUFFER', () => tee.TEE_CipherUpdate(op, data, 15));
    const first = tee.TEE_CipherUpdate(op, data.subarray(0, 40), short.required);
    const rest = expected.length - first.length;
    const again = expectResult('SHORT_BUFFER', () => tee.TEE_CipherDoFinal(op, data.subarray(40), rest - 1));
    expect(again.required).toBe(rest);
    expect(join(first, tee.TEE_CipherDoFinal(op, data.subarray(40), rest))).toEqual(expected);
  });

  it.each(MODES)('%s is copied half-way', (_, algorithm, name, padded) => {
    const tee = openTee();
    const [a, b] = [cipher(tee, algorithm, ENCRYPT), cipher(tee, algorithm, ENCRYPT, KEY2, IV)];
    const data = random.bytes(64);
    tee.TEE_CipherInit(a, ivOf(algorithm));
    const head = tee.TEE_CipherUpdate(a, data.subarray(0, 37));
    tee.TEE_CopyOperation(b, a);
    tee.TEE_CipherUpdate(a, random.bytes(50));
    tee.TEE_FreeOperation(a);
    expect(join(head, tee.TEE_CipherDoFinal(b, data.subarray(37)))).toEqual(
      reference(name, padded, true, data),
    );
  });

  it.each(MODES)('%s ends with DoFinal and begins with Init', (_, algorithm) => {
    const tee = openTee();
    const op = cipher(tee, algorithm, ENCRYPT);
    tee.TEE_CipherInit(op, ivOf(algorithm));
    tee.TEE_CipherUpdate(op, new Uint8Array(3));
    // A new Init forgets what was given.
    tee.TEE_CipherInit(op, ivOf(algorithm));
    const once = tee.TEE_CipherDoFinal(op, new Uint8Array(32));
    expectPanic(() => tee.TEE_CipherUpdate(op, new Uint8Array(16)));
    expectPanic(() => tee.TEE_CipherDoFinal(op, null));
    tee.TEE_CipherInit(op, ivOf(algorithm));
    tee.TEE_CipherUpdate(op, new Uint8Array(3));
    tee.TEE_ResetOperation(op);
    expectPanic(() => tee.TEE_CipherUpdate(op, new Uint8Array(16)));
    tee.TEE_CipherInit(op, ivOf(algorithm));
    expect(tee.TEE_CipherDoFinal(op, new Uint8Array(32))).toEqual(once);
  });

  it.each(MODES)('%s panics for an initial value of another length', (_, algorithm) => {
    const tee = openTee();
    const op = cipher(tee, algorithm, ENCRYPT);
    const right = ivOf(algorithm)?.length ?? 0;
    for (const length of [0, 1, 12, 15, 16, 17, 32]) {
      if (length !== right) expectPanic(() => tee.TEE_CipherInit(op, new Uint8Array(length)));
    }
    if (right > 0) expectPanic(() => tee.TEE_CipherInit(op, null));
  });

  it('without padding, a message that is not whole blocks is a panic', () => {
    const tee = openTee();
    for (const algorithm of [TEE_ALG.SM4_ECB_NOPAD, TEE_ALG.SM4_CBC_NOPAD]) {
      for (const length of [1, 15, 17, 31]) {
        const op = cipher(tee, algorithm, DECRYPT);
        tee.TEE_CipherInit(op, ivOf(algorithm));
        expectPanic(() => tee.TEE_CipherDoFinal(op, new Uint8Array(length)));
      }
    }
    for (const length of [0, 1, 15]) {
      const op = cipher(tee, TEE_ALG.SM4_XTS, ENCRYPT);
      tee.TEE_CipherInit(op, IV);
      expectPanic(() => tee.TEE_CipherDoFinal(op, new Uint8Array(length)));
    }
  });

  it('a padded message that does not decrypt is CIPHERTEXT_INVALID, and no text comes out', () => {
    const tee = openTee();
    const encrypt = cipher(tee, TEE_ALG.SM4_CBC_NOPAD, ENCRYPT);
    const bad = [
      new Uint8Array(0),
      new Uint8Array(15),
      ...[0, 17, 0x80, 0xff].map((last) => Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? last : 9))),
      Uint8Array.from({ length: 16 }, (_, i) => (i === 12 ? 3 : 4)),
      Uint8Array.from({ length: 32 }, (_, i) => (i === 16 ? 15 : 16)),
    ];
    for (const plain of bad) {
      tee.TEE_CipherInit(encrypt, IV);
      const data = plain.length % 16 === 0 ? tee.TEE_CipherDoFinal(encrypt, plain) : plain;
      for (const size of [undefined, 0, 100]) {
        const op = cipher(tee, TEE_ALG.SM4_CBC_PKCS5, DECRYPT);
        tee.TEE_CipherInit(op, IV);
        expectResult('CIPHERTEXT_INVALID', () => tee.TEE_CipherDoFinal(op, data, size));
        expectPanic(() => tee.TEE_CipherDoFinal(op, data));
        tee.TEE_FreeOperation(op);
      }
    }
  });

  it('a padded message asks for the room its text needs, not for that of its padding', () => {
    const tee = openTee();
    const ciphertext = reference('sm4-cbc', true, true, KEY.subarray(0, 5));
    const op = cipher(tee, TEE_ALG.SM4_CBC_PKCS5, DECRYPT);
    tee.TEE_CipherInit(op, IV);
    expect(expectResult('SHORT_BUFFER', () => tee.TEE_CipherDoFinal(op, ciphertext, 4)).required).toBe(5);
    expect(tee.TEE_CipherDoFinal(op, ciphertext, 5)).toEqual(KEY.slice(0, 5));
  });

  it('the counter of CTR runs over', () => {
    const tee = openTee();
    const op = cipher(tee, TEE_ALG.SM4_CTR, ENCRYPT);
    const iv = new Uint8Array(16).fill(0xff);
    tee.TEE_CipherInit(op, iv);
    const data = random.bytes(70);
    const other = createCipheriv('sm4-ctr', KEY, iv);
    expect(run(tee, op, data, random.pieces(data, 9))).toEqual(join(other.update(data), other.final()));
  });

  it('gives back the memory', () => {
    const tee = openTee();
    for (const [, algorithm] of MODES) {
      const op = cipher(tee, algorithm, ENCRYPT);
      tee.TEE_CipherInit(op, ivOf(algorithm));
      tee.TEE_CipherUpdate(op, new Uint8Array(40));
    }
    expect(tee.memory.used).toBeGreaterThan(6000);
    tee.group.closeAll();
    tee.table.closeAll();
    expect(tee.memory.used).toBe(0);
  });
});

describe.skipIf(!vectorsPresent('the cipher vectors'))('shared cipher vectors', () => {
  const ALGORITHMS = new Map([
    ['ecb none', TEE_ALG.SM4_ECB_NOPAD],
    ['ecb pkcs7', TEE_ALG.SM4_ECB_PKCS5],
    ['cbc none', TEE_ALG.SM4_CBC_NOPAD],
    ['cbc pkcs7', TEE_ALG.SM4_CBC_PKCS5],
    ['ctr none', TEE_ALG.SM4_CTR],
    ['xts-ieee none', TEE_ALG.SM4_XTS],
  ]);

  it('are given in both directions', () => {
    const tee = openTee();
    const seen = new Map<number, number>();
    for (const one of [...vectorCases('generated/sm4_modes'), ...vectorCases('annex/sm4_standard')]) {
      const padding = one.mode === 'xts-ieee' ? 'none' : (one.padding ?? 'none');
      const algorithm = ALGORITHMS.get(`${one.mode} ${padding}`);
      if (algorithm === undefined || one.iterations !== undefined) continue;
      const [key, iv] = [hex(one, 'key'), ivOf(algorithm, hex(one, 'iv'))];
      const [pt, ct] = [hex(one, 'pt'), hex(one, 'ct')];
      for (const [mode, from, to] of [[ENCRYPT, pt, ct] as const, [DECRYPT, ct, pt] as const]) {
        const op = cipher(tee, algorithm, mode, key.subarray(0, 16), key.subarray(16));
        tee.TEE_CipherInit(op, iv);
        expect(run(tee, op, from, random.pieces(from))).toEqual(to);
        tee.TEE_FreeOperation(op);
      }
      seen.set(algorithm, (seen.get(algorithm) ?? 0) + 1);
    }
    expect(seen.size).toBe(ALGORITHMS.size);
  });

  it('wrong paddings are refused', () => {
    const tee = openTee();
    let refused = 0;
    for (const one of vectorCases('negative/sm4_padding')) {
      const algorithm = one.mode === 'cbc' ? TEE_ALG.SM4_CBC_PKCS5 : TEE_ALG.SM4_ECB_PKCS5;
      const op = cipher(tee, algorithm, DECRYPT, hex(one, 'key'));
      tee.TEE_CipherInit(op, ivOf(algorithm, hex(one, 'iv')));
      const end = () => tee.TEE_CipherDoFinal(op, hex(one, 'ct'));
      if (one.expected === 'valid') expect(end()).toEqual(hex(one, 'pt'));
      else {
        expectResult('CIPHERTEXT_INVALID', end);
        refused++;
      }
      tee.TEE_FreeOperation(op);
    }
    expect(refused).toBeGreaterThan(35);
  });
});

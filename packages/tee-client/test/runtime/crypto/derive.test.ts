import { hkdfSm3, kdfSm3, pbkdf2Sm3, Secret, sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { TEE_ALG, TEE_ATTR, TEE_MODE, TEE_TYPE } from '../../../src/spec/v1/internal/constants.ts';
import type { TEE_Attribute, TEE_OperationHandle } from '../../../src/spec/v1/internal/tee.ts';
import {
  bytes,
  expectPanic,
  expectResult,
  hex,
  newPair,
  openTee,
  operation,
  pairObject,
  SEED,
  Seeded,
  secretObject,
  type TestTee,
  type VectorCase,
  value,
  vectorCases,
  vectorsPresent,
} from './support.ts';

const random = new Seeded(SEED);
const { DERIVE } = TEE_MODE;

/** The bytes derived into a secret of at most `maxBytes`. */
function derive(tee: TestTee, op: TEE_OperationHandle, params: readonly TEE_Attribute[], maxBytes: number) {
  const object = tee.TEE_AllocateTransientObject(TEE_TYPE.GENERIC_SECRET, maxBytes * 8);
  try {
    tee.TEE_DeriveKey(op, params, object);
    return tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE);
  } finally {
    tee.TEE_FreeTransientObject(object);
  }
}

const hkdf = (tee: TestTee, key: Uint8Array) =>
  operation(tee, TEE_ALG.HKDF_SM3, DERIVE, [secretObject(tee, TEE_TYPE.HKDF_IKM, key)]);
const pbkdf2 = (tee: TestTee, password: Uint8Array) =>
  operation(tee, TEE_ALG.PBKDF2_HMAC_SM3, DERIVE, [secretObject(tee, TEE_TYPE.PBKDF2_PASSWORD, password)]);
const kdf = (tee: TestTee, z: Uint8Array) =>
  operation(tee, TEE_ALG.SM3_KDF, DERIVE, [secretObject(tee, TEE_TYPE.GENERIC_SECRET, z)]);

describe('derivations from a secret (xtest 4008, 4009, 8001) [part of CC-023]', () => {
  it('HKDF-SM3, with and without salt and info', () => {
    const tee = openTee();
    for (const length of [1, 16, 32, 33, 64, 100, 512]) {
      const [ikm, salt, info] = [random.bytes(22), random.bytes(13), random.bytes(10)];
      const none = new Uint8Array(0);
      const op = hkdf(tee, ikm);
      const okm = value(TEE_ATTR.HKDF_OKM_LENGTH, length);
      expect(derive(tee, op, [okm], 512)).toEqual(hkdfSm3(ikm, none, none, length));
      const params = [bytes(TEE_ATTR.HKDF_SALT, salt), bytes(TEE_ATTR.HKDF_INFO, info), okm];
      expect(derive(tee, op, params, length)).toEqual(hkdfSm3(ikm, salt, info, length));
    }
  });

  it('PBKDF2-HMAC-SM3', () => {
    const tee = openTee();
    const [password, salt] = [random.bytes(9), random.bytes(16)];
    for (const iterations of [1, 2, 100]) {
      const params = [
        bytes(TEE_ATTR.PBKDF2_SALT, salt),
        value(TEE_ATTR.PBKDF2_ITERATION_COUNT, iterations),
        value(TEE_ATTR.PBKDF2_DKM_LENGTH, 40),
      ];
      expect(derive(tee, pbkdf2(tee, password), params, 64)).toEqual(
        pbkdf2Sm3(password, salt, iterations, 40),
      );
    }
  });

  it('the KDF of SM2 fills the object', () => {
    const tee = openTee();
    const z = random.bytes(40);
    for (const length of [1, 32, 33, 500])
      expect(derive(tee, kdf(tee, z), [], length)).toEqual(kdfSm3(z, length));
  });

  it('lengths and counts that do not fit are BAD_PARAMETERS, and the object stays empty', () => {
    const tee = openTee();
    const op = hkdf(tee, random.bytes(16));
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.GENERIC_SECRET, 256);
    for (const length of [0, 33, 8161, 0xffffffff]) {
      const params = [value(TEE_ATTR.HKDF_OKM_LENGTH, length)];
      expectResult('BAD_PARAMETERS', () => tee.TEE_DeriveKey(op, params, object));
    }
    const slow = pbkdf2(tee, random.bytes(8));
    for (const [iterations, length] of [
      [0, 16],
      [10_000_001, 16],
      [0xffffffff, 16],
      [1, 0],
      [1, 33],
    ] as const) {
      const params = [
        value(TEE_ATTR.PBKDF2_ITERATION_COUNT, iterations),
        value(TEE_ATTR.PBKDF2_DKM_LENGTH, length),
      ];
      expectResult('BAD_PARAMETERS', () => tee.TEE_DeriveKey(slow, params, object));
    }
    expect(tee.TEE_GetObjectInfo1(object).handleFlags).toBe(0);
    tee.TEE_DeriveKey(op, [value(TEE_ATTR.HKDF_OKM_LENGTH, 32)], object);
  });

  it('missing and undefined parameters and wrong objects are panics', () => {
    const tee = openTee();
    const [a, b, c] = [
      hkdf(tee, random.bytes(16)),
      pbkdf2(tee, random.bytes(16)),
      kdf(tee, random.bytes(16)),
    ];
    const okm = value(TEE_ATTR.HKDF_OKM_LENGTH, 16);
    const count = value(TEE_ATTR.PBKDF2_ITERATION_COUNT, 1);
    const dkm = value(TEE_ATTR.PBKDF2_DKM_LENGTH, 16);
    for (const [op, params] of [
      [a, []],
      [a, [okm, dkm]],
      [a, [okm, bytes(TEE_ATTR.PBKDF2_SALT, new Uint8Array(1))]],
      [b, [count]],
      [b, [dkm]],
      [b, [count, dkm, okm]],
      [c, [okm]],
    ] as const) {
      expectPanic(() => derive(tee, op, params, 16));
    }
    const wrong = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    expectPanic(() => tee.TEE_DeriveKey(a, [okm], wrong));
    expectPanic(() => tee.TEE_DeriveKey(a, [okm], newPair(tee, TEE_TYPE.SM2_DSA_KEYPAIR)));
    expectPanic(() => tee.TEE_DeriveKey(a, [okm], null as never));
    const full = secretObject(tee, TEE_TYPE.GENERIC_SECRET, random.bytes(16));
    expectPanic(() => tee.TEE_DeriveKey(a, [okm], full));
  });

  it.skipIf(!vectorsPresent('the derivation vectors'))('give the shared vectors', () => {
    const tee = openTee();
    let count = 0;
    for (const one of vectorCases('generated/kdf')) {
      const [out, length] = [hex(one, 'out'), Number(one.out_len)];
      let op: TEE_OperationHandle;
      let params: TEE_Attribute[] = [];
      // GlobalPlatform's secrets have at least a byte, and at most 512.
      const input = hex(one, 'z').length + hex(one, 'ikm').length + hex(one, 'password').length;
      if (length > 512 || input === 0 || input > 512) continue;
      if (one.alg === 'sm2-kdf-sm3') op = kdf(tee, hex(one, 'z'));
      else if (one.alg === 'hkdf-sm3') {
        op = hkdf(tee, hex(one, 'ikm'));
        params = [
          bytes(TEE_ATTR.HKDF_SALT, hex(one, 'salt')),
          bytes(TEE_ATTR.HKDF_INFO, hex(one, 'info')),
          value(TEE_ATTR.HKDF_OKM_LENGTH, length),
        ];
      } else if (one.alg === 'pbkdf2-hmac-sm3') {
        op = pbkdf2(tee, hex(one, 'password'));
        params = [
          bytes(TEE_ATTR.PBKDF2_SALT, hex(one, 'salt')),
          value(TEE_ATTR.PBKDF2_ITERATION_COUNT, Number(one.iterations)),
          value(TEE_ATTR.PBKDF2_DKM_LENGTH, length),
        ];
      } else continue;
      expect(derive(tee, op, params, length)).toEqual(out);
      count++;
    }
    expect(count).toBeGreaterThan(10);
  });
});

/** One side of a run. */
interface Side {
  readonly initiator: boolean;
  readonly d: Uint8Array;
  readonly r: Uint8Array;
  readonly P: Uint8Array;
  readonly R: Uint8Array;
  readonly idA: Uint8Array;
  readonly idB: Uint8Array;
  readonly received?: Uint8Array;
}

function exchangeParams(side: Side, out?: Uint8Array): TEE_Attribute[] {
  const { P, R } = side;
  return [
    value(TEE_ATTR.SM2_KEP_USER, side.initiator ? 0 : 1),
    bytes(TEE_ATTR.ECC_PUBLIC_VALUE_X, P.subarray(1, 33)),
    bytes(TEE_ATTR.ECC_PUBLIC_VALUE_Y, P.subarray(33)),
    bytes(TEE_ATTR.ECC_EPHEMERAL_PUBLIC_VALUE_X, R.subarray(1, 33)),
    bytes(TEE_ATTR.ECC_EPHEMERAL_PUBLIC_VALUE_Y, R.subarray(33)),
    bytes(TEE_ATTR.SM2_ID_INITIATOR, side.idA),
    bytes(TEE_ATTR.SM2_ID_RESPONDER, side.idB),
    ...(side.received === undefined ? [] : [bytes(TEE_ATTR.SM2_KEP_CONFIRMATION_IN, side.received)]),
    ...(out === undefined ? [] : [bytes(TEE_ATTR.SM2_KEP_CONFIRMATION_OUT, out)]),
  ];
}

function exchange(tee: TestTee, side: Side, keyBytes: number) {
  const keys = [side.d, side.r].map((secret) => {
    const own = sm2.keyPair(Secret.copy(secret));
    return pairObject(tee, TEE_TYPE.SM2_KEP_KEYPAIR, secret, own.publicKey);
  });
  const op = operation(tee, TEE_ALG.SM2_KEP, DERIVE, keys);
  const confirmation = new Uint8Array(32);
  try {
    return { key: derive(tee, op, exchangeParams(side, confirmation), keyBytes), confirmation };
  } finally {
    tee.TEE_FreeOperation(op);
    for (const key of keys) tee.TEE_FreeTransientObject(key);
  }
}

describe('SM2 key exchange (xtest 4014) [part of CC-012]', () => {
  const pairOf = () => {
    const pair = sm2.generateKeyPair();
    return { secret: pair.privateKey.use((d) => Uint8Array.from(d)), publicKey: pair.publicKey };
  };
  const [A, a, B, b] = [pairOf(), pairOf(), pairOf(), pairOf()] as const;
  const [idA, idB] = [random.bytes(5), random.bytes(0)] as const;
  const sideA: Side = { initiator: true, d: A.secret, r: a.secret, P: B.publicKey, R: b.publicKey, idA, idB };
  const sideB: Side = {
    initiator: false,
    d: B.secret,
    r: b.secret,
    P: A.publicKey,
    R: a.publicKey,
    idA,
    idB,
  };

  it('both sides get one key and confirm each other', () => {
    const tee = openTee();
    for (const length of [1, 16, 48]) {
      const first = exchange(tee, sideB, length);
      const second = exchange(tee, { ...sideA, received: first.confirmation }, length);
      const third = exchange(tee, { ...sideB, received: second.confirmation }, length);
      expect(second.key).toEqual(first.key);
      expect(third).toEqual(first);
      expect(first.key.length).toBe(length);
      expect(first.confirmation).not.toEqual(second.confirmation);
    }
  });

  it('agrees with the exchange of sm-core', () => {
    const run = sm2.keyExchange({
      role: 'initiator',
      pair: { privateKey: Secret.copy(A.secret), publicKey: A.publicKey },
      id: idA,
      peerPublicKey: B.publicKey,
      peerId: idB,
      keyLength: 24,
    });
    const R = run.offer();
    const mine = exchange(openTee(), { ...sideB, R }, 24);
    const { key, confirmation } = run.agree(b.publicKey).confirm(mine.confirmation);
    expect(key.use((k) => Uint8Array.from(k))).toEqual(mine.key);
    expect(exchange(openTee(), { ...sideB, R, received: confirmation }, 24).key).toEqual(mine.key);
  });

  it('a wrong confirmation is MAC_INVALID, and neither key nor confirmation comes out', () => {
    const tee = openTee();
    const { confirmation } = exchange(tee, sideB, 16);
    const own = exchange(tee, sideA, 16).confirmation;
    const keys = [pairObject(tee, TEE_TYPE.SM2_KEP_KEYPAIR, A.secret, A.publicKey)];
    keys.push(pairObject(tee, TEE_TYPE.SM2_KEP_KEYPAIR, a.secret, a.publicKey));
    const op = operation(tee, TEE_ALG.SM2_KEP, DERIVE, keys);
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.GENERIC_SECRET, 128);
    for (const received of [
      new Uint8Array(0),
      new Uint8Array(32),
      own,
      confirmation.slice(0, 31),
      ...Array.from(confirmation, (_, at) => confirmation.map((byte, i) => (i === at ? byte ^ 1 : byte))),
    ]) {
      const out = new Uint8Array(32);
      const params = exchangeParams({ ...sideA, received }, out);
      expectResult('MAC_INVALID', () => tee.TEE_DeriveKey(op, params, object));
      expect(out).toEqual(new Uint8Array(32));
    }
    for (const other of [
      { idA: idB },
      { idB: idA },
      { P: A.publicKey },
      { R: A.publicKey },
      { initiator: false },
    ]) {
      const params = exchangeParams({ ...sideA, received: confirmation, ...other });
      expectResult('MAC_INVALID', () => tee.TEE_DeriveKey(op, params, object));
    }
    expect(tee.TEE_GetObjectInfo1(object).handleFlags).toBe(0);
  });

  it('writes the confirmation into shared memory too', () => {
    const tee = openTee();
    const keys = [B, b].map((own) => pairObject(tee, TEE_TYPE.SM2_KEP_KEYPAIR, own.secret, own.publicKey));
    const op = operation(tee, TEE_ALG.SM2_KEP, DERIVE, keys);
    const out = new Uint8Array(new SharedArrayBuffer(40), 4);
    derive(tee, op, exchangeParams(sideB, out), 16);
    expect(Uint8Array.from(out)).toEqual(
      Uint8Array.from([...exchange(tee, sideB, 16).confirmation, 0, 0, 0, 0]),
    );
  });

  it('points off the curve are BAD_PARAMETERS (xtest 4019)', () => {
    const tee = openTee();
    const off = b.publicKey.map((byte, i) => (i === 64 ? byte ^ 1 : byte));
    const zero = Uint8Array.from({ length: 65 }, (_, i) => (i === 0 ? 4 : 0));
    for (const wrong of [
      off,
      zero,
      new Uint8Array(65).fill(0xff),
      b.publicKey.slice(0, 60),
      new Uint8Array(1),
    ]) {
      expectResult('BAD_PARAMETERS', () => exchange(tee, { ...sideA, R: wrong }, 16));
      expectResult('BAD_PARAMETERS', () => exchange(tee, { ...sideA, P: wrong }, 16));
    }
    expectResult('BAD_PARAMETERS', () => exchange(tee, { ...sideA, idA: new Uint8Array(8192) }, 16));
  });

  it('each parameter has to be there, and no other; a short output is a panic', () => {
    const tee = openTee();
    const keys = [newPair(tee, TEE_TYPE.SM2_KEP_KEYPAIR), newPair(tee, TEE_TYPE.SM2_KEP_KEYPAIR)];
    const op = operation(tee, TEE_ALG.SM2_KEP, DERIVE, keys);
    const params = exchangeParams(sideA);
    for (let i = 0; i < params.length; i++) {
      expectPanic(() => derive(tee, op, [...params.slice(0, i), ...params.slice(i + 1)], 16));
    }
    expectPanic(() => derive(tee, op, [...params, value(TEE_ATTR.HKDF_OKM_LENGTH, 16)], 16));
    expectPanic(() => derive(tee, op, exchangeParams(sideA, new Uint8Array(31)), 16));
    derive(tee, op, params, 16);
  });

  describe.skipIf(!vectorsPresent('the key exchange vectors'))('shared vectors', () => {
    it('are given on both sides (GM/T 0003.5 B.2 among them)', () => {
      const tee = openTee();
      const [annex] = vectorCases('annex/sm2_standard') as unknown as { key_exchange: VectorCase }[];
      const cases = [
        ...vectorCases('generated/sm2_kex'),
        (annex as { key_exchange: VectorCase }).key_exchange,
      ];
      let count = 0;
      for (const one of cases) {
        const bytesOfKey = Number(one.klen_bits) / 8;
        if (bytesOfKey > 512) continue;
        const at = (field: string) => hex(one, field);
        const ids = { idA: at('idA'), idB: at('idB') };
        const [sB, sA] = [at('S1_SB'), at('S2_SA')];
        const asA = {
          initiator: true,
          d: at('dA'),
          r: at('rA'),
          P: at('PB'),
          R: at('RB'),
          received: sB,
          ...ids,
        };
        const asB = {
          initiator: false,
          d: at('dB'),
          r: at('rB'),
          P: at('PA'),
          R: at('RA'),
          received: sA,
          ...ids,
        };
        expect(exchange(tee, asA, bytesOfKey)).toEqual({ key: at('K'), confirmation: sA });
        expect(exchange(tee, asB, bytesOfKey)).toEqual({ key: at('K'), confirmation: sB });
        count++;
      }
      expect(count).toBeGreaterThan(15);
    });

    it('bad ones are refused: BAD_PARAMETERS for points, MAC_INVALID for confirmations', () => {
      const tee = openTee();
      let refused = 0;
      for (const one of vectorCases('negative/sm2_kex')) {
        const initiator = one.role === 'initiator';
        const [self, peer] = [hex(one, 'id_self'), hex(one, 'id_peer')];
        const side: Side = {
          initiator,
          d: hex(one, 'd_self'),
          r: hex(one, 'r_self'),
          P: hex(one, 'P_peer'),
          R: hex(one, 'R_peer'),
          idA: initiator ? self : peer,
          idB: initiator ? peer : self,
          received: hex(one, 'confirm_from_peer'),
        };
        const run = () => exchange(tee, side, Number(one.klen_bits) / 8);
        if (one.expected === 'ok') {
          expect(run()).toEqual({ key: hex(one, 'K'), confirmation: hex(one, 'confirm_to_send') });
          continue;
        }
        const points = one.flag === 'InvalidPoint' || one.flag === 'InfinityShared';
        expectResult(points ? 'BAD_PARAMETERS' : 'MAC_INVALID', run);
        refused++;
      }
      expect(refused).toBe(54);
    });
  });
});

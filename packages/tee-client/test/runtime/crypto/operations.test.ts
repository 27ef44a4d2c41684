import { sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  TEE_ALG,
  TEE_ECC_CURVE_SM2,
  TEE_HANDLE_FLAG,
  TEE_MODE,
  TEE_OPERATION_CLASS,
  TEE_OPERATION_STATE,
  TEE_TYPE,
  TEE_USAGE,
} from '../../../src/spec/v1/internal/constants.ts';
import type { TEE_ObjectHandle, TEE_OperationHandle } from '../../../src/spec/v1/internal/tee.ts';
import {
  expectPanic,
  expectResult,
  newPair,
  openTee,
  operation,
  publicObject,
  SEED,
  Seeded,
  secretObject,
  type TestTee,
} from './support.ts';

const random = new Seeded(SEED);
const KEY = random.bytes(16);
const { ENCRYPT, DECRYPT, SIGN, VERIFY, MAC, DIGEST, DERIVE } = TEE_MODE;
const CLASS = TEE_OPERATION_CLASS;

/** Algorithm, mode, class, bits, type of its keys and the usage it asks for. */
type Row = readonly [
  name: string,
  algorithm: number,
  mode: number,
  operationClass: number,
  bits: number,
  keyType: number,
  usage: number,
];
const OPERATIONS: readonly Row[] = [
  ['SM3', TEE_ALG.SM3, DIGEST, CLASS.DIGEST, 0, 0, 0],
  ['HMAC_SM3', TEE_ALG.HMAC_SM3, MAC, CLASS.MAC, 128, TEE_TYPE.HMAC_SM3, TEE_USAGE.MAC],
  ['SM4_CMAC', TEE_ALG.SM4_CMAC, MAC, CLASS.MAC, 128, TEE_TYPE.SM4, TEE_USAGE.MAC],
  ['SM4_ECB_NOPAD', TEE_ALG.SM4_ECB_NOPAD, ENCRYPT, CLASS.CIPHER, 128, TEE_TYPE.SM4, TEE_USAGE.ENCRYPT],
  ['SM4_ECB_PKCS5', TEE_ALG.SM4_ECB_PKCS5, DECRYPT, CLASS.CIPHER, 128, TEE_TYPE.SM4, TEE_USAGE.DECRYPT],
  ['SM4_CBC_NOPAD', TEE_ALG.SM4_CBC_NOPAD, DECRYPT, CLASS.CIPHER, 128, TEE_TYPE.SM4, TEE_USAGE.DECRYPT],
  ['SM4_CBC_PKCS5', TEE_ALG.SM4_CBC_PKCS5, ENCRYPT, CLASS.CIPHER, 128, TEE_TYPE.SM4, TEE_USAGE.ENCRYPT],
  ['SM4_CTR', TEE_ALG.SM4_CTR, ENCRYPT, CLASS.CIPHER, 128, TEE_TYPE.SM4, TEE_USAGE.ENCRYPT],
  ['SM4_XTS', TEE_ALG.SM4_XTS, ENCRYPT, CLASS.CIPHER, 256, TEE_TYPE.SM4, TEE_USAGE.ENCRYPT],
  ['SM4_GCM', TEE_ALG.SM4_GCM, DECRYPT, CLASS.AE, 128, TEE_TYPE.SM4, TEE_USAGE.DECRYPT],
  ['SM4_CCM', TEE_ALG.SM4_CCM, ENCRYPT, CLASS.AE, 128, TEE_TYPE.SM4, TEE_USAGE.ENCRYPT],
  [
    'SM2_DSA sign',
    TEE_ALG.SM2_DSA_SM3,
    SIGN,
    CLASS.ASYMMETRIC_SIGNATURE,
    256,
    TEE_TYPE.SM2_DSA_KEYPAIR,
    TEE_USAGE.SIGN,
  ],
  [
    'SM2_DSA verify',
    TEE_ALG.SM2_DSA_SM3,
    VERIFY,
    CLASS.ASYMMETRIC_SIGNATURE,
    256,
    TEE_TYPE.SM2_DSA_KEYPAIR,
    TEE_USAGE.VERIFY,
  ],
  [
    'SM2_PKE encrypt',
    TEE_ALG.SM2_PKE,
    ENCRYPT,
    CLASS.ASYMMETRIC_CIPHER,
    256,
    TEE_TYPE.SM2_PKE_KEYPAIR,
    TEE_USAGE.ENCRYPT,
  ],
  [
    'SM2_PKE decrypt',
    TEE_ALG.SM2_PKE,
    DECRYPT,
    CLASS.ASYMMETRIC_CIPHER,
    256,
    TEE_TYPE.SM2_PKE_KEYPAIR,
    TEE_USAGE.DECRYPT,
  ],
  ['SM2_KEP', TEE_ALG.SM2_KEP, DERIVE, CLASS.KEY_DERIVATION, 512, TEE_TYPE.SM2_KEP_KEYPAIR, TEE_USAGE.DERIVE],
  ['HKDF_SM3', TEE_ALG.HKDF_SM3, DERIVE, CLASS.KEY_DERIVATION, 128, TEE_TYPE.HKDF_IKM, TEE_USAGE.DERIVE],
  [
    'PBKDF2',
    TEE_ALG.PBKDF2_HMAC_SM3,
    DERIVE,
    CLASS.KEY_DERIVATION,
    128,
    TEE_TYPE.PBKDF2_PASSWORD,
    TEE_USAGE.DERIVE,
  ],
  ['SM3_KDF', TEE_ALG.SM3_KDF, DERIVE, CLASS.KEY_DERIVATION, 128, TEE_TYPE.GENERIC_SECRET, TEE_USAGE.DERIVE],
];
const KEYED = OPERATIONS.filter((row) => row[4] > 0);
const twoKeys = (row: Row): boolean => row[1] === TEE_ALG.SM4_XTS || row[1] === TEE_ALG.SM2_KEP;

/** A generated key of the size one key of the operation has. */
function keyFor(tee: TestTee, [, , , , bits, type]: Row, half: boolean): TEE_ObjectHandle {
  const size = half ? bits / 2 : bits;
  const object = tee.TEE_AllocateTransientObject(type, size);
  tee.TEE_GenerateKey(object, size, []);
  return object;
}

const keysFor = (tee: TestTee, row: Row): TEE_ObjectHandle[] =>
  row[4] === 0
    ? []
    : twoKeys(row)
      ? [keyFor(tee, row, true), keyFor(tee, row, true)]
      : [keyFor(tee, row, false)];

/** Every call that goes on with an operation, and the classes it belongs to. */
const CALLS: readonly [string, number, (tee: TestTee, handle: TEE_OperationHandle) => unknown][] = [
  ['TEE_DigestUpdate', CLASS.DIGEST, (tee, op) => tee.TEE_DigestUpdate(op, KEY)],
  ['TEE_DigestDoFinal', CLASS.DIGEST, (tee, op) => tee.TEE_DigestDoFinal(op, null)],
  ['TEE_DigestExtract', CLASS.DIGEST, (tee, op) => tee.TEE_DigestExtract(op, 1)],
  ['TEE_CipherInit', CLASS.CIPHER, (tee, op) => tee.TEE_CipherInit(op, KEY)],
  ['TEE_CipherUpdate', CLASS.CIPHER, (tee, op) => tee.TEE_CipherUpdate(op, KEY)],
  ['TEE_CipherDoFinal', CLASS.CIPHER, (tee, op) => tee.TEE_CipherDoFinal(op, KEY)],
  ['TEE_MACInit', CLASS.MAC, (tee, op) => tee.TEE_MACInit(op, null)],
  ['TEE_MACUpdate', CLASS.MAC, (tee, op) => tee.TEE_MACUpdate(op, KEY)],
  ['TEE_MACComputeFinal', CLASS.MAC, (tee, op) => tee.TEE_MACComputeFinal(op, KEY)],
  ['TEE_MACCompareFinal', CLASS.MAC, (tee, op) => tee.TEE_MACCompareFinal(op, KEY, KEY)],
  ['TEE_AEInit', CLASS.AE, (tee, op) => tee.TEE_AEInit(op, KEY.slice(0, 12), 128, 0, 16)],
  ['TEE_AEUpdateAAD', CLASS.AE, (tee, op) => tee.TEE_AEUpdateAAD(op, KEY)],
  ['TEE_AEUpdate', CLASS.AE, (tee, op) => tee.TEE_AEUpdate(op, KEY)],
  ['TEE_AEEncryptFinal', CLASS.AE, (tee, op) => tee.TEE_AEEncryptFinal(op, KEY)],
  ['TEE_AEDecryptFinal', CLASS.AE, (tee, op) => tee.TEE_AEDecryptFinal(op, KEY, KEY)],
  ['TEE_AsymmetricEncrypt', CLASS.ASYMMETRIC_CIPHER, (tee, op) => tee.TEE_AsymmetricEncrypt(op, [], KEY)],
  ['TEE_AsymmetricDecrypt', CLASS.ASYMMETRIC_CIPHER, (tee, op) => tee.TEE_AsymmetricDecrypt(op, [], KEY)],
  [
    'TEE_AsymmetricSignDigest',
    CLASS.ASYMMETRIC_SIGNATURE,
    (tee, op) => tee.TEE_AsymmetricSignDigest(op, [], new Uint8Array(32)),
  ],
  [
    'TEE_AsymmetricVerifyDigest',
    CLASS.ASYMMETRIC_SIGNATURE,
    (tee, op) => tee.TEE_AsymmetricVerifyDigest(op, [], new Uint8Array(32), new Uint8Array(64)),
  ],
  [
    'TEE_DeriveKey',
    CLASS.KEY_DERIVATION,
    (tee, op) => tee.TEE_DeriveKey(op, [], tee.TEE_AllocateTransientObject(TEE_TYPE.GENERIC_SECRET, 128)),
  ],
];

describe('allocating operations', () => {
  it.each(OPERATIONS)('%s says what it is', (...row) => {
    const [, algorithm, mode, operationClass, bits, , usage] = row;
    const tee = openTee();
    const handle = tee.TEE_AllocateOperation(algorithm, mode, bits);
    const digest = mode === DIGEST;
    const two = twoKeys(row);
    const state = digest
      ? TEE_HANDLE_FLAG.KEY_SET | TEE_HANDLE_FLAG.INITIALIZED
      : two
        ? TEE_HANDLE_FLAG.EXPECT_TWO_KEYS
        : 0;
    expect(tee.TEE_GetOperationInfo(handle)).toMatchObject({
      algorithm,
      operationClass,
      mode,
      maxKeySize: bits,
      keySize: 0,
      requiredKeyUsage: two ? 0 : usage,
      handleState: state,
    });
    const keys = keysFor(tee, row);
    if (keys.length === 1) tee.TEE_SetOperationKey(handle, keys[0] as TEE_ObjectHandle);
    if (keys.length === 2) tee.TEE_SetOperationKey2(handle, keys[0] ?? null, keys[1] ?? null);
    const info = tee.TEE_GetOperationInfoMultiple(handle);
    expect(info.operationState).toBe(TEE_OPERATION_STATE.INITIAL);
    expect(info.handleState).toBe(digest ? state : state | TEE_HANDLE_FLAG.KEY_SET);
    expect(info.keyInformation).toEqual(
      keys.map(() => ({ keySize: bits / keys.length, requiredKeyUsage: usage })),
    );
    expect(tee.TEE_GetOperationInfo(handle).keySize).toBe(two ? 0 : bits);
  });

  it.each(OPERATIONS)('%s in another mode is not supported', (_, algorithm, __, operationClass, bits) => {
    const tee = openTee();
    const modes = OPERATIONS.filter((row) => row[1] === algorithm).map((row) => row[2] as number);
    if (operationClass === CLASS.CIPHER || operationClass === CLASS.AE) modes.push(ENCRYPT, DECRYPT);
    for (const mode of [ENCRYPT, DECRYPT, SIGN, VERIFY, MAC, DIGEST, DERIVE, 7, 0xffffffff]) {
      if (modes.includes(mode)) continue;
      expectResult('NOT_SUPPORTED', () => tee.TEE_AllocateOperation(algorithm, mode, bits));
    }
  });

  it.each(KEYED)('%s with another key size is not supported', (_, algorithm, mode, __, bits) => {
    for (const wrong of [0, 4, bits + 1, bits * 64, 0xffffffff]) {
      expectResult('NOT_SUPPORTED', () => openTee().TEE_AllocateOperation(algorithm, mode, wrong));
    }
  });

  it('unknown algorithms are not supported, SM2_PKE under its old number among them', () => {
    for (const algorithm of [0, 0x80000045, 0x10000010, TEE_ALG.ILLEGAL_VALUE]) {
      expectResult('NOT_SUPPORTED', () => openTee().TEE_AllocateOperation(algorithm, ENCRYPT, 256));
      expect(openTee().TEE_IsAlgorithmSupported(algorithm, 0)).toBe(false);
    }
  });

  it('says which algorithms there are, and on which curve', () => {
    const tee = openTee();
    for (const [name, algorithm] of OPERATIONS) {
      const onCurve = name.startsWith('SM2');
      expect(tee.TEE_IsAlgorithmSupported(algorithm, onCurve ? TEE_ECC_CURVE_SM2 : 0)).toBe(true);
      expect(tee.TEE_IsAlgorithmSupported(algorithm, onCurve ? 0 : TEE_ECC_CURVE_SM2)).toBe(false);
      expect(tee.TEE_IsAlgorithmSupported(algorithm, 3)).toBe(false);
    }
  });

  it('needs the API and the memory, and gives it back [part of CC-021, CC-037]', () => {
    expectResult('ACCESS_DENIED', () => openTee(4096, []).TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0));
    const tee = openTee(4096);
    const handles: TEE_OperationHandle[] = [];
    expectResult('OUT_OF_MEMORY', () => {
      for (;;) handles.push(tee.TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0));
    });
    expect(handles.length).toBeGreaterThan(0);
    for (const handle of handles) tee.TEE_FreeOperation(handle);
    tee.TEE_FreeOperation(null);
    expect(tee.memory.used).toBe(0);
  });
});

describe('every call on an operation that is not its own', () => {
  it.each(OPERATIONS)('%s panics in the calls of other classes', (...row) => {
    for (const [, operationClass, call] of CALLS) {
      if (operationClass === row[3]) continue;
      const tee = openTee();
      const handle = operation(tee, row[1], row[2], keysFor(tee, row));
      expectPanic(() => call(tee, handle));
    }
  });

  it.each(KEYED)('%s panics in every call without its key', (...row) => {
    const tee = openTee();
    const handle = tee.TEE_AllocateOperation(row[1], row[2], row[4]);
    for (const [, , call] of CALLS) expectPanic(() => call(tee, handle));
    expectPanic(() => tee.TEE_ResetOperation(handle));
  });

  it.each(KEYED)('%s panics in every call but Init before Init', (...row) => {
    const tee = openTee();
    const handle = operation(tee, row[1], row[2], keysFor(tee, row));
    for (const [name, operationClass, call] of CALLS) {
      const starts = name.endsWith('Init') || operationClass > CLASS.DIGEST;
      if (operationClass === row[3] && starts) continue;
      expectPanic(() => call(tee, handle));
    }
  });

  it('what is no handle panics in every call', () => {
    const tee = openTee();
    const freed = tee.TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0);
    tee.TEE_FreeOperation(freed);
    for (const none of [
      freed,
      null,
      undefined,
      {},
      { kind: 'operation' },
      secretObject(tee, TEE_TYPE.SM4, KEY),
    ]) {
      const handle = none as TEE_OperationHandle;
      for (const [, , call] of CALLS) expectPanic(() => call(tee, handle));
      for (const call of [
        () => tee.TEE_GetOperationInfo(handle),
        () => tee.TEE_GetOperationInfoMultiple(handle),
        () => tee.TEE_ResetOperation(handle),
        () => tee.TEE_SetOperationKey(handle, null),
        () => tee.TEE_SetOperationKey2(handle, null, null),
        () => tee.TEE_CopyOperation(handle, handle),
      ]) {
        expectPanic(call);
      }
    }
    expectPanic(() => tee.TEE_FreeOperation(freed));
  });

  it('what are no bytes panic in every call that takes some', () => {
    const tee = openTee();
    const digest = operation(tee, TEE_ALG.SM3, DIGEST, []);
    const mac = operation(tee, TEE_ALG.SM4_CMAC, MAC, [secretObject(tee, TEE_TYPE.SM4, KEY)]);
    tee.TEE_MACInit(mac, null);
    for (const none of ['text', 5, [1, 2], new Uint16Array(4), new ArrayBuffer(4), {}]) {
      expectPanic(() => tee.TEE_DigestUpdate(digest, none as never));
      expectPanic(() => tee.TEE_DigestDoFinal(digest, none as never));
      expectPanic(() => tee.TEE_MACUpdate(mac, none as never));
      expectPanic(() => tee.TEE_MACCompareFinal(mac, null, none as never));
    }
    for (const size of [-1, 0.5, '8', null]) {
      expectPanic(() => tee.TEE_DigestDoFinal(digest, null, size as never));
    }
  });
});

describe('setting keys (xtest 4018)', () => {
  it.each(KEYED)('%s panics for a key it cannot use', (...row) => {
    const tee = openTee();
    const two = twoKeys(row);
    const handle = tee.TEE_AllocateOperation(row[1], row[2], row[4]);
    const set = (key: TEE_ObjectHandle) =>
      two
        ? tee.TEE_SetOperationKey2(handle, keyFor(tee, row, true), key)
        : tee.TEE_SetOperationKey(handle, key);
    const empty = tee.TEE_AllocateTransientObject(row[5], two ? row[4] / 2 : row[4]);
    expectPanic(() => set(empty));
    const restricted = keyFor(tee, row, two);
    tee.TEE_RestrictObjectUsage1(restricted, ~row[6]);
    expectPanic(() => set(restricted));
    const otherType = row[5] === TEE_TYPE.GENERIC_SECRET ? TEE_TYPE.SM4 : TEE_TYPE.GENERIC_SECRET;
    expectPanic(() => set(secretObject(tee, otherType, KEY)));
    expectPanic(() => set({ kind: 'object' }));
    expectPanic(() => set(undefined as never));
    // The wrong one of the two functions.
    expectPanic(() =>
      two
        ? tee.TEE_SetOperationKey(handle, keyFor(tee, row, true))
        : tee.TEE_SetOperationKey2(handle, keyFor(tee, row, false), keyFor(tee, row, false)),
    );
    expect(tee.TEE_GetOperationInfo(handle).handleState & TEE_HANDLE_FLAG.KEY_SET).toBe(0);
  });

  it('a digest takes no key', () => {
    const tee = openTee();
    const digest = operation(tee, TEE_ALG.SM3, DIGEST, []);
    expectPanic(() => tee.TEE_SetOperationKey(digest, secretObject(tee, TEE_TYPE.SM4, KEY)));
    expectPanic(() => tee.TEE_SetOperationKey(digest, null));
  });

  it('one key of two is a panic, one key twice is SECURITY', () => {
    const tee = openTee();
    const handle = tee.TEE_AllocateOperation(TEE_ALG.SM4_XTS, ENCRYPT, 256);
    const [a, b] = [secretObject(tee, TEE_TYPE.SM4, KEY), secretObject(tee, TEE_TYPE.SM4, KEY)];
    expectPanic(() => tee.TEE_SetOperationKey2(handle, a, null));
    expectPanic(() => tee.TEE_SetOperationKey2(handle, null, a));
    expectResult('SECURITY', () => tee.TEE_SetOperationKey2(handle, a, a));
    expectResult('SECURITY', () => tee.TEE_SetOperationKey2(handle, a, b));
    const pair = newPair(tee, TEE_TYPE.SM2_KEP_KEYPAIR);
    const kep = tee.TEE_AllocateOperation(TEE_ALG.SM2_KEP, DERIVE, 512);
    expectResult('SECURITY', () => tee.TEE_SetOperationKey2(kep, pair, pair));
  });

  it('a public key does not sign or decrypt', () => {
    const tee = openTee();
    const { publicKey } = sm2.generateKeyPair();
    const dsa = publicObject(tee, TEE_TYPE.SM2_DSA_PUBLIC_KEY, publicKey);
    const pke = publicObject(tee, TEE_TYPE.SM2_PKE_PUBLIC_KEY, publicKey);
    operation(tee, TEE_ALG.SM2_DSA_SM3, VERIFY, [dsa]);
    operation(tee, TEE_ALG.SM2_PKE, ENCRYPT, [pke]);
    expectPanic(() => operation(tee, TEE_ALG.SM2_DSA_SM3, SIGN, [dsa]));
    expectPanic(() => operation(tee, TEE_ALG.SM2_PKE, DECRYPT, [pke]));
    expectPanic(() => operation(tee, TEE_ALG.SM2_PKE, ENCRYPT, [dsa]));
  });

  it('of an operation under way is a panic, after a reset it is not', () => {
    const tee = openTee();
    const key = secretObject(tee, TEE_TYPE.SM4, KEY);
    const started: [TEE_OperationHandle, (handle: TEE_OperationHandle) => void][] = [
      [operation(tee, TEE_ALG.SM4_CBC_NOPAD, ENCRYPT, [key]), (op) => tee.TEE_CipherInit(op, KEY)],
      [operation(tee, TEE_ALG.SM4_CMAC, MAC, [key]), (op) => tee.TEE_MACInit(op, null)],
      [operation(tee, TEE_ALG.SM4_GCM, ENCRYPT, [key]), (op) => tee.TEE_AEInit(op, KEY, 128, 0, 0)],
    ];
    for (const [handle, start] of started) {
      start(handle);
      expectPanic(() => tee.TEE_SetOperationKey(handle, key));
      expectPanic(() => tee.TEE_SetOperationKey(handle, null));
      tee.TEE_ResetOperation(handle);
      tee.TEE_SetOperationKey(handle, key);
      tee.TEE_SetOperationKey(handle, null);
      expect(tee.TEE_GetOperationInfo(handle).handleState).toBe(0);
      expectPanic(() => start(handle));
    }
  });

  it('a key larger than the operation was made for is a panic', () => {
    const tee = openTee();
    const handle = tee.TEE_AllocateOperation(TEE_ALG.HMAC_SM3, MAC, 128);
    expectPanic(() =>
      tee.TEE_SetOperationKey(handle, secretObject(tee, TEE_TYPE.HMAC_SM3, new Uint8Array(17))),
    );
    tee.TEE_SetOperationKey(handle, secretObject(tee, TEE_TYPE.HMAC_SM3, new Uint8Array(10)));
    expect(tee.TEE_GetOperationInfo(handle).keySize).toBe(80);
  });

  it('copies the key: the object may go', () => {
    const tee = openTee();
    const key = secretObject(tee, TEE_TYPE.SM4, KEY);
    const [a, b] = [
      operation(tee, TEE_ALG.SM4_CMAC, MAC, [key]),
      operation(tee, TEE_ALG.SM4_CMAC, MAC, [key]),
    ];
    tee.TEE_FreeTransientObject(key);
    for (const handle of [a, b]) tee.TEE_MACInit(handle, null);
    expect(tee.TEE_MACComputeFinal(a, KEY)).toEqual(tee.TEE_MACComputeFinal(b, KEY));
  });
});

describe('copying operations', () => {
  it('into another algorithm, mode or size is a panic', () => {
    const tee = openTee();
    const key = secretObject(tee, TEE_TYPE.SM4, KEY);
    const source = operation(tee, TEE_ALG.SM4_CBC_NOPAD, ENCRYPT, [key]);
    expectPanic(() => tee.TEE_CopyOperation(operation(tee, TEE_ALG.SM4_CTR, ENCRYPT, [key]), source));
    expectPanic(() => tee.TEE_CopyOperation(operation(tee, TEE_ALG.SM4_CBC_NOPAD, DECRYPT, [key]), source));
    const long = operation(tee, TEE_ALG.HMAC_SM3, MAC, [
      secretObject(tee, TEE_TYPE.HMAC_SM3, new Uint8Array(64)),
    ]);
    expectPanic(() => tee.TEE_CopyOperation(tee.TEE_AllocateOperation(TEE_ALG.HMAC_SM3, MAC, 128), long));
  });

  it('takes over that there is no key, and onto itself changes nothing', () => {
    const tee = openTee();
    const key = secretObject(tee, TEE_TYPE.SM4, KEY);
    const target = operation(tee, TEE_ALG.SM4_CTR, ENCRYPT, [key]);
    tee.TEE_CipherInit(target, KEY);
    tee.TEE_CopyOperation(target, target);
    tee.TEE_CipherUpdate(target, KEY);
    tee.TEE_CopyOperation(target, tee.TEE_AllocateOperation(TEE_ALG.SM4_CTR, ENCRYPT, 128));
    expect(tee.TEE_GetOperationInfo(target).handleState).toBe(0);
    expectPanic(() => tee.TEE_CipherInit(target, KEY));
  });
});

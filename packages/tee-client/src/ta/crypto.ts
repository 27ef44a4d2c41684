/** Short forms of the crypto calls nearly every trusted application makes. */
import { TEE_ALG, TEE_ATTR, TEE_MODE, TEE_TYPE } from '../spec/v1/internal/constants.ts';
import type { TEE_ObjectHandle, TEE_OperationHandle, Tee } from '../spec/v1/internal/tee.ts';
import { concat, fromHex, utf8 } from './bytes.ts';

const GCM_TAG_BYTES = 16;
const NO_BYTES = new Uint8Array(0);

/** Runs `use` with an operation that has `key`, and frees it whatever happens. @group Helpers for trusted applications */
export function withOperation<T>(
  tee: Tee,
  algorithm: number,
  mode: number,
  key: TEE_ObjectHandle | null,
  use: (operation: TEE_OperationHandle) => T,
): T {
  const size = key === null ? 0 : tee.TEE_GetObjectInfo1(key).objectSize;
  const operation = tee.TEE_AllocateOperation(algorithm, mode, size);
  try {
    if (key !== null) tee.TEE_SetOperationKey(operation, key);
    return use(operation);
  } finally {
    tee.TEE_FreeOperation(operation);
  }
}

/** Runs `use` with a transient object holding the secret `value`, and frees it. @group Helpers for trusted applications */
export function withSecret<T>(
  tee: Tee,
  type: number,
  value: Uint8Array,
  use: (key: TEE_ObjectHandle) => T,
): T {
  const object = tee.TEE_AllocateTransientObject(type, value.length * 8);
  try {
    const attribute = type === TEE_TYPE.HKDF_IKM ? TEE_ATTR.HKDF_IKM : TEE_ATTR.SECRET_VALUE;
    tee.TEE_PopulateTransientObject(object, [tee.TEE_InitRefAttribute(attribute, value)]);
    return use(object);
  } finally {
    tee.TEE_FreeTransientObject(object);
  }
}

/** SM3 of all parts in their order, 32 bytes. @standard GB/T 32905-2016 @group Helpers for trusted applications */
export const sm3 = (tee: Tee, ...parts: readonly Uint8Array[]): Uint8Array =>
  withOperation(tee, TEE_ALG.SM3, TEE_MODE.DIGEST, null, (operation) => {
    for (const part of parts) tee.TEE_DigestUpdate(operation, part);
    return tee.TEE_DigestDoFinal(operation, null);
  });

/** HMAC-SM3 under an HMAC_SM3 object, 32 bytes. @group Helpers for trusted applications */
export const hmacSm3 = (tee: Tee, key: TEE_ObjectHandle, data: Uint8Array): Uint8Array =>
  withOperation(tee, TEE_ALG.HMAC_SM3, TEE_MODE.MAC, key, (operation) => {
    tee.TEE_MACInit(operation, null);
    return tee.TEE_MACComputeFinal(operation, data);
  });

/** HKDF-SM3 from an HKDF_IKM object; the caller zeroes the result. @standard RFC 5869 @group Helpers for trusted applications */
export const hkdf = (
  tee: Tee,
  key: TEE_ObjectHandle,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array =>
  withOperation(tee, TEE_ALG.HKDF_SM3, TEE_MODE.DERIVE, key, (operation) => {
    const derived = tee.TEE_AllocateTransientObject(TEE_TYPE.GENERIC_SECRET, length * 8);
    try {
      tee.TEE_DeriveKey(
        operation,
        [
          ...(salt.length === 0 ? [] : [tee.TEE_InitRefAttribute(TEE_ATTR.HKDF_SALT, salt)]),
          ...(info.length === 0 ? [] : [tee.TEE_InitRefAttribute(TEE_ATTR.HKDF_INFO, info)]),
          tee.TEE_InitValueAttribute(TEE_ATTR.HKDF_OKM_LENGTH, length, 0),
        ],
        derived,
      );
      return tee.TEE_GetObjectBufferAttribute(derived, TEE_ATTR.SECRET_VALUE);
    } finally {
      tee.TEE_FreeTransientObject(derived);
    }
  });

/** SM4-GCM: ciphertext and tag (16 bytes). The nonce (12 bytes) must never come twice with one key. @group Helpers for trusted applications */
export const gcmSeal = (
  tee: Tee,
  key: TEE_ObjectHandle,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Uint8Array =>
  withOperation(tee, TEE_ALG.SM4_GCM, TEE_MODE.ENCRYPT, key, (operation) => {
    tee.TEE_AEInit(operation, nonce, GCM_TAG_BYTES * 8, aad.length, plaintext.length);
    if (aad.length > 0) tee.TEE_AEUpdateAAD(operation, aad);
    const { destData, tag } = tee.TEE_AEEncryptFinal(operation, plaintext);
    return concat(destData, tag);
  });

/** What {@link gcmSeal} gave. @throws {@link TeeError} MAC_INVALID for everything else @group Helpers for trusted applications */
export function gcmOpen(
  tee: Tee,
  key: TEE_ObjectHandle,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  const length = sealed.length - GCM_TAG_BYTES;
  if (length < 0) throw tee.error('MAC_INVALID');
  return withOperation(tee, TEE_ALG.SM4_GCM, TEE_MODE.DECRYPT, key, (operation) => {
    tee.TEE_AEInit(operation, nonce, GCM_TAG_BYTES * 8, aad.length, length);
    if (aad.length > 0) tee.TEE_AEUpdateAAD(operation, aad);
    return tee.TEE_AEDecryptFinal(operation, sealed.subarray(0, length), sealed.slice(length));
  });
}

/** Runs `use` with a one-time SM4 key and nonce derived from `root` and `salt`. @group Helpers for trusted applications */
export function withDerivedGcm<T>(
  tee: Tee,
  root: TEE_ObjectHandle,
  salt: Uint8Array,
  info: string,
  use: (key: TEE_ObjectHandle, nonce: Uint8Array) => T,
): T {
  const material = hkdf(tee, root, salt, utf8(info), 28);
  const secret = material.slice(0, 16);
  try {
    return withSecret(tee, TEE_TYPE.SM4, secret, (key) => use(key, material.slice(16)));
  } finally {
    secret.fill(0);
    material.fill(0);
  }
}

/** a ‖ b ‖ x_G ‖ y_G of the curve. @standard GB/T 32918.5-2017 */
const CURVE = fromHex(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
) as Uint8Array;

/**
 * e = SM3(Z_A ‖ M), what an SM2 signature of `message` signs; public key 04 ‖ x ‖ y.
 *
 * @standard GB/T 32918.2-2016 §5.5, §6.1 A1–A2; identity "1234567812345678"
 * @group Helpers for trusted applications
 */
export function sm2MessageDigest(tee: Tee, publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const id = utf8('1234567812345678');
  const entl = Uint8Array.of((id.length * 8) >> 8, (id.length * 8) & 0xff);
  const z = sm3(tee, entl, id, CURVE, publicKey.subarray(1));
  return sm3(tee, z, message);
}

/** Runs `use` with a transient public key object of `publicKey` (04 ‖ x ‖ y). @throws {@link TeeError} BAD_PARAMETERS @group Helpers for trusted applications */
export function withSm2PublicKey<T>(
  tee: Tee,
  type: number,
  publicKey: Uint8Array,
  use: (key: TEE_ObjectHandle) => T,
): T {
  if (publicKey.length !== 65 || publicKey[0] !== 4) throw tee.error('BAD_PARAMETERS');
  const object = tee.TEE_AllocateTransientObject(type, 256);
  try {
    tee.TEE_PopulateTransientObject(object, [
      tee.TEE_InitRefAttribute(TEE_ATTR.ECC_PUBLIC_VALUE_X, publicKey.slice(1, 33)),
      tee.TEE_InitRefAttribute(TEE_ATTR.ECC_PUBLIC_VALUE_Y, publicKey.slice(33)),
    ]);
    return use(object);
  } finally {
    tee.TEE_FreeTransientObject(object);
  }
}

/** 04 ‖ x ‖ y of an SM2 object. @group Helpers for trusted applications */
export function sm2PublicKey(tee: Tee, key: TEE_ObjectHandle): Uint8Array {
  const out = new Uint8Array(65);
  out[0] = 4;
  // A coordinate may come without its leading zeroes.
  const x = tee.TEE_GetObjectBufferAttribute(key, TEE_ATTR.ECC_PUBLIC_VALUE_X);
  const y = tee.TEE_GetObjectBufferAttribute(key, TEE_ATTR.ECC_PUBLIC_VALUE_Y);
  out.set(x, 33 - x.length);
  out.set(y, 65 - y.length);
  return out;
}

/** Nothing to authenticate, or to salt. @group Helpers for trusted applications */
export const NONE: Uint8Array = NO_BYTES;

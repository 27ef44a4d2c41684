import type { VaultKeyType } from '../../spec/v1/key-vault.ts';
import { concat } from '../../ta/bytes.ts';
import { sm2PublicKey, withOperation, withSm2PublicKey } from '../../ta/crypto.ts';
import { TEE_ALG, TEE_ATTR, TEE_MODE, type TEE_ObjectHandle, TEE_TYPE, type Tee } from '../../ta/index.ts';

const HMAC_BYTES = 32;
const SM2_MATERIAL_BYTES = 97;

interface Form {
  readonly objectType: number;
  readonly publicType?: number;
  /** Bits of a generated key, and the largest. */
  readonly bits: number;
  readonly maxBits: number;
  /** Bytes of material. */
  readonly material: readonly [min: number, max: number];
}

const FORMS: Readonly<Record<VaultKeyType, Form>> = {
  SM4: { objectType: TEE_TYPE.SM4, bits: 128, maxBits: 128, material: [16, 16] },
  'HMAC-SM3': { objectType: TEE_TYPE.HMAC_SM3, bits: HMAC_BYTES * 8, maxBits: 512, material: [16, 64] },
  'SM2-sign': {
    objectType: TEE_TYPE.SM2_DSA_KEYPAIR,
    publicType: TEE_TYPE.SM2_DSA_PUBLIC_KEY,
    bits: 256,
    maxBits: 256,
    material: [SM2_MATERIAL_BYTES, SM2_MATERIAL_BYTES],
  },
  'SM2-encrypt': {
    objectType: TEE_TYPE.SM2_PKE_KEYPAIR,
    publicType: TEE_TYPE.SM2_PKE_PUBLIC_KEY,
    bits: 256,
    maxBits: 256,
    material: [SM2_MATERIAL_BYTES, SM2_MATERIAL_BYTES],
  },
};

function withTransient<T>(tee: Tee, form: Form, bits: number, use: (object: TEE_ObjectHandle) => T): T {
  const object = tee.TEE_AllocateTransientObject(form.objectType, bits);
  try {
    return use(object);
  } finally {
    tee.TEE_FreeTransientObject(object);
  }
}

/** Runs `use` with a fresh key of `type`. */
export function withGenerated<T>(tee: Tee, type: VaultKeyType, use: (object: TEE_ObjectHandle) => T): T {
  const form = FORMS[type];
  return withTransient(tee, form, form.bits, (object) => {
    tee.TEE_GenerateKey(object, form.bits, []);
    return use(object);
  });
}

/**
 * Runs `use` with the key of `material`.
 *
 * @throws {@link TeeError} BAD_PARAMETERS for other lengths, and for an SM2 pair that is none
 */
export function withMaterial<T>(
  tee: Tee,
  type: VaultKeyType,
  material: Uint8Array,
  use: (object: TEE_ObjectHandle) => T,
): T {
  const form = FORMS[type];
  const [min, max] = form.material;
  if (material.length < min || material.length > max) throw tee.error('BAD_PARAMETERS');
  if (form.publicType === undefined) {
    return withTransient(tee, form, material.length * 8, (object) => {
      tee.TEE_PopulateTransientObject(object, [tee.TEE_InitRefAttribute(TEE_ATTR.SECRET_VALUE, material)]);
      return use(object);
    });
  }
  const publicKey = material.slice(32);
  if (publicKey[0] !== 4) throw tee.error('BAD_PARAMETERS');
  const d = material.slice(0, 32);
  try {
    return withTransient(tee, form, form.bits, (object) => {
      tee.TEE_PopulateTransientObject(object, [
        tee.TEE_InitRefAttribute(TEE_ATTR.ECC_PRIVATE_VALUE, d),
        tee.TEE_InitRefAttribute(TEE_ATTR.ECC_PUBLIC_VALUE_X, publicKey.slice(1, 33)),
        tee.TEE_InitRefAttribute(TEE_ATTR.ECC_PUBLIC_VALUE_Y, publicKey.slice(33)),
      ]);
      checkPair(tee, type, object, form.publicType ?? 0);
      return use(object);
    });
  } finally {
    d.fill(0);
  }
}

/** Does the public key belong to the private one? Tried out, because nothing else proves it. */
function checkPair(tee: Tee, type: VaultKeyType, pair: TEE_ObjectHandle, publicType: number): void {
  const sample = tee.TEE_GenerateRandom(32);
  try {
    withSm2PublicKey(tee, publicType, sm2PublicKey(tee, pair), (other) => {
      if (type === 'SM2-sign') {
        const signature = withOperation(tee, TEE_ALG.SM2_DSA_SM3, TEE_MODE.SIGN, pair, (operation) =>
          tee.TEE_AsymmetricSignDigest(operation, [], sample),
        );
        withOperation(tee, TEE_ALG.SM2_DSA_SM3, TEE_MODE.VERIFY, other, (operation) =>
          tee.TEE_AsymmetricVerifyDigest(operation, [], sample, signature),
        );
        return;
      }
      const ciphertext = withOperation(tee, TEE_ALG.SM2_PKE, TEE_MODE.ENCRYPT, other, (operation) =>
        tee.TEE_AsymmetricEncrypt(operation, [], sample),
      );
      const plaintext = withOperation(tee, TEE_ALG.SM2_PKE, TEE_MODE.DECRYPT, pair, (operation) =>
        tee.TEE_AsymmetricDecrypt(operation, [], ciphertext),
      );
      if (tee.TEE_MemCompare(plaintext, sample, sample.length) !== 0) throw tee.error('BAD_PARAMETERS');
    });
  } catch {
    throw tee.error('BAD_PARAMETERS');
  }
}

/** The material of a key that may leave; the caller zeroes it. */
export function materialOf(tee: Tee, type: VaultKeyType, object: TEE_ObjectHandle): Uint8Array {
  if (FORMS[type].publicType === undefined) {
    return tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE);
  }
  const value = tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.ECC_PRIVATE_VALUE);
  const d = new Uint8Array(32);
  d.set(value, 32 - value.length);
  const material = concat(d, sm2PublicKey(tee, object));
  value.fill(0);
  d.fill(0);
  return material;
}

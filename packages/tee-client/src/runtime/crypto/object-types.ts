import { TEE_ATTR, TEE_TYPE } from '../../spec/v1/internal/constants.ts';

/** What an object is made of. */
export type ObjectKind = 'secret' | 'public-key' | 'key-pair' | 'data';

/** One type of object. Sizes are in bits. @standard GPD_SPE_010 v1.3.1 §5.6.1 table 5-9 */
export interface ObjectType {
  readonly kind: ObjectKind;
  readonly minBits: number;
  readonly maxBits: number;
  /** Sizes are multiples of it. */
  readonly stepBits: number;
  /** Attributes that have to be there; for a secret the one that holds it. */
  readonly required: readonly number[];
  /** Attributes that may be there besides. */
  readonly optional: readonly number[];
  /** For a key pair: the type of its public key. */
  readonly publicType: number | undefined;
}

const { ECC_PUBLIC_VALUE_X, ECC_PUBLIC_VALUE_Y, ECC_PRIVATE_VALUE, ECC_CURVE } = TEE_ATTR;

const secret = (attribute: number, minBits: number, maxBits: number, stepBits = 8): ObjectType => ({
  kind: 'secret',
  minBits,
  maxBits,
  stepBits,
  required: [attribute],
  optional: [],
  publicType: undefined,
});

const publicKey: ObjectType = {
  kind: 'public-key',
  minBits: 256,
  maxBits: 256,
  stepBits: 256,
  required: [ECC_PUBLIC_VALUE_X, ECC_PUBLIC_VALUE_Y],
  optional: [ECC_CURVE],
  publicType: undefined,
};

const keyPair = (publicType: number): ObjectType => ({
  ...publicKey,
  kind: 'key-pair',
  required: [ECC_PRIVATE_VALUE, ECC_PUBLIC_VALUE_X, ECC_PUBLIC_VALUE_Y],
  publicType,
});

const data: ObjectType = {
  kind: 'data',
  minBits: 0,
  maxBits: 0,
  stepBits: 8,
  required: [],
  optional: [],
  publicType: undefined,
};

/** Most bits of a secret without a type of its own. */
const MAX_SECRET_BITS = 4096;

/** Types of this runtime. */
export const OBJECT_TYPES: ReadonlyMap<number, ObjectType> = new Map([
  [TEE_TYPE.SM4, secret(TEE_ATTR.SECRET_VALUE, 128, 128, 128)],
  [TEE_TYPE.HMAC_SM3, secret(TEE_ATTR.SECRET_VALUE, 80, 1024)],
  [TEE_TYPE.GENERIC_SECRET, secret(TEE_ATTR.SECRET_VALUE, 8, MAX_SECRET_BITS)],
  [TEE_TYPE.HKDF_IKM, secret(TEE_ATTR.HKDF_IKM, 8, MAX_SECRET_BITS)],
  [TEE_TYPE.PBKDF2_PASSWORD, secret(TEE_ATTR.PBKDF2_PASSWORD, 8, MAX_SECRET_BITS)],
  [TEE_TYPE.SM2_DSA_PUBLIC_KEY, publicKey],
  [TEE_TYPE.SM2_DSA_KEYPAIR, keyPair(TEE_TYPE.SM2_DSA_PUBLIC_KEY)],
  [TEE_TYPE.SM2_KEP_PUBLIC_KEY, publicKey],
  [TEE_TYPE.SM2_KEP_KEYPAIR, keyPair(TEE_TYPE.SM2_KEP_PUBLIC_KEY)],
  [TEE_TYPE.SM2_PKE_PUBLIC_KEY, publicKey],
  [TEE_TYPE.SM2_PKE_KEYPAIR, keyPair(TEE_TYPE.SM2_PKE_PUBLIC_KEY)],
  [TEE_TYPE.DATA, data],
]);

/** Is `bits` a size of the type? */
export const isSizeOf = (type: ObjectType, bits: number): boolean =>
  bits >= type.minBits && bits <= type.maxBits && bits % type.stepBits === 0;

/** The attribute that holds a secret. */
export const secretAttribute = (type: ObjectType): number => type.required[0] as number;

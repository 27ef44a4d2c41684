import {
  TEE_ALG,
  TEE_ECC_CURVE_SM2,
  TEE_MODE,
  TEE_OPERATION_CLASS,
  TEE_TYPE,
  TEE_USAGE,
} from '../../spec/v1/internal/constants.ts';
import { isSizeOf, OBJECT_TYPES, type ObjectType } from './object-types.ts';

/** How a cipher chains its blocks. */
export type CipherChaining = 'ecb' | 'cbc' | 'ctr' | 'xts';

/** One algorithm. */
export interface Algorithm {
  readonly id: number;
  readonly operationClass: number;
  /** Modes and the usage a key needs for each. */
  readonly usages: ReadonlyMap<number, number>;
  /** Keys the operation takes: 0, 1 or 2. */
  readonly keys: 0 | 1 | 2;
  /** Types of the key; of SM2 the pair comes first. */
  readonly keyTypes: readonly number[];
  /** Bytes of a digest or MAC; 0 where there is none or the caller chooses it. */
  readonly digestBytes: number;
  /** `element` of TEE_IsAlgorithmSupported. */
  readonly element: number;
  readonly chaining?: CipherChaining;
  readonly padded?: boolean;
}

const { ENCRYPT, DECRYPT, SIGN, VERIFY, MAC, DIGEST, DERIVE } = TEE_MODE;
const CLASS = TEE_OPERATION_CLASS;
const CRYPT: ReadonlyMap<number, number> = new Map([
  [ENCRYPT, TEE_USAGE.ENCRYPT],
  [DECRYPT, TEE_USAGE.DECRYPT],
]);
const SIGNING: ReadonlyMap<number, number> = new Map([
  [SIGN, TEE_USAGE.SIGN],
  [VERIFY, TEE_USAGE.VERIFY],
]);

const symmetric = (id: number, operationClass: number): Algorithm => ({
  id,
  operationClass,
  usages: CRYPT,
  keys: 1,
  keyTypes: [TEE_TYPE.SM4],
  digestBytes: 0,
  element: 0,
});
const cipher = (id: number, chaining: CipherChaining, padded = false): Algorithm => ({
  ...symmetric(id, CLASS.CIPHER),
  keys: chaining === 'xts' ? 2 : 1,
  chaining,
  padded,
});
const mac = (id: number, keyType: number, digestBytes: number): Algorithm => ({
  ...symmetric(id, CLASS.MAC),
  usages: new Map([[MAC, TEE_USAGE.MAC]]),
  keyTypes: [keyType],
  digestBytes,
});
const derivation = (id: number, keyType: number): Algorithm => ({
  ...symmetric(id, CLASS.KEY_DERIVATION),
  usages: new Map([[DERIVE, TEE_USAGE.DERIVE]]),
  keyTypes: [keyType],
});
const onCurve = { element: TEE_ECC_CURVE_SM2 } as const;

const TABLE: readonly Algorithm[] = [
  {
    ...symmetric(TEE_ALG.SM3, CLASS.DIGEST),
    usages: new Map([[DIGEST, 0]]),
    keys: 0,
    keyTypes: [],
    digestBytes: 32,
  },
  mac(TEE_ALG.HMAC_SM3, TEE_TYPE.HMAC_SM3, 32),
  mac(TEE_ALG.SM4_CMAC, TEE_TYPE.SM4, 16),
  cipher(TEE_ALG.SM4_ECB_NOPAD, 'ecb'),
  cipher(TEE_ALG.SM4_ECB_PKCS5, 'ecb', true),
  cipher(TEE_ALG.SM4_CBC_NOPAD, 'cbc'),
  cipher(TEE_ALG.SM4_CBC_PKCS5, 'cbc', true),
  cipher(TEE_ALG.SM4_CTR, 'ctr'),
  cipher(TEE_ALG.SM4_XTS, 'xts'),
  symmetric(TEE_ALG.SM4_GCM, CLASS.AE),
  symmetric(TEE_ALG.SM4_CCM, CLASS.AE),
  {
    ...symmetric(TEE_ALG.SM2_DSA_SM3, CLASS.ASYMMETRIC_SIGNATURE),
    ...onCurve,
    usages: SIGNING,
    keyTypes: [TEE_TYPE.SM2_DSA_KEYPAIR, TEE_TYPE.SM2_DSA_PUBLIC_KEY],
    digestBytes: 32,
  },
  {
    ...symmetric(TEE_ALG.SM2_PKE, CLASS.ASYMMETRIC_CIPHER),
    ...onCurve,
    keyTypes: [TEE_TYPE.SM2_PKE_KEYPAIR, TEE_TYPE.SM2_PKE_PUBLIC_KEY],
  },
  { ...derivation(TEE_ALG.SM2_KEP, TEE_TYPE.SM2_KEP_KEYPAIR), ...onCurve, keys: 2 },
  derivation(TEE_ALG.HKDF_SM3, TEE_TYPE.HKDF_IKM),
  derivation(TEE_ALG.PBKDF2_HMAC_SM3, TEE_TYPE.PBKDF2_PASSWORD),
  derivation(TEE_ALG.SM3_KDF, TEE_TYPE.GENERIC_SECRET),
];

/** Algorithms of this runtime. */
export const ALGORITHMS: ReadonlyMap<number, Algorithm> = new Map(TABLE.map((row) => [row.id, row]));

/** Modes that need the private half of a key pair. */
const needsPrivateKey = (algorithm: Algorithm, mode: number): boolean =>
  mode === SIGN || (mode === DECRYPT && algorithm.operationClass === CLASS.ASYMMETRIC_CIPHER);

/** Types of keys an operation of the algorithm takes in `mode`. */
export const keyTypesFor = (algorithm: Algorithm, mode: number): readonly number[] =>
  needsPrivateKey(algorithm, mode) ? algorithm.keyTypes.slice(0, 1) : algorithm.keyTypes;

/** Is it a maxKeySize of the algorithm: the sum where there are two keys; of a digest it is not looked at. */
export function isMaxKeySize(algorithm: Algorithm, bits: number): boolean {
  if (algorithm.keys === 0) return true;
  const type = OBJECT_TYPES.get(algorithm.keyTypes[0] as number) as ObjectType;
  return bits % algorithm.keys === 0 && isSizeOf(type, bits / algorithm.keys);
}

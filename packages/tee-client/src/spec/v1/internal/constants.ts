/**
 * Constants of the TEE Internal Core API that trusted applications (TA, 可信应用) are written with.
 * Names and values are GlobalPlatform's; SM identifiers as OP-TEE fixes them.
 *
 * @standard GPD_SPE_010 v1.3.1
 */

/** No handle. @group Internal Core API */
export const TEE_HANDLE_NULL = null;

/** Property sets. @standard GPD_SPE_010 v1.3.1 §4.2.4 @group Internal Core API */
export const TEE_PROPSET = {
  CURRENT_TA: 0xffffffff,
  CURRENT_CLIENT: 0xfffffffe,
  TEE_IMPLEMENTATION: 0xfffffffd,
} as const;

/** Login types a TA sees. @standard GPD_SPE_010 v1.3.1 §4.2.2 @group Internal Core API */
export const TEE_LOGIN = {
  PUBLIC: 0x0,
  USER: 0x1,
  GROUP: 0x2,
  APPLICATION: 0x4,
  APPLICATION_USER: 0x5,
  APPLICATION_GROUP: 0x6,
  TRUSTED_APP: 0xf0000000,
} as const;

/** Parameter types a TA sees. @standard GPD_SPE_010 v1.3.1 §4.9.4 @group Internal Core API */
export const TEE_PARAM_TYPE = {
  NONE: 0,
  VALUE_INPUT: 1,
  VALUE_OUTPUT: 2,
  VALUE_INOUT: 3,
  MEMREF_INPUT: 5,
  MEMREF_OUTPUT: 6,
  MEMREF_INOUT: 7,
} as const;

/** Access rights of memory. @standard GPD_SPE_010 v1.3.1 §4.11.1 @group Internal Core API */
export const TEE_MEMORY = {
  ACCESS_READ: 0x1,
  ACCESS_WRITE: 0x2,
  ACCESS_ANY_OWNER: 0x4,
} as const;

/** Hints of TEE_Malloc. @standard GPD_SPE_010 v1.3.1 §4.11.4 @group Internal Core API */
export const TEE_MALLOC = { FILL_ZERO: 0x0, NO_FILL: 0x1, NO_SHARE: 0x2 } as const;

/** Operation modes. @standard GPD_SPE_010 v1.3.1 §6.1.1 @group Internal Core API */
export const TEE_MODE = {
  ENCRYPT: 0,
  DECRYPT: 1,
  SIGN: 2,
  VERIFY: 3,
  MAC: 4,
  DIGEST: 5,
  DERIVE: 6,
} as const;

/** Operation classes. @standard GPD_SPE_010 v1.3.1 §6.1 @group Internal Core API */
export const TEE_OPERATION_CLASS = {
  CIPHER: 1,
  MAC: 3,
  AE: 4,
  DIGEST: 5,
  ASYMMETRIC_CIPHER: 6,
  ASYMMETRIC_SIGNATURE: 7,
  KEY_DERIVATION: 8,
} as const;

/** States of an operation. @standard GPD_SPE_010 v1.3.1 §6.2.1 @group Internal Core API */
export const TEE_OPERATION_STATE = { INITIAL: 0, ACTIVE: 1, EXTRACTING: 2 } as const;

/** Usage bits of objects. @standard GPD_SPE_010 v1.3.1 §5.4 @group Internal Core API */
export const TEE_USAGE = {
  EXTRACTABLE: 0x01,
  ENCRYPT: 0x02,
  DECRYPT: 0x04,
  MAC: 0x08,
  SIGN: 0x10,
  VERIFY: 0x20,
  DERIVE: 0x40,
  DEFAULT: 0xffffffff,
} as const;

/** Handle flags. @standard GPD_SPE_010 v1.3.1 §5.4 @group Internal Core API */
export const TEE_HANDLE_FLAG = {
  PERSISTENT: 0x00010000,
  INITIALIZED: 0x00020000,
  KEY_SET: 0x00040000,
  EXPECT_TWO_KEYS: 0x00080000,
  EXTRACTING: 0x00100000,
} as const;

/** Storage spaces. @standard GPD_SPE_010 v1.3.1 §5.3 @group Internal Core API */
export const TEE_STORAGE_PRIVATE = 0x00000001;

/** Flags of persistent objects. @standard GPD_SPE_010 v1.3.1 §5.3 @group Internal Core API */
export const TEE_DATA_FLAG = {
  ACCESS_READ: 0x1,
  ACCESS_WRITE: 0x2,
  ACCESS_WRITE_META: 0x4,
  SHARE_READ: 0x10,
  SHARE_WRITE: 0x20,
  OVERWRITE: 0x400,
} as const;

/** Origin of a seek. @standard GPD_SPE_010 v1.3.1 §5.9 @group Internal Core API */
export const TEE_SEEK = { SET: 0, CUR: 1, END: 2 } as const;

/** Longest object identifier and highest position, bytes. @standard GPD_SPE_010 v1.3.1 §5.2 @group Internal Core API */
export const TEE_OBJECT_ID_MAX_LEN = 64;
/** @standard GPD_SPE_010 v1.3.1 §5.9 @group Internal Core API */
export const TEE_DATA_MAX_POSITION = 0xffffffff;

/** No time limit. @standard GPD_SPE_010 v1.3.1 §4.7.2 @group Internal Core API */
export const TEE_TIMEOUT_INFINITE = 0xffffffff;

/** Algorithms of this runtime. @standard GPD_SPE_010 v1.3.1 §6.10.1 @group Internal Core API */
export const TEE_ALG = {
  SM2_DSA_SM3: 0x70006045,
  SM2_KEP: 0x60000045,
  SM2_PKE: 0x80000046,
  SM3: 0x50000007,
  HMAC_SM3: 0x30000007,
  SM4_ECB_NOPAD: 0x10000014,
  SM4_ECB_PKCS5: 0x10000015,
  SM4_CBC_NOPAD: 0x10000114,
  SM4_CBC_PKCS5: 0x10000115,
  SM4_CTR: 0x10000214,
  /** OP-TEE's extension. */
  SM4_XTS: 0xf0000414,
  /** Ours: neither GlobalPlatform nor OP-TEE has an authenticated mode of SM4. */
  SM4_GCM: 0xf0000815,
  /** Ours. */
  SM4_CCM: 0xf0000715,
  /** Ours: GB/T 15852.1 CMAC with SM4. */
  SM4_CMAC: 0xf0000615,
  /** OP-TEE's extension. */
  PBKDF2_HMAC_SM3: 0x800070c2,
  /** HKDF with HMAC-SM3, numbered after OP-TEE's HKDF extension. */
  HKDF_SM3: 0x800070c0,
  /** The KDF of GB/T 32918.4 §5.4.3; ours. */
  SM3_KDF: 0xf00070c1,
  ILLEGAL_VALUE: 0xefffffff,
} as const;

/** Object types of this runtime. @standard GPD_SPE_010 v1.3.1 §6.10.2 @group Internal Core API */
export const TEE_TYPE = {
  SM4: 0xa0000014,
  HMAC_SM3: 0xa0000007,
  GENERIC_SECRET: 0xa0000000,
  SM2_DSA_PUBLIC_KEY: 0xa0000045,
  SM2_DSA_KEYPAIR: 0xa1000045,
  SM2_KEP_PUBLIC_KEY: 0xa0000046,
  SM2_KEP_KEYPAIR: 0xa1000046,
  SM2_PKE_PUBLIC_KEY: 0xa0000047,
  SM2_PKE_KEYPAIR: 0xa1000047,
  /** OP-TEE's extension: key material for HKDF and PBKDF2. */
  HKDF_IKM: 0xa10000c0,
  PBKDF2_PASSWORD: 0xa10000c2,
  DATA: 0xa00000bf,
  ILLEGAL_VALUE: 0xefffffff,
} as const;

/** Attributes. @standard GPD_SPE_010 v1.3.1 §6.11 @group Internal Core API */
export const TEE_ATTR = {
  SECRET_VALUE: 0xc0000000,
  ECC_PUBLIC_VALUE_X: 0xd0000141,
  ECC_PUBLIC_VALUE_Y: 0xd0000241,
  ECC_PRIVATE_VALUE: 0xc0000341,
  ECC_CURVE: 0xf0000441,
  ECC_EPHEMERAL_PUBLIC_VALUE_X: 0xd0000146,
  ECC_EPHEMERAL_PUBLIC_VALUE_Y: 0xd0000246,
  SM2_ID_INITIATOR: 0xd0000446,
  SM2_ID_RESPONDER: 0xd0000546,
  SM2_KEP_USER: 0xf0000646,
  SM2_KEP_CONFIRMATION_IN: 0xd0000746,
  SM2_KEP_CONFIRMATION_OUT: 0xd0000846,
  /** OP-TEE's extensions. */
  HKDF_IKM: 0xc00001c0,
  HKDF_SALT: 0xd00002c0,
  HKDF_INFO: 0xd00003c0,
  HKDF_OKM_LENGTH: 0xf00004c0,
  PBKDF2_PASSWORD: 0xc00001c2,
  PBKDF2_SALT: 0xd00002c2,
  PBKDF2_ITERATION_COUNT: 0xf00003c2,
  PBKDF2_DKM_LENGTH: 0xf00004c2,
} as const;

/** Bits of an attribute identifier. @standard GPD_SPE_010 v1.3.1 §6.11.1 @group Internal Core API */
export const TEE_ATTR_FLAG = { VALUE: 1 << 29, PUBLIC: 1 << 28 } as const;

/** The curve of GB/T 32918.5. @standard GPD_SPE_010 v1.3.1 §6.10.3 @group Internal Core API */
export const TEE_ECC_CURVE_SM2 = 0x00000400;

/**
 * Algorithm identifiers SGD (算法标识) of the device interfaces.
 *
 * Vendor headers from before the standard give 0x00020100, 0x00020200 and 0x00020400 to
 * signing, key exchange and encryption, so that one number has two meanings: these tables
 * hold the standard's values, and a number from a device must never be guessed.
 *
 * @standard GB/T 33560-2017 §6 (GM/T 0006-2012)
 */
export const SGD = {
  SM1: 0x00000100,
  SM4: 0x00000400,
  SM4_ECB: 0x00000401,
  SM4_CBC: 0x00000402,
  SM4_CFB: 0x00000404,
  SM4_OFB: 0x00000408,
  SM4_MAC: 0x00000410,
  ZUC: 0x00000800,
  ZUC_EEA3: 0x00000801,
  ZUC_EIA3: 0x00000802,
  RSA: 0x00010000,
  SM2: 0x00020100,
  /** Signing. */
  SM2_1: 0x00020200,
  /** Key exchange. */
  SM2_2: 0x00020400,
  /** Encryption. */
  SM2_3: 0x00020800,
  SM3: 0x00000001,
  SM3_SM2: 0x00020201,
} as const;

/** Items of a certificate as the interfaces number them (证书解析项标识). @standard GB/T 33560-2017 §6 */
export const SGD_CERTIFICATE_ITEMS = {
  VERSION: 0x00000001,
  SERIAL: 0x00000002,
  ISSUER: 0x00000005,
  VALID_TIME: 0x00000006,
  SUBJECT: 0x00000007,
  DER_PUBLIC_KEY: 0x00000008,
  DER_EXTENSIONS: 0x00000009,
} as const;

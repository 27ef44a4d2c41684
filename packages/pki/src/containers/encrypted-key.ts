import { Secret, type Sm2KeyPair } from '@cssi/sm-core';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import { DerProblem, readAll, readOctets, readOne } from '../internal/tlv.ts';
import { octets, sequence } from '../internal/write.ts';
import {
  type ContainerEncryption,
  type ContainerPassword,
  type ContainerReading,
  type DecodedPrivateKey,
  MAX_PRIVATE_KEY_BYTES,
} from '../spec/v1/container.ts';
import type { Finding } from '../spec/v1/finding.ts';
import {
  decryptPbes2,
  encryptionOf,
  encryptPbes2,
  PBES2_OID,
  type Pbes2,
  type ReadingContext,
  readPbes2,
  unsupportedAlgorithm,
} from './pbes2.ts';
import { decodePrivateKey } from './private-key.ts';
import { readPrivateKeyInfo } from './private-key-info.ts';
import { badOptions, decryptFailed, orDecryptFailed, readingOptions, withPassword } from './support.ts';
import { WorkBudget } from './work-budget.ts';
import { pkcs8Of } from './writable-key.ts';

/** A structure around a key: parameters and the IV of the longest one. */
const MAX_ENCRYPTED_BYTES: number = MAX_PRIVATE_KEY_BYTES + 2048;

/** PKCS#8 that was decrypted, and what was noticed on the way. */
export interface DecryptedPkcs8 {
  /** PKCS#8, DER; the caller destroys it. */
  readonly pkcs8: Secret;
  readonly findings: readonly Finding[];
}

/** Reads EncryptedPrivateKeyInfo; views. @standard RFC 5958 §3 */
function readEncryptedKey(
  der: Uint8Array,
  context: ReadingContext,
): { readonly plan: Pbes2; readonly ciphertext: Uint8Array } {
  const [algorithm, data, ...rest] = readAll(readOne(der, 0x30).value);
  if (algorithm?.tag !== 0x30 || rest.length > 0) throw new DerProblem('encrypted key');
  const [name, parameters, ...more] = readAll(algorithm.value);
  const scheme = readOid(name, 'encryption algorithm');
  if (scheme !== PBES2_OID) throw unsupportedAlgorithm(scheme);
  if (parameters === undefined || more.length > 0) throw new DerProblem('encryption algorithm');
  const plan = readPbes2(parameters, 'encryptionAlgorithm', context);
  return { plan, ciphertext: readOctets(data, 'encrypted data') };
}

/**
 * A private key under a password (加密私钥), DER; its PEM label is `ENCRYPTED PRIVATE KEY`.
 * PBES2 with PBKDF2-HMAC-SM3 and SM4-CBC unless asked otherwise. A container says nothing about
 * whether it was changed: keep it where nobody can, or take PKCS#12.
 *
 * @param key - an SM2 pair whose keys belong together, or PKCS#8 of a key; stays the caller's
 * @param password - 1 to 1,024 bytes of UTF-8
 * @standard RFC 8018 §6.2, RFC 5958 §3, GM/T 0091-2020
 * @throws {@link SmError} ERR_PKI_CONTAINER_OPTIONS, ERR_SECRET_DESTROYED
 * @example
 * ```ts
 * import { sm2 } from '@cssi/sm-core';
 * import { decryptPrivateKey, encryptPrivateKey } from '@cssi/pki/containers';
 * const der = await encryptPrivateKey(sm2.generateKeyPair(), 'correct horse');
 * const key = await decryptPrivateKey(der, 'correct horse');
 * ```
 */
export async function encryptPrivateKey(
  key: Sm2KeyPair | Secret | Uint8Array,
  password: ContainerPassword,
  options?: ContainerEncryption,
): Promise<Uint8Array> {
  const encryption = encryptionOf(options);
  const pkcs8 = pkcs8Of(key);
  try {
    return await withPassword(password, async (bytes) => {
      if (bytes.length === 0) throw badOptions('password');
      const { algorithm, ciphertext } = await encryptPbes2(encryption, bytes, pkcs8);
      return sequence(algorithm, octets(ciphertext));
    });
  } finally {
    pkcs8.fill(0);
  }
}

/** Plaintext that has the form of PKCS#8, as a secret. @throws SmError ERR_DECRYPT_FAILED */
async function openEncryptedKey(plan: Pbes2, password: Uint8Array, ciphertext: Uint8Array): Promise<Secret> {
  const plaintext = await decryptPbes2(plan, password, ciphertext);
  try {
    // One wrong password of 256 ends in a padding that is right.
    orDecryptFailed(() => readPrivateKeyInfo(plaintext, () => {}));
    return Secret.take(plaintext);
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
}

/**
 * The PKCS#8 structure in an encrypted private key, of whatever kind.
 *
 * Findings: CONTAINER_WEAK (fewer than 10,000 iterations, a short salt, 3DES), HMAC_SM3_OID_401,
 * SM4_OID_WITHOUT_MODE.
 *
 * @param der - EncryptedPrivateKeyInfo
 * @standard RFC 8018 §6.2, RFC 5958 §3
 * @throws {@link SmError} ERR_PKI_CONTAINER_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED,
 *   ERR_PKI_DEVIATION_REFUSED, ERR_PKI_WORK_LIMIT for more than 10,000,000 iterations or
 *   `maxIterations`, ERR_PKI_CONTAINER_OPTIONS, ERR_DECRYPT_FAILED for everything that a wrong password can cause
 */
export async function decryptPkcs8(
  der: Uint8Array,
  password: ContainerPassword,
  options: ContainerReading = {},
): Promise<DecryptedPkcs8> {
  const log = new FindingLog(readingOptions(options).policy);
  const budget = new WorkBudget(options);
  const { plan, ciphertext } = reading('ERR_PKI_CONTAINER_MALFORMED', MAX_ENCRYPTED_BYTES, der, (copy) =>
    readEncryptedKey(copy, { log, budget }),
  );
  const pkcs8 = await withPassword(password, (bytes) => openEncryptedKey(plan, bytes, ciphertext));
  return { pkcs8, findings: log.findings };
}

/**
 * The private key in an encrypted private key. Whatever is wrong with the plaintext is
 * ERR_DECRYPT_FAILED, also a key that `policy` refuses: `decryptPkcs8` and `decodePrivateKey` tell
 * these apart for whoever knows that the password is right.
 *
 * @param der - EncryptedPrivateKeyInfo
 * @standard RFC 8018 §6.2, RFC 5958 §3
 * @throws {@link SmError} as {@link decryptPkcs8}
 */
export async function decryptPrivateKey(
  der: Uint8Array,
  password: ContainerPassword,
  options: ContainerReading = {},
): Promise<DecodedPrivateKey> {
  const { pkcs8, findings } = await decryptPkcs8(der, password, options);
  try {
    const key = decodePrivateKey(pkcs8, options);
    return { ...key, findings: [...findings, ...key.findings] };
  } catch {
    throw decryptFailed();
  } finally {
    pkcs8.destroy();
  }
}

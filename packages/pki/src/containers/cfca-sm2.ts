import { equalBytes, kdfSm3, type Sm2KeyPair } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import { DerProblem, readOctets, readOne, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import { type ContainerPassword, type ContainerReading, MAX_CONTAINER_BYTES } from '../spec/v1/container.ts';
import type { Finding } from '../spec/v1/finding.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { certificateKeyOf } from './certificate-key.ts';
import { decryptCbc } from './ciphers.ts';
import { sm2PairOf } from './ec-private-key.ts';
import { decryptFailed, orDecryptFailed, readingOptions, withPassword } from './support.ts';

/** Content type `data` of the Chinese message syntax. @standard GB/T 35275-2017 */
const SM2_DATA_OID = '1.2.156.10197.6.1.4.2.1';
const KEY_BYTES = 32;

/** What a CFCA container holds. */
export interface CfcaSm2Contents {
  /** The caller destroys its private key. */
  readonly pair: Sm2KeyPair;
  /** DER of the certificate, which was compared with the key. */
  readonly certificate: Uint8Array;
  readonly findings: readonly Finding[];
}

interface Parts {
  readonly ciphertext: Uint8Array;
  readonly certificate: Uint8Array;
}

const requireData = (parts: Cursor, what: string): void => {
  if (readOid(parts.next(what), what) !== SM2_DATA_OID) throw new DerProblem(what);
};

function readKey(element: Tlv, log: FindingLog): Uint8Array {
  const parts = new Cursor(element.value);
  requireData(parts, 'encrypted key');
  const cipher = readOid(parts.next('cipher'), 'cipher');
  if (cipher === OIDS.sm4) log.note('SM4_OID_WITHOUT_MODE', 'encryptedKey');
  else if (cipher !== OIDS.sm4Cbc) {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: `oid=${cipher}` });
  }
  const ciphertext = readOctets(parts.next('encrypted key'), 'encrypted key');
  parts.end('encrypted key');
  return ciphertext;
}

function readParts(der: Uint8Array, log: FindingLog): Parts {
  const parts = new Cursor(readOne(der, 0x30).value);
  if (readSmallInteger(parts.next('version'), 'version') !== 1) throw new DerProblem('version');
  const ciphertext = readKey(parts.take(0x30, 'encrypted key'), log);
  const holder = new Cursor(parts.take(0x30, 'certificate').value);
  parts.end('container');
  requireData(holder, 'certificate');
  const certificate = readOctets(holder.next('certificate'), 'certificate');
  holder.end('certificate');
  log.note('CONTAINER_WEAK', 'encryptedKey');
  return { ciphertext, certificate: Uint8Array.from(certificate) };
}

/** The scalar with the zeros in front that a writer of numbers leaves out. */
function scalarOf(plaintext: Uint8Array): Uint8Array {
  if (plaintext.length === 0 || plaintext.length > KEY_BYTES) throw new DerProblem('length');
  const scalar = new Uint8Array(KEY_BYTES);
  scalar.set(plaintext, KEY_BYTES - plaintext.length);
  return scalar;
}

/** IV and key come from one hash of the password. */
function decrypt(password: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  // The derivation of the SM2 standard is not defined for no bytes.
  if (password.length === 0) throw decryptFailed();
  const derived = kdfSm3(password, 32);
  try {
    return decryptCbc('sm4-cbc', derived.subarray(16), derived.subarray(0, 16), ciphertext);
  } finally {
    derived.fill(0);
  }
}

function openKey(password: Uint8Array, { ciphertext, certificate }: Parts): Sm2KeyPair {
  const publicKey = certificateKeyOf(certificate);
  const plaintext = decrypt(password, ciphertext);
  let scalar: Uint8Array | undefined;
  try {
    scalar = orDecryptFailed(() => scalarOf(plaintext));
    const pair = sm2PairOf(scalar, () => {});
    if (equalBytes(pair.publicKey, publicKey)) return pair;
    pair.privateKey.destroy();
    throw decryptFailed();
  } catch {
    throw decryptFailed();
  } finally {
    plaintext.fill(0);
    scalar?.fill(0);
  }
}

/**
 * Opens the key container of CFCA's kit (`.sm2`, PKCS12_SM2): SEQUENCE of version 1, an SM2 key under
 * SM4-CBC and its certificate. No standard has it; the form is known from public code that reads it.
 * IV and key are KDF(password, 32 bytes) without salt or iterations: reported as CONTAINER_WEAK,
 * and not written by this package.
 *
 * @param der - DER; the files hold it in base64
 * @throws {@link SmError} ERR_PKI_CONTAINER_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED,
 *   ERR_PKI_DEVIATION_REFUSED, ERR_DECRYPT_FAILED
 */
export async function openCfcaSm2(
  der: Uint8Array,
  password: ContainerPassword,
  options: ContainerReading = {},
): Promise<CfcaSm2Contents> {
  const log = new FindingLog(readingOptions(options).policy);
  const parts = reading('ERR_PKI_CONTAINER_MALFORMED', MAX_CONTAINER_BYTES, der, (copy) =>
    readParts(copy, log),
  );
  const pair = await withPassword(password, async (bytes) => openKey(bytes, parts));
  return { pair, certificate: parts.certificate, findings: log.findings };
}

import { fromBase64 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { FindingLog } from '../internal/finding-log.ts';
import {
  type ContainerPassword,
  type ContainerReading,
  type DecodedPrivateKey,
  MAX_PRIVATE_KEY_BYTES,
} from '../spec/v1/container.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { decryptPrivateKey } from './encrypted-key.ts';
import { decryptLegacy, readLegacyHeaders } from './legacy-pem.ts';
import { type PemSection, pemSections } from './pem.ts';
import { decodeKeyOf, type KeyHints } from './private-key.ts';
import { badOptions, decryptFailed, readingOptions, withPassword } from './support.ts';

/** What each label stands before. @standard RFC 7468 §10, §11 */
const LABELS: ReadonlyMap<string, KeyHints | 'encrypted'> = new Map<string, KeyHints | 'encrypted'>([
  ['PRIVATE KEY', { form: 'pkcs8' }],
  ['ENCRYPTED PRIVATE KEY', 'encrypted'],
  ['EC PRIVATE KEY', { form: 'sec1' }],
  ['SM2 PRIVATE KEY', { form: 'sec1', curve: OIDS.sm2Curve }],
  ['RSA PRIVATE KEY', { form: 'pkcs1' }],
]);

/** How a PEM text is read. */
export interface PrivateKeyPemOptions extends ContainerReading {
  /** Needed when the key is encrypted. */
  readonly password?: ContainerPassword;
}

const malformed = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_PEM_MALFORMED', { detail: `reason=${reason}` });

function bytesOf({ body }: PemSection): Uint8Array {
  try {
    const bytes = fromBase64(body);
    if (bytes.length <= 2 * MAX_PRIVATE_KEY_BYTES) return bytes;
    bytes.fill(0);
  } catch {
    throw malformed('base64');
  }
  throw malformed('size');
}

function passwordOf({ password }: PrivateKeyPemOptions): ContainerPassword {
  if (password === undefined) throw badOptions('password');
  return password;
}

/** A block with `Proc-Type: 4,ENCRYPTED`. */
async function fromLegacy(
  section: PemSection,
  hints: KeyHints,
  options: PrivateKeyPemOptions,
): Promise<DecodedPrivateKey> {
  const encryption = readLegacyHeaders(section.headers);
  const ciphertext = bytesOf(section);
  const log = new FindingLog(options.policy);
  log.note('CONTAINER_WEAK', 'DEK-Info');
  return withPassword(passwordOf(options), async (password) => {
    const der = decryptLegacy(encryption, password, ciphertext);
    try {
      const key = decodeKeyOf(der, options, hints);
      return { ...key, findings: [...log.findings, ...key.findings] };
    } catch {
      throw decryptFailed();
    } finally {
      der.fill(0);
    }
  });
}

async function fromSection(section: PemSection, options: PrivateKeyPemOptions): Promise<DecodedPrivateKey> {
  const hints = LABELS.get(section.label)!;
  if (section.headers.length > 0 && hints !== 'encrypted') return fromLegacy(section, hints, options);
  if (section.headers.length > 0) throw malformed('headers');
  const der = bytesOf(section);
  try {
    if (hints === 'encrypted') return await decryptPrivateKey(der, passwordOf(options), options);
    return decodeKeyOf(der, options, hints);
  } finally {
    der.fill(0);
  }
}

/**
 * The one private key of a PEM text: `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, `EC PRIVATE KEY`,
 * `SM2 PRIVATE KEY`, `RSA PRIVATE KEY`, the last three also with `Proc-Type: 4,ENCRYPTED` as OpenSSL and
 * Tongsuo write it, which is reported as CONTAINER_WEAK: one MD5 makes its key. A block must hold what its
 * label says: PKCS#8, SEC 1 (of the SM2 curve for `SM2 PRIVATE KEY`), PKCS#1. Certificates and other blocks in the text are read over. The text itself cannot be zeroed: read files as DER where it matters.
 *
 * @param text - at most 1,048,576 characters and 256 blocks
 * @standard RFC 7468 §10, §11, RFC 1421 §4.6
 * @throws {@link SmError} ERR_PKI_PEM_MALFORMED (none, or more than one key),
 *   ERR_PKI_CONTAINER_OPTIONS when the password is missing, ERR_DECRYPT_FAILED, and as
 *   `decodePrivateKey` and `decryptPrivateKey`
 */
export async function privateKeyFromPem(
  text: string,
  options: PrivateKeyPemOptions = {},
): Promise<DecodedPrivateKey> {
  readingOptions(options);
  const [section, ...more] = pemSections(text).filter(({ label }) => LABELS.has(label));
  if (section === undefined) throw malformed('none');
  if (more.length > 0) throw malformed('keys');
  return fromSection(section, options);
}

import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  certificatesFromPem,
  type DistinguishedName,
  issueCertificate,
  parseCertificate,
  pemEncode,
} from '@cssi/pki';
import { ecdsaP256SoftwareSigner } from '@cssi/pki/adapters/software';
import { SmError, utf8 } from '@cssi/sm-core';
import { makePrivateFolder, readFileIfPresent, writeFileAtomically } from './data-files.ts';
import { APP_ERRORS } from './errors.ts';

/** What the HTTPS listener needs, and what clients are told. */
export interface HttpsIdentity {
  /** PKCS#8 PEM of the server key; only in memory. */
  readonly keyPem: string;
  /** Server certificate and CA, PEM. */
  readonly certificatePem: string;
  /** Path of the CA certificate that clients trust. */
  readonly caFile: string;
  /** SHA-256 fingerprint of the CA certificate, as `openssl x509 -fingerprint -sha256` shows it. */
  readonly caFingerprint: string;
}

/** Keeps the private keys confidential at rest; the TEE's root key service does. */
export interface KeyProtection {
  wrap(plaintext: Uint8Array, associatedData: Uint8Array): Promise<Uint8Array>;
  unwrap(blob: Uint8Array, associatedData: Uint8Array): Promise<Uint8Array>;
}

const DAY = 86_400_000;
const CA_NAME: DistinguishedName = { commonName: 'CSSI local HTTPS CA', organization: 'CSSI' };
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const KEY_BINDING = utf8('cssi/https-key/v1');

interface StoredKey {
  readonly key: KeyObject;
  readonly certificate: Uint8Array;
}

async function readKey(
  folder: string,
  name: string,
  protection: KeyProtection,
): Promise<StoredKey | undefined> {
  const wrapped = readFileIfPresent(join(folder, `${name}.key.wrapped`));
  const pem = readFileIfPresent(join(folder, `${name}.pem`));
  if (wrapped === undefined || pem === undefined) return undefined;
  try {
    const der = await protection.unwrap(wrapped, KEY_BINDING);
    const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
    der.fill(0);
    const certificate = certificatesFromPem(new TextDecoder().decode(pem))[0]!.raw;
    if (!new X509Certificate(certificate).checkPrivateKey(key)) throw new Error('key and certificate differ');
    return { key, certificate };
  } catch (cause) {
    if (cause instanceof SmError && cause.category === 'unavailable') throw cause;
    throw APP_ERRORS.create('ERR_APP_DATA_ALTERED', { detail: `file=${name}`, cause });
  }
}

async function writeKey(
  folder: string,
  name: string,
  stored: StoredKey,
  protection: KeyProtection,
): Promise<void> {
  const der = stored.key.export({ format: 'der', type: 'pkcs8' });
  writeFileAtomically(join(folder, `${name}.key.wrapped`), await protection.wrap(der, KEY_BINDING));
  der.fill(0);
  writeFileAtomically(join(folder, `${name}.pem`), pemEncode('CERTIFICATE', stored.certificate), 0o644);
}

function newKey(): { key: KeyObject; publicKeyInfo: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    key: privateKey,
    publicKeyInfo: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })),
  };
}

/** Does the stored server certificate still serve, for every name and long enough? */
function stillGood(stored: StoredKey, names: readonly string[], now: Date): boolean {
  const certificate = new X509Certificate(stored.certificate);
  const notAfter = parseCertificate(stored.certificate).notAfter.getTime();
  const named = names.every((name) =>
    isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined,
  );
  return named && notAfter - now.getTime() > 30 * DAY;
}

/**
 * The local CA and server certificate of the data folder; made at the first start, and
 * the server certificate again when a name is missing or less than 30 days are left.
 *
 * @param folder - the `ca` folder of the data folder
 * @throws {@link SmError} ERR_APP_DATA_ALTERED, ERR_APP_FILE
 */
export async function loadHttpsIdentity(
  folder: string,
  publicNames: readonly string[],
  protection: KeyProtection,
  now: Date,
): Promise<HttpsIdentity> {
  makePrivateFolder(folder);
  let ca = await readKey(folder, 'https-ca', protection);
  if (ca === undefined) {
    const { key, publicKeyInfo } = newKey();
    const certificate = await issueCertificate(
      {
        subject: CA_NAME,
        issuer: CA_NAME,
        publicKeyInfo,
        issuerPublicKeyInfo: publicKeyInfo,
        profile: 'root-ca',
        notBefore: new Date(now.getTime() - DAY),
        notAfter: new Date(now.getTime() + 3650 * DAY),
      },
      ecdsaP256SoftwareSigner(key),
    );
    ca = { key, certificate };
    await writeKey(folder, 'https-ca', ca, protection);
  }
  const names = [...new Set([...LOOPBACK, ...publicNames])];
  let server = await readKey(folder, 'https-server', protection);
  if (server === undefined || !stillGood(server, names, now)) {
    const { key, publicKeyInfo } = newKey();
    const issuer = parseCertificate(ca.certificate);
    const certificate = await issueCertificate(
      {
        subject: { commonName: names.find((name) => isIP(name) === 0) ?? 'localhost' },
        issuer: { raw: issuer.subjectRaw },
        publicKeyInfo,
        issuerPublicKeyInfo: issuer.publicKeyInfo,
        profile: 'tls-server',
        notBefore: new Date(now.getTime() - DAY),
        notAfter: new Date(now.getTime() + 365 * DAY),
        dnsNames: names.filter((name) => isIP(name) === 0),
        ipAddresses: names.filter((name) => isIP(name) !== 0),
      },
      ecdsaP256SoftwareSigner(ca.key),
    );
    server = { key, certificate };
    await writeKey(folder, 'https-server', server, protection);
  }
  return {
    keyPem: server.key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificatePem: pemEncode('CERTIFICATE', server.certificate) + pemEncode('CERTIFICATE', ca.certificate),
    caFile: join(folder, 'https-ca.pem'),
    caFingerprint: new X509Certificate(ca.certificate).fingerprint256,
  };
}

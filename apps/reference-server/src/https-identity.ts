import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { basename, join } from 'node:path';
import { type DistinguishedName, issueCertificate, parseCertificate, pemEncode } from '@cssi/pki';
import { ecdsaP256SoftwareSigner } from '@cssi/pki/adapters/software';
import { concatBytes, equalBytes, SmError, utf8 } from '@cssi/sm-core';
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
/** The name is bound to the blob: the server's key cannot take the place of the CA's. */
const bindingOf = (name: string): Uint8Array => utf8(`cssi/${name}/v1`);

interface KeyWithCertificate {
  readonly key: KeyObject;
  /** DER */
  readonly certificate: Uint8Array;
}

/**
 * Key and certificate are wrapped together in one file, so that a crash between two writes
 * cannot leave one without the other: length of the key (2 bytes), PKCS#8, certificate.
 */
function encodeStored({ key, certificate }: KeyWithCertificate): Uint8Array {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const stored = concatBytes(Uint8Array.of(pkcs8.length >> 8, pkcs8.length), pkcs8, certificate);
  pkcs8.fill(0);
  return stored;
}

function decodeStored(stored: Uint8Array): KeyWithCertificate {
  const end = 2 + stored[0]! * 256 + stored[1]!;
  const pkcs8 = Buffer.from(stored.subarray(2, end));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  return { key, certificate: stored.slice(end) };
}

async function readStored(
  folder: string,
  name: string,
  protection: KeyProtection,
): Promise<KeyWithCertificate | undefined> {
  const wrapped = readFileIfPresent(join(folder, `${name}.wrapped`));
  if (wrapped === undefined) return undefined;
  try {
    const stored = await protection.unwrap(wrapped, bindingOf(name));
    const opened = decodeStored(stored);
    stored.fill(0);
    return opened;
  } catch (cause) {
    if (cause instanceof SmError && cause.category === 'unavailable') throw cause;
    throw APP_ERRORS.create('ERR_APP_DATA_ALTERED', { detail: `file=${name}.wrapped`, cause });
  }
}

async function writeStored(
  folder: string,
  name: string,
  identity: KeyWithCertificate,
  protection: KeyProtection,
): Promise<void> {
  const stored = encodeStored(identity);
  const wrapped = await protection.wrap(stored, bindingOf(name));
  stored.fill(0);
  writeFileAtomically(join(folder, `${name}.wrapped`), wrapped);
}

/**
 * Writes the CA certificate for clients at the first start; later it must be the same file,
 * because whoever swaps it gets trusted by clients.
 */
function publishCa(file: string, certificate: Uint8Array): void {
  const pem = pemEncode('CERTIFICATE', certificate);
  const found = readFileIfPresent(file);
  if (found === undefined) writeFileAtomically(file, pem, 0o644);
  else if (!equalBytes(found, utf8(pem))) {
    throw APP_ERRORS.create('ERR_APP_DATA_ALTERED', { detail: `file=${basename(file)}` });
  }
}

function newKey(): { key: KeyObject; publicKeyInfo: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    key: privateKey,
    publicKeyInfo: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })),
  };
}

/** Does the stored server certificate still serve: from this CA, for every name and long enough? */
function stillGood(
  stored: KeyWithCertificate,
  ca: X509Certificate,
  names: readonly string[],
  now: Date,
): boolean {
  const certificate = new X509Certificate(stored.certificate);
  const notAfter = parseCertificate(stored.certificate).notAfter.getTime();
  const named = names.every((name) =>
    isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined,
  );
  return named && certificate.verify(ca.publicKey) && notAfter - now.getTime() > 30 * DAY;
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
  let ca = await readStored(folder, 'https-ca', protection);
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
    await writeStored(folder, 'https-ca', ca, protection);
  }
  const caFile = join(folder, 'https-ca.pem');
  publishCa(caFile, ca.certificate);
  const caCertificate = new X509Certificate(ca.certificate);
  const names = [...new Set([...LOOPBACK, ...publicNames])];
  let server = await readStored(folder, 'https-server', protection);
  if (server === undefined || !stillGood(server, caCertificate, names, now)) {
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
    await writeStored(folder, 'https-server', server, protection);
  }
  return {
    keyPem: server.key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificatePem: pemEncode('CERTIFICATE', server.certificate) + pemEncode('CERTIFICATE', ca.certificate),
    caFile,
    caFingerprint: caCertificate.fingerprint256,
  };
}

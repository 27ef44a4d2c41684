import { checkCertificateSignature, decodeSm2PublicKeyInfo, parseCertificate } from '@cssi/pki';
import { equalBytes, fromBase64, type JsonValue, parseJson } from '@cssi/sm-core';
import {
  MANAGEMENT_PRIVILEGES,
  normalizeUuid,
  type SecurityDomainKey,
  type TaManifest,
  TEE_CLIENT_ERRORS,
  type TeecUuid,
} from '@cssi/tee-client';
import { CLI_ERRORS } from '../errors.ts';
import { readBounded, readCertificates } from '../files.ts';
import { readOnly } from '../pki/input.ts';
import { usageError } from '../pki/options.ts';

const MAX_JSON_BYTES = 1 << 20;

/** A JSON document of a file. @throws SmError ERR_CLI_FILE, ERR_CLI_USAGE */
async function readJsonFile(path: string): Promise<JsonValue> {
  const bytes = await readBounded(path, MAX_JSON_BYTES);
  try {
    return parseJson(bytes, MAX_JSON_BYTES);
  } catch (cause) {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `file=${path} reason=not JSON`, cause });
  }
}

/** What a manifest has to have, and all it may have. */
const MANIFEST_MEMBERS: Readonly<Record<keyof TaManifest, true>> = {
  format: true,
  uuid: true,
  name: true,
  version: true,
  description: true,
  singleInstance: true,
  multiSession: true,
  instanceKeepAlive: true,
  apis: true,
  services: true,
  commands: true,
  logins: true,
  callers: true,
  memoryBytes: true,
  storageBytes: true,
  maxSessions: true,
  callTimeoutMs: true,
  socketPeers: true,
  minimumTcb: true,
  properties: true,
};

/** Manifest of a file; `buildBundle` checks its values. @throws SmError ERR_CLI_FILE, ERR_TEE_MANIFEST_INVALID */
export async function readManifestFile(path: string): Promise<TaManifest> {
  const value = await readJsonFile(path);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANIFEST_INVALID', { detail: 'reason=object' });
  }
  const missing = Object.keys(MANIFEST_MEMBERS).filter((name) => !Object.hasOwn(value, name));
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(MANIFEST_MEMBERS, name));
  if (missing.length + unknown.length > 0) {
    const list = (names: readonly string[]) => names.slice(0, 8).join(',').slice(0, 200);
    const facts = [
      ...(missing.length === 0 ? [] : [`missing=${list(missing)}`]),
      ...(unknown.length === 0 ? [] : [`unknown=${list(unknown)}`]),
    ];
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANIFEST_INVALID', { detail: facts.join(' ') });
  }
  return value as unknown as TaManifest;
}

/** UUID of an option. @throws SmError ERR_CLI_USAGE */
export function uuidOf(text: string, option: string): TeecUuid {
  try {
    return normalizeUuid(text);
  } catch {
    throw usageError(`--${option} expects a UUID such as 11111111-2222-4333-8444-555555555555`);
  }
}

/** One member of a keys file. @throws SmError ERR_CLI_USAGE */
function domainKeyOf(value: JsonValue, at: string): SecurityDomainKey {
  const { publicKey, privileges, ...others } = (
    value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
  ) as Record<string, JsonValue>;
  const wrong = (reason: string) => usageError(`${at}: ${reason}`);
  if (Object.keys(others).length > 0) throw wrong('has members other than publicKey and privileges');
  if (typeof publicKey !== 'string' || !/^B[A-Za-z0-9+/]{86}=$/.test(publicKey)) {
    throw wrong('publicKey has to be an SM2 public key, 65 bytes in base64');
  }
  const known = (item: JsonValue) => MANAGEMENT_PRIVILEGES.some((privilege) => privilege === item);
  if (!Array.isArray(privileges) || !privileges.every(known)) {
    throw wrong(`privileges has to be a list of ${MANAGEMENT_PRIVILEGES.join(' ')}`);
  }
  return { publicKey, privileges: privileges as unknown as SecurityDomainKey['privileges'] };
}

/** Keys of a security domain, from a JSON list of {publicKey, privileges}. @throws SmError ERR_CLI_FILE, ERR_CLI_USAGE */
export async function readDomainKeys(path: string): Promise<readonly SecurityDomainKey[]> {
  const value = await readJsonFile(path);
  if (!Array.isArray(value)) throw usageError(`${path}: a list of {publicKey, privileges} is expected`);
  return value.map((item, i) => domainKeyOf(item, `${path} key ${i + 1}`));
}

/** SM2 public key of a file with a SubjectPublicKeyInfo, 65 bytes. @throws SmError ERR_CLI_FILE, ERR_PKI_… */
export async function readSm2PublicKey(path: string): Promise<Uint8Array> {
  const { der } = await readOnly(path, { kinds: ['public-key'], code: 'ERR_PKI_KEY_MALFORMED' });
  return decodeSm2PublicKeyInfo(der);
}

/** What `cssi ta device info` prints of a device. */
export interface DeviceFacts {
  readonly device: string;
  readonly bundleKey: Uint8Array;
  /** DER; the device root signed it. */
  readonly bundleCertificate: Uint8Array;
}

/**
 * The key that bundles and data for a device are encrypted to, where the device root vouches for it.
 *
 * @throws SmError ERR_CLI_USAGE, ERR_PKI_CERTIFICATE_MALFORMED
 */
export async function certifiedBundleKey(facts: DeviceFacts, rootFile: string): Promise<Uint8Array> {
  const [root, ...others] = await readCertificates(rootFile);
  if (root === undefined || others.length > 0) throw usageError('--root expects one certificate');
  const certificate = parseCertificate(facts.bundleCertificate);
  const { sm2PublicKey } = certificate;
  if (
    sm2PublicKey === undefined ||
    !equalBytes(sm2PublicKey, facts.bundleKey) ||
    checkCertificateSignature(certificate, root) !== 'right'
  ) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_RECIPIENT', { detail: 'reason=not certified by --root' });
  }
  return facts.bundleKey;
}

/** Facts of a device, from the JSON that `cssi ta device info --json` prints. @throws SmError ERR_CLI_USAGE */
export async function readDeviceFacts(path: string): Promise<DeviceFacts> {
  const value = (await readJsonFile(path)) as {
    readonly device?: JsonValue;
    readonly bundleKey?: JsonValue;
    readonly bundleCertificate?: JsonValue;
  } | null;
  const { device, bundleKey, bundleCertificate } = value ?? {};
  const isWhole =
    typeof device === 'string' &&
    /^[0-9a-f]{64}$/.test(device) &&
    typeof bundleKey === 'string' &&
    typeof bundleCertificate === 'string';
  if (!isWhole) {
    throw usageError(`${path} is not what cssi ta device info --json prints`);
  }
  return {
    device,
    bundleKey: fromBase64(bundleKey),
    bundleCertificate: fromBase64(bundleCertificate),
  };
}

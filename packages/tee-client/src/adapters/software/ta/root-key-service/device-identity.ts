import { encodeSm2PublicKeyInfo, issueCertificate } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  concatBytes,
  randomBytes,
  Secret,
  SM2_PRIVATE_KEY_BYTES,
  type Sm2KeyPair,
  sm2,
  sm3,
  toHex,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../../errors.ts';

const ROOT_KEY_BYTES = 32;
const SECRETS_BYTES = ROOT_KEY_BYTES + 2 * SM2_PRIVATE_KEY_BYTES;
const ROOT_YEARS = 20;
const ATTESTATION_YEARS = 10;
/** Clocks of verifiers may be behind the host's at the first start. */
const BACKDATE_MS = 3_600_000;

/** What the root key service keeps between starts. */
export interface DeviceState {
  readonly rootKey: Secret;
  /** Issues the attestation certificate; its certificate is the anchor verifiers pin. */
  readonly deviceRoot: Sm2KeyPair;
  /** Signs evidence. */
  readonly attestation: Sm2KeyPair;
  readonly deviceRootCertificate: Uint8Array;
  readonly attestationCertificate: Uint8Array;
}

const yearsLater = (time: Date, years: number): Date => {
  const later = new Date(time);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
};

/** Makes all keys and certificates of a new device. */
export async function makeDevice(time: Date): Promise<DeviceState> {
  const deviceRoot = sm2.generateKeyPair();
  const attestation = sm2.generateKeyPair();
  const serial = toHex(sm3(deviceRoot.publicKey).subarray(0, 8));
  const signer = sm2SoftwareSigner(deviceRoot);
  const notBefore = new Date(Math.floor((time.getTime() - BACKDATE_MS) / 1000) * 1000);
  const issuer = { commonName: `CSSI software TEE device root ${serial}`, organizationalUnit: 'emulated' };
  const issuerPublicKeyInfo = encodeSm2PublicKeyInfo(deviceRoot.publicKey);
  const deviceRootCertificate = await issueCertificate(
    {
      subject: issuer,
      issuer,
      publicKeyInfo: issuerPublicKeyInfo,
      profile: 'root-ca',
      notBefore,
      notAfter: yearsLater(notBefore, ROOT_YEARS),
      issuerPublicKeyInfo,
    },
    signer,
  );
  const attestationCertificate = await issueCertificate(
    {
      subject: { commonName: `CSSI software TEE attestation ${serial}`, organizationalUnit: 'emulated' },
      issuer,
      publicKeyInfo: encodeSm2PublicKeyInfo(attestation.publicKey),
      profile: 'tee-attestation',
      notBefore,
      notAfter: yearsLater(notBefore, ATTESTATION_YEARS),
      issuerPublicKeyInfo,
    },
    signer,
  );
  const rootKey = Secret.take(randomBytes(ROOT_KEY_BYTES));
  return { rootKey, deviceRoot, attestation, deviceRootCertificate, attestationCertificate };
}

function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

/** root key ‖ device root key ‖ attestation key ‖ two certificates, each after its length in two bytes. */
export function encodeDevice(state: DeviceState): Secret {
  const secrets = [state.rootKey, state.deviceRoot.privateKey, state.attestation.privateKey];
  const parts = secrets.map((secret) => secret.use((bytes) => bytes.slice()));
  const encoded = concatBytes(
    ...parts,
    lengthPrefixed(state.deviceRootCertificate),
    lengthPrefixed(state.attestationCertificate),
  );
  for (const part of parts) part.fill(0);
  return Secret.take(encoded);
}

/**
 * @throws {@link SmError} ERR_TEE_SEAL_INTEGRITY
 */
export function decodeDevice(contents: Secret): DeviceState {
  return contents.use((bytes) => {
    const broken = () => TEE_CLIENT_ERRORS.create('ERR_TEE_SEAL_INTEGRITY');
    if (bytes.length < SECRETS_BYTES) throw broken();
    let at = SECRETS_BYTES;
    const certificate = (): Uint8Array => {
      const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      const der = bytes.slice(at + 2, at + 2 + length);
      if (length === 0 || der.length !== length) throw broken();
      at += 2 + length;
      return der;
    };
    const deviceRootCertificate = certificate();
    const attestationCertificate = certificate();
    if (at !== bytes.length) throw broken();
    const secret = (from: number, length: number) => Secret.copy(bytes.subarray(from, from + length));
    return {
      rootKey: secret(0, ROOT_KEY_BYTES),
      deviceRoot: sm2.keyPair(secret(ROOT_KEY_BYTES, SM2_PRIVATE_KEY_BYTES)),
      attestation: sm2.keyPair(secret(ROOT_KEY_BYTES + SM2_PRIVATE_KEY_BYTES, SM2_PRIVATE_KEY_BYTES)),
      deviceRootCertificate,
      attestationCertificate,
    };
  });
}

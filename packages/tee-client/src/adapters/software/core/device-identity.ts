import { encodeSm2PublicKeyInfo } from '@cssi/pki';
import { concatBytes, Secret, SM2_PRIVATE_KEY_BYTES, type Sm2KeyPair, sm2, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { lengthPrefixed, partAt, u32 } from '../../../spec/v1/parts.ts';
import { issueNow } from './issue-now.ts';

const FORMAT = 1;
const SECRETS_BYTES = 3 * SM2_PRIVATE_KEY_BYTES;
const HEADER_BYTES = 5;
const MAX_CERTIFICATE_BYTES = 16_384;
const ROOT_YEARS = 20;
const ATTESTATION_YEARS = 10;
/** Clocks of verifiers may be behind the host's at the first start. */
const BACKDATE_MS = 3_600_000;

/** Keys and certificates of this device. */
export interface DeviceIdentity {
  /** Issues the other certificates; its own is the anchor verifiers pin. */
  readonly root: Sm2KeyPair;
  /** Signs evidence and receipts; one for each TCB version. */
  readonly attestation: Sm2KeyPair;
  /** Bundles and personalisation data are encrypted to it. */
  readonly bundle: Sm2KeyPair;
  readonly rootCertificate: Uint8Array;
  readonly attestationCertificate: Uint8Array;
  readonly bundleCertificate: Uint8Array;
  /** TCB version the attestation key was made for. */
  readonly tcbVersion: number;
}

const yearsLater = (time: Date, years: number): Date => {
  const later = new Date(time);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
};

const serialOf = (root: Sm2KeyPair): string => toHex(sm3(root.publicKey).subarray(0, 8));

function issue(
  root: Sm2KeyPair,
  holder: Sm2KeyPair,
  what: string,
  profile: 'root-ca' | 'tee-attestation' | 'device-encryption',
  time: Date,
  years: number,
): Uint8Array {
  const notBefore = new Date(Math.floor((time.getTime() - BACKDATE_MS) / 1000) * 1000);
  const name = (part: string) => ({
    commonName: `CSSI software TEE ${part}`,
    organizationalUnit: 'emulated',
  });
  return issueNow(
    {
      subject: name(what),
      issuer: name(`device root ${serialOf(root)}`),
      publicKeyInfo: encodeSm2PublicKeyInfo(holder.publicKey),
      profile,
      notBefore,
      notAfter: yearsLater(notBefore, years),
      issuerPublicKeyInfo: encodeSm2PublicKeyInfo(root.publicKey),
    },
    root,
  );
}

/** The certificate names the TCB version: a key of an older one cannot pass for a newer. */
const attestationFor = (root: Sm2KeyPair, pair: Sm2KeyPair, time: Date, tcbVersion: number): Uint8Array =>
  issue(
    root,
    pair,
    `attestation ${serialOf(root)} tcb ${tcbVersion}`,
    'tee-attestation',
    time,
    ATTESTATION_YEARS,
  );

/** Makes all keys and certificates of a new device. */
export function makeDevice(time: Date, tcbVersion: number): DeviceIdentity {
  const root = sm2.generateKeyPair();
  const attestation = sm2.generateKeyPair();
  const bundle = sm2.generateKeyPair();
  const serial = serialOf(root);
  return {
    root,
    attestation,
    bundle,
    rootCertificate: issue(root, root, `device root ${serial}`, 'root-ca', time, ROOT_YEARS),
    attestationCertificate: attestationFor(root, attestation, time, tcbVersion),
    bundleCertificate: issue(
      root,
      bundle,
      `bundle key ${serial}`,
      'device-encryption',
      time,
      ATTESTATION_YEARS,
    ),
    tcbVersion,
  };
}

/** The same device with a new attestation key for a newer TCB (TCB 恢复). */
export function reprovision(device: DeviceIdentity, time: Date, tcbVersion: number): DeviceIdentity {
  const attestation = sm2.generateKeyPair();
  return {
    ...device,
    attestation,
    attestationCertificate: attestationFor(device.root, attestation, time, tcbVersion),
    tcbVersion,
  };
}

/** Zeroes the private keys that are still in memory. */
export function destroyDevice({ attestation, bundle }: DeviceIdentity): void {
  attestation.privateKey.destroy();
  bundle.privateKey.destroy();
}

/** 01 ‖ TCB version (4) ‖ three private keys ‖ three certificates, each after its length. */
export function encodeDevice(device: DeviceIdentity): Secret {
  const keys = [device.root, device.attestation, device.bundle].map(({ privateKey }) =>
    privateKey.use((bytes) => bytes.slice()),
  );
  const encoded = concatBytes(
    Uint8Array.of(FORMAT),
    u32(device.tcbVersion),
    ...keys,
    lengthPrefixed(device.rootCertificate),
    lengthPrefixed(device.attestationCertificate),
    lengthPrefixed(device.bundleCertificate),
  );
  for (const key of keys) key.fill(0);
  return Secret.take(encoded);
}

/**
 * @throws {@link SmError} ERR_TEE_SEAL_INTEGRITY
 */
export function decodeDevice(contents: Secret): DeviceIdentity {
  return contents.use((bytes) => {
    const broken = () => TEE_CLIENT_ERRORS.create('ERR_TEE_SEAL_INTEGRITY');
    if (bytes.length < HEADER_BYTES + SECRETS_BYTES || bytes[0] !== FORMAT) throw broken();
    let at = HEADER_BYTES + SECRETS_BYTES;
    const certificate = (): Uint8Array => {
      const part = partAt(bytes, at, MAX_CERTIFICATE_BYTES);
      if (part === undefined || part.length === 0) throw broken();
      at += 4 + part.length;
      return part;
    };
    const rootCertificate = certificate();
    const attestationCertificate = certificate();
    const bundleCertificate = certificate();
    if (at !== bytes.length) throw broken();
    const pair = (index: number): Sm2KeyPair => {
      const from = HEADER_BYTES + index * SM2_PRIVATE_KEY_BYTES;
      return sm2.keyPair(Secret.copy(bytes.subarray(from, from + SM2_PRIVATE_KEY_BYTES)));
    };
    return {
      root: pair(0),
      attestation: pair(1),
      bundle: pair(2),
      rootCertificate,
      attestationCertificate,
      bundleCertificate,
      tcbVersion: new DataView(bytes.buffer, bytes.byteOffset).getUint32(1),
    };
  });
}

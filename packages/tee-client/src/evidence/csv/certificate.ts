import { SmError, sm2 } from '@cssi/sm-core';
import { plainBytes } from '../../spec/v1/plain-bytes.ts';
import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';
import { allZero, readPoint, readSignature, readUid, skipZeros } from './fields.ts';

/**
 * What a key of the Hygon hierarchy is for.
 *
 * @standard Hygon CSV API, key usage
 * @group Attestation
 */
export const CSV_USAGES = {
  HRK: 0x0000,
  HSK: 0x0013,
  INVALID: 0x1000,
  OCA: 0x1001,
  PEK: 0x1002,
  PDH: 0x1003,
  CEK: 0x1004,
} as const;

/** Length of an HRK or HSK certificate. @group Attestation */
export const CSV_ROOT_CERTIFICATE_BYTES = 832;
/** Length of a CEK, PEK or OCA certificate. @group Attestation */
export const CSV_CERTIFICATE_BYTES = 2084;
/** SM2 signature over SM3. @internal */
export const CSV_ALGORITHM_SM2 = 4;
/** @internal */
export const CSV_CURVE_SM2 = 3;

const ROOT_BODY = 576;
const ROOT_TAIL = 112;
const BODY = 1044;
const SLOT_TAIL = 368;
const KEY_ID = 16;

/** A signature slot of a certificate. @group Attestation */
export interface CsvSignatureSlot {
  /** Usage of the key that signed: one of {@link CSV_USAGES}. */
  readonly usage: number;
  readonly algorithm: number;
  /** r‖s, big-endian, 64 bytes. */
  readonly signature: Uint8Array;
}

/** What both kinds of Hygon certificate have. @group Attestation */
export interface CsvCertificateBase {
  readonly version: number;
  /** One of {@link CSV_USAGES}. */
  readonly usage: number;
  /** 04‖x‖y. */
  readonly publicKey: Uint8Array;
  /** ID_A of this key: what it signs carries its Z, not that of the default ID. */
  readonly uid: Uint8Array;
  /** Key id of the issuer, 16 bytes; zeros where the version of the certificate has none. */
  readonly issuerKeyId: Uint8Array;
  /** The bytes that are signed. */
  readonly body: Uint8Array;
  readonly signatures: readonly CsvSignatureSlot[];
}

/** HRK or HSK: the root keys of the maker (海光根密钥、签名密钥). @group Attestation */
export interface CsvRootCertificate extends CsvCertificateBase {
  readonly kind: 'root';
  /** 16 bytes. */
  readonly keyId: Uint8Array;
}

/** CEK, PEK or OCA: keys of a chip (芯片密钥、平台背书密钥) and of its owner. @group Attestation */
export interface CsvDeviceCertificate extends CsvCertificateBase {
  readonly kind: 'device';
  /** Version of the firmware's interface that made it. */
  readonly firmware: { readonly major: number; readonly minor: number };
  readonly algorithm: number;
}

/** @group Attestation */
export type CsvCertificate = CsvRootCertificate | CsvDeviceCertificate;

function checkForm(version: number, curve: number, publicKey: Uint8Array): void {
  if (version !== 1 && version !== 2) throw malformed('csv-certificate-version');
  if (curve !== CSV_CURVE_SM2) throw malformed('csv-curve');
  if (allZero(publicKey.subarray(1))) throw malformed('public-key');
}

/**
 * Reads an HRK or HSK certificate.
 *
 * @standard Hygon CSV API, root certificate
 * @param bytes - 832 bytes
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseCsvRootCertificate(bytes: Uint8Array): CsvRootCertificate {
  if (bytes.length !== CSV_ROOT_CERTIFICATE_BYTES) throw malformed('csv-certificate-length');
  const reader = new ByteReader(bytes, 'csv-certificate');
  const version = reader.u32();
  const keyId = reader.bytes(KEY_ID).slice();
  const issuerKeyId = reader.bytes(KEY_ID).slice();
  const usage = reader.u32();
  reader.skip(24);
  const curve = reader.u32();
  const publicKey = readPoint(reader);
  const uid = readUid(reader);
  reader.skip(ROOT_BODY - reader.at);
  const signature = readSignature(reader);
  skipZeros(reader, ROOT_TAIL);
  checkForm(version, curve, publicKey);
  const body = plainBytes(bytes).slice(0, ROOT_BODY);
  // The slot names no signer: an HRK signs HRK and HSK, and nothing else has this form.
  const signatures = [{ usage: CSV_USAGES.HRK, algorithm: CSV_ALGORITHM_SM2, signature }];
  return { kind: 'root', version, keyId, issuerKeyId, usage, publicKey, uid, body, signatures };
}

function readSlot(reader: ByteReader): CsvSignatureSlot {
  const usage = reader.u32();
  const algorithm = reader.u32();
  const signature = readSignature(reader);
  skipZeros(reader, SLOT_TAIL);
  return { usage, algorithm, signature };
}

/**
 * Reads a CEK, PEK or OCA certificate.
 *
 * @standard Hygon CSV API, CSV certificate
 * @param bytes - 2,084 bytes
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseCsvCertificate(bytes: Uint8Array): CsvDeviceCertificate {
  if (bytes.length !== CSV_CERTIFICATE_BYTES) throw malformed('csv-certificate-length');
  const reader = new ByteReader(bytes, 'csv-certificate');
  const version = reader.u32();
  const firmware = { major: reader.u8(), minor: reader.u8() };
  reader.skip(2);
  const usage = reader.u32();
  const algorithm = reader.u32();
  const curve = reader.u32();
  const publicKey = readPoint(reader);
  const uid = readUid(reader);
  const issuerKeyId = reader.bytes(KEY_ID).slice();
  reader.skip(BODY - reader.at);
  const signatures = [readSlot(reader), readSlot(reader)];
  checkForm(version, curve, publicKey);
  const body = plainBytes(bytes).slice(0, BODY);
  return {
    kind: 'device',
    version,
    firmware,
    usage,
    algorithm,
    publicKey,
    uid,
    issuerKeyId,
    body,
    signatures,
  };
}

/**
 * Reads the Hygon certificates of one file, by its length: HRK or HSK, CEK or OCA, or HSK and CEK together as the
 * maker's server gives them out.
 *
 * @param bytes - 832, 2,084 or 2,916 bytes
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseHygonCertificates(bytes: Uint8Array): readonly CsvCertificate[] {
  if (bytes.length === CSV_ROOT_CERTIFICATE_BYTES) return [parseCsvRootCertificate(bytes)];
  if (bytes.length === CSV_CERTIFICATE_BYTES) return [parseCsvCertificate(bytes)];
  if (bytes.length !== CSV_ROOT_CERTIFICATE_BYTES + CSV_CERTIFICATE_BYTES) {
    throw malformed('csv-certificate-length');
  }
  return [
    parseCsvRootCertificate(bytes.subarray(0, CSV_ROOT_CERTIFICATE_BYTES)),
    parseCsvCertificate(bytes.subarray(CSV_ROOT_CERTIFICATE_BYTES)),
  ];
}

/**
 * True when `signer` made `signature` over `message`: SM2 with the Z of the signer's own uid.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED when the signer's key is no point of the curve
 * @internal
 */
export function verifyCsvSignature(
  signer: Pick<CsvCertificateBase, 'publicKey' | 'uid'>,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return sm2.verify(signer.publicKey, message, signature, { id: signer.uid, format: 'raw' });
  } catch (cause) {
    if (cause instanceof SmError && cause.code === 'ERR_SM2_PUBLIC_KEY_INVALID')
      throw malformed('public-key', cause);
    throw cause;
  }
}

import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { CSV_ALGORITHM_SM2, CSV_CURVE_SM2 } from '../evidence/csv/certificate.ts';
import { CSV_NUMBER_BYTES, CSV_UID_BYTES } from '../evidence/csv/fields.ts';
import { CSV_USAGES } from '../evidence/csv/index.ts';
import { ByteWriter } from './byte-writer.ts';

const ROOT_BODY = 576;
const ROOT_TAIL = 112;
const BODY = 1044;
const SLOT_TAIL = 368;
const KEY_ID = 16;
const SLOTS = 2;

/** A key of the hierarchy. @internal */
export interface CsvKey {
  readonly pair: Sm2KeyPair;
  /** In its certificate. */
  readonly uid: Uint8Array;
  /** In the Z of what it signs: its uid, unless it is to be wrong. */
  readonly signingId: Uint8Array;
  readonly usage: number;
}

const littleEndian = (number: Uint8Array): Uint8Array => Uint8Array.from(number).reverse();

function writeNumbers(writer: ByteWriter, both: Uint8Array): ByteWriter {
  return writer
    .field(littleEndian(both.subarray(0, 32)), CSV_NUMBER_BYTES)
    .field(littleEndian(both.subarray(32)), CSV_NUMBER_BYTES);
}

/** Signs `message` and writes r and s. @internal */
export function writeCsvSignature(
  writer: ByteWriter,
  { pair, signingId }: CsvKey,
  message: Uint8Array,
): ByteWriter {
  return writeNumbers(writer, sm2.signWith(pair, message, { id: signingId, format: 'raw' }));
}

function writeKey(writer: ByteWriter, { pair, uid }: CsvKey): ByteWriter {
  writeNumbers(writer.u32(CSV_CURVE_SM2), pair.publicKey.subarray(1));
  return writer.u16(uid.length).field(uid, CSV_UID_BYTES);
}

/** An HRK or HSK certificate, 832 bytes. @internal */
export function csvRootCertificate(
  key: CsvKey,
  { keyId, issuer, issuerKeyId }: { keyId: Uint8Array; issuer: CsvKey; issuerKeyId: Uint8Array },
): Uint8Array {
  const writer = new ByteWriter().u32(1).bytes(keyId).bytes(issuerKeyId).u32(key.usage).zeros(24);
  writeKey(writer, key);
  const body = writer.zeros(ROOT_BODY - writer.length).finish();
  return writeCsvSignature(new ByteWriter().bytes(body), issuer, body).zeros(ROOT_TAIL).finish();
}

/** A CEK, PEK or OCA certificate, 2,084 bytes. @internal */
export function csvCertificate(
  key: CsvKey,
  options: {
    version: number;
    firmware: readonly [major: number, minor: number];
    issuerKeyId?: Uint8Array;
    issuers: readonly CsvKey[];
  },
): Uint8Array {
  const { version, firmware, issuerKeyId = new Uint8Array(KEY_ID), issuers } = options;
  const writer = new ByteWriter().u32(version).u8(firmware[0]).u8(firmware[1]).u16(0);
  writeKey(writer.u32(key.usage).u32(CSV_ALGORITHM_SM2), key).bytes(issuerKeyId);
  const body = writer.zeros(BODY - writer.length).finish();
  const certificate = new ByteWriter().bytes(body);
  for (let i = 0; i < SLOTS; i++) {
    const issuer = issuers[i];
    if (issuer === undefined)
      certificate
        .u32(CSV_USAGES.INVALID)
        .u32(0)
        .zeros(2 * CSV_NUMBER_BYTES);
    else writeCsvSignature(certificate.u32(issuer.usage).u32(CSV_ALGORITHM_SM2), issuer, body);
    certificate.zeros(SLOT_TAIL);
  }
  return certificate.finish();
}

import { concatBytes, SM3_DIGEST_BYTES, sm3, utf8 } from '@cssi/sm-core';
import { decodeCbor, encodeCbor } from './cbor.ts';
import {
  CHANNEL_PATTERN,
  IDENTIFIER_PATTERN,
  LINK_TYPES,
  type LinkType,
  MAX_CERTIFICATE_BYTES,
  MODEL_LEVELS,
  MODEL_SPEC_VERSION,
  type ModelLevel,
  PAYLOAD_CLASSES,
  type PayloadClass,
} from './constants.ts';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';
import { bytesOf, choiceOf, listOf, mapOf, textOf, timeOf, wholeOf } from './fields.ts';
import type { Manifest } from './manifest.ts';

/** Longest receipt in bytes. */
export const MAX_RECEIPT_BYTES: number = 2048 + MAX_CERTIFICATE_BYTES;
const RECEIPT_FORMAT = 'SMP1-receipt';
const CONTEXT = utf8('cssi SMP1 receipt v1\0');

/** What a device states that it received. */
export interface ReceiptStatement {
  /** SM3 of the manifest, 32 bytes. */
  readonly manifestDigest: Uint8Array;
  readonly modelId: string;
  readonly publisherId: string;
  readonly channel: string;
  readonly epoch: number;
  readonly version: number;
  readonly level: ModelLevel;
  readonly link: LinkType;
  readonly payloadClass: PayloadClass;
  /** SM3 of the device certificate, 32 bytes. */
  readonly device: Uint8Array;
  readonly receivedAt: Date;
}

/** A delivery receipt (交付回执) as it was read; the signature is not checked yet. */
export interface Receipt {
  readonly statement: ReceiptStatement;
  /** What was signed: a purpose of its own, then the encoded statement. */
  readonly signedBytes: Uint8Array;
  /** SM2 signature of the device, DER SEQUENCE of r and s. */
  readonly signature: Uint8Array;
  /** The device certificate, DER. */
  readonly certificate: Uint8Array;
}

/** The statement about a manifest. */
export function receiptStatement(
  manifest: Manifest,
  certificate: Uint8Array,
  receivedAt: Date,
): ReceiptStatement {
  const { modelId, publisherId, channel, epoch, version, level, link, payloadClass, digest } = manifest;
  return {
    manifestDigest: digest,
    modelId,
    publisherId,
    channel,
    epoch,
    version,
    level,
    link,
    payloadClass,
    device: sm3(certificate),
    receivedAt,
  };
}

/** Encodes a statement. */
export function encodeStatement(statement: ReceiptStatement): Uint8Array {
  return encodeCbor({
    ...statement,
    format: RECEIPT_FORMAT,
    specVersion: MODEL_SPEC_VERSION,
    receivedAt: statement.receivedAt.getTime(),
  });
}

/** The bytes that a device signs. */
export function receiptSignedBytes(statement: Uint8Array): Uint8Array {
  return concatBytes(CONTEXT, statement);
}

/** Encodes a receipt. */
export function encodeReceipt(
  statement: Uint8Array,
  signature: Uint8Array,
  certificate: Uint8Array,
): Uint8Array {
  return encodeCbor([statement, signature, certificate]);
}

const FIELDS = [
  'format',
  'specVersion',
  'manifestDigest',
  'modelId',
  'publisherId',
  'channel',
  'epoch',
  'version',
  'level',
  'link',
  'payloadClass',
  'device',
  'receivedAt',
];

/**
 * Reads a receipt.
 *
 * @throws {@link SmError} ERR_MODEL_CBOR_MALFORMED, ERR_MODEL_MANIFEST_INVALID, ERR_MODEL_SUITE_UNSUPPORTED
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const parts = listOf(decodeCbor(bytes, MAX_RECEIPT_BYTES), 'receipt', 3, 3);
  const statement = bytesOf(parts[0], 'statement', 1, 2048);
  const map = mapOf(decodeCbor(statement, 2048), 'statement', FIELDS);
  if (map.format !== RECEIPT_FORMAT || map.specVersion !== MODEL_SPEC_VERSION) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SUITE_UNSUPPORTED', { detail: 'parameter=format' });
  }
  return {
    statement: {
      manifestDigest: bytesOf(map.manifestDigest, 'manifestDigest', SM3_DIGEST_BYTES),
      modelId: textOf(map.modelId, 'modelId', IDENTIFIER_PATTERN),
      publisherId: textOf(map.publisherId, 'publisherId', /^[^\p{Cc}]{1,64}$/u),
      channel: textOf(map.channel, 'channel', CHANNEL_PATTERN),
      epoch: wholeOf(map.epoch, 'epoch', 1, Number.MAX_SAFE_INTEGER),
      version: wholeOf(map.version, 'version', 1, Number.MAX_SAFE_INTEGER),
      level: choiceOf(map.level, 'level', MODEL_LEVELS),
      link: choiceOf(map.link, 'link', LINK_TYPES),
      payloadClass: choiceOf(map.payloadClass, 'payloadClass', PAYLOAD_CLASSES),
      device: bytesOf(map.device, 'device', SM3_DIGEST_BYTES),
      receivedAt: timeOf(map.receivedAt, 'receivedAt'),
    },
    signedBytes: receiptSignedBytes(statement),
    signature: bytesOf(parts[1], 'signature', 1, 128),
    certificate: bytesOf(parts[2], 'certificate', 1, MAX_CERTIFICATE_BYTES),
  };
}

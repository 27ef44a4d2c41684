import { decodeCbor } from '../cbor/decode.ts';
import { CborFields } from '../cbor/fields.ts';
import type { CborMap } from '../cbor/value.ts';
import { type CoseSign1, parseCoseSign1 } from '../cose/sign1.ts';
import { malformed } from '../malformed.ts';

/** Longest attestation document in bytes; the security module of an enclave answers with less. @group Attestation */
export const NITRO_MAX_BYTES = 16_384;

const MAX_PCRS = 32;
const MAX_PCR_INDEX = 31;
const PCR_BYTES = 48;
const MAX_CERTIFICATE_BYTES = 1024;
const MAX_CABUNDLE = 16;
/** Bound of `user_data`, `nonce` and `public_key`; documents name 512 for the first two. */
const MAX_DATA_BYTES = 1024;
const MAX_MODULE_ID = 256;
/** Last time a Date holds, in milliseconds. */
const MAX_TIMESTAMP = 8.64e15;

/**
 * The attestation document of an AWS Nitro enclave.
 *
 * @standard AWS Nitro Enclaves, attestation process §2.1
 * @group Attestation
 */
export interface NitroDocument {
  readonly message: CoseSign1;
  /** Parent instance and enclave, `i-…-enc…`. */
  readonly moduleId: string;
  readonly timestamp: Date;
  /** Register number to its SHA-384 value; locked registers only. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** DER of the certificate whose key signed the document. */
  readonly certificate: Uint8Array;
  /** DER of its issuers, the root first. */
  readonly cabundle: readonly Uint8Array[];
  readonly publicKey: Uint8Array | undefined;
  readonly userData: Uint8Array | undefined;
  readonly nonce: Uint8Array | undefined;
}

/** `module_id` as a text key of CBOR, the first of the document. */
const FIRST_KEY = /* @__PURE__ */ Buffer.from('\x69module_id', 'latin1');
/** Protected header {1: -35} and an empty unprotected one. */
const HEADERS = /* @__PURE__ */ Buffer.from([0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0]);
/** Tag, headers, and the heads of the payload and its map come before the first key. */
const SEARCHED_BYTES = 32;

/** Whether the bytes look like an attestation document. @group Attestation */
export function isNitroDocument(evidence: Uint8Array): boolean {
  if (evidence.length > NITRO_MAX_BYTES) return false;
  const start = Buffer.from(evidence.buffer, evidence.byteOffset, Math.min(evidence.length, SEARCHED_BYTES));
  const from = start[0] === 0xd2 ? 1 : 0;
  return (
    start[from] === 0x84 &&
    start.subarray(from + 1, from + 1 + HEADERS.length).equals(HEADERS) &&
    start.includes(FIRST_KEY)
  );
}

function registers(map: CborMap): ReadonlyMap<number, Uint8Array> {
  if (map.size === 0 || map.size > MAX_PCRS) throw malformed('nitro-pcrs');
  const pcrs = new Map<number, Uint8Array>();
  for (const [index, value] of map) {
    const known = typeof index === 'number' && index >= 0 && index <= MAX_PCR_INDEX;
    if (!known || !(value instanceof Uint8Array) || value.length !== PCR_BYTES) throw malformed('nitro-pcrs');
    pcrs.set(index, value);
  }
  return pcrs;
}

/**
 * Reads an attestation document. Bytes are views of the input.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_INPUT_TYPE
 * @standard AWS Nitro Enclaves, attestation process §3.1
 * @group Attestation
 */
export function parseNitroDocument(evidence: Uint8Array): NitroDocument {
  const message = parseCoseSign1(evidence, { maxBytes: NITRO_MAX_BYTES });
  const payload = decodeCbor(message.payload, { maxBytes: NITRO_MAX_BYTES, indefinite: true });
  const fields = new CborFields(payload, 'nitro');
  const optional = (key: string): Uint8Array | undefined =>
    fields.has(key) ? fields.bytes(key, key, { min: 0, max: MAX_DATA_BYTES }) : undefined;
  const moduleId = fields.text('module_id', 'module_id', MAX_MODULE_ID);
  if (moduleId === '') throw malformed('nitro-module_id');
  if (fields.text('digest', 'digest', 16) !== 'SHA384') throw malformed('nitro-digest');
  const timestamp = fields.uint('timestamp', 'timestamp');
  if (timestamp === 0 || timestamp > MAX_TIMESTAMP) throw malformed('nitro-timestamp');
  const size = { min: 1, max: MAX_CERTIFICATE_BYTES };
  const cabundle = fields.list('cabundle', 'cabundle', { min: 1, max: MAX_CABUNDLE });
  const issuers = cabundle.map((certificate) => {
    const good = certificate instanceof Uint8Array && certificate.length > 0;
    if (!good || certificate.length > MAX_CERTIFICATE_BYTES) throw malformed('nitro-cabundle');
    return certificate;
  });
  return {
    message,
    moduleId,
    timestamp: new Date(timestamp),
    pcrs: registers(fields.map('pcrs', 'pcrs')),
    certificate: fields.bytes('certificate', 'certificate', size),
    cabundle: issuers,
    publicKey: optional('public_key'),
    userData: optional('user_data'),
    nonce: optional('nonce'),
  };
}

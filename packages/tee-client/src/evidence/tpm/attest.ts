import { ByteReader } from '../byte-reader.ts';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../event-log/types.ts';
import { malformed } from '../malformed.ts';
import { hashOfId } from './algorithms.ts';

/** Longest TPMS_ATTEST that is read, in bytes. @group Attestation */
export const MAX_TPM_QUOTE_BYTES = 2048;

/** TPM_GENERATED_VALUE: what a restricted key signs begins with it only when a TPM made it. @internal */
export const TPM_GENERATED = 0xff544347;
/** TPM_ST_ATTEST_QUOTE. @internal */
export const ATTEST_QUOTE = 0x8018;

/** A TPM2B_DATA holds at most a TPMT_HA of the largest digest. */
const MAX_EXTRA_DATA = 66;
const MAX_NAME = 66;
const MAX_SELECTIONS = 16;
const MAX_SELECT_BYTES = 4;

/** PCRs of one bank that a quote covers, ascending. @group Attestation */
export interface TpmPcrSelection {
  readonly bank: LogAlgorithm;
  readonly indexes: readonly number[];
}

/**
 * A quote of a TPM 2.0 or a TCM (TPM 引证): TPMS_ATTEST of type TPM_ST_ATTEST_QUOTE. Byte fields are
 * views of the input.
 *
 * @standard TCG TPM 2.0 Library Part 2 §10.12.8 TPMS_ATTEST; GM/T 0012-2020
 * @group Attestation
 */
export interface TpmQuote {
  /** Name of the hash algorithm and digest over the key and all its ancestors. */
  readonly qualifiedSigner: Uint8Array;
  /** Qualifying data: the challenger's nonce, 0 to 66 bytes. */
  readonly extraData: Uint8Array;
  /** Milliseconds the TPM has been running. */
  readonly clock: bigint;
  readonly resetCount: number;
  readonly restartCount: number;
  /** Whether `clock` surely never had a higher value. */
  readonly safe: boolean;
  /** Of the vendor's making; obfuscated unless the key is in the endorsement or the platform hierarchy. */
  readonly firmwareVersion: bigint;
  /** In the order of the digest. */
  readonly selections: readonly TpmPcrSelection[];
  /** Digest over the selected values, by the hash of the signature. */
  readonly pcrDigest: Uint8Array;
}

/** A TPM2B: u16 length and as many bytes. @internal */
export function sized(reader: ByteReader, max: number, reason: string): Uint8Array {
  const length = reader.u16be();
  if (length > max) throw malformed(reason);
  return reader.bytes(length);
}

function selection(reader: ByteReader): TpmPcrSelection {
  const bank = hashOfId(reader.u16be());
  if (bank === undefined) throw malformed('quote-pcr-bank');
  const length = reader.u8();
  if (length > MAX_SELECT_BYTES) throw malformed('quote-pcr-select');
  const bits = reader.bytes(length);
  const indexes: number[] = [];
  for (let index = 0; index < 8 * length; index++) {
    if ((bits[index >> 3]! >> (index & 7)) & 1) indexes.push(index);
  }
  return { bank, indexes };
}

/**
 * Reads a quote.
 *
 * @param bytes - TPMS_ATTEST, without the length a TPM2B_ATTEST has in front
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, for other kinds of attestation structures as well
 * @standard TCG TPM 2.0 Library Part 2 §10.12.8
 * @group Attestation
 */
export function parseTpmQuote(bytes: Uint8Array): TpmQuote {
  if (bytes.length > MAX_TPM_QUOTE_BYTES) throw malformed('quote-size');
  const reader = new ByteReader(bytes, 'quote');
  if (reader.u32be() !== TPM_GENERATED) throw malformed('quote-magic');
  if (reader.u16be() !== ATTEST_QUOTE) throw malformed('quote-type');
  const qualifiedSigner = sized(reader, MAX_NAME, 'quote-signer');
  const extraData = sized(reader, MAX_EXTRA_DATA, 'quote-extra-data');
  const clock = reader.u64be();
  const resetCount = reader.u32be();
  const restartCount = reader.u32be();
  const safe = reader.u8();
  if (safe > 1) throw malformed('quote-safe');
  const firmwareVersion = reader.u64be();
  const count = reader.u32be();
  if (count > MAX_SELECTIONS) throw malformed('quote-pcr-count');
  const selections: TpmPcrSelection[] = [];
  for (let i = 0; i < count; i++) selections.push(selection(reader));
  const pcrDigest = sized(reader, LOG_ALGORITHMS.sha512.bytes, 'quote-pcr-digest');
  reader.end();
  return {
    qualifiedSigner,
    extraData,
    clock,
    resetCount,
    restartCount,
    safe: safe === 1,
    firmwareVersion,
    selections,
    pcrDigest,
  };
}

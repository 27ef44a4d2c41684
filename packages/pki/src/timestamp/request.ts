import { randomBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import { DerProblem, readOne, readSmallInteger } from '../internal/tlv.ts';
import { boolean, integer, oid, sequence } from '../internal/write.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import {
  MAX_TIMESTAMP_REQUEST_BYTES,
  type MessageImprint,
  type TimeStampHash,
  type TimeStampRequest,
} from '../spec/v1/timestamp.ts';
import { isNonce, readDefaultFalse, readExtensions, readNonce, writeNonce } from './fields.ts';
import { imprintOf, readImprint, writeImprint } from './imprint.ts';

const NONCE_BYTES = 16;
const OID_TEXT = /^[0-2](?:\.(?:0|[1-9]\d{0,38})){1,30}$/;

/** Is this the text form of an OID of bounded length? */
export const isOidText = (text: unknown): text is string => typeof text === 'string' && OID_TEXT.test(text);

/** What {@link createTimeStampRequest} is asked for; `content` or `imprint`, not both. */
export interface TimeStampRequestOptions {
  readonly content?: Uint8Array;
  readonly imprint?: MessageImprint;
  /** Hash of the imprint when content is given; SM3 when left out. */
  readonly hash?: TimeStampHash;
  /** A number that comes back in the token; random of 128 bits when left out, none for `null`. */
  readonly nonce?: bigint | null;
  /** OID of the policy to stamp under. */
  readonly policy?: string;
  /** Ask for the certificate of the authority in the token; `true` when left out. */
  readonly certReq?: boolean;
}

/** A random nonce of 128 bits. */
const randomNonce = (): bigint =>
  randomBytes(NONCE_BYTES).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/**
 * Writes a time stamp request (时间戳请求).
 *
 * @returns TimeStampReq, DER
 * @standard GB/T 20520, RFC 3161 §2.4.1
 * @throws {@link SmError} ERR_PKI_TIMESTAMP_OPTIONS
 */
export function createTimeStampRequest(options: TimeStampRequestOptions): Uint8Array {
  const { hash = 'sm3', nonce = randomNonce(), policy, certReq = true } = options;
  const invalid = (option: string) =>
    PKI_ERRORS.create('ERR_PKI_TIMESTAMP_OPTIONS', { detail: `option=${option}` });
  if (nonce !== null && !isNonce(nonce)) throw invalid('nonce');
  if (policy !== undefined && !isOidText(policy)) throw invalid('policy');
  return sequence(
    integer(1),
    writeImprint(imprintOf(options, hash)),
    ...(policy === undefined ? [] : [oid(policy)]),
    ...(nonce === null ? [] : [writeNonce(nonce)]),
    ...(certReq ? [boolean(true)] : []),
  );
}

function parse(der: Uint8Array, log: FindingLog): TimeStampRequest {
  const cursor = new Cursor(readOne(der, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  if (version !== 1 && version !== 2) throw new DerProblem('version');
  if (version === 2) log.note('TST_VERSION_2', 'request');
  const imprint = readImprint(cursor.take(0x30, 'imprint'), log);
  const policy = cursor.maybe(0x06);
  const nonce = readNonce(cursor.maybe(0x02));
  const certReq = readDefaultFalse(cursor.maybe(0x01), 'certReq', log);
  const extensions = readExtensions(cursor.maybe(0xa0), log);
  cursor.end('request');
  return {
    raw: der,
    version,
    imprint,
    ...(policy === undefined ? {} : { policy: readOid(policy, 'policy') }),
    ...(nonce === undefined ? {} : { nonce }),
    certReq,
    extensions,
    findings: log.findings,
  };
}

/**
 * Reads a time stamp request.
 *
 * @param der - at most 16,384 bytes; copied
 * @standard GB/T 20520, RFC 3161 §2.4.1
 * @throws {@link SmError} ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 */
export function parseTimeStampRequest(
  der: Uint8Array,
  options: { readonly policy?: DeviationPolicy } = {},
): TimeStampRequest {
  const log = new FindingLog(options.policy);
  return reading('ERR_PKI_TIMESTAMP_MALFORMED', MAX_TIMESTAMP_REQUEST_BYTES, der, (copy) => parse(copy, log));
}

import { derElement } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { toDer } from '../internal/ber.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { reading } from '../internal/reading.ts';
import { DerProblem, expectTag, readAll, readOne, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import { integer, sequence, utf8String } from '../internal/write.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import {
  MAX_TIMESTAMP_BYTES,
  TIMESTAMP_FAILURES,
  TIMESTAMP_STATUSES,
  type TimeStampFailure,
  type TimeStampResponse,
  type TimeStampStatus,
} from '../spec/v1/timestamp.ts';
import { berParts } from './ber-parts.ts';

const MAX_STATUS_TEXTS = 16;
const MAX_FAILURE_BYTES = 8;
const NAMES = new Map<number, TimeStampFailure>(
  Object.entries(TIMESTAMP_FAILURES).map(([name, bit]) => [bit, name as TimeStampFailure]),
);

function readTexts(element: Tlv | undefined): readonly string[] {
  if (element === undefined) return [];
  const texts = readAll(element.value);
  if (texts.length === 0 || texts.length > MAX_STATUS_TEXTS) throw new DerProblem('statusString');
  return texts.map((text) => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(expectTag(text, 0x0c, 'statusString').value);
    } catch (error) {
      if (error instanceof DerProblem) throw error;
      throw new DerProblem('statusString');
    }
  });
}

function readFailures(element: Tlv | undefined): readonly string[] {
  if (element === undefined) return [];
  const [unused = 8, ...bytes] = element.value;
  if (unused > 7 || bytes.length > MAX_FAILURE_BYTES || (bytes.length === 0 && unused > 0)) {
    throw new DerProblem('failInfo');
  }
  const failures: string[] = [];
  for (let bit = 0; bit < 8 * bytes.length - unused; bit++) {
    const isSet = (bytes[bit >> 3]! & (0x80 >> (bit & 7))) !== 0;
    if (isSet) failures.push(NAMES.get(bit) ?? `bit:${bit}`);
  }
  return failures;
}

/** Status and token. The token stays as it came, and so do the bytes that are signed in it. */
function partsOf(bytes: Uint8Array, log: FindingLog): readonly (Uint8Array | undefined)[] {
  try {
    return readAll(readOne(bytes, 0x30).value, 2).map(({ raw }) => raw);
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    const [status, token] = berParts(bytes, 2);
    log.note('BER_ENCODING', 'response');
    return [status && toDer(status).der, token];
  }
}

function parse(bytes: Uint8Array, log: FindingLog): TimeStampResponse {
  const [head = new Uint8Array(0), token] = partsOf(bytes, log);
  const info = new Cursor(readOne(head, 0x30).value);
  const status = TIMESTAMP_STATUSES[readSmallInteger(info.take(0x02, 'status'), 'status')];
  if (status === undefined) throw new DerProblem('status');
  const statusText = readTexts(info.maybe(0x30));
  const failures = readFailures(info.maybe(0x03));
  info.end('status');
  const granted = status === 'granted' || status === 'grantedWithMods';
  // RFC 3161 §2.4.2: a token with any other status, or granted without one, contradicts itself.
  if (granted !== (token !== undefined)) throw new DerProblem('token');
  if (token !== undefined && token[0] !== 0x30) throw new DerProblem('token');
  const { findings } = log;
  return { raw: bytes, status, statusText, failures, ...(token === undefined ? {} : { token }), findings };
}

/**
 * Reads the answer of a time stamp authority. That it was granted says nothing about the
 * token: see `verifyTimeStampToken`.
 *
 * @param bytes - DER, or BER with a note, as authorities send whose tokens are BER; at most
 * 1,048,576 bytes; copied
 * @standard GB/T 20520, RFC 3161 §2.4.2
 * @throws {@link SmError} ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 */
export function parseTimeStampResponse(
  bytes: Uint8Array,
  options: { readonly policy?: DeviationPolicy } = {},
): TimeStampResponse {
  const log = new FindingLog(options.policy);
  return reading('ERR_PKI_TIMESTAMP_MALFORMED', MAX_TIMESTAMP_BYTES, bytes, (copy) => parse(copy, log));
}

/**
 * The token of a response that was granted.
 *
 * @throws {@link SmError} ERR_PKI_TIMESTAMP_OPTIONS with the status and the failures when it was not
 */
export function grantedToken(response: TimeStampResponse): Uint8Array {
  if (response.token !== undefined) return response.token;
  const failures = response.failures.filter((name) => /^[\w:]+$/.test(name)).join(',');
  throw PKI_ERRORS.create('ERR_PKI_TIMESTAMP_OPTIONS', {
    detail: `reason=not-granted status=${response.status} failures=${failures}`,
  });
}

/** BIT STRING with one bit, shortest form. */
function failureBits(failure: TimeStampFailure): Uint8Array {
  const bit = TIMESTAMP_FAILURES[failure];
  const bytes = new Uint8Array((bit >> 3) + 1);
  bytes[bit >> 3] = 0x80 >> (bit & 7);
  return derElement(0x03, Uint8Array.of(7 - (bit & 7)), bytes);
}

const statusNumber = (status: TimeStampStatus): Uint8Array => integer(TIMESTAMP_STATUSES.indexOf(status));

/** TimeStampResp of a rejection. */
export const writeRejection = (failure: TimeStampFailure, text: string): Uint8Array =>
  sequence(sequence(statusNumber('rejection'), sequence(utf8String(text)), failureBits(failure)));

/** TimeStampResp with a token. */
export const writeGranted = (token: Uint8Array): Uint8Array =>
  sequence(sequence(statusNumber('granted')), token);

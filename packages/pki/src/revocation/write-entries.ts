import { derElement, derUnsigned, toHex } from '@cssi/sm-core';
import { isRecord } from '../certificate/known-fields.ts';
import { encodeTime } from '../internal/times.ts';
import { enumerated, generalizedTime, sequence } from '../internal/write.ts';
import { OIDS } from '../spec/v1/oids.ts';
import {
  type CrlSpecEntry,
  MAX_CRL_BYTES,
  REVOCATION_REASONS,
  type RevocationReason,
} from '../spec/v1/revocation.ts';
import { extension } from './extensions.ts';
import { isReason } from './reasons.ts';
import { invalidOption, wholeSeconds } from './write-support.ts';

/** With its sign byte a serial number must not be longer. @standard RFC 5280 §4.1.2.2 */
const MAX_SERIAL_BYTES = 20;

function encodeSerial(serial: unknown): Uint8Array {
  if (!(serial instanceof Uint8Array) || serial.length > MAX_SERIAL_BYTES) throw invalidOption('serial');
  const encoded = derUnsigned(serial);
  if (encoded[1]! > MAX_SERIAL_BYTES || serial.every((byte) => byte === 0)) throw invalidOption('serial');
  return encoded;
}

/** Extensions that say a reason, made once: a list says the same few again and again. */
const reasonExtensions = new Map<RevocationReason, Uint8Array>();

function reasonExtension(reason: RevocationReason): Uint8Array {
  const known = reasonExtensions.get(reason);
  if (known !== undefined) return known;
  const made = extension(OIDS.crlReason, false, enumerated(REVOCATION_REASONS[reason]));
  reasonExtensions.set(reason, made);
  return made;
}

function encodeEntry(serial: Uint8Array, entry: CrlSpecEntry, delta: boolean): Uint8Array {
  const { reason = 'unspecified', invalidityDate } = entry;
  if (!isReason(reason) || (reason === 'removeFromCRL' && !delta)) throw invalidOption('reason');
  const extensions: Uint8Array[] = [];
  // §5.3.1: unspecified is said by saying nothing.
  if (reason !== 'unspecified') extensions.push(reasonExtension(reason));
  if (invalidityDate !== undefined) {
    const since = generalizedTime(wholeSeconds(invalidityDate, 'invalidityDate'));
    extensions.push(extension(OIDS.invalidityDate, false, since));
  }
  const date = encodeTime(wholeSeconds(entry.revocationDate, 'revocationDate'));
  return sequence(serial, date, ...(extensions.length === 0 ? [] : [sequence(...extensions)]));
}

/** One array of all parts; a call cannot take hundreds of thousands of them as arguments. */
function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The SEQUENCE of entries; no bytes without any. @standard RFC 5280 §5.1.2.6, §5.3 */
export function encodeEntries(entries: Iterable<CrlSpecEntry>, delta: boolean): Uint8Array {
  if (typeof (entries as Partial<typeof entries> | null | undefined)?.[Symbol.iterator] !== 'function') {
    throw invalidOption('entries');
  }
  const encoded: Uint8Array[] = [];
  const serials = new Set<string>();
  let bytes = 0;
  for (const entry of entries) {
    if (!isRecord(entry)) throw invalidOption('entries');
    const serial = encodeSerial(entry.serial);
    const key = toHex(serial);
    if (serials.has(key)) throw invalidOption('serial');
    serials.add(key);
    const one = encodeEntry(serial, entry, delta);
    bytes += one.length;
    // Whoever hands over entries without end must not fill the memory.
    if (bytes > MAX_CRL_BYTES) throw invalidOption('entries');
    encoded.push(one);
  }
  return encoded.length === 0 ? new Uint8Array(0) : derElement(0x30, join(encoded, bytes));
}

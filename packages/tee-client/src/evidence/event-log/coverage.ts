import { equalBytes } from '@cssi/sm-core';
import { logDigest } from './digest.ts';
import { digestSource } from './event-types.ts';
import type { EventCoverage, LogEvent } from './types.ts';

/** GUID, two lengths of 64 bits: what stands before name and value of a UEFI_VARIABLE_DATA. */
const VARIABLE_HEADER = 32;
/** What GRUB writes before the text it has measured. */
const LABELS = ['kernel_cmdline', 'grub_kernel_cmdline', 'grub_cmd', 'module_cmdline'];
const BLANK = 0x20;
const COLON = 0x3a;

/** Are all digests of the event those of `data`? One bank that is not could be the one that is signed. */
const hashes = (event: LogEvent, data: Uint8Array): boolean =>
  event.digests.length > 0 &&
  event.digests.every(({ algorithm, value }) => equalBytes(logDigest(algorithm, data), value));

const withoutNul = (data: Uint8Array): Uint8Array | undefined =>
  data.length > 1 && data.at(-1) === 0 ? data.subarray(0, -1) : undefined;

/**
 * The value of a variable, undefined when the lengths inside do not add up.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.2.6 UEFI_VARIABLE_DATA
 */
function variableValue(data: Uint8Array): Uint8Array | undefined {
  if (data.length < VARIABLE_HEADER) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const name = view.getUint32(16, true);
  const value = view.getUint32(24, true);
  if (view.getUint32(20, true) !== 0 || view.getUint32(28, true) !== 0) return undefined;
  const from = VARIABLE_HEADER + 2 * name;
  return from + value === data.length ? data.subarray(from) : undefined;
}

/** The text behind GRUB's label, up to the first NUL. */
function labelledText(data: Uint8Array): Uint8Array | undefined {
  for (const label of LABELS) {
    let at = label.length;
    if (data.length <= at || ![...label].every((letter, i) => data[i] === letter.charCodeAt(0))) continue;
    if (data[at] === COLON) at++;
    if (data[at] !== BLANK) continue;
    const text = data.subarray(at + 1);
    const end = text.indexOf(0);
    return end < 0 ? text : text.subarray(0, end);
  }
  return undefined;
}

/**
 * What the digests of an event vouch for, by computing them again.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.4.1
 * @internal
 */
export function eventCoverage(event: LogEvent): EventCoverage {
  if (!event.extends) return 'nothing';
  const source = digestSource(event.type);
  if (source === undefined) return 'nothing';
  const { data } = event;
  if (hashes(event, data)) return 'data';
  // Text with and without its end sign: firmware does both.
  const shorter = source === 'value' ? undefined : withoutNul(data);
  if (shorter !== undefined && hashes(event, shorter)) return 'data';
  if (source === 'data') return 'mismatch';
  const value = source === 'value' ? variableValue(data) : labelledText(data);
  if (value !== undefined && hashes(event, value)) return 'value';
  return source === 'value' ? 'mismatch' : 'nothing';
}

import { toHex } from '@cssi/sm-core';

const BYTES_PER_LINE = 32;
const GROUP = 4;

const spaced = (hex: string): string => hex.match(new RegExp(`.{1,${2 * GROUP}}`, 'g'))?.join(' ') ?? '';

/** Bytes as hex in groups of four, 32 to a line; of long ones only the first `most`. */
export function hexLines(bytes: Uint8Array, most = 128): string[] {
  if (bytes.length === 0) return ['∅'];
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += BYTES_PER_LINE) {
    lines.push(spaced(toHex(bytes.subarray(at, Math.min(at + BYTES_PER_LINE, most)))));
  }
  return bytes.length > most ? [...lines, `… (${bytes.length} bytes)`] : lines;
}

/** An IPv4 or IPv6 address; with its mask when it has twice the length. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 8 || bytes.length === 32) {
    const half = bytes.length / 2;
    return `${addressText(bytes.subarray(0, half))}/${addressText(bytes.subarray(half))}`;
  }
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return toHex(bytes);
  const groups = toHex(bytes)
    .match(/.{4}/g)!
    .map((group) => group.replace(/^0{1,3}/, ''));
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?:$|:)/, '::');
}

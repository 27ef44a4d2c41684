import { isIPv4, isIPv6 } from 'node:net';
import { utf8 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { implicit, sequence } from '../internal/write.ts';
import type { AlternativeNames } from '../spec/v1/certificate.ts';

const MAX_NAMES = 64;
const MAX_DNS_CHARACTERS = 253;
const MAX_URI_CHARACTERS = 2048;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/;
const LOCAL_PART = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;

/** A host name without a wildcard. */
export const isHostName = (name: string): boolean =>
  name.length <= MAX_DNS_CHARACTERS && name.split('.').every((label) => LABEL.test(label));

const isDnsName = (name: string): boolean =>
  name.length <= MAX_DNS_CHARACTERS && isHostName(name.startsWith('*.') ? name.slice(2) : name);

/** `local@host`, ASCII. */
export function isMailbox(address: string): boolean {
  const at = address.lastIndexOf('@');
  return LOCAL_PART.test(address.slice(0, Math.max(at, 0))) && isHostName(address.slice(at + 1));
}

/** An absolute URI in printable ASCII. */
export const isUri = (text: string): boolean =>
  text.length <= MAX_URI_CHARACTERS &&
  /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/.test(text) &&
  URL.canParse(text);

/** An IPv6 address with a zone, which `isIPv6` lets pass, means nothing on another host. */
export const isAddress = (text: string): boolean => isIPv4(text) || (isIPv6(text) && !text.includes('%'));

function ipv6Groups(address: string): readonly string[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const fill = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...fill, ...right];
}

/** The 4 or 16 bytes of an address that {@link isAddress} let pass. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  return Uint8Array.from(
    ipv6Groups(address).flatMap((group) => {
      const number = Number.parseInt(group, 16);
      return [number >> 8, number & 0xff];
    }),
  );
}

/** Fields in the order of writing: host names go first, as TLS readers show them. */
const KINDS = [
  ['dnsNames', 2, isDnsName, utf8],
  ['ipAddresses', 7, isAddress, addressBytes],
  ['emails', 1, isMailbox, utf8],
  ['uris', 6, isUri, utf8],
] as const;

/**
 * Value of subjectAltName, `undefined` without names.
 *
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodeSubjectAltName(names: AlternativeNames): Uint8Array | undefined {
  const invalid = () => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'field=subjectAltName' });
  const parts = KINDS.flatMap(([field, tag, fits, encode]) => {
    const list: unknown = names[field] ?? [];
    if (!Array.isArray(list) || list.length > MAX_NAMES) throw invalid();
    return list.map((name: unknown) => {
      if (typeof name !== 'string' || !fits(name)) throw invalid();
      return implicit(tag, encode(name));
    });
  });
  if (parts.length > MAX_NAMES) throw invalid();
  return parts.length === 0 ? undefined : sequence(...parts);
}

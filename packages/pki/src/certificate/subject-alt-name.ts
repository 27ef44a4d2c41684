import { isIPv4, isIPv6 } from 'node:net';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, SubjectAlternativeName } from '@peculiar/asn1-x509';
import { PKI_ERRORS } from '../errors.ts';
import { DerProblem, readAll, readOne } from '../internal/tlv.ts';

const MAX_NAMES = 64;
const MAX_DNS_CHARACTERS = 253;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/;

function isDnsName(name: string): boolean {
  const labels = (name.startsWith('*.') ? name.slice(2) : name).split('.');
  return name.length <= MAX_DNS_CHARACTERS && labels.every((label) => LABEL.test(label));
}

/** All eight groups in four digits, which the encoder of the library expects. */
function expandIPv6(address: string): string {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const fill = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...fill, ...right].map((group) => group.padStart(4, '0')).join(':');
}

/**
 * Value of subjectAltName, `undefined` without names.
 *
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodeSubjectAltName(
  dns: readonly string[] = [],
  ip: readonly string[] = [],
): Uint8Array | undefined {
  if (dns.length + ip.length === 0) return undefined;
  // An IPv6 address with a zone, which `isIPv6` lets pass, means nothing on another host.
  const goodIp = ip.every((address) => isIPv4(address) || (isIPv6(address) && !address.includes('%')));
  if (!dns.every(isDnsName) || !goodIp || dns.length + ip.length > MAX_NAMES) {
    throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'field=subjectAltName' });
  }
  const names = [
    ...dns.map((dNSName) => new GeneralName({ dNSName })),
    ...ip.map((address) => new GeneralName({ iPAddress: isIPv6(address) ? expandIPv6(address) : address })),
  ];
  return new Uint8Array(AsnConvert.serialize(new SubjectAlternativeName(names)));
}

/** Host names and addresses of subjectAltName; names of other kinds are left alone. */
export function decodeSubjectAltName(value: Uint8Array): { dnsNames: string[]; ipAddresses: Uint8Array[] } {
  const dnsNames: string[] = [];
  const ipAddresses: Uint8Array[] = [];
  const names = readAll(readOne(value, 0x30).value);
  if (names.length === 0) throw new DerProblem('subject alternative name');
  for (const { tag, value: name } of names) {
    // [2] dNSName is IA5String, [7] iPAddress four or sixteen bytes.
    if (tag === 0x82) {
      if (name.some((byte) => byte < 0x21 || byte > 0x7e)) throw new DerProblem('dns name');
      dnsNames.push(new TextDecoder('latin1').decode(name));
    } else if (tag === 0x87) {
      if (name.length !== 4 && name.length !== 16) throw new DerProblem('ip address');
      ipAddresses.push(name);
    }
  }
  return { dnsNames, ipAddresses };
}

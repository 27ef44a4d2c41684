import { derElement } from '@cssi/sm-core';
import type { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readBoolean, readOctets, type Tlv } from '../internal/tlv.ts';
import type { CertificateExtension } from '../spec/v1/certificate.ts';
import { MAX_TIMESTAMP_NONCE_BYTES } from '../spec/v1/timestamp.ts';

const MAX_EXTENSIONS = 32;

/** Value of an INTEGER of either sign: nonces of some clients are negative. */
export function readNonce(element: Tlv | undefined): bigint | undefined {
  if (element === undefined) return undefined;
  const { value } = expectTag(element, 0x02, 'nonce');
  const padded =
    value.length > 1 && ((value[0] === 0 && value[1]! < 0x80) || (value[0] === 0xff && value[1]! >= 0x80));
  if (value.length === 0 || value.length > MAX_TIMESTAMP_NONCE_BYTES || padded) {
    throw new DerProblem('nonce');
  }
  const magnitude = value.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return value[0]! >= 0x80 ? magnitude - (1n << BigInt(8 * value.length)) : magnitude;
}

/** INTEGER of either sign, shortest form. */
export function writeNonce(nonce: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = nonce;
  do {
    bytes.unshift(Number(BigInt.asUintN(8, rest)));
    rest >>= 8n;
    // Stops when all that is left is the sign, and the sign bit says so.
  } while (!((rest === 0n && bytes[0]! < 0x80) || (rest === -1n && bytes[0]! >= 0x80)));
  return derElement(0x02, Uint8Array.from(bytes));
}

/** Does the nonce fit into what readers take? */
export const isNonce = (nonce: unknown): nonce is bigint =>
  typeof nonce === 'bigint' && BigInt.asIntN(8 * MAX_TIMESTAMP_NONCE_BYTES, nonce) === nonce;

/** A BOOLEAN DEFAULT FALSE; DER leaves FALSE out, and some clients do not. */
export function readDefaultFalse(element: Tlv | undefined, where: string, log: FindingLog): boolean {
  if (element === undefined) return false;
  const value = readBoolean(element, where);
  if (!value) log.note('DEFAULT_WRITTEN', where);
  return value;
}

function readExtension(element: Tlv, log: FindingLog): CertificateExtension {
  const parts = readAll(expectTag(element, 0x30, 'extension').value);
  if (parts.length < 2 || parts.length > 3) throw new DerProblem('extension');
  const critical = parts.length === 3 && readBoolean(parts[1], 'extension');
  if (parts.length === 3 && !critical) log.note('CRITICAL_FALSE_WRITTEN', 'extension');
  return {
    oid: readOid(parts[0], 'extension'),
    critical,
    value: readOctets(parts[parts.length - 1], 'extension'),
  };
}

/** Extensions behind an implicit tag; none may be there twice. */
export function readExtensions(element: Tlv | undefined, log: FindingLog): readonly CertificateExtension[] {
  if (element === undefined) return [];
  const parts = readAll(element.value);
  if (parts.length === 0 || parts.length > MAX_EXTENSIONS) throw new DerProblem('extensions');
  const extensions = parts.map((part) => readExtension(part, log));
  if (new Set(extensions.map(({ oid }) => oid)).size !== extensions.length) {
    throw new DerProblem('repeated extension');
  }
  return extensions;
}

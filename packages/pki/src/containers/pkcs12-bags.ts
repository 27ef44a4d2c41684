import { Secret } from '@cssi/sm-core';
import { Cursor } from '../internal/cursor.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readOctets, readOne, type Tlv } from '../internal/tlv.ts';
import { MAX_PKCS12_BAGS } from '../spec/v1/container.ts';
import { type PasswordScheme, readPasswordScheme } from './password-scheme.ts';
import type { ReadingContext } from './pbes2.ts';
import { PKCS12_OIDS } from './pkcs12-oids.ts';

const MAX_NESTED = 4;
const MAX_NAME_BYTES = 1024;
const MAX_KEY_ID_BYTES = 256;

/** Attributes of a bag that are read; others are read over. */
export interface BagAttributes {
  readonly friendlyName?: string;
  readonly localKeyId?: Uint8Array;
}

/** A bag whose contents were copied, or a key that is still encrypted. */
export type Bag = { readonly attributes: BagAttributes } & (
  | { readonly kind: 'key'; readonly pkcs8: Secret }
  | { readonly kind: 'shrouded'; readonly scheme: PasswordScheme; readonly ciphertext: Uint8Array }
  | { readonly kind: 'certificate' | 'crl'; readonly der: Uint8Array }
  | { readonly kind: 'unread'; readonly oid: string }
);

function readFriendlyName(value: Tlv): string {
  const { value: bytes } = expectTag(value, 0x1e, 'friendlyName');
  if (bytes.length % 2 !== 0 || bytes.length > MAX_NAME_BYTES) throw new DerProblem('friendlyName');
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) text += String.fromCharCode((bytes[i]! << 8) | bytes[i + 1]!);
  return text;
}

function readLocalKeyId(value: Tlv): Uint8Array {
  const bytes = readOctets(value, 'localKeyId');
  if (bytes.length > MAX_KEY_ID_BYTES) throw new DerProblem('localKeyId');
  return Uint8Array.from(bytes);
}

function readAttributes(element: Tlv | undefined): BagAttributes {
  let attributes: BagAttributes = {};
  if (element === undefined) return attributes;
  for (const attribute of readAll(element.value)) {
    const parts = new Cursor(expectTag(attribute, 0x30, 'bag attribute').value);
    const oid = readOid(parts.next('bag attribute'), 'bag attribute');
    const [value] = readAll(parts.take(0x31, 'bag attribute').value);
    parts.end('bag attribute');
    if (value === undefined) continue;
    if (oid === PKCS12_OIDS.friendlyName)
      attributes = { ...attributes, friendlyName: readFriendlyName(value) };
    if (oid === PKCS12_OIDS.localKeyId) attributes = { ...attributes, localKeyId: readLocalKeyId(value) };
  }
  return attributes;
}

/** CertBag and CRLBag: a type and, explicitly tagged, its octets. @standard RFC 7292 §4.2.3, §4.2.4 */
function readTyped(value: Tlv, type: string): Uint8Array | undefined {
  const parts = new Cursor(expectTag(value, 0x30, 'bag').value);
  const oid = readOid(parts.next('bag'), 'bag');
  const wrapped = parts.take(0xa0, 'bag');
  parts.end('bag');
  return oid === type ? Uint8Array.from(readOctets(readOne(wrapped.value, 0x04), 'bag')) : undefined;
}

/** Reads the bags of all SafeContents of one container. */
export class BagReader {
  readonly bags: Bag[] = [];
  readonly #context: ReadingContext;

  constructor(context: ReadingContext) {
    this.#context = context;
  }

  /** @param safeContents - DER of a SafeContents */
  read(safeContents: Uint8Array, nested = 0): void {
    for (const bag of readAll(readOne(safeContents, 0x30).value)) {
      if (this.bags.length === MAX_PKCS12_BAGS) throw new DerProblem('too many');
      const parts = new Cursor(expectTag(bag, 0x30, 'bag').value);
      const oid = readOid(parts.next('bag'), 'bag');
      const [value, ...rest] = readAll(parts.take(0xa0, 'bag').value);
      const attributes = readAttributes(parts.maybe(0x31));
      parts.end('bag');
      if (value === undefined || rest.length > 0) throw new DerProblem('bag');
      if (oid === PKCS12_OIDS.safeContentsBag) {
        if (nested === MAX_NESTED) throw new DerProblem('too deep');
        this.read(value.raw, nested + 1);
      } else this.bags.push(this.#bag(oid, value, attributes));
    }
  }

  #bag(oid: string, value: Tlv, attributes: BagAttributes): Bag {
    if (oid === PKCS12_OIDS.keyBag) return { kind: 'key', pkcs8: Secret.copy(value.raw), attributes };
    if (oid === PKCS12_OIDS.shroudedKeyBag) {
      const [algorithm, data, ...rest] = readAll(expectTag(value, 0x30, 'key bag').value);
      if (algorithm === undefined || rest.length > 0) throw new DerProblem('key bag');
      const scheme = readPasswordScheme(algorithm, 'keyBag', this.#context);
      return {
        kind: 'shrouded',
        scheme: detached(scheme),
        ciphertext: Uint8Array.from(readOctets(data, 'key bag')),
        attributes,
      };
    }
    const kind = oid === PKCS12_OIDS.certificateBag ? 'certificate' : 'crl';
    if (kind === 'crl' && oid !== PKCS12_OIDS.crlBag) return { kind: 'unread', oid, attributes };
    const type = kind === 'crl' ? PKCS12_OIDS.x509Crl : PKCS12_OIDS.x509Certificate;
    const der = readTyped(value, type);
    return der === undefined ? { kind: 'unread', oid, attributes } : { kind, der, attributes };
  }

  /** Zeroes the keys that were read. */
  destroy(): void {
    for (const bag of this.bags) if (bag.kind === 'key') bag.pkcs8.destroy();
  }
}

/** The scheme with copies of what it holds: the plaintext it was read from is zeroed. */
function detached(scheme: PasswordScheme): PasswordScheme {
  if (scheme.kind === 'pbe-3des') return { ...scheme, salt: Uint8Array.from(scheme.salt) };
  const { salt, iv } = scheme.plan;
  return {
    kind: 'pbes2',
    plan: { ...scheme.plan, salt: Uint8Array.from(salt), iv: Uint8Array.from(iv) },
  };
}

import { toHex } from '@cssi/sm-core';
import {
  type Asn1Element,
  elementAt,
  elementsIn,
  MAX_ASN1_DEPTH,
  oidOf,
  textOf,
  timeTextOf,
} from './asn1.ts';
import { type Entry, label, type Value } from './entry.ts';
import { type Privacy, personal } from './names.ts';
import { oidText } from './oid-names.ts';

/** Most elements that an outline shows. */
const MAX_OUTLINE_ELEMENTS = 400;
/** Deepest element that an outline shows. */
const MAX_OUTLINE_DEPTH = 12;
/** Numbers and bytes up to this length are shown; a private key is longer, also one that was cut in two. */
const MAX_SHOWN_BYTES = 4;
/** Bytes that are shown where what the outline belongs to is known to be public. */
const MAX_PUBLIC_BYTES = 64;

const UNIVERSAL: Readonly<Record<number, string>> = {
  1: 'BOOLEAN',
  2: 'INTEGER',
  3: 'BIT STRING',
  4: 'OCTET STRING',
  5: 'NULL',
  6: 'OBJECT IDENTIFIER',
  10: 'ENUMERATED',
  12: 'UTF8String',
  16: 'SEQUENCE',
  17: 'SET',
  18: 'NumericString',
  19: 'PrintableString',
  20: 'TeletexString',
  22: 'IA5String',
  23: 'UTCTime',
  24: 'GeneralizedTime',
  26: 'VisibleString',
  30: 'BMPString',
};

/** A key may be written as text: hex digits of 16 bytes and more, also with separators, or base64 without blanks. */
const LONG_DIGITS = /(?:[0-9A-Fa-f][\s:-]?){32,}|[A-Za-z0-9+/_-]{40,}/;

/** How an outline is made. */
export interface OutlineOptions extends Privacy {
  /** The structure holds no secret: an extension of a certificate, an attribute of a message. */
  readonly isPublic: boolean;
}

function typeName({ tag, number }: Asn1Element): string {
  const kind = tag >> 6;
  if (kind === 0) return UNIVERSAL[number] ?? `UNIVERSAL ${number}`;
  return kind === 2 ? `[${number}]` : kind === 1 ? `[APPLICATION ${number}]` : `[PRIVATE ${number}]`;
}

const IDENTITY_ARCS = ['1.2.156.10260.4.1.', '1.2.86.11.7.', '1.2.156.11.7.', '1.2.86.21.1.'];

/** Elements in an OCTET STRING or BIT STRING that wraps a structure, as extensions and keys do. */
function wrapped(element: Asn1Element): Asn1Element[] | undefined {
  const inner = element.tag === 0x03 ? element.value.subarray(1) : element.value;
  const isString = element.tag === 0x04 || (element.tag === 0x03 && element.value[0] === 0);
  if (!isString || (inner[0] !== 0x30 && inner[0] !== 0x31)) return undefined;
  const content = elementAt(inner, 0);
  return content !== undefined && content.raw.length === inner.length ? [content] : undefined;
}

/** Walks one structure with one budget of lines. */
class Outliner {
  #left = MAX_OUTLINE_ELEMENTS;
  readonly #options: OutlineOptions;

  constructor(options: OutlineOptions) {
    this.#options = options;
  }

  element(element: Asn1Element, depth: number, hidden: boolean): Entry {
    const inside = element.constructed ? elementsIn(element.value, this.#left + 1) : wrapped(element);
    if (element.constructed || inside !== undefined) return this.#branch(element, inside, depth, hidden);
    return { label: typeName(element), value: hidden ? this.#size(element) : this.#value(element) };
  }

  #branch(element: Asn1Element, inside: Asn1Element[] | undefined, depth: number, hidden: boolean): Entry {
    const name = `${typeName(element)}${element.indefinite ? ' (BER)' : ''}`;
    if (inside === undefined) {
      const value = label(
        `${element.value.length} 字节，内容不完整`,
        `${element.value.length} bytes, broken inside`,
      );
      return { label: name, value };
    }
    if (depth >= Math.min(MAX_OUTLINE_DEPTH, MAX_ASN1_DEPTH) && inside.length > 0) {
      return { label: name, value: label(`更深层已省略`, 'deeper parts left out') };
    }
    const oid = oidOf(inside[0]);
    const identity = oid !== undefined && IDENTITY_ARCS.some((arc) => oid.startsWith(arc));
    const masked = hidden || (identity && !this.#options.showIdentity);
    const below: Entry[] = [];
    for (const child of inside) {
      if (this.#left-- <= 0) {
        below.push({ label: '…', value: label('其余已省略', 'the rest is left out') });
        break;
      }
      below.push(this.element(child, depth + 1, masked && child !== inside[0]));
    }
    return { label: name, below };
  }

  #size({ value }: Asn1Element): Value {
    return label(`${value.length} 字节`, `${value.length} bytes`);
  }

  #value(element: Asn1Element): Value {
    const text = textOf(element);
    if (text !== undefined) return this.#text(element, text);
    const oid = oidOf(element);
    if (element.tag === 0x06) return oid === undefined ? '?' : oidText(oid);
    if (element.tag === 0x01) return element.value[0] === 0 ? 'FALSE' : 'TRUE';
    if (element.tag === 0x05) return '';
    const time = timeTextOf(element);
    if (time !== undefined) return time;
    const most = this.#options.isPublic ? MAX_PUBLIC_BYTES : MAX_SHOWN_BYTES;
    return element.value.length <= most ? this.#bytes(element) : this.#size(element);
  }

  #bytes(element: Asn1Element): Value {
    const ascii = String.fromCharCode(...element.value);
    if (personal(ascii, this.#options) !== ascii) return this.#size(element);
    const small = (element.tag === 0x02 || element.tag === 0x0a) && element.value.length <= 4;
    if (!small) return toHex(element.value);
    return String([...element.value].reduce((sum, b, i) => (i === 0 ? (b << 24) >> 24 : sum * 256 + b), 0));
  }

  /** A text that is no text may be bytes of something else. */
  #text(element: Asn1Element, text: string): Value {
    // Any two bytes are a BMPString and any byte is a TeletexString: only the others tell text from key.
    const told = this.#options.isPublic || (element.tag !== 0x1e && element.tag !== 0x14);
    const readable =
      told && /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\s]*$/u.test(text) && !/[\u0080-\u00ff]{2}/.test(text);
    const hidden = !this.#options.isPublic && LONG_DIGITS.test(text);
    return readable && !hidden ? personal(text, this.#options) : this.#size(element);
  }
}

/** A structure nobody asked for by name: types, names of object identifiers, short values; bounded in depth and length. */
export function outline(bytes: Uint8Array, options: OutlineOptions): Entry[] {
  const top = elementsIn(bytes, 8);
  if (top === undefined) {
    const first = elementAt(bytes, 0);
    const broken: Entry = {
      label: '…',
      value: label('其后不是完整的 ASN.1 结构', 'what follows is no whole ASN.1'),
    };
    return first === undefined ? [broken] : [new Outliner(options).element(first, 0, false), broken];
  }
  const outliner = new Outliner(options);
  return top.map((element) => outliner.element(element, 0, false));
}

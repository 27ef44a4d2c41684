import { DerProblem } from '../internal/tlv.ts';

const LATIN1 = /* @__PURE__ */ new TextDecoder('latin1');
const UTF8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const UTF16 = /* @__PURE__ */ new TextDecoder('utf-16be', { ignoreBOM: true });

/** Above this a spread call would put too much on the stack. */
const MAX_SPREAD = 256;

/** Text of bytes that are all ASCII, `undefined` for others; several times as fast as a decoder. */
function shortAscii(value: Uint8Array): string | undefined {
  if (value.length > MAX_SPREAD) return undefined;
  for (let i = 0; i < value.length; i++) if (value[i]! >= 0x80) return undefined;
  return String.fromCharCode.apply(null, value as unknown as number[]);
}

function decodeUtf8(value: Uint8Array): string {
  try {
    return UTF8.decode(value);
  } catch {
    throw new DerProblem('utf-8');
  }
}

/** Text of a string element; `undefined` for a tag that is no string type. */
export function decodeText(tag: number, value: Uint8Array): string | undefined {
  switch (tag) {
    case 0x0c:
      return shortAscii(value) ?? decodeUtf8(value);
    // NumericString, PrintableString, TeletexString, IA5String, VisibleString
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x16:
    case 0x1a:
      return shortAscii(value) ?? LATIN1.decode(value);
    // BMPString
    case 0x1e:
      if (value.length % 2 !== 0) throw new DerProblem('bmp string');
      return UTF16.decode(value);
    default:
      return undefined;
  }
}

/** Text of printable ASCII; `undefined` when another byte is among it. */
export function printableAscii(value: Uint8Array, lowest = 0x21): string | undefined {
  for (let i = 0; i < value.length; i++) if (value[i]! < lowest || value[i]! > 0x7e) return undefined;
  return shortAscii(value) ?? LATIN1.decode(value);
}

/** Can the text be shown without looking like another one? Control and format characters cannot. */
export const isShowable = (text: string): boolean =>
  text !== '' && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);

/** Only characters of a PrintableString. @standard GB/T 16262.1-2006 (ISO/IEC 8824-1) */
export const isPrintable = (text: string): boolean => /^[A-Za-z0-9 '()+,\-./:=?]+$/.test(text);

import { type JsonValue, parseJson } from '@cssi/sm-core';
import { malformed } from '../malformed.ts';
import { JsonFields } from './json-fields.ts';
import { MAX_COLLATERAL_BYTES } from './limits.ts';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
/** Brackets and braces differ in these; with the bit that tells them apart set, two comparisons are enough. */
const [OPENING, CLOSING, EITHER] = [0x7b, 0x7d, 0x20];
const [BLANK, TAB, LINE_FEED, RETURN] = [0x20, 0x09, 0x0a, 0x0d];

/** A statement of Intel as served, with the exact bytes that were signed. @internal */
export interface SignedJson {
  readonly fields: JsonFields;
  /** The value of the member as it stands in the input. */
  readonly signed: Uint8Array;
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array;
}

/** Place behind the string that starts at `at`. */
function stringEnd(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return end + 1;
}

function skipBlanks(bytes: Uint8Array, at: number): number {
  let next = at;
  for (; ; next++) {
    const byte = bytes[next];
    if (byte !== BLANK && byte !== TAB && byte !== LINE_FEED && byte !== RETURN) return next;
  }
}

/** Place behind the value that starts at `at`, blanks behind it included for those without brackets. */
function valueEnd(bytes: Uint8Array, at: number): number {
  let depth = 0;
  let end = at;
  while (end < bytes.length) {
    const byte = bytes[end]!;
    if (byte === QUOTE) {
      end = stringEnd(bytes, end);
      continue;
    }
    const bracket = byte | EITHER;
    if (bracket === OPENING) depth++;
    else if (bracket === CLOSING) {
      if (depth === 0) return end;
      depth--;
      if (depth === 0) return end + 1;
    } else if (byte === COMMA && depth === 0) return end;
    end++;
  }
  return end;
}

/**
 * Where the values of the outer object's members stand. The bytes are JSON that was parsed before, so
 * brackets and strings match.
 */
function memberRanges(bytes: Uint8Array): Map<string, Uint8Array> {
  const members = new Map<string, Uint8Array>();
  let at = skipBlanks(bytes, skipBlanks(bytes, 0) + 1);
  while (bytes[at] === QUOTE) {
    const nameEnd = stringEnd(bytes, at);
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + at, nameEnd - at).toString('latin1');
    // Two members of one name would let the parser read another value than the one that was signed.
    if (members.has(name)) throw malformed('collateral-duplicate');
    const start = skipBlanks(bytes, skipBlanks(bytes, nameEnd) + 1);
    if (bytes[skipBlanks(bytes, nameEnd)] !== COLON) throw malformed('collateral');
    const end = valueEnd(bytes, start);
    members.set(name, bytes.subarray(start, end));
    at = skipBlanks(bytes, end);
    if (bytes[at] === COMMA) at = skipBlanks(bytes, at + 1);
  }
  return members;
}

function parse(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, MAX_COLLATERAL_BYTES);
  } catch (cause) {
    throw malformed('collateral', cause);
  }
}

/**
 * Reads `{"<member>":{…},"signature":"…"}`. The signature is over the bytes of the member as they
 * were sent, so they are found in the input and not written anew.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function readSignedJson(bytes: Uint8Array, member: string): SignedJson {
  if (bytes.length > MAX_COLLATERAL_BYTES) throw malformed('collateral-too-long');
  const outer = new JsonFields(parse(bytes), 'collateral');
  const ranges = memberRanges(bytes);
  const signed = ranges.get(`"${member}"`);
  // A name with escapes in it would be seen by the parser only.
  if (signed === undefined || ranges.size !== 2) throw malformed('collateral-members');
  return { fields: outer.object(member), signed, signature: outer.hex('signature', 64) };
}

import { toHex } from '@cssi/sm-core';
import { readName } from '../certificate/names.ts';
import { readOne } from '../internal/tlv.ts';

/** Small and capital letters in one, also where one of them has several small forms or none. */
const foldCase = (text: string): string => text.toLowerCase().toUpperCase();

/** Case, white space and characters that do not show do not count. @standard RFC 4518 §2 */
const fold = (text: string): string =>
  foldCase(text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, ''))
    .normalize('NFKC')
    .trim()
    .replace(/\s+/gu, ' ');

function folded(raw: Uint8Array): string {
  const parts = readName(readOne(raw, 0x30).value).map((attributes) =>
    attributes
      .map(({ oid, text, raw: value }) => [oid, text === undefined ? [toHex(value)] : fold(text)])
      .map((attribute) => JSON.stringify(attribute))
      .sort(),
  );
  return JSON.stringify(parts);
}

/**
 * Are two Names, DER, one to whoever compares them by RFC 5280, in whatever string types?
 *
 * @standard RFC 5280 §7.1
 */
export const sameName = (a: Uint8Array, b: Uint8Array): boolean => folded(a) === folded(b);

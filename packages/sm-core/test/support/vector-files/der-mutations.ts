import { der, fixed } from './bytes.ts';

const length = (hex: string): number => hex.length / 2;
const byte = (value: number): string => fixed(BigInt(value), 1);

/**
 * Encodings that are not the DER of SEQUENCE{r, s, rest}, by name. `r` and `s` are whole
 * INTEGERs; `rest` is what follows them, for ciphertexts.
 */
export function derMutations(
  r: string,
  s: string,
  rest = '',
): readonly (readonly [what: string, hex: string])[] {
  const body = r + s + rest;
  const good = der('30', body);
  const [rBody, sBody] = [r.slice(4), s.slice(4)];
  const integer = (contents: string): string => der('02', contents);
  const size = length(body);
  const sequence = (encodedLength: string): string => `30${encodedLength}${body}`;
  return [
    ['empty', ''],
    ['tag only', '30'],
    ['empty sequence', '3000'],
    [
      'length in the long form where the short one does',
      size < 0x80 ? sequence(`81${byte(size)}`) : sequence(`8200${byte(size & 0xff)}`),
    ],
    ['length with a leading zero', sequence(`82${fixed(BigInt(size), 2)}`)],
    ['length in four bytes', sequence(`84${fixed(BigInt(size), 4)}`)],
    ['length in nine bytes', sequence(`89${fixed(BigInt(size), 9)}`)],
    ['indefinite length', `3080${body}0000`],
    ['length one too small', sequence(size - 1 < 0x80 ? byte(size - 1) : `81${byte(size - 1)}`)],
    ['length one too large', sequence(size + 1 < 0x80 ? byte(size + 1) : `81${byte(size + 1)}`)],
    ['length 2^31', sequence('8480000000')],
    ['length 2^32-1', sequence('84ffffffff')],
    ['length ff', sequence('ff')],
    ['length 2^64-1', sequence(`88${'ff'.repeat(8)}`)],
    ['length of r 2^32-1', der('30', `0284ffffffff${rBody}${s}${rest}`)],
    ['length of r in the long form', der('30', `0281${byte(length(rBody))}${rBody}${s}${rest}`)],
    ['length of s in the long form', der('30', `${r}0281${byte(length(sBody))}${sBody}${rest}`)],
    ['indefinite length of r', der('30', `0280${rBody}0000${s}${rest}`)],
    ['r runs over s', der('30', `02${byte(length(rBody) + length(sBody) + 4)}${rBody}${s}`)],
    ['r with a leading zero too many', der('30', integer(`00${rBody}`), s, rest)],
    ['s with a leading zero too many', der('30', r, integer(`00${sBody}`), rest)],
    ['r with many leading zeros', der('30', integer('00'.repeat(40) + rBody), s, rest)],
    ['r without contents', der('30', '0200', s, rest)],
    ['s without contents', der('30', r, '0200', rest)],
    ['r negative', der('30', integer(`ff${rBody}`), s, rest)],
    ['s negative', der('30', r, integer(`80${sBody}`), rest)],
    ['r with a byte too many', der('30', integer(`${rBody}00`), s, rest)],
    ['s with a byte too many', der('30', r, integer(`${sBody}00`), rest)],
    ['s a byte too short', der('30', r, integer(sBody.slice(0, -2)), rest)],
    ['a byte after the sequence', `${good}00`],
    ['NULL after the sequence', `${good}0500`],
    ['the encoding twice', good + good],
    ['NULL inside at the end', der('30', body, '0500')],
    ['an INTEGER too many', der('30', body, '020101')],
    ['NULL inside at the front', der('30', '0500', body)],
    ['end of contents inside', der('30', body, '0000')],
    ['s is missing', der('30', r, rest)],
    ['r is missing', der('30', s, rest)],
    ['r as OCTET STRING', der('30', der('04', rBody), s, rest)],
    ['s as ENUMERATED', der('30', r, der('0a', sBody), rest)],
    ['r as constructed', der('30', der('22', r), s, rest)],
    ['r with a context tag', der('30', der('82', rBody), s, rest)],
    ['r with a long tag', der('30', `1f02${byte(length(rBody))}${rBody}`, s, rest)],
    ['SET instead of SEQUENCE', der('31', body)],
    ['primitive sequence', der('10', body)],
    ['sequence in a sequence', der('30', good)],
    ['sequence in an OCTET STRING', der('04', good)],
    ['without the sequence', body],
    ['last byte is missing', good.slice(0, -2)],
    ['half of it', good.slice(0, (good.length >> 2) * 2)],
  ];
}

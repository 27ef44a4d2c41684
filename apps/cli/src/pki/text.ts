/** Longest text of a file that is shown, in characters. */
const MAX_SHOWN_CHARACTERS = 1000;

/**
 * Characters that are not seen or that steer a terminal: control and format characters (those
 * that turn the direction of text among them), line separators, lone surrogates, blanks of no width.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Marks pile up over the lines above when there are many on one letter. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

const escaped = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** Text of a file in a form that says what is there: nothing in it breaks the line or steers the terminal. */
export function shown(text: string): string {
  const cut = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
  return cut.replace(UNSEEN, escaped).replace(PILED_MARKS, '$1…');
}

/** The same for JSON, where an escape stands for the character itself and nothing is lost. */
export const terminalSafeJson = (json: string): string =>
  json.replace(UNSEEN, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes on a terminal. */
export function columns(text: string): number {
  let sum = 0;
  for (const character of text) sum += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return sum;
}

/** Number of a resident identity card (公民身份号码), of 18 and of 15 places. @standard GB 11643-1999 */
const RESIDENT_NUMBER =
  /(?<!\d)[1-9]\d{5}(?:(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?!\d)/g;

/** A personal number with its middle hidden. */
export function masked(text: string): string {
  const characters = [...text];
  const kept = characters.length < 8 ? 0 : 2;
  return characters.map((c, i) => (i < kept || i >= characters.length - kept ? c : '*')).join('');
}

/** Text in which numbers of identity cards are masked. */
export const withoutResidentNumbers = (text: string): string => text.replace(RESIDENT_NUMBER, masked);

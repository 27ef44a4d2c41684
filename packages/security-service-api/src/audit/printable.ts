/**
 * Control and format characters, lone surrogates, line and paragraph separators: with them a
 * text could look like two, or like another one, on the screen of the person who reads it.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** True for text without characters that hide, break or turn it. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

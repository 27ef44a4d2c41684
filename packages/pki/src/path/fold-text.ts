/** Characters that RFC 4518 §2.2 maps to nothing, and other ones that nobody sees. */
const NOTHING = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u{FFFC}]|(?![\t-\r\x85])\p{Cc}/gu;
/** Line ends and tabs are white space. */
const SPACE = /[\s\x85]+/gu;

/** Full case folding of one character: ß is ss, and both small sigmas are one. */
function foldCharacter(character: string): string {
  const lower = character.toLowerCase();
  if (lower === 'ς') return 'σ';
  const upper = lower.toUpperCase();
  return upper.length > lower.length ? upper.toLowerCase() : lower;
}

/**
 * Text of a name as it is compared: case, amount of white space, invisible characters and the
 * form in which a character is written do not count.
 *
 * @standard RFC 5280 §7.1, RFC 4518 §2
 */
export function foldText(text: string): string {
  const mapped = text.replace(NOTHING, '').normalize('NFKC');
  const folded = [...mapped].map(foldCharacter).join('').normalize('NFKC');
  return folded.replace(NOTHING, '').replace(SPACE, ' ').trim();
}

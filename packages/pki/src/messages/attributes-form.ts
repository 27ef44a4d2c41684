/** Bytes of the content that {@link looksLikeAttributes} looks at. */
export const PREFIX_BYTES = 32;

/** Place behind a tag and its length. */
const behindHeader = (prefix: Uint8Array, at: number): number =>
  at + 2 + (prefix[at + 1]! > 0x80 ? prefix[at + 1]! & 0x7f : 0);

/**
 * Does content begin like a SET OF attributes: SET, SEQUENCE, OBJECT IDENTIFIER? A signature over
 * attributes is, byte for byte, also one over such content without attributes: whoever takes
 * them off would get another content signed. Which attribute comes first is the signer's choice,
 * so none is asked for.
 */
export function looksLikeAttributes(prefix: Uint8Array): boolean {
  if (prefix[0] !== 0x31) return false;
  const first = behindHeader(prefix, 0);
  return prefix[first] === 0x30 && prefix[behindHeader(prefix, first)] === 0x06;
}

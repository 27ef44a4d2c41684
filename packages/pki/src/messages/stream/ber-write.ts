import { concatBytes } from '@cssi/sm-core';
import { octets } from '../../internal/write.ts';

/** Longest OCTET STRING of a constructed one: readers may hold each as a whole. */
const MAX_PIECE_BYTES = 65_536;

/** Begins a constructed element of indefinite length. @standard GB/T 16263.1-2006 §8.1.3.6 */
export const open = (tag: number): Uint8Array => Uint8Array.of(tag, 0x80);

/** Ends `count` elements. */
export const close = (count: number): Uint8Array => new Uint8Array(2 * count);

/** Content as OCTET STRINGs inside of a constructed one. @standard GB/T 16263.1-2006 §8.7.3 */
export function octetPieces(content: Uint8Array): Uint8Array {
  if (content.length > 0 && content.length <= MAX_PIECE_BYTES) return octets(content);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += MAX_PIECE_BYTES) {
    pieces.push(octets(content.subarray(at, at + MAX_PIECE_BYTES)));
  }
  return concatBytes(...pieces);
}

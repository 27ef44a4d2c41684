import { DerProblem } from '../internal/tlv.ts';

const MAX_DEPTH = 32;
const SEQUENCE = 0x30;

interface Header {
  /** Where the contents begin. */
  readonly start: number;
  /** Where they end; `undefined` for the indefinite form. */
  readonly end: number | undefined;
}

function headerAt(bytes: Uint8Array, at: number): Header {
  const first = bytes[at + 1];
  if (first === undefined) throw new DerProblem('truncated');
  if ((bytes[at]! & 0x1f) === 0x1f) throw new DerProblem('tag');
  if (first === 0x80) return { start: at + 2, end: undefined };
  const count = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + count;
  if (count > 4 || start > bytes.length) throw new DerProblem('length');
  const length =
    count === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (start + length > bytes.length) throw new DerProblem('truncated');
  return { start, end: start + length };
}

const isEnd = (bytes: Uint8Array, at: number): boolean => bytes[at] === 0 && bytes[at + 1] === 0;

/** Where the element ends that begins here; what has a definite length is stepped over. */
function endOf(bytes: Uint8Array, at: number, depth = 0): number {
  if (depth > MAX_DEPTH) throw new DerProblem('too many');
  const { start, end } = headerAt(bytes, at);
  if (end !== undefined) return end;
  let child = start;
  while (!isEnd(bytes, child)) child = endOf(bytes, child, depth + 1);
  return child + 2;
}

/**
 * The elements of a SEQUENCE in BER, at most `most`, each as it came: what is signed in them must
 * stay as it is.
 *
 * @throws DerProblem
 */
export function berParts(bytes: Uint8Array, most: number): readonly Uint8Array[] {
  const { start, end } = headerAt(bytes, 0);
  if (bytes[0] !== SEQUENCE || endOf(bytes, 0) !== bytes.length) throw new DerProblem('sequence');
  const parts: Uint8Array[] = [];
  let at = start;
  while (end === undefined ? !isEnd(bytes, at) : at < end) {
    if (parts.length === most) throw new DerProblem('trailing');
    const next = endOf(bytes, at);
    parts.push(bytes.subarray(at, next));
    at = next;
  }
  if (end !== undefined && at > end) throw new DerProblem('truncated');
  return parts;
}

import { SEAL_ERRORS } from '../errors.ts';

const malformed = (reason: string) =>
  SEAL_ERRORS.create('ERR_SEAL_MALFORMED', { detail: `reason=${reason}` });

/** Header of the element at `at`: its tag, where its contents start and where it ends. */
function header(bytes: Uint8Array, at: number): { tag: number; from: number; to: number } {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw malformed('truncated');
  if ((tag & 0x1f) === 0x1f) throw malformed('tag');
  let from = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw malformed('length');
    length = 0;
    for (let i = 0; i < count; i++) {
      const byte = bytes[from++];
      if (byte === undefined) throw malformed('truncated');
      length = length * 256 + byte;
    }
    if (length < 0x80 || length < 256 ** (count - 1)) throw malformed('length');
  }
  if (from + length > bytes.length) throw malformed('truncated');
  return { tag, from, to: from + length };
}

/**
 * The elements inside one SEQUENCE that fills `bytes`, each with its own header.
 * Only one level is looked at; used to tell versions apart before parsing.
 *
 * @throws SmError ERR_SEAL_MALFORMED
 */
export function sequenceElements(bytes: Uint8Array): Uint8Array[] {
  const outer = header(bytes, 0);
  if (outer.tag !== 0x30) throw malformed('tag');
  if (outer.to !== bytes.length) throw malformed('trailing');
  const elements: Uint8Array[] = [];
  for (let at = outer.from; at < outer.to; ) {
    const { to } = header(bytes.subarray(0, outer.to), at);
    elements.push(bytes.subarray(at, to));
    at = to;
  }
  return elements;
}

/** Value of a one-byte INTEGER element, or nothing. */
export function smallInteger(element: Uint8Array | undefined): number | undefined {
  if (element?.length !== 3 || element[0] !== 0x02 || element[1] !== 1) return undefined;
  const value = element[2]!;
  return value < 0x80 ? value : undefined;
}

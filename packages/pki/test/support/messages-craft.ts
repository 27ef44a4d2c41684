import { derElement } from '@cssi/sm-core';
import { readAll, readOne } from '../../src/internal/tlv.ts';

/** The element at `path` of a DER tree, each number a place among siblings. */
export function at(der: Uint8Array, path: readonly number[]): Uint8Array {
  return path.reduce((element, index) => {
    const inner = readAll(readOne(element, element[0]!).value)[index];
    if (inner === undefined) throw new Error(`nothing at ${path.join('.')}`);
    return inner.raw;
  }, der);
}

/** The tree with the element at `path` replaced; lengths are mended. */
export function edited(
  der: Uint8Array,
  path: readonly number[],
  change: (element: Uint8Array) => Uint8Array,
): Uint8Array {
  const [index, ...rest] = path;
  if (index === undefined) return change(der);
  const parts = readAll(readOne(der, der[0]!).value).map(({ raw }) => raw);
  parts[index] = edited(parts[index]!, rest, change);
  return derElement(der[0]!, ...parts);
}

/** Contents of an element. */
export const contentsOf = (element: Uint8Array): Uint8Array => readOne(element, element[0]!).value;

/** The element in the indefinite form. */
export function indefinite(element: Uint8Array): Uint8Array {
  return Uint8Array.from([element[0]!, 0x80, ...contentsOf(element), 0, 0]);
}

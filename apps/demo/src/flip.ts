import { readFile, writeFile } from 'node:fs/promises';

/** A copy with the lowest bit of one byte flipped. */
export function flipByte(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

/** Flips one byte of a file; call the result to put the file back as it was. */
export async function flipFile(path: string, at: (length: number) => number): Promise<() => Promise<void>> {
  const original = await readFile(path);
  await writeFile(path, flipByte(original, at(original.length)));
  return () => writeFile(path, original);
}

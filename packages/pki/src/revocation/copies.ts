/** Evidence without pieces that are the same byte by byte as one before them. */
export function withoutCopies<T extends { readonly raw: Uint8Array }>(list: readonly T[]): readonly T[] {
  const kept: T[] = [];
  for (const one of list) {
    if (!kept.some(({ raw }) => Buffer.compare(raw, one.raw) === 0)) kept.push(one);
  }
  return kept;
}

/** Longest depth and most values of one walk: what a parser returns is smaller by far. */
const MAX_DEPTH = 24;
const MAX_VALUES = 200_000;

/** Reads everything of a value, so that what is read lazily is read too. */
export function walk(value: unknown): void {
  const seen = new Set<object>();
  let count = 0;
  const visit = (one: unknown, depth: number): void => {
    if (typeof one !== 'object' || one === null || seen.has(one)) return;
    if (++count > MAX_VALUES || depth > MAX_DEPTH) throw new Error('the result is too large to walk');
    seen.add(one);
    if (one instanceof Uint8Array || one instanceof Date) return;
    if (Symbol.iterator in one) {
      for (const item of one as Iterable<unknown>) visit(item, depth + 1);
      return;
    }
    const names = new Set(Object.keys(one));
    for (let owner = Object.getPrototypeOf(one); owner !== null && owner !== Object.prototype; ) {
      for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
        if (get !== undefined) names.add(name);
      }
      owner = Object.getPrototypeOf(owner);
    }
    for (const name of names) visit((one as Record<string, unknown>)[name], depth + 1);
  };
  visit(value, 0);
}

/** An object, and no list of anything. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

/**
 * The first name that is none of those known: a misspelt option would be one that is not judged.
 * `unknown` for a name that is no plain identifier, which nobody should find in a log.
 */
export function unknownField(value: object, known: ReadonlySet<string>): string | undefined {
  const name = Object.keys(value).find((one) => !known.has(one));
  return name === undefined || /^[A-Za-z][A-Za-z0-9]{0,31}$/.test(name) ? name : 'unknown';
}

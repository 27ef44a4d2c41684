/** Must the foreign implementations be there? `.ci/run` says so. */
const required: boolean = process.env.CSSI_INTEROP_REQUIRED === '1';

/** `present`, but an error when it is false and the environment demands it; says so once otherwise. */
export function interopPresent(what: string, present: boolean): boolean {
  if (!present && required) throw new Error(`${what} not present, and CSSI_INTEROP_REQUIRED is 1`);
  if (!present) console.info(`${what} not present: skipped the checks against it`);
  return present;
}

/** The same bytes with one of them changed: counted from the front, or from the end when negative. */
export function altered(bytes: Uint8Array, at: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  const index = at < 0 ? out.length + at : at;
  out[index] = out[index]! ^ 1;
  return out;
}

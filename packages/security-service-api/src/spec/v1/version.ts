/**
 * Version negotiation. Versions are `major` or `major.minor`; two sides understand each
 * other when they share a major version, because minor versions only add optional members
 * and operations.
 */

/** Major number of a version text, without leading zeros; `undefined` when it is none. */
export function majorVersion(version: string): string | undefined {
  const match = /^([0-9]{1,6})(?:\.[0-9]{1,6})?$/.exec(version);
  return match === null ? undefined : String(Number(match[1]));
}

/**
 * Highest major version that both sides speak, or `undefined`.
 *
 * @param offered - versions of the client
 * @param supported - major versions of the server
 */
export function chooseVersion(offered: readonly string[], supported: readonly string[]): string | undefined {
  const majors = new Set(offered.map(majorVersion));
  return supported
    .filter((version) => majors.has(majorVersion(version)))
    .sort((a, b) => Number(b) - Number(a))[0];
}

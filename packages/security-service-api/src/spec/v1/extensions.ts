/**
 * The rule for members that an operation does not define.
 *
 * 1. A member whose name starts with `x-` is an extension. A receiver that does not know it
 *    ignores it.
 * 2. The member `critical` may list names of members that the receiver must understand. If
 *    it lists one that the receiver does not know, or that is not there, the request is refused
 *    with ERR_API_CRITICAL_UNKNOWN.
 * 3. Every other unknown member is refused with ERR_API_PARAMETERS_INVALID.
 *
 * The rule holds for the top level of the parameters; nested objects are closed.
 */

/** Prefix of extension members. */
export const EXTENSION_PREFIX = 'x-';
/** Name of the member that lists critical members. */
export const CRITICAL_MEMBER = 'critical';
/** Most names in `critical`. */
export const MAX_CRITICAL = 16;
/** Longest name in `critical` in characters. */
export const MAX_CRITICAL_NAME = 64;

/** Outcome of {@link applyExtensionRule}. */
export type ExtensionOutcome =
  | { readonly kind: 'ok'; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'critical-unknown' };

/** Applies the rule: gives the parameters without ignored members, or why they are refused. */
export function applyExtensionRule(
  params: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): ExtensionOutcome {
  const critical = known.has(CRITICAL_MEMBER) ? undefined : params[CRITICAL_MEMBER];
  if (critical !== undefined) {
    if (!Array.isArray(critical) || critical.length === 0 || critical.length > MAX_CRITICAL) {
      return { kind: 'malformed' };
    }
    for (const name of critical as unknown[]) {
      if (typeof name !== 'string' || name.length > MAX_CRITICAL_NAME) return { kind: 'malformed' };
      if (!known.has(name) || !Object.hasOwn(params, name)) return { kind: 'critical-unknown' };
    }
  }
  const kept = Object.entries(params).filter(
    ([name]) =>
      known.has(name) ||
      !(name.startsWith(EXTENSION_PREFIX) || (name === CRITICAL_MEMBER && critical !== undefined)),
  );
  return { kind: 'ok', params: Object.fromEntries(kept) };
}

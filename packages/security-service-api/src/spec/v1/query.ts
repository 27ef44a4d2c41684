/**
 * Parameters of stream operations in the query. There is one canonical form and no other
 * is accepted, so that signer and verifier cannot read two different things: names sorted,
 * no repetition, RFC 3986 unreserved characters as they are, all others `%XX` in capitals.
 */

/** Most parameters in a query. */
const MAX_QUERY_PARAMETERS = 32;
/** Longest query in characters. */
const MAX_QUERY_LENGTH = 4096;

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The canonical query of scalar parameters; `undefined` members are left out. */
export function encodeQuery(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(',') : String(value);
      return [encode(name), encode(text)] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Parameters of a canonical query as text, or `undefined` when it is not canonical. */
export function decodeQuery(query: string): ReadonlyMap<string, string> | undefined {
  const params = new Map<string, string>();
  if (query === '') return params;
  if (query.length > MAX_QUERY_LENGTH) return undefined;
  const pairs = query.split('&');
  if (pairs.length > MAX_QUERY_PARAMETERS) return undefined;
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) return undefined;
    try {
      const name = decodeURIComponent(pair.slice(0, at));
      if (params.has(name)) return undefined;
      params.set(name, decodeURIComponent(pair.slice(at + 1)));
    } catch {
      return undefined;
    }
  }
  return encodeQuery(Object.fromEntries(params)) === query ? params : undefined;
}

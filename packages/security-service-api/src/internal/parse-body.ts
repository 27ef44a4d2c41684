import { parseJson } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';

/** Deepest nesting of a request. */
const MAX_DEPTH = 16;
/** Most values (members and items) of a request. */
const MAX_VALUES = 65_536;
/** Names that reach into the object model of the language. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

const malformed = (reason: string) =>
  SECURITY_SERVICE_ERRORS.create('ERR_API_JSON_MALFORMED', { detail: `reason=${reason}` });

/**
 * Parses the JSON object of a request within limits. Everything is checked without
 * recursion, so that nesting cannot exhaust the stack.
 *
 * @throws SmError ERR_API_JSON_MALFORMED
 */
export function parseBody(body: Uint8Array, maxBytes: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseJson(body, maxBytes);
  } catch {
    throw malformed('syntax');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('not-an-object');
  const pending: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  let seen = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next.value === 'string' && !isWellFormed(next.value)) throw malformed('surrogate');
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) throw malformed('depth');
    const names = Object.keys(next.value);
    seen += names.length;
    if (seen > MAX_VALUES) throw malformed('values');
    for (const name of names) {
      if (FORBIDDEN.has(name) || !isWellFormed(name)) throw malformed('name');
      pending.push({ value: (next.value as Record<string, unknown>)[name], depth: next.depth + 1 });
    }
  }
  return value as Record<string, unknown>;
}

/** True without a lone surrogate, which has no UTF-8 form. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

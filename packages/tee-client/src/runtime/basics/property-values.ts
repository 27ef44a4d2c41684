import { fromBase64, toBase64 } from '@cssi/sm-core';
import type { TEE_Identity } from '../../spec/v1/internal/tee.ts';
import { normalizeUuid, type TeecUuid } from '../../spec/v1/uuid.ts';

/** A property as it is held. Text is what manifests give; it converts where its form allows. */
export type PropertyValue =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'u32'; readonly value: number }
  | { readonly kind: 'u64'; readonly value: bigint }
  | { readonly kind: 'binary'; readonly value: Uint8Array }
  | { readonly kind: 'uuid'; readonly value: TeecUuid }
  | { readonly kind: 'identity'; readonly value: TEE_Identity };

/** The printable form of every property. @standard GPD_SPE_010 v1.3.1 §4.4 */
export function asString(property: PropertyValue): string {
  switch (property.kind) {
    case 'binary':
      return toBase64(property.value);
    case 'identity':
      return `${property.value.login}:${property.value.uuid}`;
    default:
      return String(property.value);
  }
}

/** Each of these is undefined for a value without that form. */
export function asBool(property: PropertyValue): boolean | undefined {
  if (property.kind === 'bool') return property.value;
  if (property.kind !== 'text') return undefined;
  const word = property.value.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

const INTEGER = /^(?:0x([0-9a-f]+)|0b([01]+)|([0-9]+))([km])?$/i;

/** Decimal, 0x or 0b, with K or M behind for 1,024 and 1,048,576. */
function integer(property: PropertyValue): bigint | undefined {
  if (property.kind === 'u32') return BigInt(property.value);
  if (property.kind === 'u64') return property.value;
  // No number of 64 bits is longer; a long text must not become a long computation.
  if (property.kind !== 'text' || property.value.length > 70) return undefined;
  const match = INTEGER.exec(property.value);
  if (match === null) return undefined;
  const [, hex, binary, decimal, unit] = match;
  const value = hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : (decimal as string);
  const scale = unit === undefined ? 1n : unit.toLowerCase() === 'k' ? 1024n : 1_048_576n;
  return BigInt(value) * scale;
}

export function asU32(property: PropertyValue): number | undefined {
  const value = integer(property);
  return value === undefined || value > 0xffffffffn ? undefined : Number(value);
}

export function asU64(property: PropertyValue): bigint | undefined {
  const value = integer(property);
  return value === undefined || value > 0xffffffffffffffffn ? undefined : value;
}

export function asBinary(property: PropertyValue): Uint8Array | undefined {
  if (property.kind === 'binary') return Uint8Array.from(property.value);
  if (property.kind !== 'text') return undefined;
  try {
    return fromBase64(property.value);
  } catch {
    return undefined;
  }
}

function uuidOf(text: string): TeecUuid | undefined {
  try {
    return normalizeUuid(text);
  } catch {
    return undefined;
  }
}

export function asUuid(property: PropertyValue): TeecUuid | undefined {
  if (property.kind === 'uuid') return property.value;
  return property.kind === 'text' ? uuidOf(property.value) : undefined;
}

const NIL = '00000000-0000-0000-0000-000000000000';

/** `login` or `login:uuid`. */
export function asIdentity(property: PropertyValue): TEE_Identity | undefined {
  if (property.kind === 'identity') return property.value;
  if (property.kind !== 'text') return undefined;
  const colon = property.value.indexOf(':');
  const word = colon < 0 ? property.value : property.value.slice(0, colon);
  const login = asU32({ kind: 'text', value: word });
  const uuid = colon < 0 ? NIL : uuidOf(property.value.slice(colon + 1));
  return login === undefined || uuid === undefined ? undefined : Object.freeze({ login, uuid });
}

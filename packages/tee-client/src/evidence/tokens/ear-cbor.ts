import type { JsonValue } from '@cssi/sm-core';
import type { CborKey, CborValue } from '../cbor/index.ts';
import { tokenMalformed } from './errors.ts';
import { TRUST_CLAIMS } from './vector.ts';

/** How a member of the JSON form is written in CBOR. */
type Shape =
  | 'same'
  | 'bytes'
  | { readonly values: Readonly<Record<string, number>> }
  | { readonly members: Readonly<Record<string, readonly [label: CborKey, shape: Shape]>> }
  | { readonly each: Shape }
  | { readonly list: Shape }
  | { readonly tuple: readonly Shape[] };

type Members = { readonly [name: string]: JsonValue };

/** @standard draft-fv-rats-ear §3.2, RFC 9711 §7.2.1 */
const SUBMODULE: Shape = {
  members: {
    'ear.status': [1000, { values: { none: 0, affirming: 2, warning: 32, contraindicated: 96 } }],
    'ear.trustworthiness-vector': [
      1001,
      {
        members: Object.fromEntries(
          Object.entries(TRUST_CLAIMS).map(([name, label]) => [name, [label, 'same']] as const),
        ),
      },
    ],
    'ear.appraisal-policy-id': [1003, 'same'],
    ueid: [256, 'bytes'],
    dbgstat: [263, { values: { enabled: 0, disabled: 1 } }],
    measurements: [273, { list: { tuple: ['same', 'bytes'] } }],
    measres: [
      274,
      {
        list: {
          tuple: ['same', { list: { tuple: ['same', { values: { success: 1, fail: 2, 'not-run': 3 } }] } }],
        },
      },
    ],
    'cssi.evidence': ['cssi.evidence', 'same'],
  },
};

/** @standard draft-fv-rats-ear §3.1, RFC 9711 §7.2.1, RFC 8392 §3.1 */
const EAR: Shape = {
  members: {
    eat_profile: [265, 'same'],
    iat: [6, 'same'],
    exp: [4, 'same'],
    eat_nonce: [10, 'bytes'],
    'ear.verifier-id': [1004, { members: { developer: [0, 'same'], build: [1, 'same'] } }],
    submods: [266, { each: SUBMODULE }],
  },
};

/** A JSON value as CBOR, with text keys. */
function plainToCbor(value: JsonValue): CborValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(plainToCbor);
  if (typeof value !== 'object' || value === null) return value as CborValue;
  return new Map(Object.entries(value as Members).map(([name, item]) => [name, plainToCbor(item)]));
}

function plainToJson(value: CborValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(plainToJson);
  if (value instanceof Map) {
    return objectOf([...value].map(([key, item]) => [textKey(key), plainToJson(item)] as const));
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  throw tokenMalformed('type');
}

function textKey(key: unknown): string {
  if (typeof key !== 'string') throw tokenMalformed('key');
  return key;
}

/** An object whose members are what they are called, `__proto__` too. */
function objectOf(entries: readonly (readonly [string, JsonValue])[]): JsonValue {
  return Object.fromEntries(entries);
}

function write(shape: Shape, value: JsonValue): CborValue {
  if (shape === 'same') return plainToCbor(value);
  if (shape === 'bytes') return Uint8Array.from(Buffer.from(value as string, 'base64url'));
  if ('values' in shape) return shape.values[value as string] ?? null;
  if ('list' in shape) return (value as readonly JsonValue[]).map((item) => write(shape.list, item));
  if ('tuple' in shape) {
    return (value as readonly JsonValue[]).map((item, i) => write(shape.tuple[i] ?? 'same', item));
  }
  const entries = Object.entries(value as Members);
  if ('each' in shape) return new Map(entries.map(([name, item]) => [name, write(shape.each, item)]));
  return new Map(
    entries.map(([name, item]) => {
      const [label, inner] = shape.members[name] ?? [name, 'same'];
      return [label, write(inner, item)];
    }),
  );
}

function read(shape: Shape, value: CborValue): JsonValue {
  if (shape === 'same') return plainToJson(value);
  if (shape === 'bytes') {
    if (!(value instanceof Uint8Array)) throw tokenMalformed('bytes');
    return Buffer.from(value).toString('base64url');
  }
  if ('values' in shape) {
    const found = Object.entries(shape.values).find(([, number]) => number === value);
    if (found === undefined) throw tokenMalformed('value');
    return found[0];
  }
  if ('list' in shape || 'tuple' in shape) {
    if (!Array.isArray(value)) throw tokenMalformed('list');
    const list = value as readonly CborValue[];
    if ('list' in shape) return list.map((item) => read(shape.list, item));
    if (list.length !== shape.tuple.length) throw tokenMalformed('list');
    return list.map((item, i) => read(shape.tuple[i] ?? 'same', item));
  }
  if (!(value instanceof Map)) throw tokenMalformed('map');
  if ('each' in shape) {
    return objectOf([...value].map(([key, item]) => [textKey(key), read(shape.each, item)] as const));
  }
  const names = new Map(
    Object.entries(shape.members).map(([name, [label, inner]]) => [label, [name, inner] as const]),
  );
  return objectOf(
    [...value].map(([key, item]) => {
      const known = names.get(key);
      if (known === undefined) throw tokenMalformed('key');
      const [name, inner] = known;
      return [name, read(inner, item)] as const;
    }),
  );
}

/** The CBOR form of EAR claims in JSON. @internal */
export const earToCbor = (claims: JsonValue): CborValue => write(EAR, claims);

/** The JSON form of EAR claims in CBOR. @throws {@link SmError} ERR_TEE_TOKEN_MALFORMED @internal */
export const earFromCbor = (claims: CborValue): JsonValue => read(EAR, claims);

import Type, { type TEnum, type TInteger, type TObject, type TProperties, type TString } from 'typebox';

/**
 * Building blocks of the message schemas. Every text, list and number has bounds, and
 * the descriptions carry the units.
 */

/** Characters of the canonical base64 form of `bytes` bytes. */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

const BASE64_TEXT = /^[A-Za-z0-9+/]*={0,2}$/;
/** Last character before the padding whose unused bits are zero (RFC 4648 §3.5). */
const LAST_OF_TWO = 'AQgw';
const LAST_OF_THREE = 'AEIMQUYcgkosw048';

/** Byte length of canonical base64, or -1. */
function decodedLength(text: string): number {
  if (text.length % 4 !== 0 || !BASE64_TEXT.test(text)) return -1;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const last = text.charAt(text.length - padding - 1);
  if (padding === 2 && !LAST_OF_TWO.includes(last)) return -1;
  if (padding === 1 && !LAST_OF_THREE.includes(last)) return -1;
  return (text.length / 4) * 3 - padding;
}

/**
 * Bytes in JSON: canonical base64 (RFC 4648 §4, padded, unused bits zero).
 *
 * @param bounds - smallest and largest number of bytes, before encoding
 */
export function Base64(bounds: { minBytes?: number; maxBytes: number }, description = ''): TString {
  const minBytes = bounds.minBytes ?? 0;
  const { maxBytes } = bounds;
  const range = minBytes === maxBytes ? `${maxBytes}` : `${minBytes} to ${maxBytes}`;
  const text = Type.String({
    contentEncoding: 'base64',
    minLength: base64Length(minBytes),
    maxLength: base64Length(maxBytes),
    description: `${description === '' ? '' : `${description}; `}${range} bytes as base64`,
  });
  return Type.Refine(text, (value) => {
    const length = decodedLength(value);
    return length >= minBytes && length <= maxBytes;
  });
}

/** Free text without control characters, `minLength` 1 unless given. */
export function Text(maxLength: number, description: string, minLength = 1): TString {
  return Type.String({
    minLength,
    maxLength,
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$',
    description: `${description}; ${minLength} to ${maxLength} characters, no control characters`,
  });
}

/** Identifier of a user or tenant: 1 to 64 characters. */
export function Identifier(description: string): TString {
  return Type.String({
    minLength: 1,
    maxLength: 64,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$',
    description: `${description}; 1 to 64 characters`,
  });
}

/** Identifier of a key: 1 to 128 characters. */
export function KeyIdentifier(description = 'Key (密钥标识)'): TString {
  return Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$',
    description: `${description}; 1 to 128 characters`,
  });
}

/** Lower-case hex of exactly `bytes` bytes. */
export function Hex(bytes: number, description: string): TString {
  return Type.String({
    minLength: bytes * 2,
    maxLength: bytes * 2,
    pattern: '^[0-9a-f]*$',
    description: `${description}; ${bytes} bytes as lower-case hex`,
  });
}

/** Point in time: ISO 8601, UTC, milliseconds. */
export function Timestamp(description: string): TString {
  return Type.String({
    minLength: 24,
    maxLength: 24,
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
    description: `${description}; ISO 8601, UTC, milliseconds`,
  });
}

/** Whole number with its range. */
export function Whole(minimum: number, maximum: number, description: string): TInteger {
  return Type.Integer({ minimum, maximum, description: `${description}; ${minimum} to ${maximum}` });
}

/** One of a fixed list of words. */
export function OneOf<const Values extends readonly string[]>(
  values: Values,
  description: string,
): TEnum<[...Values]> {
  return Type.Enum([...values], { description }) as unknown as TEnum<[...Values]>;
}

/** An object that has these members and no others. */
export function Members<Properties extends TProperties>(
  properties: Properties,
  description?: string,
): TObject<Properties> {
  return Type.Object(properties, {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  });
}

interface SchemaNode {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: unknown;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly maxProperties?: number;
  readonly items?: SchemaNode;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * First place of a schema that has no bound (a text without `maxLength`, a list without
 * `maxItems`, a number without range, an open object), or `undefined`.
 *
 * @internal
 */
export function unboundedPlace(schema: object, at = '#'): string | undefined {
  const node = schema as SchemaNode;
  if (node.enum !== undefined || node.const !== undefined) return undefined;
  if (node.anyOf !== undefined) {
    return first(node.anyOf.map((option, i) => [`${at}/anyOf/${i}`, option] as const));
  }
  switch (node.type) {
    case 'null':
    case 'boolean':
      return undefined;
    case 'string':
      return node.maxLength === undefined ? at : undefined;
    case 'integer':
    case 'number':
      return node.minimum === undefined || node.maximum === undefined ? at : undefined;
    case 'array':
      if (node.maxItems === undefined || node.items === undefined) return at;
      return unboundedPlace(node.items, `${at}/items`);
    case 'object': {
      const open = node.additionalProperties !== false;
      if (open && (node.patternProperties === undefined || node.maxProperties === undefined)) return at;
      return first([
        ...Object.entries(node.properties ?? {}).map(([name, child]) => [`${at}/${name}`, child] as const),
        ...Object.entries(node.patternProperties ?? {}).map(
          ([name, child]) => [`${at}/${name}`, child] as const,
        ),
      ]);
    }
    default:
      return at;
  }
}

function first(children: readonly (readonly [string, SchemaNode])[]): string | undefined {
  for (const [at, child] of children) {
    const place = unboundedPlace(child, at);
    if (place !== undefined) return place;
  }
  return undefined;
}

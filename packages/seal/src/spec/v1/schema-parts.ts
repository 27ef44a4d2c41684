import type { Members, OneOf, Text, Whole } from '@cssi/security-service-api';

/*
 * Message schemas that the service contract has no building block for, and names for
 * the types of those it has: this package does not depend on the schema library. The
 * mark for the type level stays hidden, so that the published JSON Schema is plain.
 */

/** Members of an object schema. */
type SchemaMembers = Parameters<typeof Members>[0];
/** An object with these members. */
export type ObjectSchema<P extends SchemaMembers> = ReturnType<typeof Members<P>>;
/** Text, and bytes or times as text. */
export type TextSchema = ReturnType<typeof Text>;
/** A whole number. */
export type WholeSchema = ReturnType<typeof Whole>;
/** One of a list of words. */
export type WordSchema<Words extends readonly string[]> = ReturnType<typeof OneOf<Words>>;

/** A bounded list. */
export interface ListSchema<Item extends object> {
  '~kind': 'Array';
  type: 'array';
  items: Item;
  minItems: number;
  maxItems: number;
  description: string;
}

/** Yes or no. */
export interface BooleanSchema {
  '~kind': 'Boolean';
  type: 'boolean';
  description: string;
}

/** A list of `minItems` to `maxItems` items. */
export function listSchema<Item extends object>(
  items: Item,
  minItems: number,
  maxItems: number,
  description: string,
): ListSchema<Item> {
  const schema = { type: 'array' as const, items, minItems, maxItems, description };
  return Object.defineProperty(schema, '~kind', { value: 'Array' }) as ListSchema<Item>;
}

/** Yes or no. */
export function booleanSchema(description: string): BooleanSchema {
  const schema = { type: 'boolean' as const, description };
  return Object.defineProperty(schema, '~kind', { value: 'Boolean' }) as BooleanSchema;
}

import type { Members, Text, Whole } from '@cssi/security-service-api';

/**
 * Names for the schema types of the service contract, and a list schema of bounded length.
 */

type Properties = Parameters<typeof Members>[0];
type AnySchema = Properties[string];

/** An object that has these members and no others. */
export type ObjectSchema<P extends Properties> = ReturnType<typeof Members<P>>;
/** Text, hex, base64 or a time. */
export type TextSchema = ReturnType<typeof Text>;
/** A whole number. */
export type WholeSchema = ReturnType<typeof Whole>;
/** A list. */
export interface ListSchema<Item extends AnySchema> {
  readonly '~kind': 'Array';
  readonly type: 'array';
  readonly items: Item;
}

/** A list of at most `maxItems` items. */
export function List<Item extends AnySchema>(
  items: Item,
  maxItems: number,
  description: string,
): ListSchema<Item> {
  const schema = { type: 'array', items, maxItems, description } as const;
  // The kind is for the type checker; it is no part of the schema's JSON.
  return Object.defineProperty(schema, '~kind', { value: 'Array' }) as typeof schema & { '~kind': 'Array' };
}

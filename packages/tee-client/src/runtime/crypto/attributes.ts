import { TEE_ATTR, TEE_ATTR_FLAG } from '../../spec/v1/internal/constants.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { bytesOf, outputOf, u32Of } from './inputs.ts';

/** Two numbers of an attribute with bit 29 set. @standard GPD_SPE_010 v1.3.1 §5.2.2 */
export interface ValueAttribute {
  readonly a: number;
  readonly b: number;
}

/** Content of an attribute: bytes, or two numbers. */
export type AttributeContent = Uint8Array | ValueAttribute;

/** Attributes by identifier. */
export type AttributeMap = Map<number, AttributeContent>;

/** More attributes than any object or operation has. */
const MAX_ATTRIBUTES = 32;

/** Does the identifier name two numbers? */
export const isValueAttribute = (id: number): boolean => (id & TEE_ATTR_FLAG.VALUE) !== 0;

/** May the attribute be read without the usage EXTRACTABLE? */
export const isPublicAttribute = (id: number): boolean => (id & TEE_ATTR_FLAG.PUBLIC) !== 0;

/** The content of one attribute. The one that is an output stays the caller's memory in any case. */
function readContent(
  context: RuntimeContext,
  name: string,
  id: number,
  item: Record<string, unknown>,
): AttributeContent {
  const { content, a, b } = item;
  if (isValueAttribute(id)) return { a: u32Of(context, name, a), b: u32Of(context, name, b) };
  const read = id === TEE_ATTR.SM2_KEP_CONFIRMATION_OUT ? outputOf : bytesOf;
  return read(context, name, content);
}

/**
 * Reads a list of attributes from an application. Bytes stay the caller's memory for the time of the
 * call. Of an attribute that comes twice the first one counts.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.6.4
 */
export function readAttributes(context: RuntimeContext, name: string, list: unknown): AttributeMap {
  // Read once: the list may be a proxy, which gives another length each time.
  const length: unknown = Array.isArray(list) ? list.length : undefined;
  if (!Array.isArray(list) || typeof length !== 'number' || !(length <= MAX_ATTRIBUTES)) {
    return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a list of attributes`);
  }
  const attributes: AttributeMap = new Map();
  for (let i = 0; i < length; i++) {
    const item: unknown = list[i];
    if (typeof item !== 'object' || item === null) {
      return context.panic(PANIC_BAD_PARAMETERS, `${name}: not an attribute`);
    }
    const fields = item as Record<string, unknown>;
    const id = u32Of(context, name, fields.attributeID);
    const content = readContent(context, name, id, fields);
    if (!attributes.has(id)) attributes.set(id, content);
  }
  return attributes;
}

/** Bytes of a reference attribute that is there. */
export function bytesAttribute(attributes: AttributeMap, id: number): Uint8Array | undefined {
  const content = attributes.get(id);
  return content instanceof Uint8Array ? content : undefined;
}

/** First number of a value attribute that is there. */
export function valueAttribute(attributes: AttributeMap, id: number): number | undefined {
  const content = attributes.get(id);
  return content === undefined || content instanceof Uint8Array ? undefined : content.a;
}

/** Zeroes and drops all contents; for maps that own their bytes. */
export function wipeAttributes(attributes: AttributeMap): void {
  for (const content of attributes.values()) {
    if (content instanceof Uint8Array) content.fill(0);
  }
  attributes.clear();
}

import { fromBase64, fromUtf8, SmError, toBase64 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';

/** Refusal of a store. `reason` is a fixed word. */
export const stateProblem = (reason: string, cause?: unknown): SmError =>
  PKI_ERRORS.create('ERR_PKI_AUTHORITY_STATE', {
    detail: `reason=${reason}`,
    ...(cause === undefined ? {} : { cause }),
  });

/** A copy that shares no byte array with `value`, which is plain data. */
export function copyRecord<T>(value: T): T {
  if (value instanceof Uint8Array) return Uint8Array.from(value) as T;
  if (Array.isArray(value)) return value.map(copyRecord) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, copyRecord(item)]),
  ) as T;
}

/** Name that marks bytes in the text form; no record has a field of this name. */
const BYTES = '$base64';

/** One line of text without a line break. */
export function recordToText(record: unknown): string {
  // Not a replacer: JSON.stringify gives it Uint8Array already turned into an object of indices.
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { [BYTES]: toBase64(value) };
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
  };
  return JSON.stringify(plain(record));
}

/** @throws SmError ERR_PKI_AUTHORITY_STATE */
export function recordFromText(text: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(text), (_, value) =>
      typeof value === 'object' && value !== null && typeof value[BYTES] === 'string'
        ? fromBase64(value[BYTES])
        : value,
    );
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof SmError) throw stateProblem('store-damaged', cause);
    throw cause;
  }
}

import { type TeecError, teecError } from '../spec/v1/error.ts';

/** BAD_PARAMETERS of origin API. */
export const badParameter = (name: string): TeecError =>
  teecError('BAD_PARAMETERS', 'API', { detail: `parameter=${name}` });

/** Of a detached buffer no copy can be made, not even of nothing. */
const copyOf = (bytes: Uint8Array): Uint8Array =>
  bytes.length === 0 ? new Uint8Array(0) : new Uint8Array(bytes);

/**
 * Checked bytes, copied: they go to the module, which may keep or zero them.
 *
 * @throws {@link TeecError} BAD_PARAMETERS for no bytes, OUT_OF_MEMORY above `max`
 */
export function copyBytes(bytes: Uint8Array, name: string, max: number): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw badParameter(name);
  if (bytes.length > max) {
    throw teecError('OUT_OF_MEMORY', 'API', { detail: `parameter=${name} size=${bytes.length} max=${max}` });
  }
  return copyOf(bytes);
}

/**
 * As {@link copyBytes}, for what has its length by its meaning and not by the module's memory.
 *
 * @throws {@link TeecError} BAD_PARAMETERS
 */
export function copyField(bytes: Uint8Array, name: string, min: number, max: number): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length < min || bytes.length > max) throw badParameter(name);
  return copyOf(bytes);
}

/** Zeroes a copy the module has answered for, unless the answer lies in its memory. */
export function wipeCopy(copy: Uint8Array, answer?: Uint8Array): void {
  // A module may have transferred it: then it is empty here.
  if (copy.length > 0 && copy.buffer !== answer?.buffer) copy.fill(0);
}

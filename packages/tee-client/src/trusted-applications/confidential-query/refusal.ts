import { QUERY_REFUSALS, type QueryRefusal } from '../../spec/v1/confidential-query.ts';
import type { Tee } from '../../ta/index.ts';
import { decodeJson, type Json, JsonReader } from '../../ta/json.ts';

/** The answer that refuses for `reason`. */
export const refuse = (tee: Tee, reason: QueryRefusal): Error => tee.error(QUERY_REFUSALS[reason]);

/** Reads documents; what does not fit is refused as MALFORMED. */
export const documentReader = (tee: Tee): JsonReader => new JsonReader(tee, () => refuse(tee, 'MALFORMED'));

/** A canonical document of at most `max` bytes. */
export function readDocument(tee: Tee, bytes: Uint8Array, max: number): Json {
  try {
    return decodeJson(tee, bytes, max);
  } catch {
    throw refuse(tee, 'MALFORMED');
  }
}

/** 64 lower-case hexadecimal digits. */
export const ID = /^[0-9a-f]{64}$/;
/** Names of data sets, policies and columns. */
export const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

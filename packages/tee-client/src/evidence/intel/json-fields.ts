import { fromHex, type JsonValue } from '@cssi/sm-core';
import { malformed } from '../malformed.ts';

const DATE = /^\d{4}-\d{2}-(\d{2})T(\d{2}):\d{2}:\d{2}Z$/;

/**
 * Members of a JSON object of Intel's collateral, each read as one type and no other. Members nobody
 * asks for are let be: Intel adds some without a new version.
 *
 * @internal
 */
export class JsonFields {
  readonly #object: { readonly [name: string]: JsonValue };
  readonly #path: string;

  /** @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for what is no object */
  constructor(value: JsonValue | undefined, path: string) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw malformed(path);
    this.#object = value as { readonly [name: string]: JsonValue };
    this.#path = path;
  }

  #value(name: string): JsonValue | undefined {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  #wrong(name: string): Error {
    return malformed(`${this.#path}-${name}`);
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  integer(name: string, max: number): number {
    const value = this.#value(name);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
      throw this.#wrong(name);
    }
    return value;
  }

  text(name: string, maxLength = 256): string {
    const value = this.#value(name);
    if (typeof value !== 'string' || value.length > maxLength) throw this.#wrong(name);
    return value;
  }

  /** Bytes in hexadecimal, either case. */
  hex(name: string, bytes: number): Uint8Array {
    const text = this.text(name);
    if (text.length !== 2 * bytes || !/^[0-9A-Fa-f]*$/.test(text)) throw this.#wrong(name);
    return fromHex(text.toLowerCase());
  }

  /** A date in UTC to the second, and one that exists. */
  date(name: string): Date {
    const text = this.text(name);
    const [whole, day, hour] = DATE.exec(text) ?? [];
    if (whole === undefined) throw this.#wrong(name);
    const date = new Date(text);
    // JavaScript takes 30 February for 1 March, and 24 o'clock for the next day. What is no date at all is NaN.
    if (date.getUTCDate() !== Number(day) || date.getUTCHours() !== Number(hour)) throw this.#wrong(name);
    return date;
  }

  list(name: string, max: number): readonly JsonValue[] {
    const value = this.#value(name);
    if (!Array.isArray(value) || value.length > max) throw this.#wrong(name);
    return value as readonly JsonValue[];
  }

  /** Texts; a list that is absent is empty. */
  texts(name: string, max: number): readonly string[] {
    if (!this.has(name)) return [];
    return this.list(name, max).map((one) => {
      if (typeof one !== 'string' || one.length > 64 || !/^[\x21-\x7e]*$/.test(one)) throw this.#wrong(name);
      return one;
    });
  }

  object(name: string): JsonFields {
    return new JsonFields(this.#value(name), `${this.#path}-${name}`);
  }

  objects(name: string, max: number): readonly JsonFields[] {
    return this.list(name, max).map((one) => new JsonFields(one, `${this.#path}-${name}`));
  }
}

/**
 * The line between an application and the runtime. Applications hand in what they like: arrays with
 * members of their own, getters that call back, half of a stack. On this side there are genuine byte
 * arrays and plain copies, one call at a time, and no error but those of the API leaves.
 */
import { TeeError, TeePanic } from '../spec/v1/internal/error.ts';
import { PANIC_BAD_PARAMETERS, PANIC_GENERIC } from './context.ts';
import { checkAlive, type Life, panic } from './life.ts';

type Callable = (...args: readonly unknown[]) => unknown;

/** How one function is guarded. */
export interface GuardOptions {
  /** Called in front of it; throws for an API that is not declared. */
  readonly require?: ((name: string) => void) | undefined;
  /** The result is the application's own memory or value and goes out as it is. */
  readonly raw?: boolean | undefined;
  /** Arrays are given on as they are: the function writes into their entries. */
  readonly inPlace?: boolean | undefined;
}

/** Most entries of an array argument; there are not that many attributes. */
const MAX_ENTRIES = 64;

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getter = (name: PropertyKey): Callable => {
  const get = Object.getOwnPropertyDescriptor(TYPED_ARRAY, name)?.get as Callable;
  return (array) => Reflect.apply(get, array, []);
};
const tagOf = getter(Symbol.toStringTag);
const bufferOf = getter('buffer') as (array: unknown) => ArrayBuffer;
const offsetOf = getter('byteOffset') as (array: unknown) => number;
const lengthOf = getter('length') as (array: unknown) => number;

/** A view of the same bytes with nothing of the application's on it; undefined for what is no Uint8Array. */
export function genuineBytes(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'object' || value === null || tagOf(value) !== 'Uint8Array') return undefined;
  return new Uint8Array(bufferOf(value), offsetOf(value), lengthOf(value));
}

/** The function as an application gets it. */
export function guard(life: Life, name: string, run: Callable, options: GuardOptions = {}): Callable {
  const { require, raw = false, inPlace = false } = options;
  return Object.freeze((...args: unknown[]): unknown => {
    checkAlive(life);
    if (life.inside) return panic(life, PANIC_GENERIC, `${name}: entered again`);
    require?.(name);
    for (let i = 0; i < args.length; i++) args[i] = inward(life, name, args[i], inPlace);
    // Reading the arguments may have run the application's code.
    checkAlive(life);
    life.inside = true;
    try {
      const result = run(...args);
      life.inside = false;
      return raw || typeof result !== 'object' || result === null ? result : outward(result);
    } catch (error) {
      // Dead unless it proves to be an answer: with no stack left, nothing below here would run.
      const wasDead = life.dead;
      life.dead = true;
      life.inside = false;
      if (error instanceof TeeError) {
        life.dead = wasDead;
        throw error;
      }
      if (error instanceof TeePanic) throw error;
      return panic(life, PANIC_GENERIC, `${name}: internal error`);
    }
  });
}

function inward(life: Life, name: string, value: unknown, inPlace: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const tag = tagOf(value);
  if (tag === 'Uint8Array') return new Uint8Array(bufferOf(value), offsetOf(value), lengthOf(value));
  if (tag === 'Uint32Array') return new Uint32Array(bufferOf(value), offsetOf(value), lengthOf(value));
  if (value instanceof Uint8Array || value instanceof Uint32Array) {
    return panic(life, PANIC_BAD_PARAMETERS, `${name}: not a genuine array`);
  }
  if (inPlace || !Array.isArray(value)) return value;
  const count: unknown = value.length;
  if (typeof count !== 'number' || count > MAX_ENTRIES) {
    return panic(life, PANIC_BAD_PARAMETERS, `${name}: too many entries`);
  }
  const copy: unknown[] = [];
  for (let i = 0; i < count; i++) copy.push(plainEntry(life, name, value[i]));
  return copy;
}

/** An attribute: each field read once. */
function plainEntry(life: Life, name: string, entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null || tagOf(entry) !== undefined) {
    return inward(life, name, entry, true);
  }
  const { attributeID, content, a, b } = entry as Readonly<Record<string, unknown>>;
  return content === undefined
    ? { attributeID, a, b }
    : { attributeID, content: inward(life, name, content, true) };
}

/**
 * What leaves the runtime: bytes in memory of their own, and no kind of array but the language's. A
 * view of a pool, or Node's Buffer, would be a door.
 */
function outward(value: object): unknown {
  if (value instanceof Uint8Array) return ownBytes(value);
  if (Array.isArray(value)) {
    return value.map((entry: unknown) =>
      typeof entry === 'object' && entry !== null ? outward(entry) : entry,
    );
  }
  let changed: Record<string, unknown> | undefined;
  for (const key in value) {
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof inner !== 'object' || inner === null) continue;
    const outer = outward(inner);
    if (outer === inner) continue;
    changed ??= { ...value };
    changed[key] = outer;
  }
  return changed === undefined ? value : Object.freeze(changed);
}

function ownBytes(value: Uint8Array): Uint8Array {
  const own =
    Object.getPrototypeOf(value) === Uint8Array.prototype &&
    value.byteLength === value.buffer.byteLength &&
    value.buffer instanceof ArrayBuffer;
  return own ? value : new Uint8Array(value);
}

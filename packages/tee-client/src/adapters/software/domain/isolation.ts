import { createRequire } from 'node:module';
import { TeeError, TeePanic } from '../../../spec/v1/internal/error.ts';
import type { TrustedApplicationFactory } from '../../../spec/v1/internal/tee.ts';
import { applicationFactory } from './application-code.ts';
import { textClasses } from './text-classes.ts';

/** What `ses` puts on the global object; typed here so that its types do not reach our own. */
interface SesGlobals {
  lockdown(options: Readonly<Record<string, string>>): void;
  harden<T>(value: T): T;
  Compartment: new (options: {
    readonly globals: Readonly<Record<string, unknown>>;
    readonly name: string;
    readonly __options__: true;
  }) => { readonly globalThis: Record<string, unknown>; evaluate(source: string): unknown };
}

const ses = (): SesGlobals => globalThis as unknown as SesGlobals;

/** Names a compartment keeps: the language, without time, randomness, code from text and threads. */
const ALLOWED: ReadonlySet<string> = new Set(
  [
    'Infinity NaN undefined isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI',
    'encodeURIComponent escape unescape Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView',
    'Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError Int8Array',
    'Int16Array Int32Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array Map Number Object Promise',
    'Proxy Set String Symbol WeakMap WeakSet JSON Reflect Math Date RegExp globalThis TextEncoder TextDecoder',
  ].flatMap((line) => line.split(' ')),
);

/** Whether the intrinsics of this realm were frozen here. */
let locked = false;

/**
 * Freezes the intrinsics of this realm. Everything the domain needs has to be loaded before.
 *
 * @throws Error when something could not be frozen
 */
export function lockDown(): void {
  if (locked) return;
  // As one file: half the time of its many modules.
  createRequire(import.meta.url)('ses');
  ses().lockdown({
    // Stacks name files of the host.
    errorTaming: 'safe',
    stackFiltering: 'concise',
    localeTaming: 'safe',
    regExpTaming: 'safe',
    overrideTaming: 'moderate',
    consoleTaming: 'unsafe',
    domainTaming: 'unsafe',
    errorTrapping: 'none',
    unhandledRejectionTrapping: 'none',
    reporting: 'none',
  });
  locked = true;
  // What reaches applications as thrown values; they are shared by all instances of a domain.
  for (const thrown of [TeeError, TeePanic]) {
    // Made before the lockdown, they still lead to the realm's own Error, which no compartment is to have.
    Object.setPrototypeOf(thrown, Error.prototype.constructor);
    harden(thrown);
  }
}

/** True once {@link lockDown} ran and the intrinsics are as it left them. */
export function isLocked(): boolean {
  return (
    locked &&
    [Object, Function, Array, Uint8Array, Map, Promise, Error, RegExp].every(
      (intrinsic) => Object.isFrozen(intrinsic) && Object.isFrozen(intrinsic.prototype),
    )
  );
}

/** Freezes a value and all that is reachable from it. */
export function harden<T>(value: T): T {
  return locked ? ses().harden(value) : value;
}

/**
 * Evaluates the code of an application in a compartment of its own.
 *
 * @throws {@link SmError} ERR_TEE_TA_INVALID
 */
export function evaluateIsolated(code: string): TrustedApplicationFactory {
  const { Compartment } = ses();
  const classes = harden(textClasses());
  const compartment = new Compartment({ globals: classes, name: 'trusted application', __options__: true });
  const { globalThis: own } = compartment;
  for (const name of Object.getOwnPropertyNames(own)) {
    // Also eval, Function and Compartment: what was signed is all that runs.
    if (!ALLOWED.has(name)) delete own[name];
  }
  return applicationFactory(() => compartment.evaluate(code));
}

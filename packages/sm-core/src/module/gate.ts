import { SM_CORE_ERRORS } from '../errors.ts';
import { Secret } from '../secret.ts';
import { destroy, isDestroyable, LiveObjects } from './live-objects.ts';
import { findService } from './services.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of a façade
type Service = (...args: any[]) => unknown;

/** What the gate asks and tells the module. */
export interface GateKeeper {
  /** Throws when `service` must not be served now. */
  enter(service: string, args: readonly unknown[]): void;
  /** Throws when what `service` has made must not be given out. */
  leave(service: string): void;
  /** Learns of an error that a service has thrown. */
  failed(error: unknown): void;
}

/** Does the object have methods, of its own or of its class? Then it goes on serving after the call. */
function hasMethods(value: object): boolean {
  for (
    let at: object | null = value;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const property = Object.getOwnPropertyDescriptor(at, name);
      if (name !== 'constructor' && typeof property?.value === 'function') return true;
    }
  }
  return false;
}

/** Zeroes a result that must not be given out. */
function zero(result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  if (result instanceof Uint8Array) {
    result.fill(0);
  } else if (Array.isArray(result)) {
    for (const inner of result) zero(inner);
  } else if (isDestroyable(result)) {
    try {
      destroy(result);
    } catch {
      // The caller learns of the refusal, and the rest must be zeroed as well.
    }
  } else if (!hasMethods(result)) {
    for (const inner of Object.values(result)) zero(inner);
  }
}

/**
 * Stands between callers and the façades: every call, also one on an object that a call
 * has returned, first asks the keeper and gives nothing out when the state has changed
 * meanwhile.
 */
export class Gate {
  readonly #keeper: GateKeeper;
  readonly #live = new LiveObjects();
  /** What is behind a guarded object, for when it is given back to the module. */
  readonly #behind = new WeakMap<object, object>();
  /** The guarded form of an object: one, however often it is returned. */
  readonly #guarded = new WeakMap<object, object>();

  constructor(keeper: GateKeeper) {
    this.#keeper = keeper;
  }

  /** The functions of a façade as services `group.name`; what is not in the table is refused. */
  facade<T extends object>(group: string, facade: T): T {
    const guarded: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(facade)) {
      const service = `${group}.${name}`;
      if (typeof value === 'function') guarded[name] = this.service(service, value as Service, facade);
    }
    return Object.freeze(guarded) as T;
  }

  /** One function as a service. */
  service<F extends Service>(service: string, call: F, self?: object): F {
    const guarded = (...args: unknown[]): unknown => this.#call(service, call, self, args);
    return guarded as F;
  }

  /** Zeroes everything that was given out and is still held by somebody. */
  destroyAll(): void {
    this.#live.destroyAll();
  }

  #call(service: string, call: Service, self: object | undefined, args: readonly unknown[]): unknown {
    if (findService(service) === undefined) {
      throw SM_CORE_ERRORS.create('ERR_ALGORITHM_NOT_APPROVED', { detail: `service=${service}` });
    }
    this.#keeper.enter(service, args);
    let result: unknown;
    try {
      result = Reflect.apply(
        call,
        self,
        args.map((value) => this.#unwrap(value)),
      );
    } catch (error) {
      this.#keeper.failed(error);
      throw error;
    }
    const wrapped = this.#wrap(service, result);
    try {
      // A random source is foreign code and may have brought the module into another state.
      this.#keeper.leave(service);
    } catch (error) {
      zero(result);
      throw error;
    }
    return wrapped;
  }

  #unwrap(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? (this.#behind.get(value) ?? value) : value;
  }

  #wrap(service: string, result: unknown): unknown {
    if (typeof result !== 'object' || result === null || ArrayBuffer.isView(result)) return result;
    if (result instanceof Secret) {
      this.#live.add(result);
      return result;
    }
    if (!Array.isArray(result) && hasMethods(result)) return this.#guard(service, result);
    // A plain result such as a key pair: the secrets in it are looked after, the rest is data.
    for (const inner of Object.values(result)) if (inner instanceof Secret) this.#live.add(inner);
    return result;
  }

  #guard(service: string, target: object): object {
    const known = this.#guarded.get(target);
    if (known !== undefined) return known;
    if (isDestroyable(target)) this.#live.add(target);
    const methods = new Map<PropertyKey, unknown>();
    const proxy: object = new Proxy(target, {
      get: (_target, name) => {
        const own = methods.get(name);
        if (own !== undefined) return own;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return this.#property(service, value);
        const method = this.#method(service, name, value as Service, target);
        methods.set(name, method);
        return method;
      },
    });
    this.#behind.set(proxy, target);
    this.#guarded.set(target, proxy);
    return proxy;
  }

  /** A property that holds more than a number or a text is an output as well. */
  #property(service: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    this.#keeper.enter(service, []);
    return this.#wrap(service, value);
  }

  #method(service: string, name: PropertyKey, call: Service, target: object): Service {
    // Zeroing is served in every state.
    if (name === 'destroy' || name === Symbol.dispose) return (...args) => Reflect.apply(call, target, args);
    return (...args) => this.#call(service, call, target, args);
  }
}

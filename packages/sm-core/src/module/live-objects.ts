import { Secret } from '../secret.ts';

/** What can be zeroed. */
interface Destroyable {
  destroy(): void;
}

/** Does `value` hold something that can be zeroed? */
export function isDestroyable(value: object): value is Destroyable {
  return 'destroy' in value && typeof value.destroy === 'function';
}

/** Zeroes it; a Secret in the way of its class, whatever was put in place of the method. */
export function destroy(value: Destroyable): void {
  if (value instanceof Secret) Secret.prototype.destroy.call(value);
  else value.destroy();
}

/**
 * The objects with secrets in them that a module has given out, as long as somebody still
 * holds them; the module itself does not keep them alive.
 */
export class LiveObjects {
  readonly #refs = new Set<WeakRef<Destroyable>>();
  readonly #gone = new FinalizationRegistry<WeakRef<Destroyable>>((ref) => this.#refs.delete(ref));

  /** Those in the set: an object that is given out many times is kept once. */
  readonly #known = new WeakSet<Destroyable>();

  add(value: Destroyable): void {
    if (this.#known.has(value)) return;
    this.#known.add(value);
    const ref = new WeakRef(value);
    this.#refs.add(ref);
    this.#gone.register(value, ref);
  }

  /** Destroys all of them, also when one fails at it; then throws what the first one threw. */
  destroyAll(): void {
    const errors: unknown[] = [];
    for (const ref of this.#refs) {
      const value = ref.deref();
      try {
        if (value !== undefined) destroy(value);
      } catch (error) {
        errors.push(error);
      }
    }
    this.#refs.clear();
    if (errors.length > 0) throw errors[0];
  }
}

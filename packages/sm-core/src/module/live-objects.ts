/** What can be zeroed. */
interface Destroyable {
  destroy(): void;
}

/** Does `value` hold something that can be zeroed? */
export function isDestroyable(value: object): value is Destroyable {
  return 'destroy' in value && typeof value.destroy === 'function';
}

/**
 * The objects with secrets in them that a module has given out, as long as somebody still
 * holds them; the module itself does not keep them alive.
 */
export class LiveObjects {
  readonly #refs = new Set<WeakRef<Destroyable>>();
  readonly #gone = new FinalizationRegistry<WeakRef<Destroyable>>((ref) => this.#refs.delete(ref));

  add(value: Destroyable): void {
    const ref = new WeakRef(value);
    this.#refs.add(ref);
    this.#gone.register(value, ref);
  }

  /** Destroys all of them. */
  destroyAll(): void {
    for (const ref of this.#refs) ref.deref()?.destroy();
    this.#refs.clear();
  }
}

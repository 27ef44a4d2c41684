/** Closes what was opened, last first, each even when another failed. */
export class Closing {
  readonly #steps: (() => Promise<void>)[] = [];

  /** Remembers how to close something and gives it back. */
  add<T>(value: T, close: (value: T) => Promise<void> | void): T {
    this.#steps.push(async () => close(value));
    return value;
  }

  /** Closes everything; throws the first failure at the end. A second call does nothing. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

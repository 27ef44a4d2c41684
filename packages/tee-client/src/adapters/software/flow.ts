/** Steps that may have to wait, written once for both kinds of domain: those that answer at once and those that do not. */
export type Flow<T> = Generator<unknown, T, unknown>;

/** A value now or later. */
export type Eventual<T> = T | Promise<T>;

/** Inside a {@link Flow}: the value, waited for where it is a promise. */
export function* wait<T>(value: Eventual<T>): Flow<T> {
  return (yield value) as T;
}

/**
 * Runs a flow. It stays synchronous as long as nothing it waits for is a promise, which is how a
 * domain in the calling process is answered while it waits on the stack.
 */
export function run<T>(flow: Flow<T>): Eventual<T> {
  const advance = (input: unknown, failed: boolean): Eventual<T> => {
    let value = input;
    let next = failed ? flow.throw(value) : flow.next(value);
    while (next.done !== true) {
      value = next.value;
      if (value instanceof Promise) {
        return value.then(
          (result) => advance(result, false),
          (error: unknown) => advance(error, true),
        );
      }
      next = flow.next(value);
    }
    return next.value;
  };
  return advance(undefined, false);
}

/** Runs a flow and gives a promise in any case. */
export async function runAsync<T>(flow: Flow<T>): Promise<T> {
  return run(flow);
}

const lines = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * Runs `work` when all earlier work of the same store and name is over, however that ended. In
 * this process alone: between processes the revisions in the store decide.
 *
 * @param work - is told whether it had to wait
 */
export async function inTurn<T>(
  store: object,
  name: string,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const line = lines.get(store) ?? new Map<string, Promise<void>>();
  lines.set(store, line);
  const before = line.get(name);
  const mine = (before ?? Promise.resolve()).then(() => work(before !== undefined));
  const over = mine.then(
    () => undefined,
    () => undefined,
  );
  line.set(name, over);
  try {
    return await mine;
  } finally {
    // Only the last one of the line takes it away.
    if (line.get(name) === over) line.delete(name);
  }
}

/** The demo found something that must not be. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

/** Ends the demo unless `condition` holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DemoFailure(message);
}

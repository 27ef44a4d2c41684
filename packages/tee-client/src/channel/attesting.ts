import { badOption } from './errors.ts';

/**
 * A step of a handshake that may have evidence made: what it yields is the evidence, now or later. Written
 * once for devices that answer at once and for those that do not.
 *
 * @internal
 */
export type Attesting<T> = Generator<Uint8Array | Promise<Uint8Array>, T, Uint8Array>;

/** Runs a step; evidence that comes later is refused. @internal */
export function attestNow<T>(step: Attesting<T>): T {
  let next = step.next();
  while (next.done !== true) {
    const evidence = next.value;
    if (evidence instanceof Promise) {
      // What becomes of it is nobody's business any more.
      evidence.catch(() => undefined);
      next = step.throw(badOption('credential'));
    } else next = step.next(evidence);
  }
  return next.value;
}

/** Runs a step and waits for evidence that comes later. @internal */
export async function attestLater<T>(step: Attesting<T>): Promise<T> {
  let next = step.next();
  while (next.done !== true) {
    let evidence: Uint8Array;
    try {
      evidence = await next.value;
    } catch (error) {
      next = step.throw(error);
      continue;
    }
    next = step.next(evidence);
  }
  return next.value;
}

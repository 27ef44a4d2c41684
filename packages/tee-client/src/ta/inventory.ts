/** How many objects there are, so that none goes missing without being missed. */
import { TEE_DATA_FLAG } from '../spec/v1/internal/constants.ts';
import type { Tee } from '../spec/v1/internal/tee.ts';
import { concat, readU32, u32 } from './bytes.ts';
import { readAll, withObject } from './storage.ts';

const { ACCESS_READ, ACCESS_WRITE, SHARE_READ, SHARE_WRITE } = TEE_DATA_FLAG;
const SHARED = SHARE_READ | SHARE_WRITE;
const COUNT_BYTES = 4;

/**
 * Counts of objects that are made and never deleted, kept as the data of one more object, the holder.
 *
 * A runtime deletes an object whose data do not open (GPD_SPE_010 §5.7), so whoever can flip a bit of the
 * storage can make one object vanish: a revocation, a spent budget, a newer key. Choose as holder the
 * key without which nothing works: then who makes the counts vanish has an application without its key.
 *
 * @group Helpers for trusted applications
 */
export class Inventory {
  readonly #tee: Tee;
  readonly #holder: Uint8Array;
  #counts: readonly number[];

  /** `found`: what is there of each kind at the start. The holder is there, with whatever data. */
  constructor(tee: Tee, holder: Uint8Array, found: readonly number[]) {
    this.#tee = tee;
    this.#holder = holder;
    const data = withObject(tee, holder, ACCESS_READ | SHARED, (object) => readAll(tee, object));
    this.#counts = found.map((_, kind) => readU32(data, kind * COUNT_BYTES));
    if (found.some((count, kind) => count < (this.#counts[kind] ?? 0))) throw tee.error('CORRUPT_OBJECT');
    // One more than counted: its maker ended between the object and the count.
    found.forEach((count, kind) => {
      this.note(kind, count);
    });
  }

  /** Call after the object is stored, with what there is of its kind now. */
  note(kind: number, count: number): void {
    if (count === this.#counts[kind]) return;
    const counts = this.#counts.map((known, i) => (i === kind ? count : known));
    withObject(this.#tee, this.#holder, ACCESS_READ | ACCESS_WRITE | SHARED, (object) =>
      this.#tee.TEE_WriteObjectData(object, concat(...counts.map(u32))),
    );
    this.#counts = counts;
  }
}

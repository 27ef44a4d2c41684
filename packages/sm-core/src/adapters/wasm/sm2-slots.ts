import type { Kernel } from './kernel.ts';
import type { Sm2Calls } from './sm2-calls.ts';

/**
 * The places in the kernel's memory for tables of public keys. A table lives in an array
 * of its key; a key that is used again soon finds it still in its place and is not copied.
 */
export class Sm2Slots {
  readonly #kernel: Kernel;
  readonly #memory: Uint8Array;
  readonly #addresses: readonly number[];
  readonly #tableBytes: number;
  /** The table in each slot, and when it was last asked for. */
  readonly #owners: (Uint8Array | undefined)[];
  readonly #used: number[];
  #clock = 0;
  #restarts: number;

  constructor(kernel: Kernel, calls: Sm2Calls) {
    this.#kernel = kernel;
    this.#memory = kernel.memory;
    kernel.enter();
    this.#tableBytes = calls.call.sm2_table_bytes();
    this.#addresses = Array.from({ length: calls.call.sm2_slots() }, (_, i) => calls.call.sm2_slot(i));
    kernel.leave();
    this.#restarts = kernel.restarts;
    this.#owners = this.#addresses.map(() => undefined);
    this.#used = this.#addresses.map(() => 0);
  }

  #oldest(): number {
    let oldest = 0;
    for (let i = 1; i < this.#used.length; i++) if (this.#used[i]! < this.#used[oldest]!) oldest = i;
    return oldest;
  }

  /** After a restart of the kernel no table is in its place any more. */
  #settle(): void {
    this.#kernel.settle();
    if (this.#restarts === this.#kernel.restarts) return;
    this.#owners.fill(undefined);
    this.#restarts = this.#kernel.restarts;
  }

  /** A new table: `fill` writes it at the address it gets and says whether it could. */
  make(fill: (address: number) => boolean): Uint8Array | undefined {
    this.#settle();
    const slot = this.#oldest();
    const address = this.#addresses[slot]!;
    this.#owners[slot] = undefined;
    if (!fill(address)) return undefined;
    const table = this.#memory.slice(address, address + this.#tableBytes);
    this.#owners[slot] = table;
    this.#used[slot] = ++this.#clock;
    return table;
  }

  /** The address of a table, after putting it into a slot where that is needed. */
  place(table: Uint8Array): number {
    this.#settle();
    let slot = this.#owners.indexOf(table);
    if (slot < 0) {
      slot = this.#oldest();
      this.#memory.set(table, this.#addresses[slot]!);
      this.#owners[slot] = table;
    }
    this.#used[slot] = ++this.#clock;
    return this.#addresses[slot]!;
  }
}

/** One set per kernel, whoever uses it: two sets would not know of each other's tables. */
const ALL = /* @__PURE__ */ new WeakMap<Kernel, Sm2Slots>();

/** The slots of a kernel. */
export function slotsOf(kernel: Kernel, calls: Sm2Calls): Sm2Slots {
  let slots = ALL.get(kernel);
  if (slots === undefined) {
    slots = new Sm2Slots(kernel, calls);
    ALL.set(kernel, slots);
  }
  return slots;
}

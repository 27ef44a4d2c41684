import type { StoreFile, StoreFiles } from '../../../src/runtime/storage/object-store.ts';

/** A step that changed the disk. */
export type Step =
  | { readonly kind: 'create'; readonly name: string; readonly inode: number }
  | { readonly kind: 'write'; readonly inode: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly size: number }
  | { readonly kind: 'sync'; readonly inode: number }
  /** The blocks of one write, where every write is synced on its own. */
  | { readonly kind: 'sync-part'; readonly inode: number; readonly from: number; readonly to: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'sync-folder' };

/** Dirty bytes go to the disk block by block. */
const BLOCK = 4096;

/** What a disk is found with after a power cut: file contents by name. */
export type Image = Map<string, Uint8Array>;

/** What becomes of what was not synced yet. */
export interface Fate {
  readonly label: string;
  /** Changes of names that were not synced. */
  readonly names: boolean;
  /** Changes of one file that were not synced, in their order. */
  readonly data: (pending: readonly Step[]) => readonly Step[];
}

const writeOf = (step: Step, bytes: number): Step[] =>
  step.kind === 'write' ? [{ ...step, bytes: step.bytes.slice(0, bytes) }] : [];
const zeroed = (step: Step): Step =>
  step.kind === 'write' ? { ...step, bytes: new Uint8Array(step.bytes.length) } : step;

/** A write whose sectors came to the disk out of order: some in the middle are still zeroes. */
const holed = (step: Step): Step =>
  step.kind === 'write' ? { ...step, bytes: step.bytes.slice().fill(0, 50, 62) } : step;

/** Nothing of it, all of it, only the last, all but one, torn at several lengths, holes, length without contents. */
export const FATES: readonly Fate[] = [false, true].flatMap((names) => [
  { label: 'nothing', names, data: () => [] },
  { label: 'all', names, data: (pending) => pending },
  { label: 'last', names, data: (pending) => pending.slice(-1) },
  { label: 'all but the last', names, data: (pending) => pending.slice(0, -1) },
  { label: 'all but the first', names, data: (pending) => pending.slice(1) },
  { label: 'holes', names, data: (pending) => pending.map(holed) },
  { label: 'zeroes', names, data: (pending) => pending.map(zeroed) },
  ...[1, 9, 41, 42, 60, 71, 90, 200].map((length) => ({
    label: `torn at ${length}`,
    names,
    data: (pending: readonly Step[]) => {
      const last = pending.at(-1);
      return last === undefined ? [] : [...pending.slice(0, -1), ...writeOf(last, length)];
    },
  })),
  {
    label: 'without its last byte',
    names,
    data: (pending: readonly Step[]) => {
      const last = pending.at(-1);
      if (last === undefined) return [];
      return [...pending.slice(0, -1), ...writeOf(last, last.kind === 'write' ? last.bytes.length - 1 : 0)];
    },
  },
]);

function apply(contents: Uint8Array, step: Step): Uint8Array {
  if (step.kind === 'truncate') {
    const next = new Uint8Array(step.size);
    next.set(contents.subarray(0, step.size));
    return next;
  }
  if (step.kind !== 'write') return contents;
  const next = new Uint8Array(Math.max(contents.length, step.position + step.bytes.length));
  next.set(contents);
  next.set(step.bytes, step.position);
  return next;
}

function applyName(names: Map<string, number>, step: Step): void {
  if (step.kind === 'create') names.set(step.name, step.inode);
  if (step.kind === 'remove') names.delete(step.name);
  if (step.kind === 'rename') {
    names.set(step.to, names.get(step.from) as number);
    names.delete(step.from);
  }
}

/** A change in the cache: its number, and whether it is on the disk too. */
type Pending = Step & { readonly at: number; readonly isSafe: boolean };

/** Lies the write in one of the blocks? A file that is cut is no matter of blocks. */
const touches = (step: Step, from: number, to: number): boolean =>
  step.kind === 'write' &&
  Math.floor(step.position / BLOCK) <= Math.floor((to - 1) / BLOCK) &&
  Math.floor((step.position + step.bytes.length - 1) / BLOCK) >= Math.floor(from / BLOCK);

/** The disk after `steps` and a power cut: what was synced, and of the rest what `fate` says. */
export function imageAfter(start: Image, steps: readonly Step[], fate: Fate): Image {
  const contents = new Map<number, Uint8Array>();
  const names = new Map<string, number>();
  [...start].forEach(([name, bytes], i) => {
    names.set(name, -1 - i);
    contents.set(-1 - i, bytes);
  });
  const pending = new Map<number, Pending[]>();
  let pendingNames: Step[] = [];
  const settle = (inode: number, kept: readonly Step[]): void => {
    let bytes = contents.get(inode) ?? new Uint8Array(0);
    for (const step of kept) bytes = apply(bytes, step);
    contents.set(inode, bytes);
  };
  steps.forEach((step, at) => {
    if (step.kind === 'write' || step.kind === 'truncate') {
      pending.set(step.inode, [...(pending.get(step.inode) ?? []), { ...step, at, isSafe: false }]);
    } else if (step.kind === 'sync') {
      settle(step.inode, pending.get(step.inode) ?? []);
      pending.delete(step.inode);
    } else if (step.kind === 'sync-part') {
      const marked = (pending.get(step.inode) ?? []).map((one) =>
        one.isSafe || touches(one, step.from, step.to) ? { ...one, isSafe: true } : one,
      );
      const safe = marked.findIndex((one) => !one.isSafe);
      const settled = safe < 0 ? marked : marked.slice(0, safe);
      settle(step.inode, settled);
      pending.set(step.inode, marked.slice(settled.length));
    } else if (step.kind === 'sync-folder') {
      for (const one of pendingNames) applyName(names, one);
      pendingNames = [];
    } else pendingNames.push(step);
  });
  for (const [inode, changes] of pending) {
    const kept = fate.data(changes.filter((one) => !one.isSafe)) as readonly Pending[];
    const safe = changes.filter((one) => one.isSafe);
    settle(
      inode,
      [...safe, ...kept].sort((a, b) => a.at - b.at),
    );
  }
  if (fate.names) for (const one of pendingNames) applyName(names, one);
  return new Map([...names].map(([name, inode]) => [name, contents.get(inode) ?? new Uint8Array(0)]));
}

/** A disk in memory that notes each step that changes it, and can fail in front of one. */
export class MemoryDisk implements StoreFiles {
  readonly steps: Step[] = [];
  readonly start: Image;
  /** Thrown in front of the step of that number. */
  failAt = Number.POSITIVE_INFINITY;
  failure: Error = new Error('power cut');
  reads = 0;
  /** Handles that are open; there is an end to them. */
  handles = 0;
  /** As with O_DSYNC: each write is synced when it returns, and sync does nothing. */
  readonly writesThrough: boolean;
  readonly #names = new Map<string, number>();
  readonly #contents = new Map<number, { bytes: Uint8Array; size: number }>();
  #next = 1;

  constructor(start: Image = new Map(), writesThrough = false) {
    this.writesThrough = writesThrough;
    this.start = new Map([...start].map(([name, bytes]) => [name, bytes.slice()]));
    [...this.start].forEach(([name, bytes], i) => {
      this.#names.set(name, -1 - i);
      this.#contents.set(-1 - i, { bytes: bytes.slice(), size: bytes.length });
    });
  }

  /** What is on it now. */
  image(): Image {
    return new Map(
      [...this.#names].map(([name, inode]) => {
        const { bytes, size } = this.#contents.get(inode)!;
        return [name, bytes.slice(0, size)];
      }),
    );
  }

  list(): string[] {
    return [...this.#names.keys()];
  }

  open(name: string, create: boolean): StoreFile {
    if (create === this.#names.has(name)) throw new Error(`open ${name}`);
    if (create) {
      const made = this.#next++;
      this.#step({ kind: 'create', name, inode: made });
      this.#names.set(name, made);
      this.#contents.set(made, { bytes: new Uint8Array(1024), size: 0 });
    }
    const inode = this.#names.get(name)!;
    const file = this.#contents.get(inode)!;
    const room = (size: number): void => {
      if (size > file.bytes.length) {
        const bytes = new Uint8Array(Math.max(size, 2 * file.bytes.length));
        bytes.set(file.bytes);
        file.bytes = bytes;
      }
      file.size = Math.max(file.size, size);
    };
    let isOpen = true;
    const check = (): void => {
      if (!isOpen) throw new Error(`closed: ${name}`);
    };
    this.handles++;
    return {
      size: () => {
        check();
        return file.size;
      },
      read: (position, buffer) => {
        check();
        this.reads++;
        const part = file.bytes.subarray(
          Math.min(position, file.size),
          Math.min(file.size, position + buffer.length),
        );
        buffer.set(part);
        return part.length;
      },
      write: (position, bytes) => {
        check();
        this.#step({ kind: 'write', inode, position, bytes: bytes.slice() });
        room(position + bytes.length);
        file.bytes.set(bytes, position);
        const to = position + bytes.length;
        if (this.writesThrough) this.#step({ kind: 'sync-part', inode, from: position, to });
      },
      truncate: (size) => {
        check();
        this.#step({ kind: 'truncate', inode, size });
        if (size < file.size) file.bytes.fill(0, size, file.size);
        room(size);
        file.size = size;
      },
      sync: () => {
        check();
        if (!this.writesThrough) this.#step({ kind: 'sync', inode });
      },
      close: () => {
        // As the number of a descriptor: closed twice, it may be another's.
        check();
        isOpen = false;
        this.handles--;
      },
    };
  }

  rename(from: string, to: string): void {
    this.#step({ kind: 'rename', from, to });
    applyName(this.#names, { kind: 'rename', from, to });
  }

  remove(name: string): void {
    if (!this.#names.has(name)) throw new Error(`remove ${name}`);
    this.#step({ kind: 'remove', name });
    this.#names.delete(name);
  }

  syncFolder(): void {
    this.#step({ kind: 'sync-folder' });
  }

  #step(step: Step): void {
    if (this.steps.length >= this.failAt) throw this.failure;
    this.steps.push(step);
  }
}

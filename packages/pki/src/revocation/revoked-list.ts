import { equalBytes } from '@cssi/sm-core';
import type { RevokedEntry, RevokedList } from '../spec/v1/revocation.ts';
import { entryAt, serialOf } from './entries.ts';
import { Scanner } from './scanner.ts';

/** 32 bits of FNV-1a over a serial number without its leading zeros. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

const LITTLE_ENDIAN = /* @__PURE__ */ new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const [LOW, HIGH] = LITTLE_ENDIAN ? [0, 1] : [1, 0];

/** Entries of a list over its bytes, which {@link checkEntries} has checked. */
export class RevokedEntries implements RevokedList {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #index: Uint32Array | undefined;

  constructor(bytes: Uint8Array, start: number, end: number, count: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.count = count;
  }

  *[Symbol.iterator](): Generator<RevokedEntry> {
    for (let at = this.#start; at < this.#end; ) {
      const { entry, next } = entryAt(this.#bytes, at, this.#end);
      yield entry;
      at = next;
    }
  }

  find(serial: Uint8Array): RevokedEntry | undefined {
    this.#index ??= this.#makeIndex();
    const index = this.#index;
    const wanted = hashOf(serial, 0, serial.length);
    const scanner = new Scanner(this.#bytes);
    let found: RevokedEntry | undefined;
    for (let i = this.#firstOf(index, wanted); i < this.count && index[2 * i + HIGH] === wanted; i++) {
      const at = index[2 * i + LOW]!;
      if (!equalBytes(serialOf(scanner, at), serial)) continue;
      const { entry } = entryAt(this.#bytes, at, this.#end);
      // Of two entries for one certificate, the one that revokes it counts.
      if (entry.reason !== 'removeFromCRL') return entry;
      found = entry;
    }
    return found;
  }

  /** Place of the first entry with this hash or a greater one. */
  #firstOf(index: Uint32Array, wanted: number): number {
    let low = 0;
    for (let high = this.count; low < high; ) {
      const middle = (low + high) >>> 1;
      if (index[2 * middle + HIGH]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Hash and offset of each entry, 8 bytes, sorted by the engine's own sort of numbers. Serial
   * numbers chosen to collide make one lookup walk over them, and never more than that.
   */
  #makeIndex(): Uint32Array {
    const sorted = new BigUint64Array(this.count);
    const halves = new Uint32Array(sorted.buffer);
    const scanner = new Scanner(this.#bytes);
    let at = this.#start;
    for (let i = 0; i < this.count; i++) {
      const { bytes } = scanner;
      scanner.read(at, this.#end);
      const next = scanner.end;
      scanner.read(scanner.start, next);
      const first = scanner.start + (bytes[scanner.start] === 0 && scanner.end - scanner.start > 1 ? 1 : 0);
      halves[2 * i + LOW] = at;
      halves[2 * i + HIGH] = hashOf(bytes, first, scanner.end);
      at = next;
    }
    sorted.sort();
    return halves;
  }
}

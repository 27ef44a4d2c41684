import { type Kernel, kernelBytes, kernelOf } from '../../../src/adapters/wasm/kernel.ts';
import { type EventKind, instrument } from './instrument.ts';

/** What one run did, as a digest, and how much of each kind. */
export interface Trace {
  readonly digest: string;
  readonly events: number;
  readonly counts: Readonly<Partial<Record<EventKind, number>>>;
}

/** Where two runs part. */
export interface Divergence {
  readonly event: number;
  readonly kind: EventKind;
  readonly func: number;
  readonly values: readonly [number, number];
}

/** A kernel that reports what it does. */
export class TracedKernel {
  readonly kernel: Kernel;
  readonly #places: readonly { readonly kind: EventKind; readonly func: number }[];
  #sink: ((place: number, value: number) => void) | undefined;

  constructor(simd: boolean) {
    const { bytes, places } = instrument(kernelBytes(simd));
    this.#places = places;
    this.kernel = kernelOf(bytes, simd ? 'wasm-simd128' : 'wasm', {
      trace: { event: (place: number, value: number) => this.#sink?.(place, this.#seen(place, value)) },
    });
  }

  /** A branch and a select look only at whether their condition is zero. */
  #seen(place: number, value: number): number {
    const { kind } = this.#places[place]!;
    return kind === 'branch' || kind === 'select' ? Number(value !== 0) : value;
  }

  /** Runs `action` and digests every event in order (two 32-bit FNV-1a streams). */
  run(action: () => unknown): Trace {
    let a = 0x811c9dc5;
    let b = 0x1234567;
    let events = 0;
    const byPlace = new Uint32Array(this.#places.length);
    this.#sink = (place, value) => {
      a = Math.imul(a ^ place, 0x01000193);
      a = Math.imul(a ^ value, 0x01000193);
      b = Math.imul((b ^ value) + place, 0x85ebca6b);
      b ^= b >>> 13;
      byPlace[place]!++;
      events++;
    };
    try {
      action();
    } finally {
      this.#sink = undefined;
    }
    const counts: Partial<Record<EventKind, number>> = {};
    for (const [place, count] of byPlace.entries()) {
      if (count === 0) continue;
      const { kind } = this.#places[place]!;
      counts[kind] = (counts[kind] ?? 0) + count;
    }
    return { digest: `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}-${events}`, events, counts };
  }

  /** The first event in which two actions differ, or `undefined`. */
  firstDivergence(one: () => unknown, other: () => unknown): Divergence | undefined {
    const limit = 20_000_000;
    const places: number[] = [];
    const values: number[] = [];
    this.#sink = (place, value) => {
      if (places.length >= limit) throw new Error('too many events to keep');
      places.push(place);
      values.push(value);
    };
    let found: Divergence | undefined;
    let at = 0;
    try {
      one();
      this.#sink = (place, value) => {
        if (found === undefined && (places[at] !== place || values[at] !== value)) {
          const { kind, func } = this.#places[place]!;
          found = { event: at, kind, func, values: [values[at] ?? Number.NaN, value] };
        }
        at++;
      };
      other();
    } finally {
      this.#sink = undefined;
    }
    return found;
  }
}

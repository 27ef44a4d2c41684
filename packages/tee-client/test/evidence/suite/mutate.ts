/** A generator of numbers that gives the same for the same seed. */
export class SeededNumbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 to `bound` - 1. */
  below(bound: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % bound;
  }
}

type Mutator = (bytes: Uint8Array, numbers: SeededNumbers, other: Uint8Array) => Uint8Array;

/** Values that lengths, counts and tags go wrong by. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xbf, 0xfe, 0xff] as const;

const copyWith = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  if (copy.length > 0) change(copy);
  return copy;
};

const cutOut = (bytes: Uint8Array, from: number, length: number, put: Uint8Array): Uint8Array => {
  const out = new Uint8Array(bytes.length - length + put.length);
  out.set(bytes.subarray(0, from));
  out.set(put, from);
  out.set(bytes.subarray(from + length), from + put.length);
  return out;
};

const MUTATORS: readonly Mutator[] = [
  (bytes, numbers) =>
    copyWith(bytes, (copy) => {
      copy[numbers.below(copy.length)]! ^= 1 << numbers.below(8);
    }),
  (bytes, numbers) =>
    copyWith(bytes, (copy) => {
      copy[numbers.below(copy.length)] = EDGES[numbers.below(EDGES.length)]!;
    }),
  // Two or four bytes that are a length, most likely.
  (bytes, numbers) =>
    copyWith(bytes, (copy) => {
      const at = numbers.below(copy.length);
      copy.fill(EDGES[numbers.below(EDGES.length)]!, at, at + 2 + 2 * numbers.below(2));
    }),
  // The head is where structures are told apart.
  (bytes, numbers) =>
    copyWith(bytes, (copy) => {
      copy[numbers.below(Math.min(copy.length, 64))] = numbers.below(256);
    }),
  (bytes, numbers) => bytes.slice(0, numbers.below(bytes.length + 1)),
  (bytes, numbers) => bytes.slice(numbers.below(bytes.length + 1)),
  (bytes, numbers) =>
    cutOut(bytes, numbers.below(bytes.length + 1), 0, new Uint8Array(1 + numbers.below(64))),
  (bytes, numbers) => {
    const from = numbers.below(bytes.length);
    return cutOut(bytes, from, Math.min(bytes.length - from, 1 + numbers.below(64)), new Uint8Array(0));
  },
  (bytes, numbers) => {
    const from = numbers.below(bytes.length);
    const piece = bytes.slice(from, from + 1 + numbers.below(256));
    return cutOut(bytes, numbers.below(bytes.length + 1), 0, piece);
  },
  (bytes, numbers, other) => {
    const at = numbers.below(Math.min(bytes.length, other.length) + 1);
    return cutOut(bytes, at, bytes.length - at, other.subarray(at));
  },
];

/** One change of `bytes`, or up to four of them. */
export function mutate(bytes: Uint8Array, numbers: SeededNumbers, other: Uint8Array): Uint8Array {
  let out = bytes;
  for (let left = numbers.below(4); left >= 0; left--) {
    if (out.length === 0) break;
    out = MUTATORS[numbers.below(MUTATORS.length)]!(out, numbers, other);
  }
  return out;
}

import { concatBytes } from '../../../src/index.ts';
import type { Prng } from '../differential/prng.ts';

type Mutation = (data: Uint8Array, random: Prng, other: Uint8Array) => Uint8Array;

/** Bytes that mean something in DER, in JSON, in UTF-8 or as a length. */
const TELLING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x22, 0x2c, 0x30, 0x31, 0x5b, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0x81,
  0x82, 0x84, 0x88, 0xa0, 0xc0, 0xed, 0xf4, 0xfe, 0xff,
] as const;

const at = (data: Uint8Array, random: Prng): number => random.below(Math.max(1, data.length));
const insert = (data: Uint8Array, place: number, more: Uint8Array): Uint8Array =>
  concatBytes(data.subarray(0, place), more, data.subarray(place));

const MUTATIONS: readonly Mutation[] = [
  // One to four bits.
  (data, random) => {
    const out = data.slice();
    for (let i = 0; i <= random.below(4); i++)
      if (out.length > 0) out[at(out, random)]! ^= 1 << random.below(8);
    return out;
  },
  // One byte that means something; near the front, where tags and lengths are, more often.
  (data, random) => {
    const out = data.slice();
    const place = random.below(2) === 0 ? random.below(Math.min(8, out.length || 1)) : at(out, random);
    if (place < out.length) out[place] = TELLING[random.below(TELLING.length)]!;
    return out;
  },
  // A byte one up or down: lengths and counters.
  (data, random) => {
    const out = data.slice();
    if (out.length > 0) out[random.below(Math.min(out.length, 80))]! += random.below(2) === 0 ? 1 : 255;
    return out;
  },
  // Cut off behind, in front.
  (data, random) => data.slice(0, random.below(data.length + 1)),
  (data, random) => data.slice(random.below(data.length + 1)),
  // Longer behind, in front, inside.
  (data, random) => concatBytes(data, random.bytes(1 + random.below(6))),
  (data) => concatBytes(data, new Uint8Array(1)),
  (data) => concatBytes(new Uint8Array(1), data),
  (data, random) => insert(data, at(data, random), Uint8Array.of(TELLING[random.below(TELLING.length)]!)),
  (data, random) => insert(data, at(data, random), random.bytes(1 + random.below(300))),
  // A part taken out, doubled, or put elsewhere.
  (data, random) => {
    const from = at(data, random);
    return concatBytes(data.subarray(0, from), data.subarray(from + 1 + random.below(8)));
  },
  (data, random) => {
    const from = at(data, random);
    return insert(data, from, data.slice(from, from + 1 + random.below(40)));
  },
  (data, random) => {
    const from = at(data, random);
    const part = data.slice(from, from + 1 + random.below(40));
    const rest = concatBytes(data.subarray(0, from), data.subarray(from + part.length));
    return insert(rest, at(rest, random), part);
  },
  // Lengths in other forms: long, with leading zeros, indefinite, huge.
  (data, random) => {
    const place = random.below(2) === 0 ? 1 : at(data, random);
    const count = 1 + random.below(9);
    const length = random.below(2) === 0 ? new Uint8Array(count).fill(0xff) : new Uint8Array(count);
    length[count - 1] = data[place] ?? 0;
    const replaced = concatBytes(
      data.subarray(0, place),
      Uint8Array.of(0x80 | count),
      length,
      data.subarray(place + 1),
    );
    return replaced;
  },
  // The front of one sample and the back of another.
  (data, random, other) => concatBytes(data.subarray(0, at(data, random)), other.subarray(at(other, random))),
  // The same length, all else random, all zero or all ones.
  (data, random) => random.bytes(data.length),
  (data, random) => data.slice().fill(0, at(data, random)),
  (data, random) => data.slice().fill(0xff, at(data, random)),
  () => new Uint8Array(0),
];

/** A sample changed once or more often, by a seeded choice. */
export function mutate(samples: readonly Uint8Array[], random: Prng): Uint8Array {
  let data = samples[random.below(samples.length)]!;
  const other = samples[random.below(samples.length)]!;
  for (let i = 0; i <= random.below(3); i++) {
    data = MUTATIONS[random.below(MUTATIONS.length)]!(data, random, other);
  }
  return data;
}

import { concatBytes } from '@cssi/sm-core';
import type { Prng } from './prng.ts';

/** Bytes that mean something in DER and BER: tags, lengths, the end of contents. */
const TELLING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x17, 0x18, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x81,
  0x82, 0x84, 0xa0, 0xa1, 0xa3, 0xbf, 0xff,
] as const;

/** Every change of one byte that the tests know: eight bits, one up, one down, and the telling bytes. */
export const BYTE_CHANGES: number = 8 + 2 + TELLING.length;

/** The input with the change `which` (0 to {@link BYTE_CHANGES} - 1) of the byte at `at`. */
export function changeByte(input: Uint8Array, at: number, which: number): Uint8Array {
  const out = Uint8Array.from(input);
  if (which < 8) out[at]! ^= 1 << which;
  else if (which === 8) out[at]! += 1;
  else if (which === 9) out[at]! -= 1;
  else out[at] = TELLING[which - 10]!;
  return out;
}

/** Cut off after `length` bytes. */
export const truncate = (input: Uint8Array, length: number): Uint8Array => input.slice(0, length);

const part = (input: Uint8Array, random: Prng): readonly [number, number] => {
  const from = random.below(input.length);
  return [from, Math.min(input.length, from + 1 + random.below(64))];
};

const LARGER: readonly ((input: Uint8Array, random: Prng, other: Uint8Array) => Uint8Array)[] = [
  // A part taken out, doubled, filled, or from another sample.
  (input, random) => {
    const [from, to] = part(input, random);
    return concatBytes(input.subarray(0, from), input.subarray(to));
  },
  (input, random) => {
    const [from, to] = part(input, random);
    return concatBytes(input.subarray(0, to), input.subarray(from));
  },
  (input, random) => {
    const [from, to] = part(input, random);
    return Uint8Array.from(input).fill(TELLING[random.below(TELLING.length)]!, from, to);
  },
  (input, random, other) => {
    const [from, to] = part(input, random);
    return concatBytes(input.subarray(0, from), other.slice(0, 64), input.subarray(to));
  },
  // Lengths in other forms.
  (input, random) => {
    const from = random.below(input.length);
    const long = [[0x80], [0x81, 0x03], [0x84, 0xff, 0xff, 0xff, 0xff], [0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]];
    return concatBytes(
      input.subarray(0, from),
      Uint8Array.from(long[random.below(long.length)]!),
      input.subarray(from + 1),
    );
  },
  (input, random) => concatBytes(input, random.bytes(1 + random.below(40))),
  (_, random) => random.bytes(random.below(400)),
];

/** A larger change, by a seeded choice. */
export const changePart = (input: Uint8Array, random: Prng, other: Uint8Array): Uint8Array =>
  LARGER[random.below(LARGER.length)]!(input, random, other);

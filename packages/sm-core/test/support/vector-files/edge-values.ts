import { type Affine, G, N, negate, P, pointFrom, times } from './curve.ts';

/** `digit` in every window of `width` bits, as far as it stays below n. */
function everyWindow(width: number, digit: bigint): bigint {
  let value = 0n;
  for (let at = 0n; at + BigInt(width) <= 255n; at += BigInt(width)) value |= digit << at;
  return value;
}

/** Scalars where ladders, windows and carries go wrong, each with its reason. */
export const EDGE_SCALARS: readonly (readonly [what: string, k: bigint])[] = [
  ['1', 1n],
  ['2', 2n],
  ['3', 3n],
  ['15', 15n],
  ['16', 16n],
  ['17', 17n],
  ['n-2', N - 2n],
  ['n-3', N - 3n],
  ['(n-1)/2', (N - 1n) / 2n],
  ['(n+1)/2', (N + 1n) / 2n],
  ['one byte', 0xa5n],
  ['31 bytes', 2n ** 247n + 12345n],
  ['2^32-1', 2n ** 32n - 1n],
  ['2^64', 2n ** 64n],
  ['2^128-1', 2n ** 128n - 1n],
  ['2^128', 2n ** 128n],
  ['2^224', 2n ** 224n],
  ['2^252-1', 2n ** 252n - 1n],
  ['2^255', 2n ** 255n],
  ['2^255+1', 2n ** 255n + 1n],
  ['n-2^32', N - 2n ** 32n],
  ['n-2^128', N - 2n ** 128n],
  ['windows of 4 all 8', everyWindow(4, 8n)],
  ['windows of 4 all 7', everyWindow(4, 7n)],
  ['windows of 5 all 16', everyWindow(5, 16n)],
  ['windows of 5 all 15', everyWindow(5, 15n)],
  ['windows of 6 all 32', everyWindow(6, 32n)],
  ['windows of 6 all 31', everyWindow(6, 31n)],
  ['windows of 7 all 64', everyWindow(7, 64n)],
  ['windows of 8 all 128', everyWindow(8, 128n)],
  ['windows of 8 all 127', everyWindow(8, 127n)],
  ['every other window of 4 empty', everyWindow(8, 15n)],
  ['limbs of 29 all ones but one', 2n ** 255n - 1n - 2n ** 145n],
  ['low half empty', (N >> 130n) << 130n],
];

/** Every other entry, where a file uses a list twice. */
export const half = <T>(list: readonly T[], from: 0 | 1): readonly T[] =>
  list.filter((_, i) => i % 2 === from);

/** Points whose coordinates meet carries, borrows and short encodings. */
export const EDGE_POINTS: readonly (readonly [what: string, point: Affine])[] = [
  ['x small', pointFrom(0n)],
  ['x small and y odd', pointFrom(1n, true)],
  ['x with 31 bytes', pointFrom(2n ** 247n)],
  ['x with 16 bytes', pointFrom(2n ** 127n)],
  ['x near p', pointFrom(P - 1n, false, -1n)],
  ['x near p and y odd', pointFrom(P - 1n, true, -1n)],
  ['x just above n', pointFrom(N)],
  ['x just below n', pointFrom(N - 1n, false, -1n)],
  ['x near 2^255', pointFrom(2n ** 255n)],
  ['x near 2^224', pointFrom(2n ** 224n - 1n, true, -1n)],
  ['x near 2^192', pointFrom(2n ** 192n - 1n, false, -1n)],
  ['x near 2^64', pointFrom(2n ** 64n - 1n, true, -1n)],
  ['x with limbs of 29 ones', pointFrom(2n ** 232n - 1n, false, -1n)],
  ['x with limbs of 29 empty', pointFrom(2n ** 29n + 2n ** 87n + 2n ** 145n + 2n ** 203n)],
  ['x with words of 32 ones', pointFrom((2n ** 32n - 1n) * (1n + 2n ** 64n + 2n ** 128n + 2n ** 192n))],
  ['G', G],
  ['-G', negate(G)],
  ['2G', times(2n)],
  ['-2G', negate(times(2n))],
  ['3G', times(3n)],
  ['2^128 G', times(2n ** 128n)],
  ['G/2', times((N + 1n) / 2n)],
];

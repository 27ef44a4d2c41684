import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { toHex } from '../src/index.ts';
import { A, add, decode, encode, fromBig, G, mod, N, P, type Point, toBig } from './support/affine.ts';
import { seededBytes } from './support/seeded.ts';
import { SUBJECTS, times } from './support/wasm-sm2.ts';

const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const hexOf = (point: Point): string => toHex(encode(point));

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = mod(result * b);
    b = mod(b * b);
  }
  return result;
}

/** The even or odd y of x, or `undefined`. */
function solve(x: bigint, odd: bigint): bigint | undefined {
  const right = mod(x * x * x + A * x + B);
  const y = power(right, (P + 1n) / 4n);
  if (mod(y * y) !== right) return undefined;
  return (y & 1n) === odd ? y : P - y;
}

/**
 * Where the multiplications need more than the plain addition: k = n - 6 makes the last
 * step of [k]P a doubling, k = 30·2^252 - n that of [k]G, and n - k the same on the other
 * side; then the ends of the range and all borders of 5-, 6- and 29-bit pieces.
 */
const TOP_ROW = 30n * (1n << 252n) - N;
const EXCEPTIONAL = [N - 6n, 6n, N - 70n, 70n, TOP_ROW, N - TOP_ROW];
const ENDS = [1n, 2n, 3n, 4n, 5n, 7n, 31n, 32n, 33n, N - 1n, N - 2n, N - 3n, N - 4n, N - 5n, N - 7n];
const MIDDLE = [N / 2n - 1n, N / 2n, N / 2n + 1n, N / 2n + 2n, P - N, N - (P - N)];
const BORDERS = [5, 6, 10, 29, 30, 58, 87, 116, 145, 174, 203, 232, 250, 251, 252, 255].flatMap((bit) => {
  const value = 1n << BigInt(bit);
  return [value - 1n, value, value + 1n];
});
const REPEATED = ['1f', '20', '21', '3f', '55', 'aa', 'f0', '0f', '80', '01'].map(
  (byte) => toBig(Uint8Array.from({ length: 32 }, () => Number.parseInt(byte, 16))) % N,
);
const SCALARS = [...EXCEPTIONAL, ...ENDS, ...MIDDLE, ...BORDERS, ...REPEATED];

/** x of many shapes: small, close to p, one bit, all ones in one limb. */
const LIMBS = Array.from({ length: 9 }, (_, i) => (((1n << 29n) - 1n) << BigInt(29 * i)) % P);
const COORDINATES = [
  ...Array.from({ length: 12 }, (_, i) => BigInt(i)),
  ...Array.from({ length: 12 }, (_, i) => P - 1n - BigInt(i)),
  ...LIMBS,
  ...LIMBS.map((limb) => P - 1n - limb),
  ...Array.from({ length: 16 }, (_, i) => 1n << BigInt(16 * i + 15)),
  N,
  N - 1n,
  P - N,
];
const POINTS: readonly Point[] = COORDINATES.flatMap((x, i) => {
  const y = solve(x, BigInt(i & 1));
  return y === undefined ? [] : [{ x, y }];
});

describe.each(SUBJECTS)('points on the kernel (%s)', (_name, { sm2 }) => {
  it('[k]G for every kind of k, against affine arithmetic', () => {
    for (const k of SCALARS) expect(toHex(sm2.sm2PublicKey(fromBig(k))), `k = ${k}`).toBe(hexOf(times(G, k)));
  });

  it('[k]P for every kind of k, against affine arithmetic', () => {
    SCALARS.forEach((k, i) => {
      const point = POINTS[i % POINTS.length];
      for (const base of [G, point])
        expect(toHex(sm2.sm2Multiply(fromBig(k), encode(base))), `k = ${k}`).toBe(hexOf(times(base, k)));
    });
  });

  it('[k]P for points with coordinates at the edges', () => {
    expect(POINTS.length).toBeGreaterThan(20);
    for (const point of POINTS) {
      const bytes = encode(point);
      expect(sm2.sm2IsPublicKey(bytes)).toBe(true);
      expect(toHex(sm2.sm2Multiply(fromBig(N - 6n), bytes))).toBe(hexOf(times(point, N - 6n)));
      expect(toHex(sm2.sm2Multiply(fromBig(N - 1n), bytes))).toBe(hexOf({ ...point!, y: P - point!.y }));
    }
  });

  it('random k and P against the reference engine', () => {
    const bytes = seededBytes('wasm-sm2 multiply');
    for (let i = 0; i < 40; i++) {
      const k = fromBig((toBig(bytes(32)) % (N - 1n)) + 1n);
      const point = nobleEngine.sm2PublicKey(fromBig((toBig(bytes(32)) % (N - 1n)) + 1n));
      expect(sm2.sm2PublicKey(k)).toEqual(nobleEngine.sm2PublicKey(k));
      expect(sm2.sm2Multiply(k, point)).toEqual(nobleEngine.sm2Multiply(k, point));
    }
  });

  it('decompresses what has a root and refuses what has none', () => {
    let refused = 0;
    for (const x of COORDINATES) {
      for (const odd of [0n, 1n]) {
        const y = solve(x, odd);
        const compressed = Uint8Array.of(2 + Number(odd), ...fromBig(x));
        const point = sm2.sm2Decompress(compressed);
        if (y === undefined) refused++;
        expect(point && toHex(point)).toBe(y === undefined ? undefined : hexOf({ x, y }));
      }
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('refuses to decompress other forms and x that is not reduced', () => {
    const good = Uint8Array.of(2, ...fromBig(G!.x));
    expect(sm2.sm2Decompress(good)).toBeDefined();
    const bad = [
      good.subarray(1),
      good.subarray(0, 32),
      Uint8Array.of(...good, 0),
      ...[0, 1, 4, 6, 7, 255].map((prefix) => Uint8Array.of(prefix, ...fromBig(G!.x))),
      // x + p for the x of points: the same residues, in a form that is not allowed
      ...POINTS.filter((point) => point!.x < 1n << 224n).map((point) =>
        Uint8Array.of(2, ...fromBig(point!.x + P)),
      ),
      Uint8Array.of(2, ...fromBig(P)),
      new Uint8Array(33).fill(255),
      new Uint8Array(0),
    ];
    for (const bytes of bad) expect(sm2.sm2Decompress(bytes), toHex(bytes)).toBeUndefined();
  });

  it('refuses points next to the curve and coordinates that are not reduced', () => {
    for (const point of POINTS) {
      const { x, y } = point!;
      const wrong = [
        { x, y: y === P - 1n ? y - 1n : y + 1n },
        { x: x === 0n ? 1n : x - 1n, y },
        { x: y, y: x },
        { x, y: 0n },
      ].filter((other) => mod(other.y * other.y - other.x ** 3n - A * other.x - B) !== 0n);
      for (const other of wrong) expect(sm2.sm2IsPublicKey(encode(other))).toBe(false);
      if (x + P < 1n << 256n) expect(sm2.sm2IsPublicKey(encode({ x: x + P, y }))).toBe(false);
      if (y + P < 1n << 256n) expect(sm2.sm2IsPublicKey(encode({ x, y: y + P }))).toBe(false);
    }
  });

  describe('key exchange', () => {
    const half = (x: bigint) => (1n << 127n) + (x & ((1n << 127n) - 1n));
    const run = (d: bigint, r: bigint, peer: Point, peerEphemeral: Point) =>
      sm2.sm2ExchangePoint({
        privateKey: fromBig(d),
        ephemeralPrivateKey: fromBig(r),
        ephemeralPublicKey: encode(times(G, r)),
        peerPublicKey: encode(peer),
        peerEphemeralPublicKey: encode(peerEphemeral),
      });
    const expected = (d: bigint, r: bigint, peer: Point, peerEphemeral: Point): Point => {
      const t = mod(d + half(times(G, r)!.x) * r, N);
      return times(add(peer, times(peerEphemeral, half(peerEphemeral!.x))), t);
    };

    it('gives both sides the point of the definition', () => {
      const bytes = seededBytes('wasm-sm2 exchange');
      const scalar = () => (toBig(bytes(32)) % (N - 1n)) + 1n;
      for (let i = 0; i < 8; i++) {
        const [da, ra, db, rb] = [scalar(), scalar(), scalar(), scalar()];
        const [pa, qa, pb, qb] = [da, ra, db, rb].map((k) => times(G, k));
        const u = run(da, ra, pb, qb);
        expect(toHex(u!)).toBe(hexOf(expected(da, ra, pb, qb)));
        expect(run(db, rb, pa, qa)).toEqual(u);
      }
    });

    it('gives nothing where the sum P + [x̄]R is infinity, and nothing for t = 0', () => {
      for (const r of [1n, 2n, 12345n, N - 1n]) {
        const ephemeral = times(G, r)!;
        const opposite = times(ephemeral, N - (half(ephemeral.x) % N));
        expect(run(3n, 5n, opposite, ephemeral)).toBeUndefined();
        const d = mod(-half(ephemeral.x) * r, N);
        expect(run(d, r, G, times(G, 9n))).toBeUndefined();
      }
    });

    it('is right where the addition in the sum is a doubling', () => {
      for (const r of [1n, 7n, N - 2n]) {
        const ephemeral = times(G, r)!;
        const same = times(ephemeral, half(ephemeral.x));
        expect(toHex(run(3n, 5n, same, ephemeral)!)).toBe(hexOf(expected(3n, 5n, same, ephemeral)));
      }
    });

    it('is right for t at the ends of the range', () => {
      const r = 77n;
      const own = half(times(G, r)!.x) * r;
      for (const t of [1n, 2n, N - 1n, N - 6n, 6n]) {
        const d = mod(t - own, N);
        expect(toHex(run(d, r, times(G, 4n), G)!)).toBe(hexOf(expected(d, r, times(G, 4n), G)));
      }
    });
  });

  it('reads points as they were written', () => {
    for (const point of POINTS) expect(decode(sm2.sm2Multiply(fromBig(1n), encode(point)))).toEqual(point);
  });
});

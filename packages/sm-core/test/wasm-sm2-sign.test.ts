import { describe, expect, it } from 'vitest';
import { toHex } from '../src/index.ts';
import { add, encode, fromBig, G, invertN, mod, N, P, type Point, toBig } from './support/affine.ts';
import { seededBytes } from './support/seeded.ts';
import { nonces, SUBJECTS, times } from './support/wasm-sm2.ts';

const MAX = (1n << 256n) - 1n;
/** A nonce for which the last addition of [k]G is a doubling. */
const TOP = 30n * (1n << 252n) - N;
const join = (r: bigint, s: bigint): Uint8Array => Uint8Array.of(...fromBig(r), ...fromBig(s));

/** r and s as the standard has them. @standard GB/T 32918.2-2016 §6.1 */
function signed(d: bigint, e: bigint, k: bigint): { readonly r: bigint; readonly s: bigint } {
  const r = mod(e + times(G, k)!.x, N);
  return { r, s: mod(invertN(1n + d) * (k - r * d), N) };
}

/** e, key and signature such that [s]G + [t]P is `sum`, for the s and t asked for. */
function crafted(sum: Point, s: bigint, t: bigint) {
  const key = times(add(sum, times(G, N - s)), invertN(t));
  const r = mod(t - s, N);
  return { key, r, e: mod(r - (sum?.x ?? 0n), N) };
}

describe.each(SUBJECTS)('signatures on the kernel (%s)', (_name, { sm2 }) => {
  const verify = (key: Point, e: bigint, signature: Uint8Array): readonly boolean[] => {
    const bytes = encode(key);
    return [
      sm2.sm2VerifyDigest(bytes, fromBig(e), signature),
      sm2.sm2PreparePublic(bytes).verifyDigest(fromBig(e), signature),
    ];
  };

  it('signs as the definition for d, k and e at the ends of their ranges', () => {
    for (const d of [1n, 2n, N - 2n, N - 3n, N / 2n, 1n << 255n])
      for (const k of [1n, N - 1n, TOP, 0x123456789n])
        for (const e of [0n, 1n, N - 1n, N, N + 1n, P, MAX]) {
          const { r, s } = signed(d, e, k);
          const signature = sm2.sm2SignDigest(fromBig(d), fromBig(e), nonces(k));
          expect(toHex(signature), `d=${d} k=${k} e=${e}`).toBe(toHex(join(r, s)));
        }
  });

  it('draws again for r = 0, r + k = n and s = 0, for many keys', () => {
    for (const d of [1n, 5n, N - 2n, 1n << 200n]) {
      for (const k of [1n, 2n, N - 1n, 987654321n]) {
        const { x } = times(G, k)!;
        // s = 0 when k = r d
        for (const r of [0n, N - k, mod(k * invertN(d), N)]) {
          const source = nonces(k, 4711n);
          const e = mod(r - x, N);
          const second = signed(d, e, 4711n);
          expect(toHex(sm2.sm2SignDigest(fromBig(d), fromBig(e), source))).toBe(
            toHex(join(second.r, second.s)),
          );
          expect(source.left).toBe(0);
        }
      }
    }
  });

  it('verifies what it signs, and nothing with one bit changed', () => {
    const bytes = seededBytes('wasm-sm2 verify');
    for (let i = 0; i < 6; i++) {
      const d = (toBig(bytes(32)) % (N - 2n)) + 1n;
      const e = bytes(32);
      const signature = sm2.sm2SignDigest(fromBig(d), e, { fill: (out) => void out.set(bytes(32)) });
      const key = times(G, d);
      expect(verify(key, toBig(e), signature)).toEqual([true, true]);
      for (let bit = i; bit < 512; bit += 37) {
        const changed = Uint8Array.from(signature);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(verify(key, toBig(e), changed)).toEqual([false, false]);
      }
      expect(verify(times(G, d + 1n), toBig(e), signature)).toEqual([false, false]);
      expect(verify(key, toBig(e) ^ 1n, signature)).toEqual([false, false]);
    }
  });

  it('is right for keys that are small multiples of G: sums that are doublings or vanish on the way', () => {
    for (const d of [1n, 2n, 3n, 31n, 32n, 33n, N - 1n, N - 2n, N - 3n, N - 31n]) {
      const key = times(G, d);
      for (const [s, t] of [
        [1n, 1n],
        [1n, 2n],
        [3n, 3n],
        [N - 1n, 2n],
        [63n, 65n],
        [N - 2n, N - 1n],
        [1n << 255n, 1n << 254n],
        [N - 3n, 5n],
        [mod(-d, N), 2n],
        [mod(-3n * d, N), 7n],
        [d, 3n],
      ] as const) {
        const sum = add(times(G, s), times(key, t));
        const r = mod(t - s, N);
        if (r === 0n) continue;
        const e = mod(r - (sum?.x ?? 0n), N);
        const ok = sum !== undefined;
        expect(verify(key, e, join(r, s)), `d=${d} s=${s} t=${t}`).toEqual([ok, ok]);
        expect(verify(key, mod(e + 1n, N), join(r, s))).toEqual([false, false]);
      }
    }
  });

  it('refuses where [s]G + [t]P is infinity', () => {
    for (const [s, t] of [
      [1n, 2n],
      [N - 1n, 5n],
      [123456789n, N - 7n],
      [1n << 200n, 1n << 100n],
    ] as const) {
      const { key, r, e } = crafted(undefined, s, t);
      for (const digest of [e, 0n, r, mod(r - 1n, N)])
        expect(verify(key, digest, join(r, s))).toEqual([false, false]);
    }
  });

  it('takes x1 between n and p, and compares e + x1 mod n', () => {
    // Points with x in [n, p): the remainder of x is x - n.
    const points: Point[] = [];
    for (let x = N; points.length < 4; x += (P - N) / 40n) {
      const point = sm2.sm2Decompress(Uint8Array.of(2, ...fromBig(x)));
      if (point !== undefined) points.push({ x, y: toBig(point.subarray(33)) });
    }
    for (const point of points) {
      for (const [s, t] of [
        [5n, 17n],
        [N - 9n, 1n << 130n],
      ] as const) {
        const { key, r, e } = crafted(point, s, t);
        expect(verify(key, e, join(r, s))).toEqual([true, true]);
        if (e + N <= MAX) expect(verify(key, e + N, join(r, s))).toEqual([true, true]);
        expect(verify(key, mod(e + N - P + 2n * N, N), join(r, s))).toEqual([false, false]);
      }
    }
    // And x - n for a small x is not the same as x.
    const small = sm2.sm2Decompress(Uint8Array.of(2, ...fromBig(1n)))!;
    const { key, r, e } = crafted({ x: 1n, y: toBig(small.subarray(33)) }, 5n, 17n);
    expect(verify(key, e, join(r, 5n))).toEqual([true, true]);
    expect(verify(key, mod(e - 1n, N), join(r, 5n))).toEqual([false, false]);
  });

  it('refuses r, s and t out of range', () => {
    const d = 99n;
    const e = 1234n;
    const { r, s } = signed(d, e, 55n);
    const key = times(G, d);
    expect(verify(key, e, join(r, s))).toEqual([true, true]);
    const bad = [
      join(0n, s),
      join(r, 0n),
      join(N, s),
      join(r, N),
      join(MAX, s),
      join(r, MAX),
      join(r, N - r),
      join(0n, 0n),
      ...(r + N <= MAX ? [join(r + N, s)] : []),
      ...(s + N <= MAX ? [join(r, s + N)] : []),
      join(N - r, s),
      join(r, N - s),
      join(s, r),
    ];
    for (const signature of bad) expect(verify(key, e, signature), toHex(signature)).toEqual([false, false]);
    for (const length of [0, 1, 63, 65])
      expect(verify(key, e, new Uint8Array(length).fill(1))).toEqual([false, false]);
  });
});

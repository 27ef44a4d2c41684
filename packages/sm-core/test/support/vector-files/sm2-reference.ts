import { createHash } from 'node:crypto';
import { big, bytesOf, concat, fixed, hexOf, uncompressed, xor } from './bytes.ts';
import { A, type Affine, add, B, G, invert, mod, multiply, N, times } from './curve.ts';

/** SM3 by OpenSSL. */
export const sm3 = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(
    createHash('sm3')
      .update(concat(...parts))
      .digest(),
  );

export const DEFAULT_ID = '31323334353637383132333435363738';

/** @standard GB/T 32918.2-2016 §5.5 */
export function z(publicKey: Affine, id: string): Uint8Array {
  const entl = fixed(BigInt(id.length * 4), 2);
  return sm3(
    bytesOf(
      [entl, id, fixed(A), fixed(B), uncompressed(G).slice(2), uncompressed(publicKey).slice(2)].join(''),
    ),
  );
}

export const digestOf = (publicKey: Affine, id: string, msg: string): bigint =>
  big(sm3(z(publicKey, id), bytesOf(msg)));

export interface Rs {
  readonly r: bigint;
  readonly s: bigint;
}

/** Nothing when this nonce must be drawn again. @standard GB/T 32918.2-2016 §6.1 A4–A6 */
export function signWith(d: bigint, e: bigint, k: bigint): Rs | undefined {
  if (k < 1n || k >= N) return undefined;
  const r = mod(e + times(k).x, N);
  if (r === 0n || r + k === N) return undefined;
  const s = mod(invert(1n + d, N) * (k - r * d), N);
  return s === 0n ? undefined : { r, s };
}

/** @standard GB/T 32918.2-2016 §7.1 */
export function verifies(publicKey: Affine, e: bigint, { r, s }: Rs): boolean {
  if (r < 1n || r >= N || s < 1n || s >= N) return false;
  const t = mod(r + s, N);
  if (t === 0n) return false;
  const sum = add(multiply(s, G), multiply(t, publicKey));
  return sum !== undefined && mod(e + sum.x, N) === r;
}

/** @standard GB/T 32918.4-2016 §5.4.3 */
export function kdf(seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 1; blocks.length * 32 < length; i++) blocks.push(sm3(seed, bytesOf(fixed(BigInt(i), 4))));
  return concat(...blocks).slice(0, length);
}

export interface CipherParts {
  readonly c1: Affine;
  readonly c3: string;
  readonly c2: string;
}

/** Nothing when t is all zero. @standard GB/T 32918.4-2016 §6.1 A1–A7 */
export function encryptWith(publicKey: Affine, msg: string, k: bigint): CipherParts | undefined {
  const shared = times(k, publicKey);
  const [x2, y2] = [bytesOf(fixed(shared.x)), bytesOf(fixed(shared.y))];
  const m = bytesOf(msg);
  const t = kdf(concat(x2, y2), m.length);
  if (t.every((byte) => byte === 0)) return undefined;
  return { c1: times(k), c3: hexOf(sm3(x2, m, y2)), c2: hexOf(xor(m, t)) };
}

export interface ExchangeSide {
  readonly d: bigint;
  readonly r: bigint;
  readonly id: string;
}

/** x̄ of step A4. @standard GB/T 32918.3-2016 §6.1 */
export const reducedX = (x: bigint): bigint => 2n ** 127n + (x & (2n ** 127n - 1n));

/** What one side computes; `undefined` at infinity. @standard GB/T 32918.3-2016 §6.1 */
export function exchangePoint(self: ExchangeSide, peer: Affine, peerEphemeral: Affine): Affine | undefined {
  const t = mod(self.d + reducedX(times(self.r).x) * self.r, N);
  return multiply(t, add(peer, multiply(reducedX(peerEphemeral.x), peerEphemeral)));
}

/** Key and confirmations of U or V between A and B. @standard GB/T 32918.3-2016 §6.1 A8–A10 */
export function exchangeKeys(
  point: Affine,
  za: Uint8Array,
  zb: Uint8Array,
  ra: Affine,
  rb: Affine,
  length: number,
): { readonly key: string; readonly s1: string; readonly s2: string } {
  const [x, y] = [bytesOf(fixed(point.x)), bytesOf(fixed(point.y))];
  const inner = sm3(x, za, zb, bytesOf(uncompressed(ra).slice(2)), bytesOf(uncompressed(rb).slice(2)));
  return {
    key: hexOf(kdf(concat(x, y, za, zb), length)),
    s1: hexOf(sm3(Uint8Array.of(2), y, inner)),
    s2: hexOf(sm3(Uint8Array.of(3), y, inner)),
  };
}

/**
 * sm2p256v1 in BigInt and Jacobian coordinates: the reference that the vector files are
 * made with. It shares no line with an engine; `foreign.ts` compares it with OpenSSL.
 *
 * @standard GB/T 32918.5-2017 §2, GB/T 32918.1-2016 annex A.1.2.3.2
 */
export const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
export const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
export const A: bigint = P - 3n;
export const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;

export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}
/** `undefined` is the point at infinity. */
export type Point = Affine | undefined;
type Jacobian = readonly [x: bigint, y: bigint, z: bigint];

export const G: Affine = {
  x: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  y: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};

export const mod = (value: bigint, m: bigint): bigint => {
  const rest = value % m;
  return rest < 0n ? rest + m : rest;
};

export function invert(value: bigint, m: bigint): bigint {
  let [a, b, x, y] = [mod(value, m), m, 1n, 0n];
  while (a > 1n) {
    const q = b / a;
    [a, b, x, y] = [b - q * a, a, y - q * x, x];
  }
  return mod(x, m);
}

function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let [result, square] = [1n, base % m];
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % m;
    square = (square * square) % m;
  }
  return result;
}

const INFINITY: Jacobian = [1n, 1n, 0n];

function double([x, y, z]: Jacobian): Jacobian {
  if (z === 0n || y === 0n) return INFINITY;
  const yy = (y * y) % P;
  const zz = (z * z) % P;
  const s = (4n * x * yy) % P;
  // a = -3
  const m = mod(3n * (x - zz) * (x + zz), P);
  const x3 = mod(m * m - 2n * s, P);
  return [x3, mod(m * (s - x3) - 8n * yy * yy, P), (2n * y * z) % P];
}

function addJacobian(p: Jacobian, q: Jacobian): Jacobian {
  if (p[2] === 0n) return q;
  if (q[2] === 0n) return p;
  const [zz1, zz2] = [(p[2] * p[2]) % P, (q[2] * q[2]) % P];
  const [u1, u2] = [(p[0] * zz2) % P, (q[0] * zz1) % P];
  const [s1, s2] = [(p[1] * zz2 * q[2]) % P, (q[1] * zz1 * p[2]) % P];
  const [h, r] = [mod(u2 - u1, P), mod(s2 - s1, P)];
  if (h === 0n) return r === 0n ? double(p) : INFINITY;
  const hh = (h * h) % P;
  const hhh = (h * hh) % P;
  const v = (u1 * hh) % P;
  const x3 = mod(r * r - hhh - 2n * v, P);
  return [x3, mod(r * (v - x3) - s1 * hhh, P), (h * p[2] * q[2]) % P];
}

const toJacobian = (p: Point): Jacobian => (p === undefined ? INFINITY : [p.x, p.y, 1n]);

function toAffine([x, y, z]: Jacobian): Point {
  if (z === 0n) return undefined;
  const i = invert(z, P);
  const ii = (i * i) % P;
  return { x: (x * ii) % P, y: (y * ii * i) % P };
}

export const add = (p: Point, q: Point): Point => toAffine(addJacobian(toJacobian(p), toJacobian(q)));
export const negate = (p: Affine): Affine => ({ x: p.x, y: P - p.y });

export function multiply(k: bigint, p: Point): Point {
  let result = INFINITY;
  let step = toJacobian(p);
  for (let e = mod(k, N); e > 0n; e >>= 1n) {
    if (e & 1n) result = addJacobian(result, step);
    step = double(step);
  }
  return toAffine(result);
}

/** A multiple that is known not to be infinity. */
export function times(k: bigint, p: Affine = G): Affine {
  const product = multiply(k, p);
  if (product === undefined) throw new RangeError('the product is the point at infinity');
  return product;
}

export const isOnCurve = ({ x, y }: Affine): boolean => mod(y * y - x * x * x - A * x - B, P) === 0n;

/** y of x with the given last bit, or nothing. p ≡ 3 mod 4. */
export function lift(x: bigint, odd: boolean): Affine | undefined {
  const square = mod(x * x * x + A * x + B, P);
  const root = power(square, (P + 1n) / 4n, P);
  if ((root * root) % P !== square) return undefined;
  return { x, y: (root & 1n) === (odd ? 1n : 0n) ? root : P - root };
}

/** The first point from `x` upwards (or downwards with step -1). */
export function pointFrom(x: bigint, odd = false, step = 1n): Affine {
  for (let at = x; ; at += step) {
    const point = lift(at, odd);
    if (point !== undefined) return point;
  }
}

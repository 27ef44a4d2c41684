/**
 * Derives the constants of sm4-tables.h and prints that file:
 *
 *   node kernel/sm4-tables.mjs > kernel/sm4-tables.h
 *
 * The S-box of GB/T 32907-2016 §6.2 is S(x) = A·(A·x + c)^-1 + c, with the inversion in
 * GF(2^8) modulo x^8+x^7+x^6+x^5+x^4+x^2+1, A the sum of the rotations by 0, 1, 3, 6, 7
 * and c = d3. The inversion is done in GF(2^4)^2:
 *
 *  1. Let e and its conjugate e^16 be a basis of GF(2^8) over its subfield GF(2^4), and
 *     x = i·e + j·e^16. The norm of x is n·Q with n = e·e^16, Q = i^2 + a·i·j + j^2 and
 *     a = (e + e^16)^2 / n, and x^-1 = (j·e + i·e^16) / (n·Q).
 *  2. With k = i + j, io = 1/(1/i + a/k) + j and jo = 1/(1/j + a/k) + i, one finds
 *     1/io = (k + a·i)/Q and 1/jo = (k + a·j)/Q. So i/Q and j/Q, and with them every bit
 *     of the inverse, are linear in 1/io and 1/jo: two look-ups of 16 entries.
 *  3. A division by zero gives 80, the point at infinity: what is added to it stays
 *     above 15, and a swizzle of an index above 15 gives 0, which is 1/infinity.
 *     For x = 0 both numbers end as infinity and the inverse as 0.
 *
 * A state byte x is kept in the tower form M·x = (i << 4 | k) of A·x, so that a round
 * begins with the nibbles at once. One round adds L(S(...)) to a word. With s the S-box
 * output without c, u = s << 2 and v = s >> 6 in 8 bits, byte p (0 the most significant)
 * of L is e_p + (e_0 + e_1 + e_2 + e_3) where e_p = h_p + f_(p+3), f = s + u, h = s + v.
 * The tables F and H give M·f and M·h from io and jo.
 *
 * The constants: a round also adds L(c, c, c, c) = 4f4f4f4f. Words 4 to 7, 12 to 15, ... of
 * the sequence are kept without it, and the round keys get it back where the sum of
 * three words lacks an odd number of them (KEY_DELTA, the same forwards and backwards),
 * as they get the tower form of the inner c (TOWER_C).
 */
const POLY = 0x1f5;
const C = 0xd3;
const multiply = (a, b) => {
  let product = 0;
  for (; b; b >>= 1) {
    if (b & 1) product ^= a;
    a <<= 1;
    if (a & 0x100) a ^= POLY;
  }
  return product;
};
const power = (x, n) => (n === 0 ? 1 : multiply(x, power(x, n - 1)));
const invert = (x) => power(x, 254);
const rotate = (x, n) => ((x << n) | (x >> (8 - n))) & 0xff;
const affine = (x) => [0, 1, 3, 6, 7].reduce((sum, n) => sum ^ rotate(x, n), 0);
const BYTES = Array.from({ length: 256 }, (_, x) => x);
const NIBBLES = BYTES.slice(0, 16);

/** Everything that follows from the choice of g (GF(2^4) = GF(2)[g], g^4 = g + 1) and e. */
function tower(g, e) {
  const embed = NIBBLES.map((n) => [0, 1, 2, 3].reduce((s, b) => ((n >> b) & 1 ? s ^ power(g, b) : s), 0));
  const conjugate = power(e, 16);
  const nibble = (x) => embed.indexOf(x);
  const n = multiply(e, conjugate);
  const trace = e ^ conjugate;
  if (trace === 0) return undefined;
  const a = multiply(multiply(trace, trace), invert(n));
  const split = [];
  for (const i of NIBBLES) {
    for (const j of NIBBLES) {
      split[multiply(embed[i], e) ^ multiply(embed[j], conjugate)] = [i, j];
    }
  }
  return { embed, nibble, n, a, e, conjugate, split };
}

/** Greedy sharing of sums of two: straight-line code of a linear map, as [target, x, y] steps. */
function straightLine(rows, inputs, name) {
  const sets = rows.map((row) => new Set(inputs.filter((_, b) => (row >> b) & 1)));
  const steps = [];
  for (;;) {
    const count = new Map();
    for (const set of sets) {
      const list = [...set].sort();
      for (let x = 0; x < list.length; x++) {
        for (let y = x + 1; y < list.length; y++) {
          const pair = `${list[x]} ${list[y]}`;
          count.set(pair, (count.get(pair) ?? 0) + 1);
        }
      }
    }
    if (count.size === 0) break;
    const [best] = [...count].sort((p, q) => q[1] - p[1] || (p[0] < q[0] ? -1 : 1))[0];
    const [x, y] = best.split(' ');
    const target = `${name}${steps.length}`;
    steps.push([target, x, y]);
    for (const set of sets) {
      if (set.has(x) && set.has(y)) {
        set.delete(x);
        set.delete(y);
        set.add(target);
      }
    }
  }
  return { steps, results: sets.map((set) => [...set][0]) };
}

/** rows[b]: which input bits make output bit b of the linear map f. */
const matrix = (f) =>
  NIBBLES.slice(0, 8).map((b) =>
    NIBBLES.slice(0, 8).reduce((row, c) => row | (((f(1 << c) >> b) & 1) << c), 0),
  );

const inputMap = (t) => (x) => {
  const [i, j] = t.split[affine(x)];
  return (i << 4) | j;
};
/** From (i/Q, j/Q) as i << 4 | j to the S-box output without c. */
const outputMap = (t) => (y) => {
  const sum = multiply(t.embed[y & 15], t.e) ^ multiply(t.embed[y >> 4], t.conjugate);
  return affine(multiply(sum, invert(t.n)));
};

const bits = (letter) => NIBBLES.slice(0, 8).map((b) => `${letter}${b}`);
let best;
for (const g of BYTES.filter((x) => x > 1 && power(x, 4) === (x ^ 1))) {
  for (const e of BYTES.slice(1)) {
    const t = tower(g, e);
    if (t === undefined) continue;
    const input = straightLine(matrix(inputMap(t)), bits('x'), 'p');
    const output = straightLine(matrix(outputMap(t)), bits('y'), 'q');
    // Multiplication by a in the circuit costs little when a is a small power of g.
    const cost = input.steps.length + output.steps.length + (t.nibble(t.a) === 2 ? 0 : 9);
    if (best === undefined || cost < best.cost) best = { cost, t, input, output };
  }
}
const { t, input, output } = best;

const divide = (a, n) => (n === 0 ? 0x80 : t.nibble(multiply(a, invert(t.embed[n]))));
const towerOf = (x) => {
  const [i, j] = t.split[x];
  return (i << 4) | (i ^ j);
};
const M = (x) => towerOf(affine(x));
const back = (y) => BYTES.find((x) => M(x) === y);
/** The S-box output without c from 1/io and 1/jo, one of them at a time, as they are linear. */
const outputOf = (io, jo) => {
  const kOverQ = multiply(io ^ jo, invert(t.a));
  const iOverQ = multiply(io ^ kOverQ, invert(t.a));
  return outputMap(t)((t.nibble(iOverQ) << 4) | t.nibble(iOverQ ^ kOverQ));
};
const inverse = (n) => (n === 0 ? 0 : invert(t.embed[n]));
const f = (s) => s ^ ((s << 2) & 0xff);
const h = (s) => s ^ (s >> 6);

// The whole way, for all 256 bytes.
const sbox = (x) => affine(invert(affine(x) ^ C)) ^ C;
const swizzle = (table, index) => (index > 15 ? 0 : table[index]);
const INV = NIBBLES.map((n) => divide(1, n));
const INVA = NIBBLES.map((n) => divide(t.a, n));
const S1 = NIBBLES.map((n) => outputOf(inverse(n), 0));
const S2 = NIBBLES.map((n) => outputOf(0, inverse(n)));
for (const x of BYTES) {
  const y = M(x) ^ towerOf(C);
  const [i, k] = [y >> 4, y & 15];
  const j = i ^ k;
  const ak = swizzle(INVA, k);
  const io = swizzle(INV, swizzle(INV, i) ^ ak) ^ j;
  const jo = swizzle(INV, swizzle(INV, j) ^ ak) ^ i;
  if ((swizzle(S1, io) ^ swizzle(S2, jo) ^ C) !== sbox(x)) throw new Error(`the S-box of ${x} is wrong`);
}

const hex = (x) => `0x${x.toString(16).padStart(2, '0')}`;
const out = [];
const table = (name, values, comment) => {
  const text = values.map(hex);
  out.push(`/* ${comment} */`, `static const u8 ${name}[16] = {${text.slice(0, 8).join(', ')},`);
  out.push(`${' '.repeat(`static const u8 ${name}[16] = {`.length)}${text.slice(8).join(', ')}};`);
};
out.push('/* Printed by sm4-tables.mjs, which says where every number comes from. */');
out.push('#ifndef CSSI_SM4_TABLES_H', '#define CSSI_SM4_TABLES_H', '#include "kernel.h"', '');
out.push(`#define SBOX_C ${hex(C)} /* the constant of both affine maps */`);
out.push(`#define TOWER_C ${hex(towerOf(C))} /* its tower form, as the inverter takes it */`);
out.push(`#define KEY_DELTA ${hex(rotate(C, 2))} /* each byte of L(c, c, c, c) */`, '');
out.push('#if SIMD');
table('TOWER_LO', NIBBLES.map(M), 'M·x of the low nibble of x');
table(
  'TOWER_HI',
  NIBBLES.map((n) => M(n << 4)),
  'M·x of the high nibble of x',
);
table('PLAIN_LO', NIBBLES.map(back), 'x of the low nibble of M·x');
table(
  'PLAIN_HI',
  NIBBLES.map((n) => back(n << 4)),
  'x of the high nibble of M·x',
);
table('INV', INV, '1/n, and 80 for n = 0');
table('INVA', INVA, 'a/n, and 80 for n = 0');
table('S1', S1, 'share of io in the S-box output');
table('S2', S2, 'share of jo');
table(
  'F1',
  S1.map((s) => M(f(s))),
  'M·f: share of io',
);
table(
  'F2',
  S2.map((s) => M(f(s))),
  'share of jo',
);
table(
  'H1',
  S1.map((s) => M(h(s))),
  'M·h: share of io',
);
table(
  'H2',
  S2.map((s) => M(h(s))),
  'share of jo',
);
out.push('#else');

/* The circuit: planes x0..x7 of the input, y7..y4 = i/Q and y3..y0 = j/Q of the output. */
const macro = (name, comment, { steps, results }, target) => {
  out.push(`/* ${comment} */`, `#define ${name} \\`);
  const lines = steps.map(([to, x, y]) => `  const u64 ${to} = ${x} ^ ${y}; \\`);
  out.push(...lines);
  out.push(`  ${results.map((r, b) => `${target}${b} = ${r};`).join(' ')}`);
};
macro('SBOX_INPUT', `(i, j) of A·x: i in z7..z4, j in z3..z0; ${input.steps.length} sums.`, input, 'z');
macro(
  'SBOX_OUTPUT',
  `A of the inverse, from i/Q in y7..y4 and j/Q in y3..y0; ${output.steps.length} sums.`,
  output,
  'w',
);
out.push(`#define TOWER_A ${t.nibble(t.a)} /* a as a polynomial in g */`);
const inner = inputMapOf(C);
function inputMapOf(x) {
  const [i, j] = t.split[x];
  return (i << 4) | j;
}
out.push(`#define TOWER_IJ_C ${hex(inner)} /* (i, j) of c */`);
out.push('#endif', '', '#endif');
console.log(out.join('\n'));

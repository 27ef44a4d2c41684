import { ascii, compressed, der, derInteger, fixed, uncompressed } from './bytes.ts';
import { type Affine, add, G, invert, mod, multiply, N, negate, P, pointFrom, times } from './curve.ts';
import { derMutations } from './der-mutations.ts';
import { EDGE_POINTS, EDGE_SCALARS, half } from './edge-values.ts';
import { type Result, VectorFileBuilder } from './file.ts';
import { checkSignature } from './foreign.ts';
import type { Seeded } from './seeded.ts';
import { DEFAULT_ID, digestOf, type Rs, signWith, verifies } from './sm2-reference.ts';

const NOTES = {
  StandardAnnex: {
    bugType: 'BASIC',
    description: 'The example of the standard.',
    clause: 'GB/T 32918.5-2017 annex A',
  },
  Ordinary: { bugType: 'BASIC', description: 'A plain signature, and the same with one thing changed.' },
  InvalidEncoding: {
    bugType: 'BER_ENCODING',
    description:
      'Not the DER of two INTEGERs: another encoding of a good signature makes signatures malleable.',
    clause: 'GB/T 35276-2017 §7.3',
  },
  RawLength: { bugType: 'ENCODING', description: 'r and s without DER are exactly 64 bytes.' },
  RangeOfRs: {
    bugType: 'MISSING_STEP',
    description: 'r or s is outside 1 to n-1 but right modulo n.',
    clause: 'GB/T 32918.2-2016 §7.1 B1, B2',
  },
  ZeroT: {
    bugType: 'MISSING_STEP',
    description: 'r + s = n: without the check anybody can sign, the key drops out.',
    clause: 'GB/T 32918.2-2016 §7.1 B5',
  },
  PointAtInfinity: {
    bugType: 'EDGE_CASE',
    description: 'The sum is the point at infinity, whose x some code takes for 0.',
  },
  EqualPoints: {
    bugType: 'EDGE_CASE',
    description: 'Both multiples are the same point: the formula for adding two points fails.',
  },
  RelatedKey: {
    bugType: 'EDGE_CASE',
    description: 'The key is a small multiple of G: points meet inside a joint ladder.',
  },
  EdgeKey: { bugType: 'ARITHMETIC', description: 'Coordinates of the key that meet carries and borrows.' },
  EdgeScalars: {
    bugType: 'ARITHMETIC',
    description: 's and t that meet borders of windows and the ends of ladders.',
  },
  ShortRs: { bugType: 'ENCODING', description: 'r or s is short, or has a first byte of 80 or more.' },
  LargeX: { bugType: 'ARITHMETIC', description: 'x of the sum is n or more and must be reduced.' },
  UnreducedDigest: { bugType: 'ARITHMETIC', description: 'e is n or more and must be reduced.' },
  BadKey: {
    bugType: 'MISSING_STEP',
    description: 'The public key is no point of the curve, or is not encoded as one.',
  },
} as const;
type Flag = keyof typeof NOTES;

const raw = ({ r, s }: Rs): string => fixed(r) + fixed(s);

/** Signatures to accept and to refuse. */
export function sm2Verify(random: Seeded): VectorFileBuilder<Flag> {
  const file = new VectorFileBuilder<Flag>(
    'sm2/sm2-verify.json',
    'SM2',
    [
      'SM2 verification over a message under an ID, or over e. The format "der" is SEQUENCE of two INTEGERs,',
      '"raw" is r and s of 32 bytes each. Invalid: refused with an error or with false.',
    ],
    [
      'OpenSSL through node:crypto: every valid signature over a message',
      'BigInt reference: the verdict on every signature whose encoding is right',
    ],
    NOTES,
  );
  const d = random.big(N - 1n);
  const key = times(d);
  const msg = ascii('vectors');
  const e = digestOf(key, DEFAULT_ID, msg);
  // A signature whose r begins with a byte of 80 or more and whose s does not: both forms of INTEGER.
  let good: Rs;
  do good = signWith(d, e, random.big(N))!;
  while (good.r >> 255n !== 1n || good.s >> 248n > 0x7fn || good.s >> 248n === 0n);
  checkSignature(key, DEFAULT_ID, msg, good);
  const [r, s] = [derInteger(good.r), derInteger(good.s)];

  file.group('Sm2Verify', { publicKey: uncompressed(key), id: DEFAULT_ID });
  const overMessage = (
    what: string,
    flag: Flag,
    format: string,
    sig: string,
    result: Result,
    m = msg,
  ): void => {
    file.test(what, [flag], { msg: m, format, sig }, result);
  };
  overMessage('good', 'Ordinary', 'der', der('30', r, s), 'valid');
  overMessage('good', 'Ordinary', 'raw', raw(good), 'valid');
  overMessage('other message', 'Ordinary', 'raw', raw(good), 'invalid', ascii('vector'));
  overMessage('empty message', 'Ordinary', 'raw', raw(good), 'invalid', '');
  overMessage('r and s exchanged', 'Ordinary', 'raw', raw({ r: good.s, s: good.r }), 'invalid');
  overMessage('n - s', 'Ordinary', 'raw', raw({ r: good.r, s: N - good.s }), 'invalid');
  overMessage('n - r', 'Ordinary', 'raw', raw({ r: N - good.r, s: good.s }), 'invalid');
  overMessage('s + 1', 'Ordinary', 'raw', raw({ r: good.r, s: good.s + 1n }), 'invalid');
  overMessage('r + 1', 'Ordinary', 'raw', raw({ r: good.r + 1n, s: good.s }), 'invalid');
  for (const [what, hex] of derMutations(r, s)) overMessage(what, 'InvalidEncoding', 'der', hex, 'invalid');
  overMessage('r and s without DER', 'InvalidEncoding', 'der', raw(good), 'invalid');
  for (const [what, hex] of [
    ['empty', ''],
    ['one byte', '30'],
    ['63 bytes', raw(good).slice(2)],
    ['63 bytes at the front', raw(good).slice(0, -2)],
    ['65 bytes', `${raw(good)}00`],
    ['65 bytes with a zero in front', `00${raw(good)}`],
    ['128 bytes', raw(good) + raw(good)],
    ['DER', der('30', r, s)],
  ] as const)
    overMessage(what, 'RawLength', 'raw', hex, 'invalid');

  const annexKey = times(0x3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8n);
  const annex: Rs = {
    r: 0xf5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3n,
    s: 0xb1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aan,
  };
  checkSignature(annexKey, DEFAULT_ID, ascii('message digest'), annex);
  file.group('Sm2Verify', { publicKey: uncompressed(annexKey), id: DEFAULT_ID });
  overMessage('message digest', 'StandardAnnex', 'raw', raw(annex), 'valid', ascii('message digest'));
  file.group('Sm2Verify', { publicKey: uncompressed(annexKey), id: '' });
  overMessage('under the empty ID', 'Ordinary', 'raw', raw(annex), 'invalid', ascii('message digest'));

  for (const [what, publicKey] of [
    ['x of another curve point', `04${fixed(key.x ^ 1n)}${fixed(key.y)}`],
    ['y + 1', `04${fixed(key.x)}${fixed(key.y + 1n)}`],
    ['x + p', `04${fixed(pointFrom(1n).x + P)}${fixed(pointFrom(1n).y)}`],
    ['zero', `04${'00'.repeat(64)}`],
    ['infinity', '00'],
    ['empty', ''],
    ['without its last byte', uncompressed(key).slice(0, -2)],
    ['with a byte too many', `${uncompressed(key)}00`],
    ['hybrid form', `0${6n + (key.y & 1n)}${uncompressed(key).slice(2)}`],
    ['without 04', uncompressed(key).slice(2)],
    ['compressed with 05', `05${compressed(key).slice(2)}`],
  ] as const) {
    file.group('Sm2Verify', { publicKey, id: DEFAULT_ID });
    overMessage(`key: ${what}`, 'BadKey', 'raw', raw(good), 'invalid');
  }
  digests(file, random);
  return file;
}

function digests(file: VectorFileBuilder<Flag>, random: Seeded): void {
  let current: Affine = G;
  const under = (publicKey: Affine): void => {
    current = publicKey;
    file.group('Sm2VerifyDigest', { publicKey: uncompressed(publicKey) });
  };
  const judged = (what: string, flag: Flag, e: bigint, rs: Rs, result: Result): void => {
    if (verifies(current, mod(e, N), rs) !== (result === 'valid')) throw new Error(`${what}: not ${result}`);
    file.test(what, [flag], { e: fixed(e), format: 'raw', sig: raw(rs) }, result);
  };
  /** e such that r and s sign it, without any check of the standard. */
  const fitting = ({ r, s }: Rs): bigint => {
    const sum = add(multiply(mod(s, N), G), multiply(mod(r + s, N), current));
    return mod(r - (sum?.x ?? 0n), N);
  };
  let count = 0;
  const accepted = (what: string, flag: Flag, rs: Rs): void => {
    const e = fitting(rs);
    judged(what, flag, e, rs, 'valid');
    if (++count % 4 === 0) judged(`${what}, e + 1`, flag, mod(e + 1n, N), rs, 'invalid');
  };

  under(times(random.big(N)));
  const any = (): bigint => random.big(N);
  for (const [what, rs] of [
    ['r is 0', { r: 0n, s: any() }],
    ['s is 0', { r: any(), s: 0n }],
    ['r is n', { r: N, s: any() }],
    ['s is n', { r: any(), s: N }],
    ['r is small + n', { r: N + 5n, s: any() }],
    ['s is small + n', { r: any(), s: N + 5n }],
    ['r is 2^256-1', { r: 2n ** 256n - 1n, s: any() }],
    ['s is 2^256-1', { r: any(), s: 2n ** 256n - 1n }],
    ['both are 0', { r: 0n, s: 0n }],
  ] as const) {
    const e = fitting(rs);
    judged(what, 'RangeOfRs', e, rs, 'invalid');
  }
  for (const s of [1n, N - 1n, any(), any()]) {
    const rs = { r: N - s, s };
    judged(`s is ${fixed(s).slice(0, 8)}…`, 'ZeroT', fitting(rs), rs, 'invalid');
  }
  for (const value of [1n, 0x7fn, 0x80n, 2n ** 247n, 2n ** 240n - 1n, 2n ** 255n, N - 1n]) {
    accepted(`r: ${value.toString(16).length} digits`, 'ShortRs', { r: value, s: any() });
    accepted(`s: ${value.toString(16).length} digits`, 'ShortRs', { r: any(), s: value });
  }
  for (const [what, k] of half(EDGE_SCALARS, 0)) accepted(`s: ${what}`, 'EdgeScalars', { r: any(), s: k });
  for (const [what, k] of half(EDGE_SCALARS, 1)) {
    const s = any();
    accepted(`t: ${what}`, 'EdgeScalars', { r: mod(k - s, N), s });
  }
  for (const [s, t] of [
    [1n, 2n],
    [2n, 1n],
    [N - 1n, 1n],
    [1n, N - 1n],
    [N - 1n, N - 2n],
  ] as const)
    accepted(`s and t: ${fixed(s).slice(-4)} and ${fixed(t).slice(-4)}`, 'EdgeScalars', {
      r: mod(t - s, N),
      s,
    });
  for (const digest of [N, N + 7n, 2n ** 256n - 1n]) {
    // e = digest mod n with a key made for it: R = [s]G + [t]P has a known x.
    const target = times(any());
    const r = mod(digest + target.x, N);
    const s = any();
    under(multiply(invert(r + s, N), add(target, negate(times(s)))) ?? G);
    judged(`e: ${fixed(digest).slice(0, 10)}…`, 'UnreducedDigest', digest, { r, s }, 'valid');
  }
  for (const [i, target] of [
    pointFrom(N),
    pointFrom(N + 1000n, true),
    pointFrom(P - 1n, true, -1n),
  ].entries()) {
    const [e, s] = [any(), any()];
    const r = mod(e + target.x, N);
    under(multiply(invert(r + s, N), add(target, negate(times(s)))) ?? G);
    judged(`x of the sum is ${['n', 'above n', 'just below p'][i]}`, 'LargeX', e, { r, s }, 'valid');
  }
  for (const sign of [1n, -1n]) {
    for (let i = 0; i < 3; i++) {
      const rs = { r: any(), s: any() };
      const t = mod(rs.r + rs.s, N);
      under(times(mod(sign * rs.s * invert(t, N), N)));
      if (sign === 1n) accepted('[s]G = [t]P', 'EqualPoints', rs);
      else judged('[s]G = -[t]P, e = r', 'PointAtInfinity', rs.r, rs, 'invalid');
    }
  }
  for (const d of [1n, 2n, 3n, 7n, 16n, 17n, 2n ** 128n, N - 1n, N - 2n, N - 3n, (N + 1n) / 2n]) {
    under(times(d));
    accepted(`key: [${d > 1000n ? `${fixed(d).slice(0, 8)}…${fixed(d).slice(-4)}` : d}]G`, 'RelatedKey', {
      r: any(),
      s: any(),
    });
    // Small s and t: the multiples of G and of the key meet at once.
    accepted('the same, s = 3 and t = 5', 'RelatedKey', { r: 2n, s: 3n });
    accepted('the same, s = 16 and t = 17', 'RelatedKey', { r: 1n, s: 16n });
  }
  for (const [what, point] of EDGE_POINTS) {
    under(point);
    accepted(`key: ${what}`, 'EdgeKey', { r: any(), s: any() });
  }
}

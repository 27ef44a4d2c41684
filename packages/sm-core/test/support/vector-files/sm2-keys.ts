import { compressed, fixed, uncompressed } from './bytes.ts';
import { type Affine, add, isOnCurve, lift, N, negate, P, pointFrom, times } from './curve.ts';
import { EDGE_POINTS, EDGE_SCALARS, half } from './edge-values.ts';
import { VectorFileBuilder } from './file.ts';
import { checkMultiple, checkPublicKey, decompress } from './foreign.ts';
import type { Seeded } from './seeded.ts';

const NOTES = {
  PrivateKeyRange: {
    bugType: 'MISSING_STEP',
    description: 'A private key is from 1 to n-2.',
    clause: 'GB/T 32918.1-2016 §6.1',
  },
  PrivateKeyLength: { bugType: 'ENCODING', description: 'A private key is 32 bytes.' },
  EdgeScalars: {
    bugType: 'ARITHMETIC',
    description: 'Scalars where fixed-base tables and ladders go wrong.',
  },
  EdgePoints: {
    bugType: 'ARITHMETIC',
    description: 'Coordinates that meet carries, borrows and short encodings.',
  },
  Decompression: {
    bugType: 'ARITHMETIC',
    description: 'Square roots, and the choice between the two by the last bit.',
    clause: 'GB/T 32918.1-2016 §4.2.9',
  },
  NoSuchPoint: { bugType: 'MISSING_STEP', description: 'No point of the curve has this x.' },
  NotOnCurve: {
    bugType: 'INVALID_CURVE',
    description: 'The coordinates are not of the curve.',
    clause: 'GB/T 32918.1-2016 §6.2',
  },
  CoordinateRange: { bugType: 'ENCODING', description: 'A coordinate is p or more, and right modulo p.' },
  Encoding: { bugType: 'ENCODING', description: 'Not the encoding of a point other than infinity.' },
  EqualPoints: {
    bugType: 'EDGE_CASE',
    description: 'A multiple whose ladder adds a point to itself or to its negative.',
  },
} as const;
type Flag = keyof typeof NOTES;

/** Imports of keys, encodings of points, multiples of points. */
export function sm2Keys(random: Seeded): VectorFileBuilder<Flag> {
  const file = new VectorFileBuilder<Flag>(
    'sm2/sm2-keys.json',
    'SM2',
    [
      'Sm2PrivateKey: import and public key. Sm2PublicKey: a point as 04, 02 or 03 and its 65 bytes.',
      'Sm2Multiply: a multiple of a point, also by n-1, which is no private key.',
    ],
    [
      'OpenSSL through node:crypto: every public key, every decompression, x of every multiple',
      'BigInt reference: the same and y',
    ],
    NOTES,
  );
  file.group('Sm2PrivateKey');
  const imported = (what: string, flag: Flag, d: bigint): void => {
    const point = times(d);
    checkPublicKey(d, point);
    file.test(what, [flag], { privateKey: fixed(d), publicKey: uncompressed(point) });
  };
  for (const [what, d] of EDGE_SCALARS) imported(what, d === N - 2n ? 'PrivateKeyRange' : 'EdgeScalars', d);
  for (let i = 0; i < 8; i++) imported(`2^${32 * i + 29} - 1`, 'EdgeScalars', 2n ** BigInt(32 * i + 29) - 1n);
  for (const [what, d] of [
    ['0', 0n],
    ['n-1', N - 1n],
    ['n', N],
    ['n+1', N + 1n],
    ['2^256-1', 2n ** 256n - 1n],
    ['p', P],
  ] as const)
    file.test(what, ['PrivateKeyRange'], { privateKey: fixed(d) }, 'invalid');
  const d = fixed(random.big(N - 1n));
  for (const [what, privateKey] of [
    ['empty', ''],
    ['31 bytes', d.slice(2)],
    ['33 bytes, the first zero', `00${d}`],
    ['33 bytes', `${d}00`],
    ['64 bytes', d + d],
  ] as const)
    file.test(what, ['PrivateKeyLength'], { privateKey }, 'invalid');

  publicKeys(file, random);

  file.group('Sm2Multiply');
  const multiples = new Set<string>();
  const multiplied = (what: string, flag: Flag, k: bigint, point: Affine): void => {
    const product = times(k, point);
    if (multiples.has(`${k} ${point.x} ${point.y}`)) return;
    multiples.add(`${k} ${point.x} ${point.y}`);
    checkMultiple(k, point, product);
    file.test(what, [flag], { scalar: fixed(k), point: uncompressed(point), product: uncompressed(product) });
  };
  const base = times(random.big(N));
  for (const [what, k] of [...half(EDGE_SCALARS, 1), ['n-1', N - 1n] as const])
    multiplied(what, 'EdgeScalars', k, base);
  for (const [what, point] of EDGE_POINTS) multiplied(what, 'EdgePoints', random.big(N), point);
  for (const [what, point] of EDGE_POINTS.slice(0, 6))
    multiplied(`${what}, by n-1`, 'EqualPoints', N - 1n, point);
  for (const k of [N - 1n, N - 2n, (N - 1n) / 2n, (N + 1n) / 2n, (N - 15n) / 16n]) {
    multiplied(`G by …${fixed(k).slice(-6)}`, 'EqualPoints', k, times(1n));
  }
  return file;
}

function publicKeys(file: VectorFileBuilder<Flag>, random: Seeded): void {
  file.group('Sm2PublicKey');
  const seen = new Set<string>();
  const accepted = (what: string, flag: Flag, point: Affine): void => {
    const full = uncompressed(point);
    if (!isOnCurve(point)) throw new Error(`${what}: not on the curve`);
    if (decompress(compressed(point)) !== full) throw new Error(`${what}: OpenSSL decompresses otherwise`);
    if (seen.has(full)) return;
    seen.add(full).add(uncompressed(negate(point)));
    file.test(what, [flag], { encoded: full, publicKey: full });
    file.test(`${what}, compressed`, ['Decompression'], { encoded: compressed(point), publicKey: full });
    if (point.x & 1n)
      file.test(`${what}, other y`, ['Decompression'], {
        encoded: compressed(negate(point)),
        publicKey: uncompressed(negate(point)),
      });
  };
  for (const [what, point] of EDGE_POINTS) accepted(what, 'EdgePoints', point);
  const refused = (what: string, flag: Flag, encoded: string): void => {
    if (flag === 'NoSuchPoint' && decompress(encoded) !== undefined)
      throw new Error(`${what}: OpenSSL accepts`);
    file.test(what, [flag], { encoded }, 'invalid');
  };
  const { x, y } = times(random.big(N));
  refused('y + 1', 'NotOnCurve', `04${fixed(x)}${fixed(y + 1n)}`);
  refused('x + 1', 'NotOnCurve', `04${fixed(x + 1n)}${fixed(y)}`);
  refused('x and y exchanged', 'NotOnCurve', `04${fixed(y)}${fixed(x)}`);
  refused('(0, 0)', 'NotOnCurve', `04${'00'.repeat(64)}`);
  refused('(1, 0)', 'NotOnCurve', `04${fixed(1n)}${fixed(0n)}`);
  refused('last bit', 'NotOnCurve', `04${fixed(x)}${fixed(y ^ 1n)}`);
  refused('first bit', 'NotOnCurve', `04${fixed(x ^ (1n << 255n))}${fixed(y)}`);
  const doubled = add({ x, y }, { x, y })!;
  refused('x of one point, y of another', 'NotOnCurve', `04${fixed(x)}${fixed(doubled.y)}`);
  let missing = 0;
  for (let at = 1n; missing < 6; at++) {
    if (lift(at, false) !== undefined) continue;
    missing++;
    refused(`x is ${at}`, 'NoSuchPoint', `0${2 + (missing & 1)}${fixed(at)}`);
  }
  for (let at = P - 1n; missing < 10; at--) {
    if (lift(at, false) !== undefined) continue;
    missing++;
    refused(`x is p - ${P - at}`, 'NoSuchPoint', `0${2 + (missing & 1)}${fixed(at)}`);
  }
  const small = pointFrom(1n);
  for (const [what, encoded] of [
    ['x + p', `04${fixed(small.x + P)}${fixed(small.y)}`],
    ['x + p, compressed', `02${fixed(small.x + P)}`],
    ['x is p', `04${fixed(P)}${fixed(y)}`],
    ['x is p, compressed', `03${fixed(P)}`],
    ['x is 2^256-1', `02${'ff'.repeat(32)}`],
    ['y is p', `04${fixed(x)}${fixed(P)}`],
    ['y is 2^256-1', `04${fixed(x)}${'ff'.repeat(32)}`],
  ] as const)
    refused(what, 'CoordinateRange', encoded);
  const full = uncompressed({ x, y });
  const packed = compressed({ x, y });
  for (const [what, encoded] of [
    ['empty', ''],
    ['infinity', '00'],
    ['infinity in 65 bytes', '00'.repeat(65)],
    ['infinity in 33 bytes', '00'.repeat(33)],
    ['64 bytes without 04', full.slice(2)],
    ['32 bytes without 02', packed.slice(2)],
    ['64 bytes', full.slice(0, -2)],
    ['66 bytes', `${full}00`],
    ['32 bytes', packed.slice(0, -2)],
    ['34 bytes', `${packed}00`],
    ['04 and x', `04${fixed(x)}`],
    ['02 and both coordinates', `02${full.slice(2)}`],
    ['01', `01${full.slice(2)}`],
    ['05 with x', `05${fixed(x)}`],
    ['ff', `ff${full.slice(2)}`],
    ['hybrid form with the wrong bit', `0${7n - (y & 1n)}${full.slice(2)}`],
  ] as const)
    refused(what, 'Encoding', encoded);
}

import { ascii, bytesOf, compressed, der, derInteger, fixed, hexOf, uncompressed, xor } from './bytes.ts';
import { type Affine, G, mod, N, P, pointFrom, times } from './curve.ts';
import { derMutations } from './der-mutations.ts';
import { EDGE_SCALARS, half } from './edge-values.ts';
import { VectorFileBuilder } from './file.ts';
import { checkMultiple, checkPublicKey } from './foreign.ts';
import type { Seeded } from './seeded.ts';
import { type CipherParts, encryptWith, kdf, sm3 } from './sm2-reference.ts';

const NOTES = {
  StandardAnnex: {
    bugType: 'BASIC',
    description: 'The example of the standard.',
    clause: 'GB/T 32918.5-2017 annex C',
  },
  MessageLength: { bugType: 'WRONG_KDF', description: 'Messages at the borders of KDF and hash blocks.' },
  EdgeNonce: { bugType: 'ARITHMETIC', description: 'Nonces where ladders go wrong.' },
  EdgePrivateKey: { bugType: 'ARITHMETIC', description: 'Private keys where ladders go wrong.' },
  ShortCoordinate: {
    bugType: 'ENCODING',
    description:
      'A coordinate of C1 or of the shared point has a leading zero byte, or a DER INTEGER of 31 or 33 bytes.',
  },
  ZeroKdf: {
    bugType: 'MISSING_STEP',
    description:
      'The key stream is all zero: encrypting draws again, decrypting refuses, else the message stands in the open.',
    clause: 'GB/T 32918.4-2016 §6.1 A5, §7.1 B4',
  },
  NonceRange: { bugType: 'WEAK_NONCE', description: 'A drawn nonce of 0 or of n and more is thrown away.' },
  ModifiedCiphertext: {
    bugType: 'MISSING_STEP',
    description: 'A changed C1, C2 or C3 must be found by C3.',
    clause: 'GB/T 32918.4-2016 §7.1 B6',
  },
  InvalidPoint: {
    bugType: 'INVALID_CURVE',
    description: 'C1 is no point of the curve: answering tells parts of the private key.',
    clause: 'GB/T 32918.4-2016 §7.1 B1',
  },
  PointEncoding: {
    bugType: 'ENCODING',
    description: 'C1 in a form other than 04 and two coordinates below p.',
  },
  Length: { bugType: 'ENCODING', description: 'Ciphertexts that are too short to hold a message.' },
  InvalidEncoding: {
    bugType: 'BER_ENCODING',
    description: 'Not the DER of SM2Cipher.',
    clause: 'GB/T 35276-2017 §7.2',
  },
} as const;
type Flag = keyof typeof NOTES;

const FORMATS = ['c1c3c2', 'c1c2c3', 'der'] as const;
type Format = (typeof FORMATS)[number];

function encode({ c1, c3, c2 }: CipherParts, format: Format): string {
  if (format === 'c1c3c2') return uncompressed(c1) + c3 + c2;
  if (format === 'c1c2c3') return uncompressed(c1) + c2 + c3;
  return der('30', derInteger(c1.x), derInteger(c1.y), der('04', c3), der('04', c2));
}

/** Encryptions with given nonces, and ciphertexts to refuse. */
export function sm2Cipher(random: Seeded): VectorFileBuilder<Flag> {
  const file = new VectorFileBuilder<Flag>(
    'sm2/sm2-encrypt.json',
    'SM2',
    [
      'Sm2Encrypt: drawing 32 bytes each time gives the values of "nonces" one after the other; all of them',
      'are used, the ciphertext is "ct", and it decrypts to "msg". Sm2Decrypt: decryption alone.',
    ],
    [
      'OpenSSL through node:crypto: every public key, x of every shared point, SM3',
      'BigInt reference: C1, C2 and C3; refusals follow from what was changed',
    ],
    NOTES,
  );
  let [d, key] = [1n, G];
  const under = (type: string, privateKey: bigint): void => {
    [d, key] = [privateKey, times(privateKey)];
    checkPublicKey(d, key);
    file.group(type, {
      privateKey: fixed(d),
      ...(type === 'Sm2Encrypt' ? { publicKey: uncompressed(key) } : {}),
    });
  };
  const parts = (msg: string, k: bigint): CipherParts => {
    const made = encryptWith(key, msg, k);
    if (made === undefined) throw new Error('the key stream is zero');
    checkMultiple(k, key, times(k, key));
    return made;
  };
  const encrypts = (
    what: string,
    flag: Flag,
    msg: string,
    nonces: readonly bigint[],
    formats: readonly Format[] = ['c1c3c2'],
  ): void => {
    const made = parts(msg, nonces.at(-1)!);
    for (const format of formats)
      file.test(what, [flag], { msg, format, nonces: nonces.map((k) => fixed(k)), ct: encode(made, format) });
  };

  under('Sm2Encrypt', 0x3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8n);
  const annexNonce = 0x59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21n;
  encrypts('encryption standard', 'StandardAnnex', ascii('encryption standard'), [annexNonce], FORMATS);
  const c3 = '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766';
  if (parts(ascii('encryption standard'), annexNonce).c3 !== c3) {
    throw new Error('the reference does not give C3 of GB/T 32918.5-2017 annex C');
  }

  const own = random.big(N - 1n);
  under('Sm2Encrypt', own);
  for (const length of [1, 2, 31, 32, 33, 63, 64, 65, 96, 119, 120, 200, 300])
    encrypts(
      `${length} bytes`,
      'MessageLength',
      random.hex(length),
      [random.big(N)],
      length === 33 ? FORMATS : ['c1c3c2'],
    );
  for (const [what, k] of [...half(EDGE_SCALARS, 0), ['n-1', N - 1n] as const])
    encrypts(`k: ${what}`, 'EdgeNonce', random.hex(3), [k]);
  encrypts('first draws: 0, n, 2^256-1', 'NonceRange', ascii('nonce'), [
    0n,
    N,
    2n ** 256n - 1n,
    random.big(N),
  ]);

  // One nonce in 256 has the wanted property; the search goes on from G to G.
  const found = (wanted: (c1: Affine, shared: Affine) => boolean): bigint => {
    for (let k = random.big(N); ; k = random.big(N)) if (wanted(times(k), times(k, key))) return k;
  };
  const short = (value: bigint): boolean => value >> 248n === 0n;
  for (const [what, wanted] of [
    ['x1 has 31 bytes', (c1: Affine) => short(c1.x)],
    ['y1 has 31 bytes', (c1: Affine) => short(c1.y)],
    ['x2 has 31 bytes', (_: Affine, shared: Affine) => short(shared.x)],
    ['y2 has 31 bytes', (_: Affine, shared: Affine) => short(shared.y)],
    ['x1 and y1 begin with 80 or more', (c1: Affine) => c1.x >> 255n === 1n && c1.y >> 255n === 1n],
    ['x1 and y1 begin with less than 80', (c1: Affine) => c1.x >> 255n === 0n && c1.y >> 255n === 0n],
  ] as const)
    encrypts(what, 'ShortCoordinate', random.hex(5), [found(wanted)], FORMATS);
  let zero = random.big(N);
  while (encryptWith(key, '5a', zero) !== undefined) zero = random.big(N);
  encrypts('one byte, first key stream is 00', 'ZeroKdf', '5a', [zero, random.big(N)]);

  for (const [what, k] of half(EDGE_SCALARS, 1).filter(([, value]) => value <= N - 2n)) {
    under('Sm2Decrypt', k);
    const msg = random.hex(4);
    file.test(`d: ${what}`, ['EdgePrivateKey'], {
      format: 'c1c3c2',
      ct: encode(parts(msg, random.big(N)), 'c1c3c2'),
      msg,
    });
  }
  under('Sm2Decrypt', own);
  refusals(file, random, parts, zero, own);
  return file;
}

function refusals(
  file: VectorFileBuilder<Flag>,
  random: Seeded,
  parts: (msg: string, k: bigint) => CipherParts,
  zero: bigint,
  d: bigint,
): void {
  const msg = ascii('refuse me');
  const good = parts(msg, random.big(N));
  const [c1, tail] = [uncompressed(good.c1), good.c3 + good.c2];
  const refuses = (what: string, flag: Flag, format: Format, ct: string): void => {
    file.test(what, [flag], { format, ct }, 'invalid');
  };
  for (const format of FORMATS)
    file.test('good', ['ModifiedCiphertext'], { format, ct: encode(good, format), msg });
  const flip = (hex: string, at: number, bit: number): string => {
    const bytes = Buffer.from(hex, 'hex');
    bytes[at]! ^= 1 << bit;
    return bytes.toString('hex');
  };
  for (const at of [0, 1, 16, 30, 31])
    refuses(`byte ${at} of C3`, 'ModifiedCiphertext', 'c1c3c2', c1 + flip(good.c3, at, at & 7) + good.c2);
  for (const at of [0, 4, 8])
    refuses(`byte ${at} of C2`, 'ModifiedCiphertext', 'c1c3c2', c1 + good.c3 + flip(good.c2, at, at & 7));
  refuses(
    'C1 negated',
    'ModifiedCiphertext',
    'c1c3c2',
    uncompressed({ x: good.c1.x, y: P - good.c1.y }) + tail,
  );
  refuses('another C1', 'ModifiedCiphertext', 'c1c3c2', uncompressed(times(random.big(N))) + tail);
  refuses('C2 without its last byte', 'ModifiedCiphertext', 'c1c3c2', (c1 + tail).slice(0, -2));
  refuses('a byte after C2', 'ModifiedCiphertext', 'c1c3c2', `${c1 + tail}00`);
  refuses('C3 all zero', 'ModifiedCiphertext', 'c1c3c2', c1 + '00'.repeat(32) + good.c2);
  refuses(
    'order of the old standard read as the new one',
    'ModifiedCiphertext',
    'c1c3c2',
    encode(good, 'c1c2c3'),
  );
  refuses(
    'order of the new standard read as the old one',
    'ModifiedCiphertext',
    'c1c2c3',
    encode(good, 'c1c3c2'),
  );

  // The formulas do not use b, so C3 and C2 fit also a point that is not of the curve: only the check catches it.
  const fitting = (point: Affine): CipherParts => {
    const shared = times(d, point);
    const t = kdf(bytesOf(uncompressed(shared).slice(2)), msg.length / 2);
    return { c1: point, c3: c3Of(shared, msg), c2: hexOf(xor(bytesOf(msg), t)) };
  };
  const { x, y } = good.c1;
  for (const [what, point] of [
    ['y + 1', { x, y: y + 1n }],
    ['x + 1', { x: x + 1n, y }],
    ['(1, 1)', { x: 1n, y: 1n }],
    ['(2, 5)', { x: 2n, y: 5n }],
    ['x and y exchanged', { x: y, y: x }],
  ] as const)
    for (const format of FORMATS) refuses(what, 'InvalidPoint', format, encode(fitting(point), format));
  refuses('(0, 0)', 'InvalidPoint', 'c1c3c2', `04${'00'.repeat(64)}${tail}`);

  const small = pointFrom(1n);
  const unreduced = { ...fitting(small), c1: { x: small.x + P, y: small.y } };
  for (const format of FORMATS) refuses('x + p', 'PointEncoding', format, encode(unreduced, format));
  refuses('x is p', 'PointEncoding', 'c1c3c2', `04${fixed(P)}${fixed(small.y)}${tail}`);
  refuses('2^256-1', 'PointEncoding', 'c1c3c2', `04${'ff'.repeat(64)}${tail}`);
  refuses('compressed', 'PointEncoding', 'c1c3c2', compressed(good.c1) + tail);
  refuses('hybrid', 'PointEncoding', 'c1c3c2', `0${6n + (good.c1.y & 1n)}${c1.slice(2)}${tail}`);
  refuses('infinity', 'PointEncoding', 'c1c3c2', `00${tail}`);
  refuses('without 04', 'PointEncoding', 'c1c3c2', c1.slice(2) + tail);
  refuses('05 in front', 'PointEncoding', 'c1c3c2', `05${c1.slice(2)}${tail}`);
  refuses(
    'x of 33 bytes in DER',
    'PointEncoding',
    'der',
    der(
      '30',
      derInteger(good.c1.x + 2n ** 256n),
      derInteger(good.c1.y),
      der('04', good.c3),
      der('04', good.c2),
    ),
  );

  for (const [what, ct] of [
    ['empty', ''],
    ['04', '04'],
    ['C1 only', c1],
    ['C1 and half of C3', c1 + good.c3.slice(0, 32)],
    ['no C2', c1 + good.c3],
  ] as const)
    for (const format of ['c1c3c2', 'c1c2c3'] as const) refuses(what, 'Length', format, ct);
  refuses(
    'empty C2 in DER',
    'Length',
    'der',
    der('30', derInteger(good.c1.x), derInteger(good.c1.y), der('04', good.c3), '0400'),
  );
  refuses(
    'C3 of 31 bytes in DER',
    'Length',
    'der',
    der('30', derInteger(good.c1.x), derInteger(good.c1.y), der('04', good.c3.slice(2)), der('04', good.c2)),
  );
  refuses(
    'C3 of 33 bytes in DER',
    'Length',
    'der',
    der('30', derInteger(good.c1.x), derInteger(good.c1.y), der('04', `00${good.c3}`), der('04', good.c2)),
  );
  const rest = der('04', good.c3) + der('04', good.c2);
  for (const [what, hex] of derMutations(derInteger(good.c1.x), derInteger(good.c1.y), rest))
    refuses(what, 'InvalidEncoding', 'der', hex);
  refuses(
    'C2 in front of C3',
    'InvalidEncoding',
    'der',
    der('30', derInteger(good.c1.x), derInteger(good.c1.y), der('04', good.c2), der('04', good.c3)),
  );
  refuses(
    'C3 as BIT STRING',
    'InvalidEncoding',
    'der',
    der('30', derInteger(good.c1.x), derInteger(good.c1.y), der('03', good.c3), der('04', good.c2)),
  );
  refuses(
    'C2 as constructed',
    'InvalidEncoding',
    'der',
    der(
      '30',
      derInteger(good.c1.x),
      derInteger(good.c1.y),
      der('04', good.c3),
      der('24', der('04', good.c2)),
    ),
  );

  const shared = times(mod(zero * d, N));
  refuses(
    'key stream 00 of one byte',
    'ZeroKdf',
    'c1c3c2',
    `${uncompressed(times(zero))}${c3Of(shared, '5a')}5a`,
  );
}

function c3Of(shared: Affine, msg: string): string {
  return hexOf(sm3(bytesOf(fixed(shared.x)), bytesOf(msg), bytesOf(fixed(shared.y))));
}

import { ascii, der, derInteger, fixed } from './bytes.ts';
import { type Affine, invert, mod, N, times } from './curve.ts';
import { EDGE_SCALARS, half } from './edge-values.ts';
import { VectorFileBuilder } from './file.ts';
import { checkPublicKey, checkSignature } from './foreign.ts';
import type { Seeded } from './seeded.ts';
import { DEFAULT_ID, digestOf, type Rs, signWith, verifies } from './sm2-reference.ts';

const NOTES = {
  StandardAnnex: {
    bugType: 'BASIC',
    description: 'The example of the standard.',
    clause: 'GB/T 32918.5-2017 annex A',
  },
  Ordinary: { bugType: 'BASIC', description: 'Random key, nonce and message.' },
  IdLength: {
    bugType: 'WRONG_DIGEST',
    description: 'ENTL counts bits, and an ID may be empty or fill two bytes of ENTL.',
  },
  MessageLength: {
    bugType: 'WRONG_DIGEST',
    description: 'Messages at the borders of SM3 blocks, and the empty one.',
  },
  EdgePrivateKey: {
    bugType: 'ARITHMETIC',
    description: 'Private keys with leading zero bytes, at both ends of the range and at borders of windows.',
  },
  EdgeNonce: {
    bugType: 'ARITHMETIC',
    description: 'Nonces where fixed-base tables, signed windows and final additions go wrong.',
  },
  ShortR: { bugType: 'ENCODING', description: 'r has leading zero bytes, or a first byte of 80 or more.' },
  ShortS: { bugType: 'ENCODING', description: 's has leading zero bytes, or a first byte of 80 or more.' },
  ExtremeRs: { bugType: 'ARITHMETIC', description: 'r and s are 1, n-1 or near powers of two.' },
  UnreducedDigest: { bugType: 'ARITHMETIC', description: 'e is n or more and must be reduced, not refused.' },
  NonceRange: {
    bugType: 'WEAK_NONCE',
    description:
      'A drawn nonce of 0 or of n and more is thrown away, never reduced: reducing makes small nonces likelier.',
  },
  NonceRetry: {
    bugType: 'MISSING_STEP',
    description: 'A nonce that gives r = 0, r + k = n or s = 0 is drawn again.',
    clause: 'GB/T 32918.2-2016 §6.1 A5, A6',
  },
} as const;
type Flag = keyof typeof NOTES;

const raw = ({ r, s }: Rs): string => fixed(r) + fixed(s);
const encoded = ({ r, s }: Rs): string => der('30', derInteger(r), derInteger(s));

interface Key {
  readonly d: bigint;
  readonly publicKey: Affine;
}

function keyOf(d: bigint): Key {
  const publicKey = times(d);
  checkPublicKey(d, publicKey);
  return { d, publicKey };
}

/** Signatures with given nonces, over messages and over digests. */
export function sm2Sign(random: Seeded): VectorFileBuilder<Flag> {
  const file = new VectorFileBuilder<Flag>(
    'sm2/sm2-sign.json',
    'SM2',
    [
      'SM2 signing with given nonces: drawing 32 bytes each time gives the values of "nonces" one after',
      'the other, all of them are used, and the signature is "sig" (r and s, 32 bytes each) and, where given, "der".',
    ],
    [
      'OpenSSL through node:crypto: every public key, SM3, and every signature over a message',
      'BigInt reference: r and s, and that each signature over a digest verifies',
    ],
    NOTES,
  );

  const overMessage = (comment: string, flag: Flag, key: Key, id: string, msg: string, k: bigint): void => {
    const e = digestOf(key.publicKey, id, msg);
    const rs = signWith(key.d, e, k)!;
    checkSignature(key.publicKey, id, msg, rs);
    file.test(comment, [flag], { msg, e: fixed(e), nonces: [fixed(k)], sig: raw(rs) });
  };
  const groupOf = (type: string, key: Key, more: { id?: string } = {}): void => {
    file.group(type, {
      privateKey: fixed(key.d),
      publicKey: `04${fixed(key.publicKey.x)}${fixed(key.publicKey.y)}`,
      ...more,
    });
  };

  const annex = keyOf(0x3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8n);
  groupOf('Sm2Sign', annex, { id: DEFAULT_ID });
  const annexNonce = 0x59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21n;
  overMessage('message digest', 'StandardAnnex', annex, DEFAULT_ID, ascii('message digest'), annexNonce);
  const r = '0xf5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3';
  if (
    signWith(annex.d, digestOf(annex.publicKey, DEFAULT_ID, ascii('message digest')), annexNonce)?.r !==
    BigInt(r)
  ) {
    throw new Error('the reference does not give the r of GB/T 32918.5-2017 annex A');
  }

  const ordinary = keyOf(random.big(N - 1n));
  groupOf('Sm2Sign', ordinary, { id: DEFAULT_ID });
  for (let i = 0; i < 4; i++)
    overMessage('random', 'Ordinary', ordinary, DEFAULT_ID, random.hex(20 + i), random.big(N));
  for (const length of [0, 1, 22, 23, 31, 32, 55, 64, 87, 200])
    overMessage(`${length} bytes`, 'MessageLength', ordinary, DEFAULT_ID, random.hex(length), random.big(N));
  for (const [what, id] of [
    ['empty ID', ''],
    ['one byte of zero', '00'],
    ['31 bytes', random.hex(31)],
    ['32 bytes', random.hex(32)],
    ['8191 bytes, the longest', '5a'.repeat(8191)],
  ] as const) {
    groupOf('Sm2Sign', ordinary, { id });
    overMessage(what, 'IdLength', ordinary, id, ascii('id'), random.big(N));
  }

  for (const [what, d] of half(EDGE_SCALARS, 0).filter(([, k]) => k <= N - 2n)) {
    const key = keyOf(d);
    groupOf('Sm2Sign', key, { id: DEFAULT_ID });
    overMessage(`d: ${what}`, 'EdgePrivateKey', key, DEFAULT_ID, random.hex(8), random.big(N));
  }
  groupOf('Sm2Sign', ordinary, { id: DEFAULT_ID });
  for (const [what, k] of [...half(EDGE_SCALARS, 1), ['n-1', N - 1n] as const])
    overMessage(`k: ${what}`, 'EdgeNonce', ordinary, DEFAULT_ID, random.hex(8), k);

  // Any r and s can be had by choosing k and then e.
  groupOf('Sm2SignDigest', ordinary);
  const { d, publicKey } = ordinary;
  const overDigest = (comment: string, flag: Flag, e: bigint, ks: readonly bigint[]): void => {
    const rs = signWith(d, e, ks.at(-1)!);
    if (rs === undefined || !verifies(publicKey, mod(e, N), rs)) throw new Error(`${comment}: no signature`);
    if (ks.slice(0, -1).some((k) => signWith(d, e, k) !== undefined)) throw new Error(`${comment}: no retry`);
    const der = flag === 'ShortR' || flag === 'ShortS' || flag === 'ExtremeRs' ? { der: encoded(rs) } : {};
    file.test(comment, [flag], { e: fixed(e), nonces: ks.map((k) => fixed(k)), sig: raw(rs), ...der });
  };
  const chosen = (comment: string, flag: Flag, wanted: Rs): void => {
    const k = mod(wanted.s * (1n + d) + wanted.r * d, N);
    overDigest(comment, flag, mod(wanted.r - times(k).x, N), [k]);
  };
  const short: readonly (readonly [string, bigint])[] = [
    ['1', 1n],
    ['7f', 0x7fn],
    ['80', 0x80n],
    ['31 bytes from 80', 2n ** 247n],
    ['31 bytes below 80', 2n ** 247n - 1n],
    ['30 bytes', 2n ** 239n + 1n],
    ['first byte 7f', 2n ** 255n - 1n],
    ['first byte 80', 2n ** 255n],
    ['n-1', N - 1n],
  ];
  for (const [what, value] of short) chosen(`r: ${what}`, 'ShortR', { r: value, s: random.big(N) });
  for (const [what, value] of short) chosen(`s: ${what}`, 'ShortS', { r: random.big(N), s: value });
  for (const pair of [
    [1n, 1n],
    [1n, N - 2n],
    [N - 1n, N - 1n],
    [2n ** 255n, 2n ** 255n - 1n],
    [2n ** 128n, 2n ** 64n],
  ] as const)
    chosen(`r and s: ${fixed(pair[0]).slice(0, 4)}… and ${fixed(pair[1]).slice(0, 4)}…`, 'ExtremeRs', {
      r: pair[0],
      s: pair[1],
    });
  for (const e of [N, N + 1n, 2n ** 256n - 1n, 2n ** 256n - 2n ** 200n, 0n, 1n, N - 1n])
    overDigest(`e: ${fixed(e).slice(0, 10)}…`, 'UnreducedDigest', e, [random.big(N)]);

  const good = random.big(N);
  for (const [what, k] of [
    ['0', 0n],
    ['n', N],
    ['n+1', N + 1n],
    ['2^256-1', 2n ** 256n - 1n],
  ] as const)
    overDigest(`first draw: ${what}`, 'NonceRange', random.big(N), [k, good]);
  overDigest('first draws: 0, n, 2^256-1', 'NonceRange', random.big(N), [0n, N, 2n ** 256n - 1n, good]);
  const k = random.big(N);
  const x1 = times(k).x;
  overDigest('r is 0', 'NonceRetry', mod(-x1, N), [k, good]);
  overDigest('r + k is n', 'NonceRetry', mod(-k - x1, N), [k, good]);
  overDigest('s is 0', 'NonceRetry', mod(k * invert(d, N) - x1, N), [k, good]);
  return file;
}

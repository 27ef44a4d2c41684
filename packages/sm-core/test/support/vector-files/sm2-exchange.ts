import { ascii, compressed, fixed, uncompressed } from './bytes.ts';
import { type Affine, mod, N, negate, P, pointFrom, times } from './curve.ts';
import { EDGE_SCALARS, half } from './edge-values.ts';
import { VectorFileBuilder } from './file.ts';
import { checkPublicKey } from './foreign.ts';
import type { Seeded } from './seeded.ts';
import { DEFAULT_ID, type ExchangeSide, exchangeKeys, exchangePoint, reducedX, z } from './sm2-reference.ts';

const NOTES = {
  StandardAnnex: {
    bugType: 'BASIC',
    description: 'The example of the standard.',
    clause: 'GB/T 32918.5-2017 annex B',
  },
  Ordinary: { bugType: 'BASIC', description: 'Random keys, several lengths of key.' },
  Ids: { bugType: 'WRONG_DIGEST', description: 'Z_A comes before Z_B on both sides, whoever computes.' },
  EdgeScalars: { bugType: 'ARITHMETIC', description: 'Private and ephemeral keys where ladders go wrong.' },
  ReducedX: {
    bugType: 'ARITHMETIC',
    description: 'x of an ephemeral key whose low 127 bits, or whose bit 127, meet the mask.',
    clause: 'GB/T 32918.3-2016 §6.1 A4',
  },
  EqualPoints: {
    bugType: 'EDGE_CASE',
    description: 'P and the multiple of R are the same point, so that adding must double.',
  },
  Infinity: {
    bugType: 'MISSING_STEP',
    description: 'The shared point is infinity.',
    clause: 'GB/T 32918.3-2016 §6.1 A7, B6',
  },
  WrongConfirmation: {
    bugType: 'MISSING_STEP',
    description: 'The confirmation of the other side is not the expected one.',
    clause: 'GB/T 32918.3-2016 §6.1 A9, B10',
  },
  InvalidPoint: {
    bugType: 'INVALID_CURVE',
    description: 'A key of the other side is no point of the curve.',
    clause: 'GB/T 32918.3-2016 §6.1 A6, B5',
  },
} as const;
type Flag = keyof typeof NOTES;

/** Exchanges as each side sees them. */
export function sm2Exchange(random: Seeded): VectorFileBuilder<Flag> {
  const file = new VectorFileBuilder<Flag>(
    'sm2/sm2-exchange.json',
    'SM2',
    [
      'One side of a key exchange: private keys and ID of its own, public keys and ID of the other side.',
      'The initiator is A of the standard. "point" is U or V. "confirmReceived" is what the other side sends',
      '(S_B to the initiator, S_A to the responder), "confirmSent" what this side sends. Invalid: the run fails.',
    ],
    [
      'OpenSSL through node:crypto: every public key, SM3',
      'BigInt reference: both sides of every valid exchange give the same point',
    ],
    NOTES,
  );
  file.group('Sm2Exchange');
  const side = (id = DEFAULT_ID, d = random.big(N - 1n), r = random.big(N)): ExchangeSide => ({ d, r, id });
  const point = (k: bigint): Affine => {
    const made = times(k);
    checkPublicKey(k, made);
    return made;
  };

  const both = (
    what: string,
    flag: Flag,
    a: ExchangeSide,
    b: ExchangeSide,
    keyBytes: number,
    only?: 'initiator' | 'responder' | 'neither',
  ) => {
    const [pa, ra, pb, rb] = [point(a.d), point(a.r), point(b.d), point(b.r)];
    const [u, v] = [exchangePoint(b, pa, ra)!, exchangePoint(a, pb, rb)!];
    if (u.x !== v.x || u.y !== v.y) throw new Error(`${what}: the sides differ`);
    const { key, s1, s2 } = exchangeKeys(u, z(pa, a.id), z(pb, b.id), ra, rb, keyBytes);
    const fields = (role: 'initiator' | 'responder') => {
      const first = role === 'initiator';
      const [self, peer] = first ? [a, b] : [b, a];
      return {
        role,
        privateKey: fixed(self.d),
        ephemeralPrivateKey: fixed(self.r),
        id: self.id,
        peerPublicKey: uncompressed(first ? pb : pa),
        peerEphemeralPublicKey: uncompressed(first ? rb : ra),
        peerId: peer.id,
        keyBytes,
        confirmReceived: first ? s1 : s2,
      };
    };
    for (const role of ['initiator', 'responder'] as const) {
      if (only !== undefined && only !== role) continue;
      const confirmSent = role === 'initiator' ? s2 : s1;
      file.test(what, [flag], { ...fields(role), point: uncompressed(u), key, confirmSent });
    }
    return { fields, s1, s2 };
  };

  const annexA = side(
    DEFAULT_ID,
    0x81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029n,
    0xd4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3n,
  );
  const annexB = side(
    DEFAULT_ID,
    0x785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5n,
    0x7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6n,
  );
  const annex = both('annex B', 'StandardAnnex', annexA, annexB, 16);
  if (annex.s1 !== 'd3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb') {
    throw new Error('the reference does not give S_1 of GB/T 32918.5-2017 annex B');
  }
  const [a, b] = [side(ascii('Alice')), side(ascii('Bob'))];
  for (const bytes of [1, 16, 31, 32, 33, 48, 64, 100])
    both(`key of ${bytes} bytes`, 'Ordinary', a, b, bytes, bytes === 16 ? undefined : 'initiator');
  both('empty IDs', 'Ids', side(''), side(''), 16);
  both('one empty ID', 'Ids', side(''), side(ascii('B')), 16, 'responder');
  both('IDs of 600 bytes and of one', 'Ids', side('61'.repeat(600)), side('62'), 16, 'initiator');
  const alone = side();
  both('the same key and ID on both sides', 'Ids', alone, { ...alone, r: random.big(N) }, 16, 'initiator');
  for (const [i, [what, k]] of half(EDGE_SCALARS, 0).entries()) {
    const role = i % 2 === 0 ? 'initiator' : 'responder';
    both(
      `r: ${what}`,
      'EdgeScalars',
      role === 'initiator' ? side(a.id, a.d, k) : a,
      role === 'initiator' ? b : side(b.id, b.d, k),
      16,
      role,
    );
    if (k <= N - 2n && i % 4 === 0) both(`d: ${what}`, 'EdgeScalars', side(a.id, k), b, 16, 'initiator');
  }

  // The responder sees an R whose private key nobody knows; the point is then d·(…) all the same.
  const chosen = (what: string, flag: Flag, peer: Affine, ephemeral: Affine, valid: boolean): void => {
    const u = exchangePoint(b, peer, ephemeral);
    if ((u !== undefined) !== valid) throw new Error(`${what}: unexpected`);
    const rb = times(b.r);
    const made = u && exchangeKeys(u, z(peer, a.id), z(times(b.d), b.id), ephemeral, rb, 16);
    const fields = {
      role: 'responder',
      privateKey: fixed(b.d),
      ephemeralPrivateKey: fixed(b.r),
      id: b.id,
      peerPublicKey: uncompressed(peer),
      peerEphemeralPublicKey: uncompressed(ephemeral),
      peerId: a.id,
      keyBytes: 16,
      confirmReceived: made?.s2 ?? '00'.repeat(32),
    };
    if (made === undefined || u === undefined) file.test(what, [flag], fields, 'invalid');
    else file.test(what, [flag], { ...fields, point: uncompressed(u), key: made.key, confirmSent: made.s1 });
  };
  const pa = times(a.d);
  for (const [what, x] of [
    ['x is small', 0n],
    ['low 127 bits empty', 2n ** 200n],
    ['bit 127 set, the lower ones empty', 2n ** 200n + 2n ** 127n],
    ['bits 126 to 64 set', 2n ** 127n - 2n ** 64n],
    ['x just below p', P - 200n],
    ['x above n', N],
  ] as const)
    chosen(what, 'ReducedX', pa, pointFrom(x), true);
  const ra = times(a.r);
  // P = [x̄]R: both summands are equal. P = -[x̄]R: the sum is infinity.
  chosen('P = [x̄]R', 'EqualPoints', times(reducedX(ra.x), ra), ra, true);
  chosen('P = -[x̄]R', 'Infinity', negate(times(reducedX(ra.x), ra)), ra, false);
  // t = d + x̄·r = 0 on this side.
  const r0 = random.big(N);
  const d0 = mod(-reducedX(times(r0).x) * r0, N);
  file.test(
    't is 0',
    ['Infinity'],
    {
      role: 'initiator',
      privateKey: fixed(d0),
      ephemeralPrivateKey: fixed(r0),
      id: a.id,
      peerPublicKey: uncompressed(times(b.d)),
      peerEphemeralPublicKey: uncompressed(times(b.r)),
      peerId: b.id,
      keyBytes: 16,
      confirmReceived: '00'.repeat(32),
    },
    'invalid',
  );
  if (exchangePoint({ d: d0, r: r0, id: '' }, times(b.d), times(b.r)) !== undefined)
    throw new Error('t is not 0');

  const good = both('good', 'WrongConfirmation', a, b, 16, 'neither');
  for (const role of ['initiator', 'responder'] as const) {
    const fields = good.fields(role);
    const { confirmReceived: right, ...rest } = fields;
    file.group('Sm2Exchange', rest);
    const refused = (what: string, flag: Flag, change: { readonly [name: string]: string }): void => {
      file.test(what, [flag], { confirmReceived: right, ...change }, 'invalid');
    };
    const own = role === 'initiator' ? good.s2 : good.s1;
    for (const [what, confirmReceived] of [
      ['empty', ''],
      ['all zero', '00'.repeat(32)],
      ['first bit', (Number.parseInt(right[0]!, 16) ^ 8).toString(16) + right.slice(1)],
      ['last bit', right.slice(0, -1) + (Number.parseInt(right.at(-1)!, 16) ^ 1).toString(16)],
      ['31 bytes', right.slice(2)],
      ['33 bytes', `${right}00`],
      ['its own, reflected', own],
    ] as const)
      refused(`confirmation: ${what}`, 'WrongConfirmation', { confirmReceived });
    refused('other ID', 'WrongConfirmation', { peerId: `${fields.peerId}00` });
    const off = (point: Affine): string => `04${fixed(point.x)}${fixed(point.y + 1n)}`;
    const [peer, ephemeral] = role === 'initiator' ? [times(b.d), times(b.r)] : [times(a.d), times(a.r)];
    for (const [what, change] of [
      ['R off the curve', { peerEphemeralPublicKey: off(ephemeral) }],
      ['P off the curve', { peerPublicKey: off(peer) }],
      ['R is infinity', { peerEphemeralPublicKey: '00' }],
      ['R is (0, 0)', { peerEphemeralPublicKey: `04${'00'.repeat(64)}` }],
      [
        'R with x + p',
        { peerEphemeralPublicKey: `04${fixed(pointFrom(1n).x + P)}${fixed(pointFrom(1n).y)}` },
      ],
      ['R is cut off', { peerEphemeralPublicKey: uncompressed(ephemeral).slice(0, -2) }],
      ['R as 05', { peerEphemeralPublicKey: `05${compressed(ephemeral).slice(2)}` }],
    ] as const)
      refused(what, 'InvalidPoint', change);
  }
  return file;
}

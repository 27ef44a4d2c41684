import { describe, expect, it } from 'vitest';
import { fromHex, Secret, sm2, toHex, utf8 } from '../src/index.ts';
import { encode, fromBig } from './support/affine.ts';
import {
  A,
  ANNEX,
  B,
  begin,
  bytesOf,
  FAILED,
  initiator,
  responder,
  STATE,
} from './support/sm2-exchange-fixtures.ts';
import { always, bad, NOT_BYTES } from './support/sm2-fixtures.ts';

describe('SM2 key exchange', () => {
  it('is that of the annex on both sides, with confirmation [part of EDGE-010]', () => {
    const a = initiator({ random: always(ANNEX.rA) });
    const b = responder({ random: always(ANNEX.rB) });
    const [ra, rb] = [a.offer(), b.offer()];
    expect([toHex(ra), toHex(rb)]).toEqual([ANNEX.RA, ANNEX.RB]);
    const waitingB = b.agree(ra);
    expect(toHex(waitingB.confirmation)).toBe(ANNEX.sB);
    const { key, confirmation } = a.agree(rb).confirm(waitingB.confirmation);
    expect([bytesOf(key), toHex(confirmation)]).toEqual([ANNEX.key, ANNEX.sA]);
    expect(bytesOf(waitingB.confirm(confirmation))).toBe(ANNEX.key);
  });

  it('gives the key at once where no confirmation is asked for', () => {
    const a = sm2.keyExchange({
      role: 'initiator',
      confirm: 'none',
      pair: A,
      peerPublicKey: B.publicKey,
      keyLength: 16,
      random: always(ANNEX.rA),
    });
    const b = sm2.keyExchange({
      role: 'responder',
      confirm: 'none',
      pair: B,
      peerPublicKey: A.publicKey,
      keyLength: 16,
      random: always(ANNEX.rB),
    });
    const [ra, rb] = [a.offer(), b.offer()];
    expect(bytesOf(a.agree(rb))).toBe(ANNEX.key);
    expect(bytesOf(b.agree(ra))).toBe(ANNEX.key);
  });

  it('agrees on keys of any length, between any two', () => {
    const [id, peerId] = [utf8('Alice'), new Uint8Array(0)];
    for (const keyLength of [1, 31, 32, 33, 100, 5000]) {
      const { a, b } = begin({ keyLength, id, peerId }, { keyLength, id: peerId, peerId: id });
      const { key, confirmation } = a.confirm(b.confirmation);
      expect(key.length).toBe(keyLength);
      expect(bytesOf(b.confirm(confirmation))).toBe(bytesOf(key));
    }
  });

  it('has another key in each run', () => {
    const keys = Array.from({ length: 4 }, () => {
      const { a, b } = begin();
      return bytesOf(a.confirm(b.confirmation).key);
    });
    expect(new Set(keys).size).toBe(4);
  });

  it.each([
    ['its ID', { id: utf8('other') }],
    ['the ID of the peer', { peerId: utf8('other') }],
    ['its pair', { pair: sm2.generateKeyPair() }],
    ['the key of the peer', { peerPublicKey: sm2.generateKeyPair().publicKey }],
  ] as const)('fails on both sides when one has another idea of %s', (_name, change) => {
    const { a, b } = begin({}, change);
    expect(() => a.confirm(b.confirmation)).toThrow(FAILED);
    // What A would have sent is not to be had from A; B refuses anything else.
    expect(() => b.confirm(new Uint8Array(32))).toThrow(FAILED);
  });

  it.each([
    ['nothing', () => bad(undefined)],
    ['a text', () => bad('text')],
    ['no bytes', () => new Uint8Array(0)],
    ['zeros', () => new Uint8Array(32)],
    ['31 bytes', (right: Uint8Array) => right.subarray(1)],
    ['33 bytes', (right: Uint8Array) => Uint8Array.of(...right, 0)],
    ['the first bit', (right: Uint8Array) => right.map((byte, i) => (i === 0 ? byte ^ 0x80 : byte))],
    ['the last bit', (right: Uint8Array) => right.map((byte, i) => (i === 31 ? byte ^ 1 : byte))],
  ] as const)('does not take %s for a confirmation, and is dead afterwards', (_name, change) => {
    const { a, b } = begin();
    const right = b.confirmation;
    expect(() => a.confirm(change(right))).toThrow(FAILED);
    expect(() => a.confirm(right)).toThrow(STATE);
    const second = begin();
    const { confirmation } = second.a.confirm(second.b.confirmation);
    expect(() => second.b.confirm(change(confirmation))).toThrow(FAILED);
    expect(() => second.b.confirm(confirmation)).toThrow(STATE);
  });

  it('does not take its own confirmation back', () => {
    const { b } = begin();
    expect(() => b.confirm(b.confirmation)).toThrow(FAILED);
  });

  const NO_POINTS: readonly (readonly [string, Uint8Array])[] = [
    ['infinity', Uint8Array.of(0)],
    ['zeros', Uint8Array.of(4, ...new Uint8Array(64))],
    ['a point off the curve', encode({ x: 5n, y: 7n })],
    ['a compressed point', sm2.compress(A.publicKey)],
    ['64 bytes', A.publicKey.subarray(1)],
    ['no bytes', new Uint8Array(0)],
    ...NOT_BYTES.map((value) => [String(value), bad(value)] as const),
  ];
  it.each(NO_POINTS)(
    'fails for %s as the ephemeral key of the peer, with one code and no detail',
    (_name, peer) => {
      const exchange = initiator();
      exchange.offer();
      let error: unknown;
      try {
        exchange.agree(peer);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: 'ERR_SM2_EXCHANGE_FAILED', detail: undefined });
      expect((error as Error).cause).toBeUndefined();
      expect(() => exchange.agree(B.publicKey)).toThrow(STATE);
    },
  );

  it('fails when the shared point is infinity', () => {
    // P_B = -[x̄]R for R = [5]G.
    const peerPublicKey = fromHex(
      '040ef06112dfe12f5f108ebe567085f5fa0d795c477fde583d7d5c1422c47862af36fef774120749427c422ee299691f7fa7d8008ceb64aa21836c641283dc8112',
    );
    const exchange = initiator({ peerPublicKey });
    exchange.offer();
    expect(() => exchange.agree(sm2.keyPair(Secret.take(fromBig(5n))).publicKey)).toThrow(FAILED);
  });
});

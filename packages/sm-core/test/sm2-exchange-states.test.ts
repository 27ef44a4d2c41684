import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  createSm2,
  fromHex,
  SM2_MAX_EXCHANGE_KEY_BYTES,
  type Sm2ExchangeConfirm,
  type Sm2ExchangeRole,
  type Sm2KeyExchangeOptions,
  type SmEngine,
  sm2,
  toHex,
} from '../src/index.ts';
import { encode, fromBig, N } from './support/affine.ts';
import {
  A,
  ANNEX,
  B,
  begin,
  bytesOf,
  FAILED,
  initiator,
  pairOf,
  responder,
  STATE,
} from './support/sm2-exchange-fixtures.ts';
import { always, code, failing, scripted } from './support/sm2-fixtures.ts';

describe('the states of an exchange', () => {
  it('cannot be taken out of order, or twice', () => {
    const exchange = initiator();
    expect(() => exchange.agree(B.publicKey)).toThrow(STATE);
    exchange.offer();
    expect(() => exchange.offer()).toThrow(STATE);
    const waiting = exchange.agree(B.publicKey);
    expect(() => exchange.agree(B.publicKey)).toThrow(STATE);
    expect(() => exchange.offer()).toThrow(STATE);
    expect(() => waiting.confirm(new Uint8Array(32))).toThrow(FAILED);
  });

  it('have no key to take before the confirmation, which the compiler knows', () => {
    const { a, b } = begin();
    // @ts-expect-error: the key comes out of confirm
    expect(a.key).toBeUndefined();
    // @ts-expect-error: S_A comes out of confirm too
    expect(a.confirmation).toBeUndefined();
    // @ts-expect-error: the key comes out of confirm
    expect(b.key).toBeUndefined();
    // @ts-expect-error: what agrees is not what confirms
    expect(initiator().confirm).toBeUndefined();
    expect(JSON.stringify([a, b])).toBe('[{},{}]');
  });

  it('end with destroy', () => {
    const exchange = initiator();
    exchange.destroy();
    exchange.destroy();
    expect(() => exchange.offer()).toThrow(STATE);
    expect(() => exchange.agree(B.publicKey)).toThrow(STATE);
    const { a, b } = begin();
    const right = b.confirmation;
    a.destroy();
    b.destroy();
    expect(() => a.confirm(right)).toThrow(STATE);
    expect(() => b.confirm(right)).toThrow(STATE);
  });

  it('cannot be entered again from inside a call', () => {
    let inner: unknown;
    const engine: SmEngine = {
      ...nobleEngine,
      sm2ExchangePoint(input) {
        try {
          exchange.agree(B.publicKey);
        } catch (error) {
          inner = error;
        }
        return nobleEngine.sm2ExchangePoint(input);
      },
    };
    const exchange = createSm2(engine).keyExchange({
      role: 'initiator',
      pair: A,
      peerPublicKey: B.publicKey,
      keyLength: 16,
    });
    exchange.offer();
    exchange.agree(B.publicKey);
    expect(inner).toEqual(STATE);
  });

  it('do not outlive a fault of the engine, nor the private key', () => {
    const engine: SmEngine = {
      ...nobleEngine,
      sm2ExchangePoint: () => {
        throw new Error('broken');
      },
    };
    const options = { role: 'initiator', pair: A, peerPublicKey: B.publicKey, keyLength: 16 } as const;
    const broken = createSm2(engine).keyExchange(options);
    broken.offer();
    expect(() => broken.agree(B.publicKey)).toThrow('broken');
    expect(() => broken.agree(B.publicKey)).toThrow(STATE);
    const pair = pairOf(ANNEX.dA);
    const late = sm2.keyExchange({ ...options, pair });
    late.offer();
    pair.privateKey.destroy();
    expect(() => late.agree(B.publicKey)).toThrow(code('ERR_SECRET_DESTROYED'));
    expect(() => late.agree(B.publicKey)).toThrow(STATE);
  });

  it('leave neither r nor the shared point behind', () => {
    const seen: Uint8Array[] = [];
    const engine: SmEngine = {
      ...nobleEngine,
      sm2ExchangePoint(input) {
        const point = nobleEngine.sm2ExchangePoint(input);
        seen.push(input.ephemeralPrivateKey, ...(point === undefined ? [] : [point]));
        return point;
      },
    };
    const exchange = createSm2(engine).keyExchange({
      role: 'initiator',
      pair: A,
      peerPublicKey: B.publicKey,
      keyLength: 16,
    });
    exchange.offer();
    exchange.agree(B.publicKey);
    expect(seen).toHaveLength(2);
    for (const secret of seen) expect(secret.every((byte) => byte === 0)).toBe(true);
  });

  it('hand out copies', () => {
    const exchange = initiator({ random: always(ANNEX.rA) });
    exchange.offer().fill(0);
    const waiting = responder({ random: always(ANNEX.rB) });
    waiting.offer();
    const agreed = waiting.agree(fromHex(ANNEX.RA));
    agreed.confirmation.fill(0);
    expect(toHex(agreed.confirmation)).toBe(ANNEX.sB);
    expect(bytesOf(exchange.agree(fromHex(ANNEX.RB)).confirm(agreed.confirmation).key)).toBe(ANNEX.key);
  });
});

describe('the options of an exchange', () => {
  it.each([
    ['no role', { role: undefined }, 'ERR_INPUT_VALUE'],
    ['another role', { role: 'client' }, 'ERR_INPUT_VALUE'],
    ['another confirmation', { confirm: 'maybe' }, 'ERR_INPUT_VALUE'],
    ['no pair', { pair: undefined }, 'ERR_INPUT_TYPE'],
    ['a pair without a key', { pair: { publicKey: A.publicKey } }, 'ERR_INPUT_TYPE'],
    [
      'a public key off the curve',
      { pair: { ...A, publicKey: encode({ x: 5n, y: 7n }) } },
      'ERR_SM2_PUBLIC_KEY_INVALID',
    ],
    ['no peer', { peerPublicKey: undefined }, 'ERR_SM2_PUBLIC_KEY_INVALID'],
    ['infinity for the peer', { peerPublicKey: Uint8Array.of(0) }, 'ERR_SM2_PUBLIC_KEY_INVALID'],
    ['a long ID', { id: new Uint8Array(8192) }, 'ERR_SM2_ID_INVALID'],
    ['a text for the ID of the peer', { peerId: 'Bob' }, 'ERR_SM2_ID_INVALID'],
    ['no key length', { keyLength: undefined }, 'ERR_INPUT_LENGTH'],
    ['a key of no bytes', { keyLength: 0 }, 'ERR_INPUT_LENGTH'],
    ['a key of half a byte', { keyLength: 0.5 }, 'ERR_INPUT_LENGTH'],
    ['a negative key length', { keyLength: -16 }, 'ERR_INPUT_LENGTH'],
    ['a key that is too long', { keyLength: SM2_MAX_EXCHANGE_KEY_BYTES + 1 }, 'ERR_INPUT_LENGTH'],
    ['no source', { random: null }, 'ERR_INPUT_TYPE'],
    ['a source of zeros', { random: always('00'.repeat(32)) }, 'ERR_RANDOM_UNHEALTHY'],
  ])('are refused with %s [part of EDGE-011]', (_name, change, expected) => {
    const options = { role: 'initiator', pair: A, peerPublicKey: B.publicKey, keyLength: 16, ...change };
    expect(() =>
      sm2.keyExchange(options as Sm2KeyExchangeOptions<Sm2ExchangeRole, Sm2ExchangeConfirm>),
    ).toThrow(code(expected));
  });

  it('pass on what the source throws', () => {
    expect(() => initiator({ random: failing })).toThrow('no entropy');
  });

  it('draw r again, not reduced, when it is out of range', () => {
    const values = [0n, N, 2n ** 256n - 1n, N - 1n].map((k) => toHex(fromBig(k)));
    const random = scripted(...values);
    const minusG = sm2.publicKey(
      fromHex(`03${'32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'}`),
    );
    expect(toHex(initiator({ random }).offer())).toBe(toHex(minusG));
    expect(random.left).toBe(0);
  });
});

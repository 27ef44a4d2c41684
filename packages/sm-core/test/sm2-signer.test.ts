import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  concatBytes,
  createSm2,
  equalBytes,
  fromHex,
  type Sm2SignOptions,
  type SmEngine,
  sm2,
  toHex,
  utf8,
} from '../src/index.ts';
import { HedgedNonces } from '../src/sm2/hedged.ts';
import { KAT_SM2_SIGN } from '../src/spec/v1/known-answers.ts';
import { fromBig, N } from './support/affine.ts';
import { always, annex, bad, code, failing, MESSAGE, NOT_BYTES } from './support/sm2-fixtures.ts';

const { d, e, k, r, s } = KAT_SM2_SIGN;
const without = (...missing: readonly string[]): SmEngine => ({
  ...nobleEngine,
  capabilities: new Set([...nobleEngine.capabilities].filter((item) => !missing.includes(item))),
});
const OPTIONS: readonly Sm2SignOptions[] = [
  {},
  { hedged: true },
  { verifyAfterSign: true },
  { hedged: true, verifyAfterSign: true, format: 'raw', id: utf8('somebody') },
];

/** HMAC-DRBG of RFC 6979 §3.2 on node:crypto, with `extra` behind the digest (§3.6). */
function* reference(extra: Uint8Array): Generator<string, never> {
  const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]) =>
    new Uint8Array(
      createHmac('sm3', key)
        .update(concatBytes(...parts))
        .digest(),
    );
  const seed = concatBytes(fromHex(d), fromHex(e), extra);
  let key: Uint8Array = new Uint8Array(32);
  let value: Uint8Array = new Uint8Array(32).fill(1);
  for (const step of [0, 1]) {
    key = hmac(key, value, Uint8Array.of(step), seed);
    value = hmac(key, value);
  }
  while (true) {
    value = hmac(key, value);
    yield toHex(value);
    key = hmac(key, value, Uint8Array.of(0));
    value = hmac(key, value);
  }
}

describe('a signer', () => {
  it('signs as the annex does [part of EDGE-010]', () => {
    const signer = sm2.signer(annex(), { random: always(k), format: 'raw' });
    expect(toHex(signer.sign(fromHex(KAT_SM2_SIGN.message)))).toBe(r + s);
    expect(toHex(signer.signDigest(fromHex(e)))).toBe(r + s);
  });

  it.each(OPTIONS)('makes signatures that verify: %j', (options) => {
    for (const engine of [nobleEngine, without('sm2.prepared-private', 'sm2.prepared-public')]) {
      const functions = createSm2(engine);
      const pair = functions.generateKeyPair();
      const signer = functions.signer(pair, options);
      const signature = signer.sign(MESSAGE);
      expect(sm2.verify(pair.publicKey, MESSAGE, signature, options)).toBe(true);
      expect(sm2.verify(pair.publicKey, utf8('other'), signature, options)).toBe(false);
      const other = signer.signDigest(new Uint8Array(32).fill(7));
      expect(sm2.verifyDigest(pair.publicKey, new Uint8Array(32).fill(7), other, options)).toBe(true);
    }
  });

  it('goes on when the pair it was made of is destroyed', () => {
    for (const options of OPTIONS) {
      const pair = sm2.generateKeyPair();
      const signer = sm2.signer(pair, options);
      const publicKey = Uint8Array.from(pair.publicKey);
      pair.privateKey.destroy();
      pair.publicKey.fill(0);
      expect(sm2.verify(publicKey, MESSAGE, signer.sign(MESSAGE), options)).toBe(true);
    }
  });

  it.each(OPTIONS)('signs nothing once it is destroyed: %j', (options) => {
    for (const engine of [nobleEngine, without('sm2.prepared-private')]) {
      const pair = annex();
      const signer = createSm2(engine).signer(pair, options);
      signer.destroy();
      signer.destroy();
      for (const call of [
        () => signer.sign(MESSAGE),
        () => signer.signDigest(fromHex(e)),
        () => signer.signMany([MESSAGE]),
      ]) {
        expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
      }
      expect(pair.privateKey.destroyed).toBe(false);
    }
  });

  it('takes bytes only', () => {
    const signer = sm2.signer(annex());
    for (const value of NOT_BYTES) {
      expect(() => signer.sign(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => signer.signDigest(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
    for (const length of [0, 31, 33]) {
      expect(() => signer.signDigest(new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });

  it('does not sign when its source fails, hedged or not', () => {
    for (const hedged of [false, true]) {
      const signer = sm2.signer(annex(), { hedged, random: failing });
      expect(() => signer.sign(MESSAGE)).toThrow('no entropy');
    }
  });
});

describe('hedged nonces', () => {
  const nonces = (random: { fill(out: Uint8Array): void }) =>
    new HedgedNonces(nobleEngine, fromHex(d), fromHex(e), random);

  it('are those of HMAC-DRBG with the entropy as additional input', () => {
    const entropy = 'a5'.repeat(32);
    const source = nonces(always(entropy));
    const expected = reference(fromHex(entropy));
    for (let i = 0; i < 4; i++) {
      const out = new Uint8Array(32);
      // In pieces too: an engine may draw as it likes.
      const cut = 5 * i;
      source.fill(out.subarray(0, cut));
      source.fill(out.subarray(cut));
      expect(toHex(out)).toBe(expected.next().value);
    }
  });

  it('are what the signature is made with', () => {
    const entropy = '00'.repeat(32);
    const first = reference(fromHex(entropy)).next().value;
    for (const sign of [
      () => sm2.signDigest(annex().privateKey, fromHex(e), { hedged: true, random: always(entropy) }),
      () => sm2.signer(annex(), { hedged: true, random: always(entropy) }).signDigest(fromHex(e)),
    ]) {
      const plain = sm2.signDigest(annex().privateKey, fromHex(e), { random: always(first) });
      expect(toHex(sign())).toBe(toHex(plain));
    }
  });

  it('do not repeat for another digest, another key or other entropy, be the source as it may', () => {
    const draw = (key: Uint8Array, digest: Uint8Array, entropy: string) => {
      const out = new Uint8Array(32);
      new HedgedNonces(nobleEngine, key, digest, always(entropy)).fill(out);
      return toHex(out);
    };
    const [key, other] = [fromHex(d), fromBig(5n)];
    // e and e + n are one number modulo n, and two digests.
    const [small, large] = [fromBig(9n), fromBig(9n + N)];
    const stuck = '00'.repeat(32);
    const all = [
      draw(key, small, stuck),
      draw(key, large, stuck),
      draw(other, small, stuck),
      draw(key, small, '01'.repeat(32)),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(draw(key, small, stuck)).toBe(all[0]);
  });

  it('are not repeated with a good source', () => {
    const signer = sm2.signer(annex(), { hedged: true });
    const seen = new Set(Array.from({ length: 8 }, () => toHex(signer.sign(MESSAGE))));
    expect(seen.size).toBe(8);
  });

  it('are drawn again after one that may not be used', () => {
    let draws = 0;
    const engine: SmEngine = {
      ...nobleEngine,
      sm2SignDigest(key, digest, random) {
        random.fill(new Uint8Array(32));
        return nobleEngine.sm2SignDigest(key, digest, {
          fill(out) {
            draws++;
            random.fill(out);
          },
        });
      },
    };
    const entropy = '00'.repeat(32);
    const expected = reference(fromHex(entropy));
    expected.next();
    const options = { hedged: true, random: always(entropy) };
    const signature = createSm2(engine).signDigest(annex().privateKey, fromHex(e), options);
    const second = always(expected.next().value);
    expect(toHex(signature)).toBe(toHex(sm2.signDigest(annex().privateKey, fromHex(e), { random: second })));
    expect(draws).toBe(1);
  });

  it('are not made when the source fails, nor once they are destroyed', () => {
    expect(() => nonces(failing)).toThrow('no entropy');
    const source = nonces(always('a5'.repeat(32)));
    source.destroy();
    expect(() => source.fill(new Uint8Array(32))).toThrow(code('ERR_SECRET_DESTROYED'));
  });

  it.each(['sm2.random', 'hmac-sm3'])('need the capability %s', (capability) => {
    const functions = createSm2(without(capability));
    expect(() => functions.signWith(annex(), MESSAGE, { hedged: true })).toThrow(
      code('ERR_ENGINE_CAPABILITY'),
    );
  });
});

describe('the check after signing', () => {
  /** An engine that makes one bit of its signatures wrong, and what it gave. */
  const faulty = () => {
    const given: Uint8Array[] = [];
    const spoil = (rs: Uint8Array) => {
      rs[40]! ^= 4;
      given.push(rs);
      return rs;
    };
    const engine: SmEngine = {
      ...nobleEngine,
      sm2SignDigest: (key, digest, random) => spoil(nobleEngine.sm2SignDigest(key, digest, random)),
      sm2PreparePrivate(key) {
        const inner = nobleEngine.sm2PreparePrivate(key);
        return {
          signDigest: (digest, random) => spoil(inner.signDigest(digest, random)),
          destroy: () => inner.destroy(),
        };
      },
    };
    return { engine, given };
  };

  it('holds a wrong signature back and zeroes it', () => {
    const { engine, given } = faulty();
    const functions = createSm2(engine);
    const pair = annex();
    for (const call of [
      () => functions.sign(pair.privateKey, MESSAGE, { verifyAfterSign: true }),
      () => functions.signWith(pair, MESSAGE, { verifyAfterSign: true, format: 'raw' }),
      () => functions.signDigest(pair.privateKey, fromHex(e), { verifyAfterSign: true }),
      () => functions.signer(pair, { verifyAfterSign: true }).sign(MESSAGE),
      () => functions.signer(pair, { verifyAfterSign: true, hedged: true }).signDigest(fromHex(e)),
    ]) {
      expect(call).toThrow(code('ERR_SM2_FAULT'));
    }
    expect(given).toHaveLength(5);
    for (const rs of given) expect(equalBytes(rs, new Uint8Array(64))).toBe(true);
  });

  it('is not made unless it is asked for', () => {
    const { engine } = faulty();
    const pair = annex();
    const signature = createSm2(engine).signWith(pair, MESSAGE);
    expect(sm2.verify(pair.publicKey, MESSAGE, signature)).toBe(false);
  });

  it('finds a public key that is not the one of the private key', () => {
    const pair = { privateKey: annex().privateKey, publicKey: sm2.generateKeyPair().publicKey };
    expect(() => sm2.signWith(pair, MESSAGE, { verifyAfterSign: true })).toThrow(code('ERR_SM2_FAULT'));
    expect(() => sm2.signer(pair, { verifyAfterSign: true }).sign(MESSAGE)).toThrow(code('ERR_SM2_FAULT'));
  });

  it('needs an engine that verifies', () => {
    const functions = createSm2(without('sm2.verify'));
    expect(() => functions.signDigest(annex().privateKey, fromHex(e), { verifyAfterSign: true })).toThrow(
      code('ERR_ENGINE_CAPABILITY'),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { probesOf } from '../src/conformance/engine/probes.ts';
import { ScriptedNonces } from '../src/conformance/engine/support.ts';
import { createSm2, createSm3, createSm4, type EngineCapability, Secret, toHex, utf8 } from '../src/index.ts';
import { systemRandom } from '../src/random.ts';
import { fromBig, N } from './support/affine.ts';
import { TEST_ENGINES } from './support/engines.ts';
import { seededBytes } from './support/seeded.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bytes = seededBytes('engines');
/** A scalar in [1, n-2]; the top byte keeps it below n. */
const scalar = () => bytes(32).fill(0x7f, 0, 1);
/** Each ordered pair of two different engines. */
const PAIRS = TEST_ENGINES.flatMap(([a, one]) =>
  TEST_ENGINES.filter(([b]) => b !== a).map(([b, other]) => [a, b, one, other] as const),
);

/** The engines that sign. */
const SIGNERS = TEST_ENGINES.filter(([, engine]) => engine.capabilities.has('sm2.sign'));

describe.each(SIGNERS)('%s', (_name, engine) => {
  it('does not sign with d = n-1, for which there is no (1+d)^-1', () => {
    const [d, refused] = [fromBig(N - 1n), code('ERR_SM2_PRIVATE_KEY_INVALID')];
    expect(() => engine.sm2SignDigest(d, bytes(32), systemRandom)).toThrow(refused);
    if (!engine.capabilities.has('sm2.prepared-private')) return;
    expect(() => engine.sm2PreparePrivate(d)).toThrow(refused);
  });
});

describe.each(PAIRS)('%s against %s', (_a, _b, one, other) => {
  const both = (...capabilities: readonly EngineCapability[]) =>
    capabilities.every((item) => one.capabilities.has(item) && other.capabilities.has(item));
  /** A test of what both engines can do; there is none where one of them cannot. */
  const shared = (needed: readonly EngineCapability[], title: string, run: () => void) => {
    if (both(...needed)) it(title, run);
  };

  shared(['sm3'], 'answers every probe of the conformance suite alike [part of EDGE-031]', () => {
    const input = { bytes: (value: Uint8Array) => value, random: (k: string) => new ScriptedNonces(k) };
    const theirs = new Set(probesOf(other));
    for (const probe of probesOf(one).filter((item) => theirs.has(item))) {
      const results = [one, other].map((engine) => probe.run(engine, input).map(toHex));
      expect([probe.id, results[0]]).toEqual([probe.id, results[1]]);
    }
  });

  shared(['sm2.keygen'], 'makes the same public keys', () => {
    for (const d of [fromBig(1n), fromBig(2n), fromBig(N - 2n), scalar()]) {
      expect(toHex(one.sm2PublicKey(d))).toBe(toHex(other.sm2PublicKey(d)));
    }
  });

  shared(['sm2.keygen', 'sm2.sign', 'sm2.verify'], 'signs what the other verifies, whatever the ID', () => {
    const [signer, verifier] = [createSm2(one), createSm2(other)];
    for (const id of [undefined, new Uint8Array(0), bytes(8191)]) {
      const pair = signer.generateKeyPair();
      const options = id === undefined ? {} : { id };
      const message = bytes(id === undefined ? 0 : 100);
      const signature = signer.signWith(pair, message, options);
      expect(verifier.verify(pair.publicKey, message, signature, options)).toBe(true);
      expect(verifier.verify(pair.publicKey, bytes(101), signature, options)).toBe(false);
      expect(verifier.verify(pair.publicKey, message, signature, { id: utf8('another') })).toBe(false);
    }
  });

  shared(['sm2.keygen', 'sm2.sign', 'sm2.random'], 'makes the same signature with the same nonce', () => {
    const [d, e, k] = [scalar(), bytes(32), toHex(scalar())];
    const sign = (engine: typeof one) => toHex(engine.sm2SignDigest(d, e, new ScriptedNonces(k)));
    expect(sign(one)).toBe(sign(other));
    expect(one.capabilities.has('sm2.prepared-private')).toBe(other.capabilities.has('sm2.prepared-private'));
    if (!both('sm2.prepared-private')) return;
    expect(toHex(one.sm2PreparePrivate(d).signDigest(e, new ScriptedNonces(k)))).toBe(sign(other));
  });

  shared(['sm2.encrypt', 'sm2.decrypt'], 'encrypts what the other decrypts, in every encoding', () => {
    const [sender, receiver] = [createSm2(one), createSm2(other)];
    const pair = receiver.generateKeyPair();
    for (const format of ['der', 'c1c3c2', 'c1c2c3'] as const) {
      for (const length of [1, 97]) {
        const message = bytes(length);
        const ciphertext = sender.encrypt(pair.publicKey, message, { format });
        expect(toHex(receiver.decrypt(pair.privateKey, ciphertext, { format }))).toBe(toHex(message));
        ciphertext[ciphertext.length - 1]! ^= 1;
        expect(() => receiver.decrypt(pair.privateKey, ciphertext, { format })).toThrow(
          code('ERR_DECRYPT_FAILED'),
        );
      }
    }
  });

  shared(['sm2.multiply', 'sm2.exchange', 'sm2.decompress'], 'computes the same points', () => {
    const [d, r, peer, peerR] = [scalar(), scalar(), scalar(), scalar()];
    const [p, q, peerQ] = [r, peer, peerR].map((secret) => one.sm2PublicKey(secret)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(toHex(one.sm2Multiply(d, p))).toBe(toHex(other.sm2Multiply(d, p)));
    const input = {
      privateKey: d,
      ephemeralPrivateKey: r,
      ephemeralPublicKey: p,
      peerPublicKey: q,
      peerEphemeralPublicKey: peerQ,
    };
    expect(toHex(one.sm2ExchangePoint(input)!)).toBe(toHex(other.sm2ExchangePoint(input)!));
    for (let i = 0; i < 8; i++) {
      const compressed = new Uint8Array([2 + (i & 1), ...bytes(32)]);
      expect(one.sm2Decompress(compressed)).toEqual(other.sm2Decompress(compressed));
    }
  });

  shared(['sm3', 'hmac-sm3'], 'hashes alike', () => {
    const [first, second] = [createSm3(one), createSm3(other)];
    for (const length of [0, 1, 55, 56, 63, 64, 65, 1000]) {
      const data = bytes(length);
      expect(toHex(first.sm3(data))).toBe(toHex(second.sm3(data)));
      expect(toHex(first.hmacSm3(data, data))).toBe(toHex(second.hmacSm3(data, data)));
      expect(toHex(first.hkdfSm3(data, data, data, 70))).toBe(toHex(second.hkdfSm3(data, data, data, 70)));
    }
  });

  shared(['sm4.blocks', 'sm4.cbc'], 'enciphers in ECB and CBC what the other deciphers', () => {
    const key = bytes(16);
    const [first, second] = [one.sm4(key), other.sm4(key)];
    for (const blocks of [0, 1, 3, 16, 33]) {
      const data = bytes(16 * blocks);
      const out = new Uint8Array(data.length);
      first.encryptBlocks(data, out);
      second.decryptBlocks(out, out);
      expect(toHex(out)).toBe(toHex(data));
      const ivs = [bytes(16)];
      ivs.push(Uint8Array.from(ivs[0]!));
      first.cbcEncrypt(ivs[0]!, data, out);
      second.cbcDecrypt(ivs[1]!, out, out);
      expect(toHex(out)).toBe(toHex(data));
      expect(ivs[0]).toEqual(ivs[1]);
    }
  });

  shared(['sm4.ctr'], 'makes the same CTR key stream', () => {
    const raw = bytes(16);
    for (const length of [0, 1, 16, 255, 4099]) {
      const data = bytes(length);
      const results = [one, other].map((engine) => {
        const [counter, out] = [new Uint8Array(16).fill(0xff), new Uint8Array(length)];
        engine.sm4(raw).ctr(counter, data, out);
        return toHex(counter) + toHex(out);
      });
      expect(results[0]).toBe(results[1]);
    }
  });

  shared(['sm4.gcm'], 'opens in GCM what the other sealed', () => {
    const raw = bytes(16);
    const [sealer, opener] = [createSm4(one).gcm(Secret.copy(raw)), createSm4(other).gcm(Secret.copy(raw))];
    for (const length of [0, 1, 16, 255, 4099]) {
      const [nonce, data, associated] = [bytes(12), bytes(length), bytes(length % 37)];
      const sealed = sealer.seal(nonce, data, associated);
      expect(toHex(opener.open(nonce, sealed, associated))).toBe(toHex(data));
      sealed[sealed.length - 1]! ^= 1;
      expect(() => opener.open(nonce, sealed, associated)).toThrow(code('ERR_DECRYPT_FAILED'));
    }
  });

  shared(['zuc'], 'makes the same ZUC key stream', () => {
    const [key, iv] = [bytes(16), bytes(16)];
    const streams = [one.zuc(key, iv), other.zuc(key, iv)];
    for (const length of [1, 0, 7, 64]) {
      const words = streams.map((stream) => {
        const out = new Uint32Array(length);
        stream.words(out);
        return [...out];
      });
      expect(words[0]).toEqual(words[1]);
    }
  });
});

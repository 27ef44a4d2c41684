import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { createNodeEngine, nodeEngine } from '../src/adapters/node.ts';
import { type EngineCapability, type SmEngine, toHex } from '../src/index.ts';
import { seededBytes } from './support/seeded.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const refused = code('ERR_ENGINE_CAPABILITY');
const bytes = seededBytes('node-engine');
const list = (engine: SmEngine) => [...engine.capabilities].sort();

describe('engine on node:crypto', () => {
  it('declares SM3 and the SM4 modes that OpenSSL has, and nothing of SM2 [part of EDGE-031]', () => {
    expect(list(nodeEngine)).toEqual(['hmac-sm3', 'sm3', 'sm4.blocks', 'sm4.cbc', 'sm4.ctr']);
    expect(nodeEngine.profile.path).toBe('native');
    expect(nodeEngine.profile.constantTime.size).toBe(0);
  });

  it.each<[readonly string[], readonly EngineCapability[]]>([
    [[], []],
    [['sha256', 'aes-128-cbc'], []],
    [['sm3'], ['hmac-sm3', 'sm3']],
    [['sm4-cbc'], ['sm4.cbc']],
    [
      ['sm3', 'sm4-ecb', 'sm4-ctr'],
      ['hmac-sm3', 'sm3', 'sm4.blocks', 'sm4.ctr'],
    ],
  ])('with an OpenSSL that has %j declares %j and refuses the rest by name', (algorithms, expected) => {
    const engine = createNodeEngine(algorithms);
    expect(list(engine)).toEqual(expected);
    const calls: readonly (readonly [EngineCapability, () => unknown])[] = [
      ['sm3', () => engine.sm3()],
      ['sm3', () => engine.sm3Digest(bytes(1))],
      ['sm4.blocks', () => engine.sm4(bytes(16)).encryptBlocks(bytes(16), bytes(16))],
      ['sm4.blocks', () => engine.sm4(bytes(16)).decryptBlocks(bytes(16), bytes(16))],
      ['sm4.cbc', () => engine.sm4(bytes(16)).cbcEncrypt(bytes(16), bytes(16), bytes(16))],
      ['sm4.cbc', () => engine.sm4(bytes(16)).cbcDecrypt(bytes(16), bytes(16), bytes(16))],
      ['sm4.ctr', () => engine.sm4(bytes(16)).ctr(bytes(16), bytes(9), bytes(9))],
    ];
    for (const [capability, call] of calls) {
      if (engine.capabilities.has(capability)) expect(call).not.toThrow();
      else expect(call).toThrow(refused);
    }
  });

  it('refuses by name what it never has', () => {
    const calls: readonly (() => unknown)[] = [
      () => nodeEngine.sm3Many([bytes(1)]),
      () => nodeEngine.sm2PublicKey(bytes(32)),
      () => nodeEngine.sm2IsPublicKey(bytes(65)),
      () => nodeEngine.sm2Decompress(bytes(33)),
      () => nodeEngine.sm2SignDigest(bytes(32), bytes(32), { fill: () => undefined }),
      () => nodeEngine.sm2VerifyDigest(bytes(65), bytes(32), bytes(64)),
      () => nodeEngine.sm2PreparePrivate(bytes(32)),
      () => nodeEngine.sm2PreparePublic(bytes(65)),
      () => nodeEngine.sm2Encrypt(bytes(65), bytes(1), { fill: () => undefined }),
      () => nodeEngine.sm2Decrypt(bytes(32), bytes(98)),
      () => nodeEngine.sm2Multiply(bytes(32), bytes(65)),
      () => nodeEngine.sm4Gcm(bytes(16)),
      () => nodeEngine.zuc(bytes(16), bytes(16)),
    ];
    for (const call of calls) expect(call).toThrow(refused);
  });

  it('gives plain arrays of their own', () => {
    for (const digest of [nodeEngine.sm3Digest(bytes(3)), nodeEngine.sm3().update(bytes(3)).digest()]) {
      expect(Object.getPrototypeOf(digest)).toBe(Uint8Array.prototype);
      expect(digest.buffer.byteLength).toBe(32);
    }
    const parts = [bytes(3), bytes(0), bytes(70)];
    expect(toHex(nodeEngine.sm3Digest(...parts))).toBe(
      createHash('sm3').update(Buffer.concat(parts)).digest('hex'),
    );
    expect(nodeEngine.sm3Digest()).toEqual(nobleEngine.sm3Digest());
  });

  it('moves iv and counter on, whatever the pieces', () => {
    const key = bytes(16);
    const [native, other] = [nodeEngine.sm4(key), nobleEngine.sm4(key)];
    // 70,000 bytes are more than one piece of the adapter; the last piece of CTR may be short.
    for (const lengths of [[16], [16, 32, 16], [0, 16], [69_984, 16], [65_536, 65_536]]) {
      for (const start of [bytes(16), new Uint8Array(16).fill(0xff), ff(3), ff(9)]) {
        const states = [Uint8Array.from(start), Uint8Array.from(start)] as const;
        for (const mode of ['cbcEncrypt', 'cbcDecrypt', 'ctr'] as const) {
          for (const length of lengths) {
            const data = bytes(length);
            const outputs = [new Uint8Array(length), new Uint8Array(length)] as const;
            native[mode](states[0], data, outputs[0]);
            other[mode](states[1], data, outputs[1]);
            expect(Buffer.compare(outputs[0], outputs[1])).toBe(0);
            expect(toHex(states[0])).toBe(toHex(states[1]));
          }
        }
      }
    }
  });

  it('ends a CTR message inside a block', () => {
    const key = bytes(16);
    for (const length of [1, 15, 17, 65_537]) {
      const [data, counter] = [bytes(length), ff(4)];
      const counters = [Uint8Array.from(counter), Uint8Array.from(counter)] as const;
      const outputs = [new Uint8Array(length), new Uint8Array(length)] as const;
      nodeEngine.sm4(key).ctr(counters[0], data, outputs[0]);
      nobleEngine.sm4(key).ctr(counters[1], data, outputs[1]);
      expect(Buffer.compare(outputs[0], outputs[1])).toBe(0);
      expect(toHex(counters[0])).toBe(toHex(counters[1]));
    }
  });

  it('works in place', () => {
    const key = nodeEngine.sm4(bytes(16));
    const [data, iv] = [bytes(70_000 - (70_000 % 16)), bytes(16)];
    const work = Uint8Array.from(data);
    for (const [forward, back] of [
      ['encryptBlocks', 'decryptBlocks'],
      ['decryptBlocks', 'encryptBlocks'],
    ] as const) {
      key[forward](work, work);
      expect(Buffer.compare(work, data)).not.toBe(0);
      key[back](work, work);
      expect(Buffer.compare(work, data)).toBe(0);
    }
    key.cbcEncrypt(Uint8Array.from(iv), work, work);
    key.cbcDecrypt(Uint8Array.from(iv), work, work);
    key.ctr(Uint8Array.from(iv), work, work);
    key.ctr(Uint8Array.from(iv), work, work);
    expect(Buffer.compare(work, data)).toBe(0);
  });

  it('keeps its own copy of the key and nothing after destroy', () => {
    const key = bytes(16);
    const expected = new Uint8Array(16);
    nodeEngine.sm4(Uint8Array.from(key)).encryptBlocks(new Uint8Array(16), expected);
    const sm4 = nodeEngine.sm4(key);
    key.fill(0);
    const out = new Uint8Array(16);
    sm4.encryptBlocks(new Uint8Array(16), out);
    expect(out).toEqual(expected);
    sm4.destroy();
    sm4.destroy();
    const block = () => new Uint8Array(16);
    for (const call of [
      () => sm4.encryptBlocks(block(), block()),
      () => sm4.decryptBlocks(block(), block()),
      () => sm4.cbcEncrypt(block(), block(), block()),
      () => sm4.cbcDecrypt(block(), block(), block()),
      () => sm4.ctr(block(), block(), block()),
    ]) {
      expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
    }
  });
});

/** A counter whose low `count` bytes are ff, so that the next block carries out of them. */
function ff(count: number): Uint8Array {
  const counter = new Uint8Array(16).fill(0x11);
  return counter.fill(0xff, 16 - count);
}

import { describe, expect, it } from 'vitest';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import { createSm2, createSm4, Secret, toHex, utf8 } from '../src/index.ts';
import { systemRandom } from '../src/random.ts';
import { encode, fromBig, N, P } from './support/affine.ts';
import { seededBytes } from './support/seeded.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bytes = seededBytes('sm-crypto');

describe('sm-crypto', () => {
  const sm2 = createSm2(smCryptoEngine);
  const pair = sm2.generateKeyPair();

  it('refuses CTR, GCM and a nonce of the caller by name [part of EDGE-011]', () => {
    const key = Secret.take(bytes(16));
    const random = { fill: (out: Uint8Array) => void out.fill(1) };
    const refused = code('ERR_ENGINE_CAPABILITY');
    expect(() => createSm4(smCryptoEngine).ctr(key, bytes(16), bytes(3))).toThrow(refused);
    expect(() => createSm4(smCryptoEngine).gcm(key)).toThrow(refused);
    expect(() => smCryptoEngine.sm4(bytes(16)).ctr(bytes(16), bytes(16), bytes(16))).toThrow(refused);
    expect(() => smCryptoEngine.sm4Gcm(bytes(16))).toThrow(refused);
    expect(() => smCryptoEngine.sm2Multiply(bytes(32), pair.publicKey)).toThrow(refused);
    expect(() => smCryptoEngine.sm2PreparePrivate(bytes(32))).toThrow(refused);
    expect(() => smCryptoEngine.zuc(bytes(16), bytes(16))).toThrow(refused);
    expect(() => sm2.signWith(pair, utf8('m'), { random })).toThrow(refused);
    expect(() => sm2.encrypt(pair.publicKey, utf8('m'), { random })).toThrow(refused);
  });

  it('is given no coordinate that is not below p', () => {
    for (const point of [
      { x: 1n + P, y: 0x9f7a091433a81e3f218f405f792355bf2aa98b5ffa95982f03870800065279a3n },
      { x: P, y: P },
    ]) {
      expect(smCryptoEngine.sm2IsPublicKey(encode(point))).toBe(false);
    }
  });

  it('signs with no private key that is out of range', () => {
    for (const d of [0n, N - 1n, N, 2n ** 256n - 1n]) {
      expect(() => smCryptoEngine.sm2SignDigest(fromBig(d), bytes(32), systemRandom)).toThrow(
        code('ERR_SM2_PRIVATE_KEY_INVALID'),
      );
    }
    expect(() => smCryptoEngine.sm2SignDigest(bytes(31), bytes(32), systemRandom)).toThrow(
      code('ERR_SM2_PRIVATE_KEY_INVALID'),
    );
    for (const d of [1n, N - 2n]) {
      const [key, e] = [fromBig(d), bytes(32)];
      const signature = smCryptoEngine.sm2SignDigest(key, e, systemRandom);
      expect(smCryptoEngine.sm2VerifyDigest(smCryptoEngine.sm2PublicKey(key), e, signature)).toBe(true);
    }
  });

  it('never sends one byte in the clear', () => {
    for (let i = 0; i < 24; i++) {
      const ciphertext = sm2.encrypt(pair.publicKey, Uint8Array.of(i), { format: 'c1c3c2' });
      expect(ciphertext[97]).not.toBe(i);
      expect(toHex(sm2.decrypt(pair.privateKey, ciphertext, { format: 'c1c3c2' }))).toBe(
        toHex(Uint8Array.of(i)),
      );
    }
  });

  it('hashes no more than it can hold', () => {
    const hash = smCryptoEngine.sm3();
    const piece = new Uint8Array(1 << 25);
    hash.update(piece).update(piece);
    expect(() => hash.update(Uint8Array.of(1))).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it('uses no key after destroy', () => {
    const key = smCryptoEngine.sm4(bytes(16));
    key.destroy();
    key.destroy();
    const block = () => bytes(16);
    for (const call of [
      () => key.encryptBlocks(block(), block()),
      () => key.decryptBlocks(block(), block()),
      () => key.cbcEncrypt(block(), block(), block()),
      () => key.cbcDecrypt(block(), new Uint8Array(0), new Uint8Array(0)),
    ]) {
      expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
    }
  });
});

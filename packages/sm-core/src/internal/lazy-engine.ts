import type { SmEngine } from '../spec/v1/engine.ts';

/**
 * An engine that is made when it is first used. Each call pays one branch; the methods
 * need no `this`, so they may be taken off the object.
 *
 * @param make - makes the engine, once; when it throws, the next use tries again
 * @param known - what can be told without making it
 */
export function lazyEngine(
  make: () => SmEngine,
  known: Partial<Pick<SmEngine, 'name' | 'capabilities'>> = {},
): SmEngine {
  let made: SmEngine | undefined;
  const load = (): SmEngine => {
    made = make();
    return made;
  };
  return {
    specVersion: '1',
    get name() {
      return known.name ?? (made ?? load()).name;
    },
    get capabilities() {
      return known.capabilities ?? (made ?? load()).capabilities;
    },
    get profile() {
      return (made ?? load()).profile;
    },
    sm3: () => (made ?? load()).sm3(),
    sm3Digest: (...parts) => (made ?? load()).sm3Digest(...parts),
    sm3Many: (messages) => (made ?? load()).sm3Many(messages),
    sm2PublicKey: (d) => (made ?? load()).sm2PublicKey(d),
    sm2IsPublicKey: (point) => (made ?? load()).sm2IsPublicKey(point),
    sm2Decompress: (compressed) => (made ?? load()).sm2Decompress(compressed),
    sm2SignDigest: (d, e, random) => (made ?? load()).sm2SignDigest(d, e, random),
    sm2VerifyDigest: (publicKey, e, signature) => (made ?? load()).sm2VerifyDigest(publicKey, e, signature),
    sm2PreparePrivate: (d) => (made ?? load()).sm2PreparePrivate(d),
    sm2PreparePublic: (publicKey) => (made ?? load()).sm2PreparePublic(publicKey),
    sm2Encrypt: (publicKey, message, random) => (made ?? load()).sm2Encrypt(publicKey, message, random),
    sm2Decrypt: (d, ciphertext) => (made ?? load()).sm2Decrypt(d, ciphertext),
    sm2Multiply: (d, point) => (made ?? load()).sm2Multiply(d, point),
    sm2ExchangePoint: (input) => (made ?? load()).sm2ExchangePoint(input),
    sm4: (key) => (made ?? load()).sm4(key),
    sm4Gcm: (key) => (made ?? load()).sm4Gcm(key),
    zuc: (key, iv) => (made ?? load()).zuc(key, iv),
  };
}

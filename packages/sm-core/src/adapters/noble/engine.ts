import type { EngineCapability, SmEngine } from '../../spec/v1/engine.ts';
import { NobleSm4Gcm } from './gcm.ts';
import { decrypt, encrypt, isPublicKey, publicKey, signDigest, verifyDigest } from './sm2.ts';
import { sm3Hash } from './sm3.ts';
import { cbc, cryptBlock, ctr, expandKey, reverseKey } from './sm4.ts';

const CAPABILITIES: readonly EngineCapability[] = [
  'sm3',
  'hmac-sm3',
  'sm2.keygen',
  'sm2.sign',
  'sm2.verify',
  'sm2.encrypt',
  'sm2.decrypt',
  'sm2.random',
  'sm4.ecb-block',
  'sm4.cbc',
  'sm4.ctr',
  'sm4.gcm',
];

/**
 * The default engine: SM3 and SM2 on noble-hashes and noble-curves, SM4 our own.
 *
 * BigInt arithmetic is not constant-time; see SECURITY.md.
 */
export const nobleEngine: SmEngine = {
  specVersion: '1',
  name: 'noble',
  capabilities: new Set(CAPABILITIES),
  sm3: sm3Hash,
  sm2PublicKey: publicKey,
  sm2IsPublicKey: isPublicKey,
  sm2SignDigest: signDigest,
  sm2VerifyDigest: verifyDigest,
  sm2Encrypt: (key, message, random) => encrypt(key, message, random, sm3Hash),
  sm2Decrypt: (d, ciphertext) => decrypt(d, ciphertext, sm3Hash),
  sm4Block(key, block, direction) {
    const forward = expandKey(key);
    const rk = direction === 'encrypt' ? forward : reverseKey(forward);
    const out = cryptBlock(rk, block);
    forward.fill(0);
    rk.fill(0);
    return out;
  },
  sm4Cbc: cbc,
  sm4Ctr(key, counter, data) {
    const rk = expandKey(key);
    const out = ctr(rk, counter, data, 128);
    rk.fill(0);
    return out;
  },
  sm4Gcm: (key) => new NobleSm4Gcm(key),
};

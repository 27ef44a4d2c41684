import { refuseAll } from '../../internal/capability.ts';
import type { EngineCapability, SmEngine } from '../../spec/v1/engine.ts';
import { nobleSm4Gcm } from './gcm.ts';
import * as sm2 from './sm2.ts';
import { sm3Digest, sm3Hash, sm3Many } from './sm3.ts';
import { nobleSm4 } from './sm4.ts';
import { zucStream } from './zuc.ts';

const NAME = 'noble';

const CAPABILITIES: readonly EngineCapability[] = [
  'sm3',
  'sm3.many',
  'hmac-sm3',
  'sm2.keygen',
  'sm2.sign',
  'sm2.verify',
  'sm2.encrypt',
  'sm2.decrypt',
  'sm2.random',
  'sm2.multiply',
  'sm2.exchange',
  'sm2.decompress',
  'sm2.prepared-private',
  'sm2.prepared-public',
  'sm4.blocks',
  'sm4.cbc',
  'sm4.ctr',
  'sm4.gcm',
  'zuc',
];

/**
 * The engine in pure TypeScript, for where WebAssembly is barred: SM3 and SM2 on
 * noble-hashes and noble-curves, SM4 and ZUC our own.
 *
 * BigInt arithmetic and tables are not constant-time; see SECURITY.md.
 */
export const nobleEngine: SmEngine = {
  ...refuseAll(NAME),
  specVersion: '1',
  name: NAME,
  capabilities: new Set(CAPABILITIES),
  profile: { path: 'javascript', constantTime: new Set() },
  sm3: sm3Hash,
  sm3Digest,
  sm3Many,
  sm2PublicKey: sm2.publicKey,
  sm2IsPublicKey: sm2.isPublicKey,
  sm2Decompress: sm2.decompress,
  sm2SignDigest: sm2.signDigest,
  sm2VerifyDigest: sm2.verifyDigest,
  sm2PreparePrivate: sm2.preparePrivate,
  sm2PreparePublic: sm2.preparePublic,
  sm2Encrypt: (key, message, random) => sm2.encrypt(key, message, random, sm3Hash),
  sm2Decrypt: (d, ciphertext) => sm2.decrypt(d, ciphertext, sm3Hash),
  sm2Multiply: sm2.multiply,
  sm2ExchangePoint: sm2.exchangePoint,
  sm4: nobleSm4,
  sm4Gcm: nobleSm4Gcm,
  zuc: zucStream,
};

import { ENGINE_CAPABILITIES } from '../../internal/capability.ts';
import type { SmEngine } from '../../spec/v1/engine.ts';
import { nobleSm4Gcm } from './gcm.ts';
import * as sm2 from './sm2.ts';
import { sm3Digest, sm3Hash, sm3Many } from './sm3.ts';
import { nobleSm4 } from './sm4.ts';
import { zucStream } from './zuc.ts';

const NAME = 'noble';

/**
 * The engine in pure TypeScript, for where there is no WebAssembly or a policy bars it: SM2 on
 * noble-curves, SM3, SM4 and ZUC our own.
 *
 * BigInt arithmetic and tables are not constant-time; see SECURITY.md.
 */
export const nobleEngine: SmEngine = {
  specVersion: '1',
  name: NAME,
  capabilities: new Set(ENGINE_CAPABILITIES),
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

import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG, TEE_TYPE, TEE_USAGE } from '../../spec/v1/internal/constants.ts';
import { inside, panics } from '../support.ts';
import {
  ANNEX_KEY,
  DECRYPT,
  DERIVE,
  DIGEST,
  ENCRYPT,
  keyPair,
  MAC,
  SIGN,
  SM4_KEY,
  secretKey,
  sm4Key,
  sm4Operation,
} from './keys.ts';

const SET_KEY = 'xtest 4018; GPD_SPE_010 §6.2.6 TEE_SetOperationKey';
const COPYING = 'GPD_SPE_010 §6.2.8 TEE_CopyOperation';

/** Keys of operations and copies. */
export const operationKeyCases: readonly ConformanceCase<TeeClient>[] = [
  inside('operations.key.copied', SET_KEY, async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM4_ECB_NOPAD, ENCRYPT, 128);
    const key = await sm4Key(t);
    await t.TEE_SetOperationKey(handle, key);
    await t.TEE_FreeTransientObject(key);
    await t.TEE_CipherInit(handle, null);
    // GB/T 32907-2016 annex A.1
    const output = await t.TEE_CipherDoFinal(handle, SM4_KEY);
    expectTrue(output[0] === 0x68 && output[15] === 0x46, 'the operation keeps the key of a freed object');
  }),
  panics('operations.key.cleared', SET_KEY, 'starting after the key was cleared', async (t) => {
    const handle = await sm4Operation(t, TEE_ALG.SM4_CTR, ENCRYPT);
    await t.TEE_SetOperationKey(handle, null);
    return () => t.TEE_CipherInit(handle, new Uint8Array(16));
  }),
  panics('operations.key.type', SET_KEY, 'an HMAC key for SM4', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, ENCRYPT, 128);
    const key = await secretKey(t, TEE_TYPE.HMAC_SM3, SM4_KEY);
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics('operations.key.sm2-type', SET_KEY, 'a key for encryption to sign with', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM2_DSA_SM3, SIGN, 256);
    const key = await keyPair(t, TEE_TYPE.SM2_PKE_KEYPAIR, ANNEX_KEY);
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics('operations.key.not-initialised', SET_KEY, 'a key object without a key', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, ENCRYPT, 128);
    const key = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics('operations.key.usage', SET_KEY, 'a key for decryption to encrypt with', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, ENCRYPT, 128);
    const key = await sm4Key(t);
    await t.TEE_RestrictObjectUsage1(key, TEE_USAGE.DECRYPT);
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics('operations.key.too-large', SET_KEY, 'a key larger than the operation', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.HMAC_SM3, MAC, 128);
    const key = await secretKey(t, TEE_TYPE.HMAC_SM3, new Uint8Array(32));
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics('operations.key.started', SET_KEY, 'a key while a message is under way', async (t) => {
    const handle = await sm4Operation(t, TEE_ALG.SM4_CTR, ENCRYPT);
    await t.TEE_CipherInit(handle, new Uint8Array(16));
    const key = await sm4Key(t);
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics('operations.key.digest', SET_KEY, 'a key for a digest', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0);
    const key = await sm4Key(t);
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics(
    'operations.key.two-for-one',
    'xtest 4018; GPD_SPE_010 §6.2.7 TEE_SetOperationKey2',
    'two keys for one',
    async (t) => {
      const handle = await t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, ENCRYPT, 128);
      const keys = [await sm4Key(t), await sm4Key(t, new Uint8Array(16))] as const;
      return () => t.TEE_SetOperationKey2(handle, ...keys);
    },
  ),
  panics(
    'operations.key.second-missing',
    'xtest 4018; GPD_SPE_010 §6.2.7 TEE_SetOperationKey2',
    'one key and TEE_HANDLE_NULL',
    async (t) => {
      const handle = await t.TEE_AllocateOperation(TEE_ALG.SM2_KEP, DERIVE, 512);
      const key = await keyPair(t, TEE_TYPE.SM2_KEP_KEYPAIR, ANNEX_KEY);
      return () => t.TEE_SetOperationKey2(handle, key, null);
    },
  ),
  panics('operations.copy.other-algorithm', COPYING, 'a copy to another algorithm', async (t) => {
    const source = await sm4Operation(t, TEE_ALG.SM4_CTR, ENCRYPT);
    const target = await t.TEE_AllocateOperation(TEE_ALG.SM4_CBC_NOPAD, ENCRYPT, 128);
    return () => t.TEE_CopyOperation(target, source);
  }),
  panics('operations.copy.other-mode', COPYING, 'a copy to another mode', async (t) => {
    const source = await sm4Operation(t, TEE_ALG.SM4_CTR, ENCRYPT);
    const target = await t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, DECRYPT, 128);
    return () => t.TEE_CopyOperation(target, source);
  }),
  panics('operations.copy.key-too-large', COPYING, 'a copy of a larger key', async (t) => {
    const source = await t.TEE_AllocateOperation(TEE_ALG.HMAC_SM3, MAC, 512);
    await t.TEE_SetOperationKey(source, await secretKey(t, TEE_TYPE.HMAC_SM3, new Uint8Array(64)));
    const target = await t.TEE_AllocateOperation(TEE_ALG.HMAC_SM3, MAC, 256);
    return () => t.TEE_CopyOperation(target, source);
  }),
];

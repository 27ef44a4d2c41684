import type { ConformanceCase } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import {
  TEE_ALG,
  TEE_ECC_CURVE_SM2,
  TEE_HANDLE_FLAG,
  TEE_OPERATION_CLASS,
  TEE_OPERATION_STATE,
  TEE_USAGE,
} from '../../spec/v1/internal/constants.ts';
import { expectEqual, inside, panics, refuses } from '../support.ts';
import {
  DECRYPT,
  DERIVE,
  DIGEST,
  ENCRYPT,
  MAC,
  SIGN,
  SM4_KEY,
  sm4Key,
  sm4Operation,
  VERIFY,
} from './keys.ts';

const ALLOCATE = 'GPD_SPE_010 §6.2.1 TEE_AllocateOperation';
const INFO = 'GPD_SPE_010 §6.2.3 TEE_GetOperationInfo';
const SUPPORTED = 'GPD_SPE_010 §6.2.9 TEE_IsAlgorithmSupported';

/** Life of operations and what they tell. */
export const operationCases: readonly ConformanceCase<TeeClient>[] = [
  refuses(
    'operations.allocate.algorithm',
    ALLOCATE,
    ['NOT_SUPPORTED'],
    'an algorithm that does not exist',
    (t) => {
      return () => t.TEE_AllocateOperation(TEE_ALG.ILLEGAL_VALUE, ENCRYPT, 128);
    },
  ),
  refuses('operations.allocate.mode', ALLOCATE, ['NOT_SUPPORTED'], 'signing with SM4', (t) => {
    return () => t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, SIGN, 128);
  }),
  refuses('operations.allocate.key-size', ALLOCATE, ['NOT_SUPPORTED'], 'SM4 with 192 bits', (t) => {
    return () => t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, ENCRYPT, 192);
  }),
  inside('operations.free.null', 'GPD_SPE_010 §6.2.2 TEE_FreeOperation', async (t) => {
    await t.TEE_FreeOperation(null);
  }),
  panics(
    'operations.free.twice',
    'GPD_SPE_010 §6.2.2 TEE_FreeOperation',
    'freeing an operation twice',
    async (t) => {
      const handle = await t.TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0);
      await t.TEE_FreeOperation(handle);
      return () => t.TEE_FreeOperation(handle);
    },
  ),
  panics(
    'operations.free.forged',
    'GPD_SPE_010 §6.2.2 TEE_FreeOperation',
    'freeing a forged handle',
    async (t) => {
      const forged = await t.forgeHandle();
      return () => t.TEE_FreeOperation(forged);
    },
  ),
  panics('operations.use-after-free', ALLOCATE, 'a digest after its operation was freed', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0);
    await t.TEE_FreeOperation(handle);
    return () => t.TEE_DigestDoFinal(handle, null);
  }),
  inside('operations.info.digest', INFO, async (t) => {
    const info = await t.TEE_GetOperationInfo(await t.TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0));
    expectEqual(info.algorithm, TEE_ALG.SM3, 'the algorithm');
    expectEqual(info.operationClass, TEE_OPERATION_CLASS.DIGEST, 'the class');
    expectEqual(info.mode, DIGEST, 'the mode');
    expectEqual(info.digestLength, 32, 'the length of the digest');
  }),
  inside('operations.info.key', INFO, async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, DECRYPT, 128);
    const before = await t.TEE_GetOperationInfo(handle);
    expectEqual(before.maxKeySize, 128, 'the largest size of a key');
    expectEqual(before.keySize, 0, 'the size of a key that is not set');
    expectEqual(before.handleState & TEE_HANDLE_FLAG.KEY_SET, 0, 'the flag KEY_SET');
    await t.TEE_SetOperationKey(handle, await sm4Key(t));
    const after = await t.TEE_GetOperationInfo(handle);
    expectEqual(after.keySize, 128, 'the size of the key');
    expectEqual(after.requiredKeyUsage, TEE_USAGE.DECRYPT, 'the usage required');
    expectEqual(after.handleState & TEE_HANDLE_FLAG.KEY_SET, TEE_HANDLE_FLAG.KEY_SET, 'the flag KEY_SET');
  }),
  inside('operations.info.started', INFO, async (t) => {
    const handle = await sm4Operation(t, TEE_ALG.SM4_CTR, ENCRYPT);
    const flag = TEE_HANDLE_FLAG.INITIALIZED;
    expectEqual((await t.TEE_GetOperationInfo(handle)).handleState & flag, 0, 'INITIALIZED before the start');
    await t.TEE_CipherInit(handle, new Uint8Array(16));
    expectEqual((await t.TEE_GetOperationInfo(handle)).handleState & flag, flag, 'INITIALIZED after it');
    await t.TEE_CipherDoFinal(handle, null);
    expectEqual((await t.TEE_GetOperationInfo(handle)).handleState & flag, 0, 'INITIALIZED after the end');
  }),
  inside('operations.info.multiple', 'GPD_SPE_010 §6.2.4 TEE_GetOperationInfoMultiple', async (t) => {
    const info = await t.TEE_GetOperationInfoMultiple(
      await t.TEE_AllocateOperation(TEE_ALG.SM2_KEP, DERIVE, 512),
    );
    expectEqual(info.keyInformation.length, 2, 'keys of the exchange');
    expectEqual(
      info.keyInformation[1]?.requiredKeyUsage,
      TEE_USAGE.DERIVE,
      'the usage required of the second',
    );
    expectEqual(info.operationState, TEE_OPERATION_STATE.INITIAL, 'the state');
    expectEqual(
      info.handleState & TEE_HANDLE_FLAG.EXPECT_TWO_KEYS,
      TEE_HANDLE_FLAG.EXPECT_TWO_KEYS,
      'EXPECT_TWO_KEYS',
    );
  }),
  panics(
    'operations.reset.no-key',
    'GPD_SPE_010 §6.2.5 TEE_ResetOperation',
    'a reset without a key',
    async (t) => {
      const handle = await t.TEE_AllocateOperation(TEE_ALG.SM4_CTR, ENCRYPT, 128);
      return () => t.TEE_ResetOperation(handle);
    },
  ),
  panics(
    'operations.reset.ends',
    'GPD_SPE_010 §6.2.5 TEE_ResetOperation',
    'data after a reset',
    async (t) => {
      const handle = await sm4Operation(t, TEE_ALG.SM4_CTR, ENCRYPT);
      await t.TEE_CipherInit(handle, new Uint8Array(16));
      await t.TEE_ResetOperation(handle);
      return () => t.TEE_CipherUpdate(handle, SM4_KEY);
    },
  ),
  panics('operations.other-class', 'GPD_SPE_010 §6.7.2', 'verifying with a MAC operation', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.HMAC_SM3, MAC, 256);
    return () => t.TEE_AsymmetricVerifyDigest(handle, [], new Uint8Array(32), new Uint8Array(64));
  }),
  inside('operations.supported.mandatory', SUPPORTED, async (t) => {
    const { SM3, HMAC_SM3, SM4_ECB_NOPAD, SM4_CBC_NOPAD, SM4_CTR } = TEE_ALG;
    for (const algorithm of [SM3, HMAC_SM3, SM4_ECB_NOPAD, SM4_CBC_NOPAD, SM4_CTR]) {
      expectEqual(
        await t.TEE_IsAlgorithmSupported(algorithm, 0),
        true,
        `algorithm ${algorithm.toString(16)}`,
      );
    }
    for (const algorithm of [TEE_ALG.SM2_DSA_SM3, TEE_ALG.SM2_KEP, TEE_ALG.SM2_PKE]) {
      expectEqual(
        await t.TEE_IsAlgorithmSupported(algorithm, TEE_ECC_CURVE_SM2),
        true,
        `algorithm ${algorithm.toString(16)}`,
      );
    }
  }),
  inside('operations.supported.not', SUPPORTED, async (t) => {
    expectEqual(
      await t.TEE_IsAlgorithmSupported(TEE_ALG.ILLEGAL_VALUE, 0),
      false,
      'an algorithm that does not exist',
    );
    expectEqual(await t.TEE_IsAlgorithmSupported(TEE_ALG.SM2_PKE, 3), false, 'SM2 on the curve NIST P-256');
  }),
  inside('operations.verify.mode', ALLOCATE, async (t) => {
    const info = await t.TEE_GetOperationInfo(
      await t.TEE_AllocateOperation(TEE_ALG.SM2_DSA_SM3, VERIFY, 256),
    );
    expectEqual(info.operationClass, TEE_OPERATION_CLASS.ASYMMETRIC_SIGNATURE, 'the class');
    expectEqual(info.mode, VERIFY, 'the mode');
  }),
];

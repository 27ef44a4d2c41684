/**
 * UUID of the conformance TA: a trusted application a TEE installs for testing so that the client
 * API suite can see parameters arrive. An adapter that has it declares the capability `conformance-ta`.
 *
 * @group Conformance
 */
export const CONFORMANCE_TA_UUID = 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931c';

/**
 * The conformance TAs: one code image under several identities, which differ in their properties.
 *
 * - `main`: single instance, several sessions; `second`: the same again, another application
 * - `multiInstance`: one instance for each session
 * - `singleSession`: one instance with at most one session
 * - `keepAlive`: as `main`, its instance outlives the last session
 * - `limited`: declares no group of the internal API; a TEE without such declarations leaves it out
 * - `trustedOnly`: only trusted applications may open a session; may be left out as well
 *
 * All have the properties `cssi.test.text` = "conformance", `cssi.test.bool` = "true",
 * `cssi.test.number` = "70000", `cssi.test.long` = "5000000000" and `cssi.test.block` = base64 of 01 02 03.
 *
 * @group Conformance
 */
export const CONFORMANCE_TAS = {
  main: CONFORMANCE_TA_UUID,
  second: 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931d',
  multiInstance: 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931e',
  singleSession: 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931f',
  keepAlive: 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a49320',
  limited: 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a49321',
  trustedOnly: 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a49322',
} as const;

/**
 * Commands of the conformance TA. Opening a session takes no parameters, or 0 value inout, which
 * comes back as (a + 1, b + 1), and with it optionally 1 value in: a = 1 panics in the entry point,
 * a = 2 answers with the result b.
 *
 * - VALUES: 0 value in; 1 value out = (b, a) of 0; 2 value inout = (a + 1, b + 1), modulo 2^32
 * - COPY: 0 memory in; 1 memory out = 0
 * - INVERT: 0 memory inout, every bit inverted
 * - COUNT: 0 value out, a = how often COUNT was called in this session
 * - PANIC: the application dies
 * - WAIT: 0 value in, a = milliseconds (at most 10,000) the application is busy before it answers;
 *   it does not look at cancellation
 * - CALL: 0 memory in = program, 1 memory out = answers (`conformance-call.ts`); 2 and 3 are anything,
 *   the program may use their memory
 * - RESULT: 0 value in, a = the result the command answers with
 * - INVERT_ALL: as INVERT on four parameters of any memory types: inputs are read, outputs are filled
 *   with the inverse of the concatenated inputs as far as they reach
 *
 * @group Conformance
 */
export const CONFORMANCE_COMMANDS = {
  VALUES: 1,
  COPY: 2,
  INVERT: 3,
  COUNT: 4,
  PANIC: 5,
  WAIT: 6,
  CALL: 7,
  RESULT: 8,
  INVERT_ALL: 9,
} as const;

/**
 * Numbers of the internal API's functions in a program of CALL. Arguments are those of C in their
 * order, without output pointers; a C length of an output buffer is a number after them or is left out.
 *
 * @standard GPD_SPE_010 v1.3.1
 * @group Conformance
 */
export const REMOTE_FUNCTIONS = {
  TEE_GetPropertyAsString: 0x0101,
  TEE_GetPropertyAsBool: 0x0102,
  TEE_GetPropertyAsU32: 0x0103,
  TEE_GetPropertyAsU64: 0x0104,
  TEE_GetPropertyAsBinaryBlock: 0x0105,
  TEE_GetPropertyAsUUID: 0x0106,
  TEE_GetPropertyAsIdentity: 0x0107,
  TEE_AllocatePropertyEnumerator: 0x0108,
  TEE_FreePropertyEnumerator: 0x0109,
  TEE_StartPropertyEnumerator: 0x010a,
  TEE_ResetPropertyEnumerator: 0x010b,
  TEE_GetPropertyName: 0x010c,
  TEE_GetNextProperty: 0x010d,
  TEE_Panic: 0x0201,
  TEE_GetCancellationFlag: 0x0202,
  TEE_UnmaskCancellation: 0x0203,
  TEE_MaskCancellation: 0x0204,
  TEE_OpenTASession: 0x0301,
  TEE_CloseTASession: 0x0302,
  TEE_InvokeTACommand: 0x0303,
  TEE_CheckMemoryAccessRights: 0x0401,
  TEE_SetInstanceData: 0x0402,
  TEE_GetInstanceData: 0x0403,
  TEE_Malloc: 0x0404,
  TEE_Realloc: 0x0405,
  TEE_Free: 0x0406,
  TEE_MemMove: 0x0407,
  TEE_MemCompare: 0x0408,
  TEE_MemFill: 0x0409,
  TEE_GetObjectInfo1: 0x0501,
  TEE_RestrictObjectUsage1: 0x0502,
  TEE_GetObjectBufferAttribute: 0x0503,
  TEE_GetObjectValueAttribute: 0x0504,
  TEE_CloseObject: 0x0505,
  TEE_AllocateTransientObject: 0x0506,
  TEE_FreeTransientObject: 0x0507,
  TEE_ResetTransientObject: 0x0508,
  TEE_PopulateTransientObject: 0x0509,
  TEE_InitRefAttribute: 0x050a,
  TEE_InitValueAttribute: 0x050b,
  TEE_CopyObjectAttributes1: 0x050c,
  TEE_GenerateKey: 0x050d,
  TEE_OpenPersistentObject: 0x0601,
  TEE_CreatePersistentObject: 0x0602,
  TEE_CloseAndDeletePersistentObject1: 0x0603,
  TEE_RenamePersistentObject: 0x0604,
  TEE_AllocatePersistentObjectEnumerator: 0x0605,
  TEE_FreePersistentObjectEnumerator: 0x0606,
  TEE_ResetPersistentObjectEnumerator: 0x0607,
  TEE_StartPersistentObjectEnumerator: 0x0608,
  TEE_GetNextPersistentObject: 0x0609,
  TEE_ReadObjectData: 0x060a,
  TEE_WriteObjectData: 0x060b,
  TEE_TruncateObjectData: 0x060c,
  TEE_SeekObjectData: 0x060d,
  TEE_AllocateOperation: 0x0701,
  TEE_FreeOperation: 0x0702,
  TEE_GetOperationInfo: 0x0703,
  TEE_GetOperationInfoMultiple: 0x0704,
  TEE_ResetOperation: 0x0705,
  TEE_SetOperationKey: 0x0706,
  TEE_SetOperationKey2: 0x0707,
  TEE_CopyOperation: 0x0708,
  TEE_IsAlgorithmSupported: 0x0709,
  TEE_DigestUpdate: 0x070a,
  TEE_DigestDoFinal: 0x070b,
  TEE_DigestExtract: 0x070c,
  TEE_CipherInit: 0x070d,
  TEE_CipherUpdate: 0x070e,
  TEE_CipherDoFinal: 0x070f,
  TEE_MACInit: 0x0710,
  TEE_MACUpdate: 0x0711,
  TEE_MACComputeFinal: 0x0712,
  TEE_MACCompareFinal: 0x0713,
  TEE_AEInit: 0x0714,
  TEE_AEUpdateAAD: 0x0715,
  TEE_AEUpdate: 0x0716,
  TEE_AEEncryptFinal: 0x0717,
  TEE_AEDecryptFinal: 0x0718,
  TEE_AsymmetricEncrypt: 0x0719,
  TEE_AsymmetricDecrypt: 0x071a,
  TEE_AsymmetricSignDigest: 0x071b,
  TEE_AsymmetricVerifyDigest: 0x071c,
  TEE_DeriveKey: 0x071d,
  TEE_GenerateRandom: 0x071e,
  TEE_GetSystemTime: 0x0801,
  TEE_Wait: 0x0802,
  TEE_GetTAPersistentTime: 0x0803,
  TEE_SetTAPersistentTime: 0x0804,
  TEE_GetREETime: 0x0805,
  TEE_BigIntSizeInU32: 0x0901,
  TEE_BigIntFMMSizeInU32: 0x0902,
  TEE_BigIntFMMContextSizeInU32: 0x0903,
  TEE_BigIntInit: 0x0904,
  TEE_BigIntInitFMMContext1: 0x0905,
  TEE_BigIntInitFMM: 0x0906,
  TEE_BigIntConvertFromOctetString: 0x0907,
  TEE_BigIntConvertToOctetString: 0x0908,
  TEE_BigIntConvertFromS32: 0x0909,
  TEE_BigIntConvertToS32: 0x090a,
  TEE_BigIntCmp: 0x090b,
  TEE_BigIntCmpS32: 0x090c,
  TEE_BigIntShiftRight: 0x090d,
  TEE_BigIntGetBit: 0x090e,
  TEE_BigIntGetBitCount: 0x090f,
  TEE_BigIntSetBit: 0x0910,
  TEE_BigIntAssign: 0x0911,
  TEE_BigIntAbs: 0x0912,
  TEE_BigIntAdd: 0x0913,
  TEE_BigIntSub: 0x0914,
  TEE_BigIntNeg: 0x0915,
  TEE_BigIntMul: 0x0916,
  TEE_BigIntSquare: 0x0917,
  TEE_BigIntDiv: 0x0918,
  TEE_BigIntMod: 0x0919,
  TEE_BigIntAddMod: 0x091a,
  TEE_BigIntSubMod: 0x091b,
  TEE_BigIntMulMod: 0x091c,
  TEE_BigIntSquareMod: 0x091d,
  TEE_BigIntInvMod: 0x091e,
  TEE_BigIntExpMod: 0x091f,
  TEE_BigIntRelativePrime: 0x0920,
  TEE_BigIntComputeExtendedGcd: 0x0921,
  TEE_BigIntIsProbablePrime: 0x0922,
  TEE_BigIntConvertToFMM: 0x0923,
  TEE_BigIntConvertFromFMM: 0x0924,
  TEE_BigIntComputeFMM: 0x0925,
} as const;

/** Name of a function of the internal API that CALL knows. @group Conformance */
export type RemoteFunctionName = keyof typeof REMOTE_FUNCTIONS;

/**
 * Functions of the conformance TA itself in a program of CALL.
 *
 * - NEW_WORDS (count): memory for a big integer of `count` 32-bit words, all bits set; a handle
 * - GET_MEMORY (handle or parameter, offset, size): bytes
 * - SET_MEMORY (handle or parameter, offset, bytes)
 * - FAULT (kind): 0 reads and 1 calls what is not there (NULL), 2 never stops recursing
 * - FORGE_HANDLE (): a handle the TEE never gave out
 *
 * @group Conformance
 */
export const REMOTE_HELPERS = {
  NEW_WORDS: 0xf001,
  GET_MEMORY: 0xf002,
  SET_MEMORY: 0xf003,
  FAULT: 0xf004,
  FORGE_HANDLE: 0xf005,
} as const;

/**
 * Results that are structures: their fields in the order of the record in the answer.
 *
 * @group Conformance
 */
export const REMOTE_RECORDS: Readonly<Partial<Record<RemoteFunctionName, readonly string[]>>> = {
  TEE_GetPropertyAsIdentity: ['login', 'uuid'],
  TEE_GetObjectInfo1: [
    'objectType',
    'objectSize',
    'maxObjectSize',
    'objectUsage',
    'dataSize',
    'dataPosition',
    'handleFlags',
  ],
  TEE_GetObjectValueAttribute: ['a', 'b'],
  TEE_GetOperationInfo: [
    'algorithm',
    'operationClass',
    'mode',
    'digestLength',
    'maxKeySize',
    'keySize',
    'requiredKeyUsage',
    'handleState',
  ],
  TEE_AEEncryptFinal: ['destData', 'tag'],
  TEE_GetSystemTime: ['seconds', 'millis'],
  TEE_GetTAPersistentTime: ['seconds', 'millis'],
  TEE_GetREETime: ['seconds', 'millis'],
};

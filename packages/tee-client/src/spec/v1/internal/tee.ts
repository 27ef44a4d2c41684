import type { TeecUuid } from '../uuid.ts';

/**
 * How GlobalPlatform's C functions look to a trusted application here:
 *
 * - a function that returns TEE_Result returns its outputs and throws {@link TeeError} instead;
 * - where C takes an output buffer with its length, the optional last number `size` is that length:
 *   a longer output throws SHORT_BUFFER with `required`; without it every length fits;
 * - handles are opaque frozen objects, TEE_HANDLE_NULL is `null`;
 * - what panics in C panics here: the instance is dead, whatever the application catches.
 */

/** Handle of an object (对象句柄). @group Internal Core API */
export interface TEE_ObjectHandle {
  readonly kind: 'object';
}
/** Handle of an operation (操作句柄). @group Internal Core API */
export interface TEE_OperationHandle {
  readonly kind: 'operation';
}
/** Handle of a session with another trusted application. @group Internal Core API */
export interface TEE_TASessionHandle {
  readonly kind: 'session';
}
/** Handle of an enumerator of persistent objects. @group Internal Core API */
export interface TEE_ObjectEnumHandle {
  readonly kind: 'object-enumerator';
}
/** Handle of an enumerator of properties. @group Internal Core API */
export interface TEE_PropEnumHandle {
  readonly kind: 'property-enumerator';
}

/** A value parameter; outputs are assigned. @group Internal Core API */
export interface TEE_ValueParam {
  readonly type: 1 | 2 | 3;
  a: number;
  b: number;
}
/**
 * A memory parameter. `buffer` is the trusted side's own copy: the input for MEMREF_INPUT, zeroes
 * (or the input) of `size` bytes for outputs. An entry point writes into `buffer` and sets `size`
 * to what it wrote; to ask for more it sets `size` to what is required and throws SHORT_BUFFER.
 * @group Internal Core API
 */
export interface TEE_MemrefParam {
  readonly type: 5 | 6 | 7;
  readonly buffer: Uint8Array;
  size: number;
}
/** An unused parameter. @group Internal Core API */
export interface TEE_NoneParam {
  readonly type: 0;
}
/** One of the four parameters. @standard GPD_SPE_010 v1.3.1 §4.2.5 @group Internal Core API */
export type TEE_Param = TEE_NoneParam | TEE_ValueParam | TEE_MemrefParam;
/** Always four. @group Internal Core API */
export type TEE_Params = readonly [TEE_Param, TEE_Param, TEE_Param, TEE_Param];

/** Who calls. @standard GPD_SPE_010 v1.3.1 §4.2.2 @group Internal Core API */
export interface TEE_Identity {
  readonly login: number;
  readonly uuid: TeecUuid;
}
/** Seconds and milliseconds. @standard GPD_SPE_010 v1.3.1 §7.1 @group Internal Core API */
export interface TEE_Time {
  readonly seconds: number;
  readonly millis: number;
}
/** An attribute: bytes, or two numbers where bit 29 of the identifier is set. @group Internal Core API */
export type TEE_Attribute =
  | { readonly attributeID: number; readonly content: Uint8Array }
  | { readonly attributeID: number; readonly a: number; readonly b: number };
/** @standard GPD_SPE_010 v1.3.1 §5.2 @group Internal Core API */
export interface TEE_ObjectInfo {
  readonly objectType: number;
  readonly objectSize: number;
  readonly maxObjectSize: number;
  readonly objectUsage: number;
  readonly dataSize: number;
  readonly dataPosition: number;
  readonly handleFlags: number;
}
/** @standard GPD_SPE_010 v1.3.1 §6.1 @group Internal Core API */
export interface TEE_OperationInfo {
  readonly algorithm: number;
  readonly operationClass: number;
  readonly mode: number;
  readonly digestLength: number;
  readonly maxKeySize: number;
  readonly keySize: number;
  readonly requiredKeyUsage: number;
  readonly handleState: number;
}
/** @standard GPD_SPE_010 v1.3.1 §6.1 @group Internal Core API */
export interface TEE_OperationInfoMultiple extends TEE_OperationInfo {
  readonly operationState: number;
  readonly keyInformation: readonly { readonly keySize: number; readonly requiredKeyUsage: number }[];
}

/** A property set: one of TEE_PROPSET or an enumerator. @group Internal Core API */
export type TEE_PropSet = number | TEE_PropEnumHandle;

/** Properties (属性). @standard GPD_SPE_010 v1.3.1 §4.4 @group Internal Core API */
export interface TeeProperties {
  TEE_GetPropertyAsString(set: TEE_PropSet, name: string | null, size?: number): string;
  TEE_GetPropertyAsBool(set: TEE_PropSet, name: string | null): boolean;
  TEE_GetPropertyAsU32(set: TEE_PropSet, name: string | null): number;
  TEE_GetPropertyAsU64(set: TEE_PropSet, name: string | null): bigint;
  TEE_GetPropertyAsBinaryBlock(set: TEE_PropSet, name: string | null, size?: number): Uint8Array;
  TEE_GetPropertyAsUUID(set: TEE_PropSet, name: string | null): TeecUuid;
  TEE_GetPropertyAsIdentity(set: TEE_PropSet, name: string | null): TEE_Identity;
  TEE_AllocatePropertyEnumerator(): TEE_PropEnumHandle;
  TEE_FreePropertyEnumerator(enumerator: TEE_PropEnumHandle): void;
  TEE_StartPropertyEnumerator(enumerator: TEE_PropEnumHandle, set: number): void;
  TEE_ResetPropertyEnumerator(enumerator: TEE_PropEnumHandle): void;
  TEE_GetPropertyName(enumerator: TEE_PropEnumHandle, size?: number): string;
  TEE_GetNextProperty(enumerator: TEE_PropEnumHandle): void;
}

/** @standard GPD_SPE_010 v1.3.1 §4.8, §4.10 @group Internal Core API */
export interface TeeControl {
  TEE_Panic(panicCode: number): never;
  TEE_GetCancellationFlag(): boolean;
  /** Returns whether cancellation was masked before. */
  TEE_UnmaskCancellation(): boolean;
  TEE_MaskCancellation(): boolean;
}

/** @standard GPD_SPE_010 v1.3.1 §4.9 @group Internal Core API */
export interface TeeInternalClient {
  /** Parameters of the call are updated in place. @throws {@link TeeError} with `origin` */
  TEE_OpenTASession(destination: TeecUuid, timeout: number, params: TEE_Params): TEE_TASessionHandle;
  TEE_CloseTASession(session: TEE_TASessionHandle | null): void;
  TEE_InvokeTACommand(
    session: TEE_TASessionHandle,
    timeout: number,
    commandID: number,
    params: TEE_Params,
  ): void;
}

/** Memory within the quota of the manifest. @standard GPD_SPE_010 v1.3.1 §4.11 @group Internal Core API */
export interface TeeMemory {
  TEE_CheckMemoryAccessRights(accessFlags: number, buffer: Uint8Array | null, size: number): void;
  TEE_SetInstanceData(data: unknown): void;
  TEE_GetInstanceData(): unknown;
  /** `null` when the quota is used up. */
  TEE_Malloc(size: number, hint: number): Uint8Array | null;
  TEE_Realloc(buffer: Uint8Array | null, newSize: number): Uint8Array | null;
  /** Zeroes the buffer and gives its bytes back to the quota. */
  TEE_Free(buffer: Uint8Array | null): void;
  TEE_MemMove(dest: Uint8Array, src: Uint8Array, size: number): void;
  /** Constant time in the contents. */
  TEE_MemCompare(buffer1: Uint8Array, buffer2: Uint8Array, size: number): number;
  TEE_MemFill(buffer: Uint8Array, x: number, size: number): void;
}

/** @standard GPD_SPE_010 v1.3.1 §5.5–5.6 @group Internal Core API */
export interface TeeObjects {
  TEE_GetObjectInfo1(object: TEE_ObjectHandle): TEE_ObjectInfo;
  TEE_RestrictObjectUsage1(object: TEE_ObjectHandle, objectUsage: number): void;
  TEE_GetObjectBufferAttribute(object: TEE_ObjectHandle, attributeID: number, size?: number): Uint8Array;
  TEE_GetObjectValueAttribute(
    object: TEE_ObjectHandle,
    attributeID: number,
  ): { readonly a: number; readonly b: number };
  TEE_CloseObject(object: TEE_ObjectHandle | null): void;
  TEE_AllocateTransientObject(objectType: number, maxObjectSize: number): TEE_ObjectHandle;
  TEE_FreeTransientObject(object: TEE_ObjectHandle | null): void;
  TEE_ResetTransientObject(object: TEE_ObjectHandle | null): void;
  TEE_PopulateTransientObject(object: TEE_ObjectHandle, attrs: readonly TEE_Attribute[]): void;
  TEE_InitRefAttribute(attributeID: number, content: Uint8Array): TEE_Attribute;
  TEE_InitValueAttribute(attributeID: number, a: number, b: number): TEE_Attribute;
  TEE_CopyObjectAttributes1(destObject: TEE_ObjectHandle, srcObject: TEE_ObjectHandle): void;
  TEE_GenerateKey(object: TEE_ObjectHandle, keySize: number, params: readonly TEE_Attribute[]): void;
}

/** @standard GPD_SPE_010 v1.3.1 §5.7–5.9 @group Internal Core API */
export interface TeeStorage {
  TEE_OpenPersistentObject(storageID: number, objectID: Uint8Array, flags: number): TEE_ObjectHandle;
  TEE_CreatePersistentObject(
    storageID: number,
    objectID: Uint8Array,
    flags: number,
    attributes: TEE_ObjectHandle | null,
    initialData: Uint8Array | null,
  ): TEE_ObjectHandle;
  TEE_CloseAndDeletePersistentObject1(object: TEE_ObjectHandle | null): void;
  TEE_RenamePersistentObject(object: TEE_ObjectHandle, newObjectID: Uint8Array): void;
  TEE_AllocatePersistentObjectEnumerator(): TEE_ObjectEnumHandle;
  TEE_FreePersistentObjectEnumerator(enumerator: TEE_ObjectEnumHandle | null): void;
  TEE_ResetPersistentObjectEnumerator(enumerator: TEE_ObjectEnumHandle | null): void;
  /** @throws {@link TeeError} ITEM_NOT_FOUND when there is no object */
  TEE_StartPersistentObjectEnumerator(enumerator: TEE_ObjectEnumHandle, storageID: number): void;
  /** @throws {@link TeeError} ITEM_NOT_FOUND at the end */
  TEE_GetNextPersistentObject(enumerator: TEE_ObjectEnumHandle): {
    readonly objectInfo: TEE_ObjectInfo;
    readonly objectID: Uint8Array;
  };
  /** Up to `size` bytes; fewer at the end. */
  TEE_ReadObjectData(object: TEE_ObjectHandle, size: number): Uint8Array;
  TEE_WriteObjectData(object: TEE_ObjectHandle, buffer: Uint8Array): void;
  TEE_TruncateObjectData(object: TEE_ObjectHandle, size: number): void;
  TEE_SeekObjectData(object: TEE_ObjectHandle, offset: number, whence: number): void;
}

/** @standard GPD_SPE_010 v1.3.1 §6.2–6.9 @group Internal Core API */
export interface TeeCryptography {
  TEE_AllocateOperation(algorithm: number, mode: number, maxKeySize: number): TEE_OperationHandle;
  TEE_FreeOperation(operation: TEE_OperationHandle | null): void;
  TEE_GetOperationInfo(operation: TEE_OperationHandle): TEE_OperationInfo;
  TEE_GetOperationInfoMultiple(operation: TEE_OperationHandle): TEE_OperationInfoMultiple;
  TEE_ResetOperation(operation: TEE_OperationHandle): void;
  TEE_SetOperationKey(operation: TEE_OperationHandle, key: TEE_ObjectHandle | null): void;
  TEE_SetOperationKey2(
    operation: TEE_OperationHandle,
    key1: TEE_ObjectHandle | null,
    key2: TEE_ObjectHandle | null,
  ): void;
  TEE_CopyOperation(dst: TEE_OperationHandle, src: TEE_OperationHandle): void;
  TEE_IsAlgorithmSupported(algId: number, element: number): boolean;
  TEE_DigestUpdate(operation: TEE_OperationHandle, chunk: Uint8Array): void;
  TEE_DigestDoFinal(operation: TEE_OperationHandle, chunk: Uint8Array | null, size?: number): Uint8Array;
  TEE_DigestExtract(operation: TEE_OperationHandle, size: number): Uint8Array;
  TEE_CipherInit(operation: TEE_OperationHandle, iv: Uint8Array | null): void;
  TEE_CipherUpdate(operation: TEE_OperationHandle, srcData: Uint8Array, size?: number): Uint8Array;
  TEE_CipherDoFinal(operation: TEE_OperationHandle, srcData: Uint8Array | null, size?: number): Uint8Array;
  TEE_MACInit(operation: TEE_OperationHandle, iv: Uint8Array | null): void;
  TEE_MACUpdate(operation: TEE_OperationHandle, chunk: Uint8Array): void;
  TEE_MACComputeFinal(operation: TEE_OperationHandle, message: Uint8Array | null, size?: number): Uint8Array;
  /** @throws {@link TeeError} MAC_INVALID */
  TEE_MACCompareFinal(operation: TEE_OperationHandle, message: Uint8Array | null, mac: Uint8Array): void;
  /** `tagLen` in bits. */
  TEE_AEInit(
    operation: TEE_OperationHandle,
    nonce: Uint8Array,
    tagLen: number,
    AADLen: number,
    payloadLen: number,
  ): void;
  TEE_AEUpdateAAD(operation: TEE_OperationHandle, AADdata: Uint8Array): void;
  TEE_AEUpdate(operation: TEE_OperationHandle, srcData: Uint8Array, size?: number): Uint8Array;
  TEE_AEEncryptFinal(
    operation: TEE_OperationHandle,
    srcData: Uint8Array | null,
    size?: number,
    tagSize?: number,
  ): { readonly destData: Uint8Array; readonly tag: Uint8Array };
  /** @throws {@link TeeError} MAC_INVALID; nothing of the plaintext is given out then */
  TEE_AEDecryptFinal(
    operation: TEE_OperationHandle,
    srcData: Uint8Array | null,
    tag: Uint8Array,
    size?: number,
  ): Uint8Array;
  TEE_AsymmetricEncrypt(
    operation: TEE_OperationHandle,
    params: readonly TEE_Attribute[],
    srcData: Uint8Array,
    size?: number,
  ): Uint8Array;
  TEE_AsymmetricDecrypt(
    operation: TEE_OperationHandle,
    params: readonly TEE_Attribute[],
    srcData: Uint8Array,
    size?: number,
  ): Uint8Array;
  TEE_AsymmetricSignDigest(
    operation: TEE_OperationHandle,
    params: readonly TEE_Attribute[],
    digest: Uint8Array,
    size?: number,
  ): Uint8Array;
  /** @throws {@link TeeError} SIGNATURE_INVALID */
  TEE_AsymmetricVerifyDigest(
    operation: TEE_OperationHandle,
    params: readonly TEE_Attribute[],
    digest: Uint8Array,
    signature: Uint8Array,
  ): void;
  TEE_DeriveKey(
    operation: TEE_OperationHandle,
    params: readonly TEE_Attribute[],
    derivedKey: TEE_ObjectHandle,
  ): void;
  TEE_GenerateRandom(size: number): Uint8Array;
}

/** @standard GPD_SPE_010 v1.3.1 §7 @group Internal Core API */
export interface TeeTime {
  TEE_GetSystemTime(): TEE_Time;
  /** @throws {@link TeeError} CANCEL */
  TEE_Wait(timeout: number): void;
  /** @throws {@link TeeError} TIME_NOT_SET, TIME_NEEDS_RESET, OVERFLOW */
  TEE_GetTAPersistentTime(): TEE_Time;
  TEE_SetTAPersistentTime(time: TEE_Time): void;
  TEE_GetREETime(): TEE_Time;
}

/** A big integer in the application's memory. @standard GPD_SPE_010 v1.3.1 §8.3 @group Internal Core API */
export type TEE_BigInt = Uint32Array;
/** @group Internal Core API */
export type TEE_BigIntFMM = Uint32Array;
/** @group Internal Core API */
export type TEE_BigIntFMMContext = Uint32Array;

/** Arithmetic (大数运算). @standard GPD_SPE_010 v1.3.1 §8 @group Internal Core API */
export interface TeeArithmetic {
  TEE_BigIntSizeInU32(sizeInBits: number): number;
  TEE_BigIntFMMSizeInU32(modulusSizeInBits: number): number;
  TEE_BigIntFMMContextSizeInU32(modulusSizeInBits: number): number;
  TEE_BigIntInit(bigInt: TEE_BigInt, len: number): void;
  TEE_BigIntInitFMMContext1(context: TEE_BigIntFMMContext, len: number, modulus: TEE_BigInt): void;
  TEE_BigIntInitFMM(bigIntFMM: TEE_BigIntFMM, len: number): void;
  TEE_BigIntConvertFromOctetString(dest: TEE_BigInt, buffer: Uint8Array, sign: number): void;
  TEE_BigIntConvertToOctetString(bigInt: TEE_BigInt, size?: number): Uint8Array;
  TEE_BigIntConvertFromS32(dest: TEE_BigInt, shortVal: number): void;
  TEE_BigIntConvertToS32(src: TEE_BigInt): number;
  TEE_BigIntCmp(op1: TEE_BigInt, op2: TEE_BigInt): number;
  TEE_BigIntCmpS32(op: TEE_BigInt, shortVal: number): number;
  TEE_BigIntShiftRight(dest: TEE_BigInt, op: TEE_BigInt, bits: number): void;
  TEE_BigIntGetBit(src: TEE_BigInt, bitIndex: number): boolean;
  TEE_BigIntGetBitCount(src: TEE_BigInt): number;
  TEE_BigIntSetBit(op: TEE_BigInt, bitIndex: number, value: boolean): void;
  TEE_BigIntAssign(dest: TEE_BigInt, src: TEE_BigInt): void;
  TEE_BigIntAbs(dest: TEE_BigInt, src: TEE_BigInt): void;
  TEE_BigIntAdd(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntSub(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntNeg(dest: TEE_BigInt, op: TEE_BigInt): void;
  TEE_BigIntMul(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntSquare(dest: TEE_BigInt, op: TEE_BigInt): void;
  TEE_BigIntDiv(dest_q: TEE_BigInt | null, dest_r: TEE_BigInt | null, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntMod(dest: TEE_BigInt, op: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntAddMod(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntSubMod(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntMulMod(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntSquareMod(dest: TEE_BigInt, op: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntInvMod(dest: TEE_BigInt, op: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntExpMod(
    dest: TEE_BigInt,
    op1: TEE_BigInt,
    op2: TEE_BigInt,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext | null,
  ): void;
  TEE_BigIntRelativePrime(op1: TEE_BigInt, op2: TEE_BigInt): boolean;
  TEE_BigIntComputeExtendedGcd(
    gcd: TEE_BigInt,
    u: TEE_BigInt | null,
    v: TEE_BigInt | null,
    op1: TEE_BigInt,
    op2: TEE_BigInt,
  ): void;
  /** -1 probably prime, 0 composite, 1 prime for certain. */
  TEE_BigIntIsProbablePrime(op: TEE_BigInt, confidenceLevel: number): number;
  TEE_BigIntConvertToFMM(
    dest: TEE_BigIntFMM,
    src: TEE_BigInt,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext,
  ): void;
  TEE_BigIntConvertFromFMM(
    dest: TEE_BigInt,
    src: TEE_BigIntFMM,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext,
  ): void;
  TEE_BigIntComputeFMM(
    dest: TEE_BigIntFMM,
    op1: TEE_BigIntFMM,
    op2: TEE_BigIntFMM,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext,
  ): void;
}

/**
 * What GlobalPlatform leaves to vendors (there: pseudo TAs): keys unique to the application,
 * evidence, secure memory shared with the enclave interface, a log.
 *
 * @group Internal Core API
 */
export interface TeePlatform {
  /** 16 to 64 bytes derived from the hardware-unique key for this application and `label` (1 to 64 bytes). */
  CSSI_DeriveTaKey(label: Uint8Array, size: number): Uint8Array;
  /** Evidence of this application; nonce 16 to 64 bytes, user data up to 64. Needs the API `evidence`. */
  CSSI_GetEvidence(
    nonce: Uint8Array,
    userData: Uint8Array,
  ): { readonly report: Uint8Array; readonly certificates: readonly Uint8Array[] };
  /** The live bytes of a block of secure memory the client allocated in this session. */
  CSSI_GetSecureMemory(id: number): Uint8Array;
  /** A line for the monitor: at most 256 characters, never secret. */
  CSSI_Log(message: string): void;
  /** Needs the API `sockets` and the peer in the manifest's `socketPeers` ("host:port"). */
  CSSI_SocketOpen(host: string, port: number, timeoutMs: number): number;
  CSSI_SocketSend(socket: number, data: Uint8Array): void;
  /** Empty at the end of the stream. */
  CSSI_SocketReceive(socket: number, max: number, timeoutMs: number): Uint8Array;
  CSSI_SocketClose(socket: number): void;
}

/**
 * The TEE Internal Core API v1.3.1 as a trusted application gets it.
 *
 * @standard GPD_SPE_010 v1.3.1
 * @group Internal Core API
 */
export interface Tee
  extends TeeProperties,
    TeeControl,
    TeeInternalClient,
    TeeMemory,
    TeeObjects,
    TeeStorage,
    TeeCryptography,
    TeeTime,
    TeeArithmetic,
    TeePlatform {
  /** Makes the error an entry point answers with. `TeeError` is not reachable otherwise in a compartment. */
  error(result: string | number, required?: number): Error;
}

/**
 * The entry points of a trusted application. They run to their end, one at a time in an instance.
 * What they throw with {@link Tee.error} is the answer; anything else thrown is a panic.
 *
 * @standard GPD_SPE_010 v1.3.1 §4.3
 * @group Internal Core API
 */
export interface TrustedApplication<Session = unknown> {
  TA_CreateEntryPoint?(): void;
  TA_DestroyEntryPoint?(): void;
  /** Returns the session context. */
  TA_OpenSessionEntryPoint(paramTypes: number, params: TEE_Params): Session;
  TA_CloseSessionEntryPoint?(session: Session): void;
  TA_InvokeCommandEntryPoint(
    session: Session,
    commandID: number,
    paramTypes: number,
    params: TEE_Params,
  ): void;
}

/** What the module of a trusted application exports as default. @group Internal Core API */
export type TrustedApplicationFactory = (tee: Tee) => TrustedApplication;

import type {
  TEE_Attribute,
  TEE_ObjectHandle,
  TEE_OperationHandle,
  TEE_OperationInfo,
  TEE_OperationInfoMultiple,
} from './types.ts';

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

import type { TEE_Attribute, TEE_ObjectHandle, TEE_ObjectInfo } from './types.ts';

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

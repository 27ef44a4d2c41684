import type { TeecUuid } from '../uuid.ts';
import type { TEE_Identity, TEE_PropEnumHandle, TEE_PropSet } from './types.ts';

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

import type { TeecUuid } from '../uuid.ts';

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

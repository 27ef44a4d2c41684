import type { TEE_Time } from './types.ts';

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

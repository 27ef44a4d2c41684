import type { RemoteParam } from '../../spec/v1/conformance-call.ts';
import { CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { TEE_TIMEOUT_INFINITE } from '../../spec/v1/internal/constants.ts';
import type { TEE_Param, TEE_Params, TEE_TASessionHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';

export const FOREVER = TEE_TIMEOUT_INFINITE;

export const list = (...params: TEE_Param[]): TEE_Params => {
  const at = (i: number): TEE_Param => params[i] ?? { type: 0 };
  return [at(0), at(1), at(2), at(3)];
};
export const memory = (type: 5 | 6 | 7, buffer: Uint8Array): TEE_Param => ({
  type,
  buffer,
  size: buffer.length,
});
export const value = (type: 1 | 2 | 3, a = 0, b = 0): TEE_Param => ({ type, a, b });
export const text = (param: RemoteParam | undefined): string =>
  param !== undefined && 'a' in param ? `${param.a}, ${param.b}` : 'no value';
export const bytesOf = (param: RemoteParam | undefined): Uint8Array | undefined =>
  param !== undefined && 'buffer' in param ? param.buffer : undefined;

export async function second(t: RemoteTee): Promise<TEE_TASessionHandle> {
  return (await t.TEE_OpenTASession(CONFORMANCE_TAS.second, FOREVER, list())).session;
}

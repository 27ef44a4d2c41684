import { fromHex } from '@cssi/sm-core';
import type { TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import { SM4_KEY, sm4Operation } from './keys.ts';

export const CIPHER = 'xtest 4003; GPD_SPE_010 §6.4';
export const IV = fromHex('000102030405060708090a0b0c0d0e0f');
export const TEXT = fromHex('aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb');
export const CBC_TEXT = fromHex('78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d');

/** A cipher that was started under the key of the standard. */
export async function started(
  t: RemoteTee,
  algorithm: number,
  mode: number,
  iv: Uint8Array | null,
  key: Uint8Array = SM4_KEY,
): Promise<TEE_OperationHandle> {
  const handle = await sm4Operation(t, algorithm, mode, key);
  await t.TEE_CipherInit(handle, iv);
  return handle;
}

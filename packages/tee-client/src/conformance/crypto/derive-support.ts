import { TEE_ATTR, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import type { TEE_Attribute, TEE_ObjectHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';

export const bytesAttribute = (attributeID: number, content: Uint8Array): TEE_Attribute => ({
  attributeID,
  content,
});
export const valueAttribute = (attributeID: number, value: number): TEE_Attribute => ({
  attributeID,
  a: value,
  b: 0,
});

/** An empty secret of `bytes` bytes to derive into. */
export const empty = (t: RemoteTee, bytes: number): Promise<TEE_ObjectHandle> =>
  t.TEE_AllocateTransientObject(TEE_TYPE.GENERIC_SECRET, bytes * 8);
export const secretOf = (t: RemoteTee, object: TEE_ObjectHandle): Promise<Uint8Array> =>
  t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE);

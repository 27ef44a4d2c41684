import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { normalizeUuid, type TeecUuid, uuidFromOctets, uuidToOctets } from '../../../spec/v1/uuid.ts';
import type { FrameReader, FrameWriter } from './bytes.ts';

/** @throws {@link SmError} ERR_TEE_UUID_MALFORMED */
export function writeUuid(out: FrameWriter, uuid: TeecUuid): void {
  if (typeof uuid !== 'string') throw TEE_CLIENT_ERRORS.create('ERR_TEE_UUID_MALFORMED');
  out.bytes(uuidToOctets(normalizeUuid(uuid)));
}

export function readUuid(from: FrameReader): TeecUuid {
  return uuidFromOctets(new Uint8Array(from.bytes(16)));
}

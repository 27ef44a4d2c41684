import { checkBytes, concatBytes, fromHex, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';

const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Name of a trusted application: a UUID as text, lower case where this package gives it out.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_UUID
 * @group UUID
 */
export type TeecUuid = string;

/**
 * Text form of a UUID in lower case; this is how trusted applications are named in this package.
 *
 * @throws {@link SmError} ERR_TEE_UUID_MALFORMED
 * @group UUID
 */
export function normalizeUuid(text: string): TeecUuid {
  if (typeof text !== 'string' || !TEXT.test(text)) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_UUID_MALFORMED');
  }
  return text.toLowerCase();
}

/**
 * The 16 octets in the order of the text (network order), as used in key derivation and file formats.
 *
 * @standard RFC 9562 §4
 * @throws {@link SmError} ERR_TEE_UUID_MALFORMED
 * @group UUID
 */
export function uuidToOctets(text: string): Uint8Array {
  return fromHex(normalizeUuid(text).replaceAll('-', ''));
}

/**
 * Text of 16 octets in network order.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH
 * @group UUID
 */
export function uuidFromOctets(octets: Uint8Array): string {
  const hex = toHex(checkBytes(octets, 'uuid', 16));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** timeLow, timeMid and timeHiAndVersion change byte order; clockSeqAndNode are plain bytes. */
function swapFields(bytes: Uint8Array): Uint8Array {
  // A copy, not slice(): of a Buffer that is a view, and reverse() would turn the caller's bytes round.
  const field = (from: number, to: number) => Uint8Array.from(bytes.subarray(from, to)).reverse();
  return concatBytes(field(0, 4), field(4, 6), field(6, 8), bytes.subarray(8));
}

/**
 * The bytes of the C structure TEEC_UUID in the memory of a little-endian machine.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_UUID
 * @throws {@link SmError} ERR_TEE_UUID_MALFORMED
 * @group UUID
 */
export function uuidToStruct(text: string): Uint8Array {
  return swapFields(uuidToOctets(text));
}

/**
 * Text of a C structure TEEC_UUID read from the memory of a little-endian machine.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH
 * @group UUID
 */
export function uuidFromStruct(struct: Uint8Array): string {
  return uuidFromOctets(swapFields(checkBytes(struct, 'uuid', 16)));
}

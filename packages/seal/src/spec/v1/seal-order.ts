import { concatBytes } from '@cssi/sm-core';
import { SEAL_MAX_BYTES } from './oids.ts';

/** A seal and the document it is to be put on. @group Operations */
export interface SealOrder {
  /** DER of SESeal. */
  readonly seal: Uint8Array;
  /** OFD package. */
  readonly ofd: Uint8Array;
}

const HEADER_BYTES = 4;

/**
 * The request body of `seal.ofd.sign`: length of the seal as four bytes, highest
 * first, then the seal, then the document. A query could not hold a seal.
 *
 * @group Operations
 */
export function encodeSealOrder(order: SealOrder): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, order.seal.length);
  return concatBytes(header, order.seal, order.ofd);
}

/** Takes a body of `seal.ofd.sign` apart, or gives `undefined` when it has another form. @group Operations */
export function decodeSealOrder(body: Uint8Array): SealOrder | undefined {
  if (body.length < HEADER_BYTES) return undefined;
  const length = new DataView(body.buffer, body.byteOffset, body.length).getUint32(0);
  const end = HEADER_BYTES + length;
  if (length === 0 || length > SEAL_MAX_BYTES || end >= body.length) return undefined;
  return { seal: body.subarray(HEADER_BYTES, end), ofd: body.subarray(end) };
}

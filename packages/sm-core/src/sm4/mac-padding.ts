import { SM_CORE_ERRORS } from '../errors.ts';
import { BLOCK, NO_BYTES } from './common.ts';

/**
 * How a message becomes whole blocks for a MAC. `method-1`: zeros, so messages that
 * differ in zeros at the end have one tag. `method-2`: a one bit and zeros, always.
 * `method-3`: the length in bits as a block in front, and zeros. `method-4`: nothing
 * where the message is whole blocks and not empty, else a one bit and zeros. `none`: the
 * message must be whole blocks and not empty.
 *
 * @standard GB/T 15852.1-2020, padding methods (ISO/IEC 9797-1:2011 §6.3)
 */
export type Sm4MacPadding = 'method-1' | 'method-2' | 'method-3' | 'method-4' | 'none';

/** A padded message: `head`‖`body`‖`last`, all whole blocks. */
export interface PaddedMessage {
  /** The length block, or nothing. */
  readonly head: Uint8Array;
  /** What of the message lies before its last block: a view of the caller's bytes. */
  readonly body: Uint8Array;
  /** The last block: a copy to be zeroed. */
  readonly last: Uint8Array;
  /** Was something added to the last block? */
  readonly padded: boolean;
}

/** @throws SmError ERR_INPUT_LENGTH when `none` is asked for what is not whole blocks */
export function padMessage(message: Uint8Array, padding: Sm4MacPadding): PaddedMessage {
  const { length } = message;
  const whole = length > 0 && length % BLOCK === 0;
  if (padding === 'none' && !whole) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=message length=${length} expected=positive multiple of ${BLOCK}`,
    });
  }
  // The last block: a new one where padding always adds, else the last that was begun.
  const start = whole ? (padding === 'method-2' ? length : length - BLOCK) : length & -BLOCK;
  const rest = message.subarray(start);
  const last = new Uint8Array(BLOCK);
  last.set(rest);
  const marked = padding === 'method-2' || padding === 'method-4';
  if (marked && rest.length < BLOCK) last[rest.length] = 0x80;
  let head = NO_BYTES;
  if (padding === 'method-3') {
    head = new Uint8Array(BLOCK);
    // The length in bits, below 2^53, big-endian.
    new DataView(head.buffer).setUint32(8, Math.floor(length / 0x20000000));
    new DataView(head.buffer).setUint32(12, (length << 3) >>> 0);
  }
  return { head, body: message.subarray(0, start), last, padded: rest.length < BLOCK };
}

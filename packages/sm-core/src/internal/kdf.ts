import type { Sm3Hash } from '../spec/v1/engine.ts';

/**
 * Key derivation of the SM2 standard: SM3(Z‖1)‖SM3(Z‖2)‖…, cut to `length` bytes.
 *
 * @standard GB/T 32918.4-2016 §5.4.3
 */
export function kdfSm3(hash: () => Sm3Hash, z: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const prefix = hash().update(z);
  const counter = new Uint8Array(4);
  const view = new DataView(counter.buffer);
  for (let ct = 1, offset = 0; offset < length; ct++, offset += 32) {
    view.setUint32(0, ct, false);
    const block = prefix.clone().update(counter).digest();
    out.set(offset + 32 <= length ? block : block.subarray(0, length - offset), offset);
    block.fill(0);
  }
  prefix.digest().fill(0); // a hash object zeroes its state when it is done
  return out;
}

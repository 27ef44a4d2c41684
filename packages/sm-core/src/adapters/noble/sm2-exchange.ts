import { SM_CORE_ERRORS } from '../../errors.ts';
import type { Sm2ExchangeInput } from '../../spec/v1/engine.ts';
import { decodePoint, encodePoint, fromBig, modN, P, type Point, solveY, toBig } from './sm2-curve.ts';

/** w = ⌈⌈log2 n⌉ / 2⌉ - 1. @standard GB/T 32918.3-2016 §6.1 */
const W = 127n;

/** A point that the façade has checked. */
function checkedPoint(bytes: Uint8Array): Point {
  const point = decodePoint(bytes);
  if (point === undefined) throw SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');
  return point;
}

/** x̄ = 2^w + (x & (2^w - 1)). @standard GB/T 32918.3-2016 §6.1 A4, A6 */
const reduceX = (ephemeral: Uint8Array): bigint => {
  const power = 1n << W;
  return power + (toBig(ephemeral.subarray(1, 33)) & (power - 1n));
};

/** @standard GB/T 32918.1-2016 §4.2.9, Annex B.1.4 */
export function decompress(compressed: Uint8Array): Uint8Array | undefined {
  const prefix = compressed[0];
  if (compressed.length !== 33 || (prefix !== 2 && prefix !== 3)) return undefined;
  const x = toBig(compressed.subarray(1));
  if (x >= P) return undefined;
  const y = solveY(x, prefix === 3);
  if (y === undefined) return undefined;
  const out = new Uint8Array(65);
  out[0] = 4;
  out.set(compressed.subarray(1), 1);
  out.set(fromBig(y), 33);
  return out;
}

/** @standard GB/T 32918.1-2016 §4.1.4 */
export function multiply(d: Uint8Array, point: Uint8Array): Uint8Array {
  return encodePoint(checkedPoint(point).multiply(toBig(d)));
}

/** @standard GB/T 32918.3-2016 §6.1 A5–A7, B4–B6 */
export function exchangePoint(input: Sm2ExchangeInput): Uint8Array | undefined {
  const own = reduceX(input.ephemeralPublicKey); // A4
  const t = modN(toBig(input.privateKey) + own * toBig(input.ephemeralPrivateKey)); // A5
  const other = reduceX(input.peerEphemeralPublicKey); // A6
  // A7: U = [h·t](P_B + [x̄_2]R_B), h = 1; the sum is of public points.
  const peerEphemeral = checkedPoint(input.peerEphemeralPublicKey);
  const sum = checkedPoint(input.peerPublicKey).add(peerEphemeral.multiplyUnsafe(other));
  if (t === 0n || sum.is0()) return undefined;
  return encodePoint(sum.multiply(t));
}

import { naiveDecompress, naiveExchange } from '../naive-sm2.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

const decompress = (...names: readonly string[]) => names.map((name) => `sm2.decompress.${name}`);
const multiply = (...names: readonly string[]) => names.map((name) => `sm2.multiply.${name}`);
const exchange = (...names: readonly string[]) => names.map((name) => `sm2.exchange.${name}`);

/** 04‖x‖y with y negated. */
function negated(point: Uint8Array): Uint8Array {
  const compressed = point.slice(0, 33);
  compressed[0] = 3 - (point[64]! & 1);
  return good.sm2Decompress(compressed)!;
}

/** Faults in decompression, in multiples of a point and in the key exchange. */
export const BROKEN_SM2_POINTS: readonly BrokenEngine[] = [
  broken(
    'decompression gives the other y, and damages its input',
    {
      sm2Decompress(compressed) {
        const point = good.sm2Decompress(compressed);
        damage(compressed);
        return point === undefined ? undefined : negated(point);
      },
    },
    ...decompress('odd-y', 'even-y-is-another-point', 'generator', 'minus-generator', 'x-zero', 'x-one'),
    ...decompress('input-is-not-changed'),
  ),
  broken(
    'decompression does not check that there is a point, and reduces x',
    { sm2Decompress: naiveDecompress },
    ...decompress('rejects-x-without-a-point', 'rejects-x-without-a-point-odd', 'rejects-p-minus-one'),
    ...decompress('rejects-x-not-reduced', 'rejects-x-equal-p', 'rejects-all-ones'),
  ),
  broken(
    'decompression looks at one bit of the prefix and at 33 bytes of anything',
    {
      sm2Decompress(compressed) {
        const prefix = compressed.length < 33 ? [] : compressed.subarray(0, 1);
        const padded = Uint8Array.of(...prefix, ...compressed.subarray(prefix.length)).slice(0, 33);
        const odd = compressed.length > 0 ? compressed[0]! & 1 : 0;
        const full = new Uint8Array(33);
        full.set(padded);
        full[0] = 2 | odd;
        return good.sm2Decompress(full);
      },
    },
    ...decompress('rejects-uncompressed-prefix', 'rejects-zero-prefix', 'rejects-hybrid-prefix'),
    ...decompress('rejects-high-bits-of-the-prefix', 'rejects-uncompressed-point', 'rejects-trailing-byte'),
    ...decompress('rejects-infinity', 'rejects-empty'),
  ),
  broken(
    'decompression fills up what is too short',
    {
      sm2Decompress(compressed) {
        if (compressed.length >= 33) return good.sm2Decompress(compressed);
        for (let x = 0; x < 20; x++) {
          const filled = new Uint8Array(33);
          filled.set(compressed);
          filled[0] = 2;
          filled[32] = x;
          const point = good.sm2Decompress(filled);
          if (point !== undefined) return point;
        }
        return undefined;
      },
    },
    ...decompress('rejects-missing-prefix', 'rejects-truncated'),
  ),
  broken(
    'multiples of G only, inputs damaged',
    {
      sm2Multiply(d, point) {
        const product = good.sm2PublicKey(d);
        damage(d, point);
        return product;
      },
    },
    ...multiply('annex-point', 'x-one', 'by-one-does-not-change', 'by-two-is-not-an-addition'),
    ...multiply('by-n-minus-1-is-another-sign', 'by-half-of-n-down', 'by-half-of-n-up-is-not-the-same'),
    ...multiply('by-ones-does-not-lose-a-carry', 'another-point-is-another-product'),
    ...multiply('inputs-are-not-changed'),
  ),
  broken(
    'multiples with the other sign',
    { sm2Multiply: (d, point) => negated(good.sm2Multiply(d, point)) },
    ...multiply('g-by-the-annex-key', 'g-by-n-minus-1', 'g-by-n-minus-2'),
  ),
  broken(
    'multiples lose a bit of the scalar when the point is not G',
    {
      sm2Multiply(d, point) {
        const half = Uint8Array.from(d);
        half[31]! |= 1;
        return good.sm2Multiply(half, point);
      },
    },
    ...multiply('order-does-not-matter', 'by-two-is-not-an-addition'),
  ),
  broken(
    'the exchange leaves out the ephemeral keys, and damages its inputs',
    {
      sm2ExchangePoint(input) {
        const point = good.sm2Multiply(input.privateKey, input.peerPublicKey);
        damage(...Object.values(input));
        return point;
      },
    },
    ...exchange('annex-b2-initiator', 'annex-b2-responder', 'inputs-are-not-changed'),
    ...exchange('nothing-when-the-sum-is-infinity', 'nothing-when-t-is-zero'),
  ),
  broken(
    'the exchange goes by the private key of one side twice',
    {
      sm2ExchangePoint: (input) => good.sm2Multiply(input.ephemeralPrivateKey, input.peerPublicKey),
    },
    ...exchange('sides-do-not-differ'),
  ),
  broken(
    'the exchange takes x of the other side whole',
    { sm2ExchangePoint: naiveExchange({ peerMask: 256n }) },
    ...exchange(
      'annex-b2-initiator',
      'low-bits-of-x-do-not-have-to-be-set',
      'bit-127-of-x-is-not-added-twice',
    ),
  ),
  broken(
    'the exchange keeps 128 bits of x and adds bit 127',
    { sm2ExchangePoint: naiveExchange({ peerMask: 128n, ownMask: 128n }) },
    ...exchange('bit-127-of-x-is-not-added-twice', 'own-x-is-not-taken-whole'),
  ),
  broken(
    'the exchange does not double',
    { sm2ExchangePoint: naiveExchange({ skipDouble: true }) },
    ...exchange('equal-points-are-not-lost'),
  ),
  broken(
    'the exchange gives zeros for infinity',
    { sm2ExchangePoint: (input) => good.sm2ExchangePoint(input) ?? new Uint8Array(65) },
    ...exchange('nothing-when-the-sum-is-infinity', 'nothing-when-t-is-zero'),
  ),
];

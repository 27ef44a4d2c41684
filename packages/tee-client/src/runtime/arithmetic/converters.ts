import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TeeArithmetic } from '../../spec/v1/internal/tee.ts';
import { HEADER_WORDS, KIND, type NumberFormat } from './format.ts';
import { bitLength } from './numbers.ts';

/** Sizes, initialisation and conversion. */
export type Converters = Pick<
  TeeArithmetic,
  | 'TEE_BigIntSizeInU32'
  | 'TEE_BigIntInit'
  | 'TEE_BigIntConvertFromOctetString'
  | 'TEE_BigIntConvertToOctetString'
  | 'TEE_BigIntConvertFromS32'
  | 'TEE_BigIntConvertToS32'
>;

const MAX_BITS = 0xffffffff;

/** Words a number of `bits` bits takes. */
export const wordsFor = (format: NumberFormat, bits: number): number =>
  Math.ceil(format.checkRange(bits, MAX_BITS, 'size in bits') / 32) + HEADER_WORDS;

function fromOctets(octets: Uint8Array): bigint {
  let value = 0n;
  for (const octet of octets) value = (value << 8n) | BigInt(octet);
  return value;
}

function toOctets(magnitude: bigint): Uint8Array {
  const octets = new Uint8Array(Math.ceil(bitLength(magnitude) / 8));
  let rest = magnitude;
  for (let at = octets.length - 1; at >= 0; at--, rest >>= 8n) octets[at] = Number(rest & 0xffn);
  return octets;
}

/** @standard GPD_SPE_010 v1.3.1 §8.3–8.5 */
export const converters = (format: NumberFormat): Converters => ({
  TEE_BigIntSizeInU32: (sizeInBits) => wordsFor(format, sizeInBits),
  TEE_BigIntInit: (bigInt, len) => format.initialise(bigInt, len, KIND.BIG_INT),
  TEE_BigIntConvertFromOctetString: (dest, buffer, sign) => {
    if (!(buffer instanceof Uint8Array)) format.panic('buffer is no memory');
    const capacity = format.capacity(dest);
    let start = 0;
    while (start < buffer.length && buffer[start] === 0) start++;
    if (buffer.length - start > capacity * 4) throw new TeeError('OVERFLOW');
    const magnitude = fromOctets(buffer.subarray(start));
    format.write(dest, sign < 0 ? -magnitude : magnitude);
  },
  TEE_BigIntConvertToOctetString: (bigInt, size) => {
    if (size !== undefined) format.checkRange(size, MAX_BITS, 'bufferLen');
    const value = format.read(bigInt);
    const octets = toOctets(value < 0n ? -value : value);
    if (size !== undefined && octets.length > size) {
      throw new TeeError('SHORT_BUFFER', { required: octets.length });
    }
    return octets;
  },
  TEE_BigIntConvertFromS32: (dest, shortVal) => format.write(dest, format.checkS32(shortVal)),
  TEE_BigIntConvertToS32: (src) => {
    const value = format.read(src);
    if (value !== BigInt.asIntN(32, value)) throw new TeeError('OVERFLOW');
    return Number(value);
  },
});

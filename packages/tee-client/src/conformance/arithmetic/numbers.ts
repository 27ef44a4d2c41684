import type { RemoteTee, RemoteWords } from '../remote.ts';

/** Bits every implementation can hold. @standard GPD_SPE_010 v1.3.1 §4.7 gpd.tee.arith.maxBigIntSize */
export const BITS = 2048;

/** Big-endian bytes of a number that is not negative; none for 0. */
export function octets(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const even = value === 0n ? '' : hex.length % 2 === 0 ? hex : `0${hex}`;
  return Uint8Array.from({ length: even.length / 2 }, (_, i) =>
    Number.parseInt(even.slice(2 * i, 2 * i + 2), 16),
  );
}

/** The number of big-endian bytes. */
export const fromOctets = (bytes: Uint8Array): bigint =>
  bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

/** An initialised big integer with room for `bits` bits: zero. */
export async function room(t: RemoteTee, bits: number = BITS): Promise<RemoteWords> {
  const words = await t.TEE_BigIntSizeInU32(bits);
  const handle = await t.newWords(words);
  await t.TEE_BigIntInit(handle, words);
  return handle;
}

/** A big integer of `value`. */
export async function number(t: RemoteTee, value: bigint, bits: number = BITS): Promise<RemoteWords> {
  const handle = await room(t, bits);
  await t.TEE_BigIntConvertFromOctetString(handle, octets(abs(value)), value < 0n ? -1 : 1);
  return handle;
}

/** The value of a big integer. */
export async function read(t: RemoteTee, handle: RemoteWords): Promise<bigint> {
  const magnitude = fromOctets(await t.TEE_BigIntConvertToOctetString(handle));
  return (await t.TEE_BigIntCmpS32(handle, 0)) < 0 ? -magnitude : magnitude;
}

/** base^exponent mod modulus, computed here. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The prime of the curve SM2 and its order; both prime. @standard GB/T 32918.5 */
export const PRIME_P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
export const PRIME_N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

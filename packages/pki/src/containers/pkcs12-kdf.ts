import { createHash } from 'node:crypto';
import { concatBytes, sm3 } from '@cssi/sm-core';

/** Hashes that PKCS#12 derives with. */
export type Pkcs12Hash = 'sm3' | 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** What is derived. @standard RFC 7292 appendix B.3 */
export type Pkcs12Purpose = 'key' | 'iv' | 'mac';

const PURPOSES: Readonly<Record<Pkcs12Purpose, number>> = { key: 1, iv: 2, mac: 3 };
/** So many iterations run before others get their turn on the event loop. */
const ITERATIONS_AT_ONCE = 20_000;

/** Output and block of a hash in bytes. */
export const PKCS12_HASHES: Readonly<Record<Pkcs12Hash, { readonly bytes: number; readonly block: number }>> =
  {
    sm3: { bytes: 32, block: 64 },
    sha1: { bytes: 20, block: 64 },
    sha256: { bytes: 32, block: 64 },
    sha384: { bytes: 48, block: 128 },
    sha512: { bytes: 64, block: 128 },
  };

/** A view of what the hash gave, and no copy: it is zeroed by whoever takes it. */
function digest(hash: Pkcs12Hash, data: Uint8Array): Uint8Array {
  if (hash === 'sm3') return sm3(data);
  const out = createHash(hash).update(data).digest();
  return new Uint8Array(out.buffer, out.byteOffset, out.length);
}

/** `bytes` over and over, up to a multiple of `block`. */
function repeated(bytes: Uint8Array, block: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(bytes.length / block) * block);
  for (let i = 0; i < out.length; i++) out[i] = bytes[i % bytes.length]!;
  return out;
}

/** H applied `iterations` times; gives way to others between. */
async function hashed(hash: Pkcs12Hash, data: Uint8Array, iterations: number): Promise<Uint8Array> {
  let a = digest(hash, data);
  for (let i = 1; i < iterations; i++) {
    const next = digest(hash, a);
    a.fill(0);
    a = next;
    if (i % ITERATIONS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return a;
}

/** Each block of I plus B plus 1, modulo its size. @standard RFC 7292 appendix B.2 step 6C */
function addBlocks(i: Uint8Array, b: Uint8Array): void {
  for (let at = 0; at < i.length; at += b.length) {
    let carry = 1;
    for (let k = b.length - 1; k >= 0; k--) {
      carry += i[at + k]! + b[k]!;
      i[at + k] = carry & 0xff;
      carry >>= 8;
    }
  }
}

/** What {@link derivePkcs12} derives from. */
export interface Pkcs12Derivation {
  readonly hash: Pkcs12Hash;
  readonly purpose: Pkcs12Purpose;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/**
 * `length` bytes, which the caller zeroes.
 *
 * @param password - as BMPString with two zero bytes
 * @standard RFC 7292 appendix B.2
 */
export async function derivePkcs12(
  password: Uint8Array,
  { hash, purpose, salt, iterations }: Pkcs12Derivation,
  length: number,
): Promise<Uint8Array> {
  const { bytes, block } = PKCS12_HASHES[hash];
  const diversifier = new Uint8Array(block).fill(PURPOSES[purpose]);
  const repeatedPassword = repeated(password, block);
  const i = concatBytes(repeated(salt, block), repeatedPassword);
  repeatedPassword.fill(0);
  const out = new Uint8Array(length);
  try {
    for (let at = 0; at < length; at += bytes) {
      const start = concatBytes(diversifier, i);
      const a = await hashed(hash, start, iterations);
      out.set(a.subarray(0, Math.min(bytes, length - at)), at);
      const b = repeated(a, block).subarray(0, block);
      addBlocks(i, b);
      for (const used of [start, a, b]) used.fill(0);
    }
    return out;
  } finally {
    i.fill(0);
  }
}

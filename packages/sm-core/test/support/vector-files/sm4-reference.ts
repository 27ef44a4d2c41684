import { createCipheriv, createDecipheriv } from 'node:crypto';
import { big, bytesOf, concat, fixed, xor } from './bytes.ts';

/** One mode of OpenSSL without padding of its own. */
export function openssl(
  mode: string,
  key: Uint8Array,
  iv: Uint8Array | null,
  data: Uint8Array,
  padding = false,
): Uint8Array {
  const cipher = createCipheriv(`sm4-${mode}`, key, iv).setAutoPadding(padding);
  return concat(cipher.update(data), cipher.final());
}

/** Decryption by OpenSSL; throws for a wrong padding. */
export function opensslDecrypt(
  mode: string,
  key: Uint8Array,
  iv: Uint8Array | null,
  data: Uint8Array,
): Uint8Array {
  const cipher = createDecipheriv(`sm4-${mode}`, key, iv);
  return concat(cipher.update(data), cipher.final());
}

const encrypt = (key: Uint8Array, block: Uint8Array): Uint8Array => openssl('ecb', key, null, block);
const ZERO = new Uint8Array(16);

/** Product in GF(2^128) of GCM, bit by bit. @standard GB/T 36624-2018 annex on GHASH (NIST SP 800-38D §6.3) */
function product(x: bigint, y: bigint): bigint {
  let z = 0n;
  let v = y;
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) z ^= v;
    v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
  }
  return z;
}

const padded = (data: Uint8Array): Uint8Array => concat(data, new Uint8Array(-data.length & 15));

function ghash(h: bigint, data: Uint8Array): bigint {
  let y = 0n;
  for (let at = 0; at < data.length; at += 16) y = product(y ^ big(data.subarray(at, at + 16)), h);
  return y;
}

/** J0 of a nonce of any length. */
function firstCounter(h: bigint, nonce: Uint8Array): Uint8Array {
  if (nonce.length === 12) return concat(nonce, bytesOf('00000001'));
  return bytesOf(fixed(ghash(h, concat(padded(nonce), bytesOf(fixed(BigInt(nonce.length * 8), 16)))), 16));
}

/** SM4-GCM from the block cipher of OpenSSL: ciphertext and full tag. @standard GB/T 36624-2018 §8 */
export function gcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  msg: Uint8Array,
): { ct: Uint8Array; tag: Uint8Array } {
  const h = big(encrypt(key, ZERO));
  const j0 = firstCounter(h, nonce);
  const counter = (i: number): Uint8Array => {
    const low = (big(j0.subarray(12)) + BigInt(i)) % 2n ** 32n;
    return concat(j0.subarray(0, 12), bytesOf(fixed(low, 4)));
  };
  const stream: Uint8Array[] = [];
  for (let i = 1; stream.length * 16 < msg.length; i++) stream.push(encrypt(key, counter(i)));
  const ct = xor(msg, concat(...stream));
  const lengths = bytesOf(fixed(BigInt(aad.length * 8), 8) + fixed(BigInt(ct.length * 8), 8));
  const s = bytesOf(fixed(ghash(h, concat(padded(aad), padded(ct), lengths)), 16));
  return { ct, tag: xor(s, encrypt(key, j0)) };
}

/** A nonce of 16 bytes whose J0 is `j0`: GHASH can be turned round. */
export function nonceFor(key: Uint8Array, j0: bigint): Uint8Array {
  const h = big(encrypt(key, ZERO));
  // h^-1 = h^(2^128 - 2)
  let [inverse, square] = [1n << 127n, h];
  for (let i = 0; i < 127; i++) {
    square = product(square, square);
    inverse = product(inverse, square);
  }
  const block = product(product(j0, inverse) ^ 128n, inverse);
  return bytesOf(fixed(block, 16));
}

/** SM4-CCM from the block cipher of OpenSSL. @standard GB/T 36624-2018 §7 (NIST SP 800-38C) */
export function ccm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  msg: Uint8Array,
  tagBytes: number,
): { ct: Uint8Array; tag: Uint8Array } {
  const q = 15 - nonce.length;
  const flags = (aad.length > 0 ? 64 : 0) + ((tagBytes - 2) / 2) * 8 + (q - 1);
  const b0 = concat(Uint8Array.of(flags), nonce, bytesOf(fixed(BigInt(msg.length), q)));
  const length = aad.length < 0xff00 ? fixed(BigInt(aad.length), 2) : `fffe${fixed(BigInt(aad.length), 4)}`;
  const data = concat(b0, aad.length > 0 ? padded(concat(bytesOf(length), aad)) : aad, padded(msg));
  const mac = openssl('cbc', key, ZERO, data).subarray(-16, -16 + tagBytes || undefined);
  const counter = (i: number): Uint8Array =>
    concat(Uint8Array.of(q - 1), nonce, bytesOf(fixed(BigInt(i), q)));
  const stream: Uint8Array[] = [];
  for (let i = 1; stream.length * 16 < msg.length; i++) stream.push(encrypt(key, counter(i)));
  return { ct: xor(msg, concat(...stream)), tag: xor(mac, encrypt(key, counter(0)).subarray(0, tagBytes)) };
}

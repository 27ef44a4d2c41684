import { nobleEngine } from '../../src/adapters/noble.ts';
import { concatBytes, equalBytes, type RandomSource, type SmEngine } from '../../src/index.ts';
import { A, add, decode, encode, fromBig, G, invertN, mod, multiply, N, P, toBig } from './affine.ts';

const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const hash = (...parts: readonly Uint8Array[]): Uint8Array =>
  nobleEngine
    .sm3()
    .update(concatBytes(...parts))
    .digest();

function kdf(z: Uint8Array, length: number, from: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i * 32 < length; i++) {
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, i + from);
    blocks.push(hash(z, counter));
  }
  return concatBytes(...blocks).subarray(0, length);
}

function drawReduced(random: RandomSource): bigint {
  const bytes = new Uint8Array(32);
  random.fill(bytes);
  return mod(toBig(bytes), N);
}

/** GB/T 32918.2 §6.1 with the first nonce, whatever comes of it. */
export function naiveSign(d: Uint8Array, e: Uint8Array, random: RandomSource): Uint8Array {
  const k = drawReduced(random);
  const r = mod(toBig(e) + (multiply(G, k)?.x ?? 0n), N);
  const s = mod(invertN(1n + toBig(d)) * (k - r * toBig(d)), N);
  return concatBytes(fromBig(r), fromBig(s));
}

/** GB/T 32918.2 §7.1 without one of its checks. */
export function naiveVerify(without: 'r' | 's' | 't' | 'infinity'): SmEngine['sm2VerifyDigest'] {
  return (publicKey, e, signature) => {
    if (signature.length !== 64) return false;
    const outside = (value: bigint) => value < 1n || value >= N;
    let r = toBig(signature.subarray(0, 32));
    let s = toBig(signature.subarray(32));
    if (without === 'r') r = mod(r, N);
    else if (outside(r)) return false;
    if (without === 's') s = mod(s, N);
    else if (outside(s)) return false;
    const t = mod(r + s, N);
    if (without !== 't' && t === 0n) return false;
    const sum = add(multiply(G, s), multiply(decode(publicKey), t));
    if (without !== 'infinity' && sum === undefined) return false;
    return mod(toBig(e) + (sum?.x ?? 0n), N) === r;
  };
}

/** GB/T 32918.4 §6.1 with the first nonce and a KDF that counts from `kdfFrom`. */
export function naiveEncrypt(kdfFrom: number): SmEngine['sm2Encrypt'] {
  return (publicKey, message, random) => {
    const k = drawReduced(random);
    const shared = encode(multiply(decode(publicKey), k)).subarray(1);
    const t = kdf(shared, message.length, kdfFrom);
    const c3 = hash(shared.subarray(0, 32), message, shared.subarray(32));
    const c2 = Uint8Array.from(message, (byte, i) => byte ^ t[i]!);
    return concatBytes(encode(multiply(G, k)), c3, c2);
  };
}

interface DecryptFaults {
  readonly kdfFrom?: number;
  readonly skipCurve?: boolean;
  readonly skipZero?: boolean;
  readonly skipC3?: boolean;
}

/** GB/T 32918.4 §7.1 without the named checks. */
export function naiveDecrypt(faults: DecryptFaults): SmEngine['sm2Decrypt'] {
  return (d, ciphertext) => {
    if (ciphertext.length < 98 || ciphertext[0] !== 4) return undefined;
    const raw = decode(ciphertext);
    const point = { x: mod(raw.x), y: mod(raw.y) };
    const onCurve = mod(point.y ** 2n - point.x ** 3n - A * point.x - B) === 0n;
    if (faults.skipCurve !== true && (!onCurve || raw.x >= P || raw.y >= P)) return undefined;
    const shared = encode(multiply(point, toBig(d))).subarray(1);
    const c3 = ciphertext.subarray(65, 97);
    const c2 = ciphertext.subarray(97);
    const t = kdf(shared, c2.length, faults.kdfFrom ?? 1);
    if (faults.skipZero !== true && t.every((byte) => byte === 0)) return undefined;
    const message = Uint8Array.from(c2, (byte, i) => byte ^ t[i]!);
    const u = hash(shared.subarray(0, 32), message, shared.subarray(32));
    return faults.skipC3 === true || equalBytes(u, c3) ? message : undefined;
  };
}

/** GB/T 32918.1 Annex B.1.4 without asking whether the root is one. */
export function naiveDecompress(compressed: Uint8Array): Uint8Array | undefined {
  if (compressed.length !== 33 || (compressed[0] !== 2 && compressed[0] !== 3)) return undefined;
  const x = mod(toBig(compressed.subarray(1)));
  const y = power(mod(x ** 3n + A * x + B), (P + 1n) / 4n);
  return encode({ x, y: (y & 1n) === BigInt(compressed[0] & 1) ? y : P - y });
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

interface ExchangeFaults {
  /** Bits of x that are kept; 127 in the standard. */
  readonly ownMask?: bigint;
  readonly peerMask?: bigint;
  /** Takes the sum of equal points for infinity. */
  readonly skipDouble?: boolean;
}

/** GB/T 32918.3 §6.1 A4–A7 with the named faults. */
export function naiveExchange(faults: ExchangeFaults): SmEngine['sm2ExchangePoint'] {
  const bar = (point: Uint8Array, bits = 127n) => 2n ** 127n + (decode(point).x & (2n ** bits - 1n));
  return (input) => {
    const own = bar(input.ephemeralPublicKey, faults.ownMask);
    const t = mod(toBig(input.privateKey) + own * toBig(input.ephemeralPrivateKey), N);
    const peer = decode(input.peerPublicKey);
    const other = multiply(
      decode(input.peerEphemeralPublicKey),
      bar(input.peerEphemeralPublicKey, faults.peerMask),
    );
    if (faults.skipDouble === true && other?.x === peer.x) return undefined;
    const point = multiply(add(peer, other), t);
    return point === undefined ? undefined : encode(point);
  };
}

/**
 * Engine on the npm package `sm-crypto` 0.5.8, an optional peer dependency, for
 * cross-checks only.
 *
 * It has SM3, SM2 signatures and encryption, and SM4 in ECB and CBC. It has no CTR, no
 * GCM, no ZUC, no multiplication of points that a caller could reach, so no key exchange
 * either, no decompression of points and nothing that can be prepared; and it draws its
 * nonces from a generator of its own that cannot be replaced (capability `sm2.random`),
 * so the health test of this package does not cover them. What its functions do not
 * check is checked here: coordinates below p, the range of a private key that signs,
 * and the all-zero key stream of an encryption.
 *
 * @packageDocumentation
 */
import smCrypto from 'sm-crypto';
import { concatBytes, equalBytes, fromHex, toHex } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { missingCapability, refuseAll } from '../internal/capability.ts';
import {
  type EngineCapability,
  SM2_PRIVATE_KEY_BYTES,
  SM4_BLOCK_BYTES,
  type Sm3Hash,
  type Sm4Key,
  type SmEngine,
} from '../spec/v1/engine.ts';

const NAME = 'sm-crypto';
/** It computes on arrays of numbers, eight times the size of the message. */
const MAX_HASH_BYTES = 1 << 26;
/** An all-zero key stream for one byte occurs once in 256 encryptions. */
const MAX_ATTEMPTS = 64;
/** p. @standard GB/T 32918.5-2017 §2 */
const P = /* @__PURE__ */ fromHex('fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff');

/** n, the order of the base point. @standard GB/T 32918.5-2017 §2 */
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

const CAPABILITIES: readonly EngineCapability[] = [
  'sm3',
  'hmac-sm3',
  'sm2.keygen',
  'sm2.sign',
  'sm2.verify',
  'sm2.encrypt',
  'sm2.decrypt',
  'sm4.blocks',
  'sm4.cbc',
];

const array = (bytes: Uint8Array): number[] => Array.from(bytes);

/** Big-endian comparison of values that are public. */
function isBelowP(value: Uint8Array): boolean {
  for (let i = 0; i < P.length; i++) if (value[i] !== P[i]) return value[i]! < P[i]!;
  return false;
}

/** 1 ≤ d ≤ n-2. @standard GB/T 32918.1-2016 §6.1 */
function isPrivateKey(d: Uint8Array): boolean {
  if (d.length !== SM2_PRIVATE_KEY_BYTES) return false;
  const value = BigInt(`0x${toHex(d)}`);
  return value >= 1n && value <= N - 2n;
}

function isPublicKey(point: Uint8Array): boolean {
  return (
    point.length === 65 &&
    point[0] === 4 &&
    isBelowP(point.subarray(1, 33)) &&
    isBelowP(point.subarray(33)) &&
    smCrypto.sm2.verifyPublicKey(toHex(point))
  );
}

/** sm-crypto hashes whole messages only, so the message is kept until the digest is taken. */
class BufferedSm3 implements Sm3Hash {
  readonly #parts: Uint8Array[];
  #length: number;

  constructor(parts: readonly Uint8Array[] = [], length = 0) {
    this.#parts = [...parts];
    this.#length = length;
  }

  update(data: Uint8Array): this {
    this.#length += data.length;
    if (this.#length > MAX_HASH_BYTES) {
      throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
        detail: `parameter=data engine=${NAME} max=${MAX_HASH_BYTES}`,
      });
    }
    this.#parts.push(Uint8Array.from(data));
    return this;
  }

  digest(): Uint8Array {
    const message = concatBytes(...this.#parts);
    try {
      return fromHex(smCrypto.sm3(array(message)));
    } finally {
      // The message may be a key (HMAC).
      message.fill(0);
      for (const part of this.#parts.splice(0)) part.fill(0);
    }
  }

  clone(): Sm3Hash {
    return new BufferedSm3(
      this.#parts.map((part) => Uint8Array.from(part)),
      this.#length,
    );
  }
}

/** SM4 under one key; the library makes its key schedule at each call. */
class SmCryptoSm4 implements Sm4Key {
  #key: number[] | undefined;

  constructor(key: Uint8Array) {
    this.#key = array(key);
  }

  encryptBlocks(input: Uint8Array, output: Uint8Array): void {
    output.set(smCrypto.sm4.encrypt(array(input), this.#live(), { padding: 'none', output: 'array' }));
  }

  decryptBlocks(input: Uint8Array, output: Uint8Array): void {
    output.set(smCrypto.sm4.decrypt(array(input), this.#live(), { padding: 'none', output: 'array' }));
  }

  cbcEncrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const key = this.#live();
    if (input.length === 0) return;
    output.set(
      smCrypto.sm4.encrypt(array(input), key, {
        mode: 'cbc',
        iv: array(iv),
        padding: 'none',
        output: 'array',
      }),
    );
    iv.set(output.subarray(output.length - SM4_BLOCK_BYTES));
  }

  cbcDecrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const key = this.#live();
    if (input.length === 0) return;
    const start = array(iv);
    iv.set(input.subarray(input.length - SM4_BLOCK_BYTES));
    output.set(
      smCrypto.sm4.decrypt(array(input), key, { mode: 'cbc', iv: start, padding: 'none', output: 'array' }),
    );
  }

  ctr(): void {
    throw missingCapability(NAME, 'sm4.ctr');
  }

  destroy(): void {
    this.#key?.fill(0);
    this.#key = undefined;
  }

  #live(): number[] {
    if (this.#key === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return this.#key;
  }
}

/** The engine on sm-crypto. */
export const smCryptoEngine: SmEngine = {
  ...refuseAll(NAME),
  specVersion: '1',
  name: NAME,
  capabilities: new Set(CAPABILITIES),
  profile: { path: 'javascript', constantTime: new Set() },
  sm3: () => new BufferedSm3(),
  sm3Digest(...parts) {
    const hash = new BufferedSm3();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
  sm2PublicKey: (d) => fromHex(smCrypto.sm2.getPublicKeyFromPrivateKey(toHex(d))),
  sm2IsPublicKey: isPublicKey,
  sm2SignDigest(d, e) {
    // The library never comes to an end with d = n-1: s is always zero then.
    if (!isPrivateKey(d)) throw SM_CORE_ERRORS.create('ERR_SM2_PRIVATE_KEY_INVALID');
    return fromHex(smCrypto.sm2.doSignature(array(e), toHex(d), { hash: false }));
  },
  sm2VerifyDigest(publicKey, e, signature) {
    if (!isPublicKey(publicKey) || signature.length !== 64) return false;
    try {
      return smCrypto.sm2.doVerifySignature(array(e), toHex(signature), toHex(publicKey), { hash: false });
    } catch {
      // It fails with a TypeError where s·G + t·P is the point at infinity.
      return false;
    }
  },
  sm2Encrypt(publicKey, message) {
    if (!isPublicKey(publicKey)) throw SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const ciphertext = fromHex(`04${smCrypto.sm2.doEncrypt(array(message), toHex(publicKey), 1)}`);
      // GB/T 32918.4-2016 §6.1 A5: C2 equals M exactly when the key stream t is zero.
      if (!equalBytes(ciphertext.subarray(97), message)) return ciphertext;
    }
    throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
  },
  sm2Decrypt(d, ciphertext) {
    if (ciphertext.length < 98 || !isPublicKey(ciphertext.subarray(0, 65))) return undefined;
    const message = Uint8Array.from(
      smCrypto.sm2.doDecrypt(toHex(ciphertext.subarray(1)), toHex(d), 1, { output: 'array' }),
    );
    // GB/T 32918.4-2016 §7.1 B4: the same test for a key stream of zeros.
    if (message.length === 0 || equalBytes(message, ciphertext.subarray(97))) {
      message.fill(0);
      return undefined;
    }
    return message;
  },
  sm4: (key) => new SmCryptoSm4(key),
};

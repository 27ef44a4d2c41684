import { SM_CORE_ERRORS } from '../../errors.ts';
import type {
  RandomSource,
  Sm2ExchangeInput,
  Sm2PreparedPrivateKey,
  Sm2PreparedPublicKey,
  Sm3Hash,
  SmEngine,
} from '../../spec/v1/engine.ts';
import type { Kernel } from './kernel.ts';
import { Sm2Calls, withNonce } from './sm2-calls.ts';
import { decrypt, encrypt } from './sm2-cipher.ts';
import { type Sm2Slots, slotsOf } from './sm2-slots.ts';

/** The SM2 members of an engine. */
export type WasmSm2 = Pick<
  SmEngine,
  | 'sm2PublicKey'
  | 'sm2IsPublicKey'
  | 'sm2Decompress'
  | 'sm2SignDigest'
  | 'sm2VerifyDigest'
  | 'sm2PreparePrivate'
  | 'sm2PreparePublic'
  | 'sm2Encrypt'
  | 'sm2Decrypt'
  | 'sm2Multiply'
  | 'sm2ExchangePoint'
>;

const invalidPoint = () => SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');

/** x‖y of 04‖x‖y. */
function coordinates(point: Uint8Array): Uint8Array {
  if (point.length !== 65 || point[0] !== 4) throw invalidPoint();
  return point.subarray(1);
}

/** A private key whose (1+d)^-1 is in an array of this object. */
class PreparedPrivateKey implements Sm2PreparedPrivateKey {
  readonly #calls: Sm2Calls;
  #inverse: Uint8Array | undefined;

  constructor(calls: Sm2Calls, d: Uint8Array) {
    this.#calls = calls;
    this.#inverse = calls.preparePrivate(d);
    // d = n-1 has no (1+d)^-1
    if (this.#inverse === undefined) throw SM_CORE_ERRORS.create('ERR_SM2_PRIVATE_KEY_INVALID');
  }

  signDigest(e: Uint8Array, random: RandomSource): Uint8Array {
    const signature = withNonce(random, (k) => {
      // Asked for each nonce: the source of randomness may have destroyed the key.
      if (this.#inverse === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
      return this.#calls.sign(this.#inverse, e, k);
    });
    if (signature === undefined) throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
    return signature;
  }

  destroy(): void {
    this.#inverse?.fill(0);
    this.#inverse = undefined;
  }
}

/** A public key with its table of multiples, which is public too. */
class PreparedPublicKey implements Sm2PreparedPublicKey {
  readonly #calls: Sm2Calls;
  readonly #slots: Sm2Slots;
  readonly #table: Uint8Array;

  constructor(calls: Sm2Calls, slots: Sm2Slots, publicKey: Uint8Array) {
    const point = coordinates(publicKey);
    const table = slots.make((address) => calls.preparePublic(address, point));
    if (table === undefined) throw invalidPoint();
    this.#calls = calls;
    this.#slots = slots;
    this.#table = table;
  }

  verifyDigest(e: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== 64) return false;
    return this.#calls.verifyPrepared(this.#slots.place(this.#table), e, signature);
  }
}

function exchangePoint(calls: Sm2Calls, input: Sm2ExchangeInput): Uint8Array | undefined {
  const point = calls.exchange(
    input.privateKey,
    input.ephemeralPrivateKey,
    coordinates(input.ephemeralPublicKey).subarray(0, 32),
    coordinates(input.peerPublicKey),
    coordinates(input.peerEphemeralPublicKey),
  );
  if (point === false) throw invalidPoint();
  return point;
}

/**
 * SM2 on the WebAssembly kernel. `hash` is for messages of more than 32 KiB only.
 *
 * Guarantee: what is done with d, k and (1+d)^-1 has no branch and no address that depends on
 * them; only whether a nonce was refused shows. Verification, decompression and the checks of
 * points are in variable time: their inputs are public. Nothing secret stays in the kernel's
 * memory between calls.
 *
 * @standard GB/T 32918.1-2016, GB/T 32918.2-2016, GB/T 32918.3-2016, GB/T 32918.4-2016
 */
export function createWasmSm2(kernel: Kernel, hash: () => Sm3Hash): WasmSm2 {
  const calls = new Sm2Calls(kernel);
  return {
    sm2PublicKey: (d) => calls.publicKey(d),
    sm2IsPublicKey: (point) => point.length === 65 && point[0] === 4 && calls.isPoint(point.subarray(1)),
    sm2Decompress: (compressed) => {
      const prefix = compressed[0];
      if (compressed.length !== 33 || (prefix !== 2 && prefix !== 3)) return undefined;
      return calls.decompress(compressed.subarray(1), prefix & 1);
    },
    sm2SignDigest: (d, e, random) => {
      const key = new PreparedPrivateKey(calls, d);
      try {
        return key.signDigest(e, random);
      } finally {
        key.destroy();
      }
    },
    sm2VerifyDigest: (publicKey, e, signature) =>
      publicKey.length === 65 &&
      publicKey[0] === 4 &&
      signature.length === 64 &&
      calls.verify(publicKey.subarray(1), e, signature),
    sm2PreparePrivate: (d) => new PreparedPrivateKey(calls, d),
    sm2PreparePublic: (publicKey) => new PreparedPublicKey(calls, slotsOf(kernel, calls), publicKey),
    sm2Encrypt: (publicKey, message, random) => encrypt(calls, hash, publicKey, message, random),
    sm2Decrypt: (d, ciphertext) => decrypt(calls, hash, d, ciphertext),
    sm2Multiply: (d, point) => {
      const product = calls.multiply(d, coordinates(point));
      if (product === undefined) throw invalidPoint();
      return product;
    },
    sm2ExchangePoint: (input) => exchangePoint(calls, input),
  };
}

import { createPrivateKey, createPublicKey, createSign, createVerify, type KeyObject } from 'node:crypto';
import { concatBytes, derElement, fromHex, type Sm2KeyPair, sm2 } from '@cssi/sm-core';

/** id-ecPublicKey and sm2p256v1 as AlgorithmIdentifier. */
const ALGORITHM = fromHex('301306072a8648ce3d020106082a811ccf5501822d');

/**
 * SM2 through `node:crypto`. It signs H(Z_A‖M) only when Z_A is put in front of the
 * message by hand, and only with keys that came in through PKCS#8 and SPKI: a key that
 * Node made itself signs ECDSA over the curve instead.
 */
export class NodeSm2 {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  /** Made once: a program that signs often keeps it with the key. */
  readonly #z: Uint8Array;

  constructor(pair: Sm2KeyPair) {
    const point = concatBytes(Uint8Array.of(0), pair.publicKey);
    const version = (n: number) => derElement(0x02, Uint8Array.of(n));
    const inner = pair.privateKey.use((d) =>
      derElement(0x30, version(1), derElement(0x04, d), derElement(0xa1, derElement(0x03, point))),
    );
    const pkcs8 = derElement(0x30, version(0), ALGORITHM, derElement(0x04, inner));
    const spki = derElement(0x30, ALGORITHM, derElement(0x03, point));
    this.#privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
    this.#publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    this.#z = sm2.z(pair.publicKey);
  }

  sign(message: Uint8Array): Uint8Array {
    return createSign('sm3').update(this.#z).update(message).sign(this.#privateKey);
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    return createVerify('sm3').update(this.#z).update(message).verify(this.#publicKey, signature);
  }
}

import { createPublicKey, verify } from 'node:crypto';
import { DerReader, fromHex, sm2, toHex } from '@cssi/sm-core';
import { ConformanceFailure } from '@cssi/sm-core/conformance';
import { decodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import type { CertificateSigner, SignatureAlgorithm } from '../spec/v1/signer.ts';

/** Order n of the base point. @standard GB/T 32918.5-2017 §2, FIPS 186-4 D.1.2.3 */
const ORDERS: Readonly<Record<SignatureAlgorithm, Uint8Array>> = {
  'sm2-sm3': fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'),
  'ecdsa-p256-sha256': fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
};

/** Verifies with the key of `publicKeyInfo`; a signature that is no DER verifies as false. */
export function verifies(
  signer: CertificateSigner,
  message: Uint8Array,
  signature: Uint8Array,
  id?: Uint8Array,
): boolean {
  try {
    if (signer.algorithm === 'sm2-sm3') {
      const key = decodeSm2PublicKeyInfo(signer.publicKeyInfo);
      return sm2.verify(key, message, signature, id === undefined ? {} : { id });
    }
    const key = createPublicKey({ key: Buffer.from(signer.publicKeyInfo), format: 'der', type: 'spki' });
    return verify('sha256', message, key, signature);
  } catch {
    return false;
  }
}

/** r and s of a strict DER SEQUENCE, 32 bytes each. */
export function readSignature(signature: Uint8Array): { r: Uint8Array; s: Uint8Array } {
  const outer = new DerReader(signature);
  const inner = new DerReader(outer.element(0x30));
  outer.end();
  const r = inner.unsigned(32);
  const s = inner.unsigned(32);
  inner.end();
  return { r, s };
}

/** Fails unless 1 ≤ value ≤ n-1. */
export function expectInOrder(algorithm: SignatureAlgorithm, value: Uint8Array, name: string): void {
  const zero = value.every((byte) => byte === 0);
  // Equal lengths, so the hex texts compare as the numbers do.
  if (zero || toHex(value) >= toHex(ORDERS[algorithm])) {
    throw new ConformanceFailure(`${name} is not in 1 to n-1`);
  }
}

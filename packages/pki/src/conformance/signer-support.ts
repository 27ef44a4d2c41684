import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { DerReader, fromHex, sm2, toHex } from '@cssi/sm-core';
import { ConformanceFailure } from '@cssi/sm-core/conformance';
import { decodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import type { CertificateSigner, SignatureAlgorithm } from '../spec/v1/signer.ts';

/** What an algorithm that is not SM2 asks of its key and hashes with. */
interface Foreign {
  readonly hash: string;
  /** `undefined` for RSA. */
  readonly curve?: string;
}

const FOREIGN: Readonly<Record<Exclude<SignatureAlgorithm, 'sm2-sm3'>, Foreign>> = {
  'ecdsa-p256-sha256': { hash: 'sha256', curve: 'prime256v1' },
  'ecdsa-p384-sha384': { hash: 'sha384', curve: 'secp384r1' },
  'rsa-pkcs1-sha256': { hash: 'sha256' },
};

/** Order n of the base point. @standard GB/T 32918.5-2017 §2, FIPS 186-4 D.1.2.3, D.1.2.4 */
const ORDERS: Readonly<Record<Exclude<SignatureAlgorithm, 'rsa-pkcs1-sha256'>, Uint8Array>> = {
  'sm2-sm3': fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'),
  'ecdsa-p256-sha256': fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  'ecdsa-p384-sha384': fromHex(
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ),
};

const nodeKeyOf = (publicKeyInfo: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });

/** Is the key of `signer` one of its algorithm? */
export function keyFits({ algorithm, publicKeyInfo }: CertificateSigner): boolean {
  if (algorithm === 'sm2-sm3') return true;
  const { asymmetricKeyDetails, asymmetricKeyType } = nodeKeyOf(publicKeyInfo);
  const { curve } = FOREIGN[algorithm];
  return curve === undefined ? asymmetricKeyType === 'rsa' : asymmetricKeyDetails?.namedCurve === curve;
}

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
    return verify(FOREIGN[signer.algorithm].hash, message, nodeKeyOf(signer.publicKeyInfo), signature);
  } catch {
    return false;
  }
}

/** r and s of a strict DER SEQUENCE, 32 bytes each, or 48 for P-384. */
export function readSignature(
  signature: Uint8Array,
  algorithm: SignatureAlgorithm,
): { r: Uint8Array; s: Uint8Array } {
  const size = algorithm === 'ecdsa-p384-sha384' ? 48 : 32;
  const outer = new DerReader(signature);
  const inner = new DerReader(outer.element(0x30));
  outer.end();
  const r = inner.unsigned(size);
  const s = inner.unsigned(size);
  inner.end();
  return { r, s };
}

/** Fails unless the signature has the encoding of its algorithm: DER of r and s, or an RSA value as long as the modulus. */
export function expectEncoding(signer: CertificateSigner, signature: Uint8Array): void {
  if (signer.algorithm !== 'rsa-pkcs1-sha256') {
    readSignature(signature, signer.algorithm);
    return;
  }
  const bits = nodeKeyOf(signer.publicKeyInfo).asymmetricKeyDetails?.modulusLength ?? 0;
  if (signature.length !== Math.ceil(bits / 8))
    throw new ConformanceFailure('another length than the modulus');
}

/** Fails unless r and s are in 1 to n-1; RSA has none. */
export function expectInOrder(algorithm: SignatureAlgorithm, signature: Uint8Array): void {
  if (algorithm === 'rsa-pkcs1-sha256') return;
  for (const [name, value] of Object.entries(readSignature(signature, algorithm))) {
    const zero = value.every((byte) => byte === 0);
    // Equal lengths, so the hex texts compare as the numbers do.
    if (zero || toHex(value) >= toHex(ORDERS[algorithm])) {
      throw new ConformanceFailure(`${name} is not in 1 to n-1`);
    }
  }
}

/** Signs a digest; a signer without the method rejects. */
export async function signDigest(signer: CertificateSigner, digest: Uint8Array): Promise<Uint8Array> {
  if (signer.signDigest === undefined) throw new ConformanceFailure('signDigest is missing');
  return signer.signDigest(digest);
}

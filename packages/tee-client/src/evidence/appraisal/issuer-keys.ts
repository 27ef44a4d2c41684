import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type CertificateSigner, decodeSm2PublicKeyInfo } from '@cssi/pki';
import { concatBytes, DerReader, SmError, sm2 } from '@cssi/sm-core';

/** How reference values and attestation results are signed; both give r ‖ s of 64 bytes. @group Attestation */
export type ResultAlgorithm = 'sm2-sm3' | 'es256';

/** A key that may sign them. @internal */
export interface IssuerKey {
  readonly algorithm: ResultAlgorithm;
  readonly publicKeyInfo: Uint8Array;
  /** False for a wrong signature and for one that is none. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

const SIGNATURE_BYTES = 64;
const HALF = SIGNATURE_BYTES / 2;

function sm2Key(publicKeyInfo: Uint8Array): IssuerKey | undefined {
  let publicKey: Uint8Array;
  try {
    publicKey = decodeSm2PublicKeyInfo(publicKeyInfo);
  } catch (error) {
    if (error instanceof SmError) return undefined;
    throw error;
  }
  return {
    algorithm: 'sm2-sm3',
    publicKeyInfo,
    // Of the right length nothing but the signature can be wrong.
    verify: (message, signature) =>
      signature.length === SIGNATURE_BYTES && sm2.verify(publicKey, message, signature, { format: 'raw' }),
  };
}

function p256Key(publicKeyInfo: Uint8Array): IssuerKey | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return undefined;
  }
  return {
    algorithm: 'es256',
    publicKeyInfo,
    verify: (message, signature) =>
      signature.length === SIGNATURE_BYTES &&
      verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature),
  };
}

/** The key of a SubjectPublicKeyInfo; `undefined` when it is neither SM2 nor P-256. @internal */
export function issuerKey(publicKeyInfo: Uint8Array): IssuerKey | undefined {
  return sm2Key(publicKeyInfo) ?? p256Key(publicKeyInfo);
}

/** What a signer signs with, if results may be signed so. @internal */
export function signerAlgorithm(signer: CertificateSigner): ResultAlgorithm | undefined {
  if (signer.algorithm === 'sm2-sm3') return 'sm2-sm3';
  return signer.algorithm === 'ecdsa-p256-sha256' ? 'es256' : undefined;
}

/** Signs; r ‖ s of 64 bytes out of the signer's DER. @internal */
export async function signRaw(signer: CertificateSigner, message: Uint8Array): Promise<Uint8Array> {
  const outer = new DerReader(await signer.sign(message));
  const inner = new DerReader(outer.element(0x30));
  outer.end();
  const out = concatBytes(inner.unsigned(HALF), inner.unsigned(HALF));
  inner.end();
  return out;
}

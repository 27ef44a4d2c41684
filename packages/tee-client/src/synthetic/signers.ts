import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type CertificateSigner, encodeSm2PublicKeyInfo } from '@cssi/pki';
import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';

/** Signs the certificates of a synthetic vendor with SM2. @internal */
export const sm2Issuer = (pair: Sm2KeyPair): CertificateSigner => ({
  algorithm: 'sm2-sm3',
  publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
  sign: async (message) => sm2.signWith(pair, message),
});

/** Signs the certificates of a synthetic vendor with a P-256 or P-384 key. @internal */
export function ecdsaIssuer(privateKey: KeyObject): CertificateSigner {
  const long = privateKey.asymmetricKeyDetails?.namedCurve === 'secp384r1';
  return {
    algorithm: long ? 'ecdsa-p384-sha384' : 'ecdsa-p256-sha256',
    publicKeyInfo: Uint8Array.from(createPublicKey(privateKey).export({ format: 'der', type: 'spki' })),
    sign: async (message) => Uint8Array.from(sign(long ? 'sha384' : 'sha256', message, privateKey)),
  };
}

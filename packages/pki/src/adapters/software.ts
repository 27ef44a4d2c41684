import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { checkBytes, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { encodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';

/**
 * A signer with an SM2 key pair in memory. The pair stays the caller's to destroy; signing
 * then rejects with ERR_SECRET_DESTROYED.
 *
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID
 */
export function sm2SoftwareSigner(pair: Sm2KeyPair): CertificateSigner {
  return {
    algorithm: 'sm2-sm3',
    publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
    sign: async (message) => sm2.signWith(pair, message),
  };
}

/**
 * A signer with a P-256 key of Node, for the HTTPS server.
 *
 * @throws {@link SmError} ERR_PKI_ALGORITHM_UNSUPPORTED
 */
export function ecdsaP256SoftwareSigner(privateKey: KeyObject): CertificateSigner {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'expected=P-256 private key' });
  }
  const publicKeyInfo = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    algorithm: 'ecdsa-p256-sha256',
    publicKeyInfo: Uint8Array.from(publicKeyInfo),
    sign: async (message) => {
      checkBytes(message, 'message', 0, Number.MAX_SAFE_INTEGER);
      return Uint8Array.from(sign('sha256', message, privateKey));
    },
  };
}

import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { checkBytes, Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { encodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { KeyDecipherer } from '../spec/v1/decipherer.ts';
import type { CertificateSigner, SignatureAlgorithm } from '../spec/v1/signer.ts';

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
    signDigest: async (digest) => sm2.signDigest(pair.privateKey, digest),
  };
}

/**
 * A decipherer with an SM2 key pair in memory. The pair stays the caller's to destroy.
 *
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID
 */
export function sm2SoftwareDecipherer(pair: Sm2KeyPair): KeyDecipherer {
  return {
    publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
    decrypt: async (cipher) => Secret.take(sm2.decrypt(pair.privateKey, cipher, { format: 'der' })),
  };
}

/** What a key of Node signs with; RSA of 2048 bits or more. */
function algorithmOf(key: KeyObject): Exclude<SignatureAlgorithm, 'sm2-sm3'> | undefined {
  if (key.type !== 'private') return undefined;
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (namedCurve === 'prime256v1') return 'ecdsa-p256-sha256';
  if (namedCurve === 'secp384r1') return 'ecdsa-p384-sha384';
  return key.asymmetricKeyType === 'rsa' && modulusLength >= 2048 ? 'rsa-pkcs1-sha256' : undefined;
}

/**
 * A signer with a P-256, P-384 or RSA key of Node, for chains that are not SM2. It signs
 * messages only, not digests.
 *
 * @throws {@link SmError} ERR_PKI_ALGORITHM_UNSUPPORTED
 */
export function nodeSoftwareSigner(privateKey: KeyObject): CertificateSigner {
  const algorithm = algorithmOf(privateKey);
  if (algorithm === undefined) {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', {
      detail: 'expected=P-256, P-384 or RSA private key',
    });
  }
  const hash = algorithm === 'ecdsa-p384-sha384' ? 'sha384' : 'sha256';
  const publicKeyInfo = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    algorithm,
    publicKeyInfo: Uint8Array.from(publicKeyInfo),
    sign: async (message) => {
      checkBytes(message, 'message', 0, Number.MAX_SAFE_INTEGER);
      return Uint8Array.from(sign(hash, message, privateKey));
    },
  };
}

/**
 * A signer with a P-256 key of Node, for the HTTPS server.
 *
 * @throws {@link SmError} ERR_PKI_ALGORITHM_UNSUPPORTED
 */
export function ecdsaP256SoftwareSigner(privateKey: KeyObject): CertificateSigner {
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'expected=P-256 private key' });
  }
  return nodeSoftwareSigner(privateKey);
}

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { SmError, sm2 } from '@cssi/sm-core';
import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { readPublicKeyInfo } from './public-key.ts';

/**
 * Whether a signature is right or wrong, the key is of another kind than the signature
 * algorithm needs, or the algorithm is one that this version cannot check.
 */
export type SignatureCheck = 'right' | 'wrong' | 'key-mismatch' | 'unsupported';

/** A signature algorithm that Node's crypto checks for us. */
interface NodeAlgorithm {
  readonly hash: string;
  /** `keyAlgorithm` the key must have. */
  readonly key: string;
}

const NODE_ALGORITHMS: Readonly<Record<string, NodeAlgorithm>> = {
  [OIDS.ecdsaWithSha256]: { hash: 'sha256', key: `ec:${OIDS.p256}` },
  [OIDS.ecdsaWithSha384]: { hash: 'sha384', key: `ec:${OIDS.p384}` },
  [OIDS.rsaWithSha256]: { hash: 'sha256', key: OIDS.rsaEncryption },
  [OIDS.rsaWithSha384]: { hash: 'sha384', key: OIDS.rsaEncryption },
  [OIDS.rsaWithSha512]: { hash: 'sha512', key: OIDS.rsaEncryption },
};
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/** Names of {@link Certificate.signatureAlgorithm} back to OIDs. */
const NAMED: Readonly<Record<string, string>> = {
  'sm2-sm3': OIDS.sm2WithSm3,
  'ecdsa-p256-sha256': OIDS.ecdsaWithSha256,
};

function checkSm2(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  id: Uint8Array | undefined,
): SignatureCheck {
  try {
    return sm2.verify(publicKey, message, signature, id === undefined ? {} : { id }) ? 'right' : 'wrong';
  } catch (error) {
    if (error instanceof SmError && error.code === 'ERR_SM2_SIGNATURE_MALFORMED') return 'wrong';
    throw error;
  }
}

function checkWithNode(
  { hash }: NodeAlgorithm,
  publicKeyInfo: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): SignatureCheck {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    // A point that is not on its curve, or a broken RSA key: it has signed nothing.
    return 'wrong';
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)) return 'unsupported';
  try {
    return verify(hash, message, key, signature) ? 'right' : 'wrong';
  } catch {
    return 'wrong';
  }
}

/** Checks `signature` of the algorithm `oid` over `message` with the key of `publicKeyInfo`. @internal */
export function verifyWithPublicKeyInfo(
  oid: string,
  publicKeyInfo: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  signerId?: Uint8Array,
): SignatureCheck {
  const { keyAlgorithm, sm2PublicKey } = readPublicKeyInfo(publicKeyInfo);
  if (oid === OIDS.sm2WithSm3) {
    return sm2PublicKey === undefined ? 'key-mismatch' : checkSm2(sm2PublicKey, message, signature, signerId);
  }
  const algorithm = NODE_ALGORITHMS[oid];
  if (algorithm === undefined) return 'unsupported';
  if (keyAlgorithm !== algorithm.key) return 'key-mismatch';
  return checkWithNode(algorithm, publicKeyInfo, message, signature);
}

/**
 * Checks the signature of `certificate` with the key of `issuer`, over the bytes as received.
 * SM2 with SM3, ECDSA on P-256 and P-384, RSA PKCS#1 v1.5 of 2048 to 8192 bits.
 *
 * @param signerId - SM2 signer ID of the issuer; the default one when left out
 * @throws {@link SmError} ERR_SM2_ID_INVALID
 */
export function checkCertificateSignature(
  certificate: Certificate,
  issuer: Certificate,
  signerId?: Uint8Array,
): SignatureCheck {
  const { signatureAlgorithm, tbsRaw, signature } = certificate;
  const oid = NAMED[signatureAlgorithm] ?? signatureAlgorithm;
  return verifyWithPublicKeyInfo(oid, issuer.publicKeyInfo, tbsRaw, signature, signerId);
}

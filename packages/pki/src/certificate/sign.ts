import { SmError } from '@cssi/sm-core';
import { type AlgorithmName, encodeAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import { DerProblem } from '../internal/tlv.ts';
import { bits, sequence } from '../internal/write.ts';
import { verifySignature } from '../signature/verify.ts';
import type { CertificateSigner, SignatureAlgorithm } from '../spec/v1/signer.ts';

const ALGORITHMS: Readonly<Record<SignatureAlgorithm, AlgorithmName>> = {
  'sm2-sm3': 'sm2-sm3',
  'ecdsa-p256-sha256': 'ecdsa-sha256',
  'ecdsa-p384-sha384': 'ecdsa-sha384',
  'rsa-pkcs1-sha256': 'rsa-pkcs1-sha256',
};

function isRight(
  algorithm: AlgorithmName,
  publicKeyInfo: Uint8Array,
  tbs: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verifySignature(algorithm, publicKeyInfo, tbs, signature).check === 'right';
  } catch (cause) {
    if (cause instanceof SmError || cause instanceof DerProblem) {
      throw PKI_ERRORS.create('ERR_PKI_SIGNING_FAILED', { cause });
    }
    throw cause;
  }
}

/**
 * Signs a structure in the form that certificates, requests and revocation lists share:
 * SEQUENCE of what is signed, the algorithm and the signature. The signature is verified before it
 * leaves, so that a device that answers wrongly cannot put a bad one into the world.
 *
 * @param encode - makes the signed part; it is given the AlgorithmIdentifier, which some repeat
 * @throws SmError ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_SIGNING_FAILED, and what the signer throws
 * @internal
 */
export async function signStructure(
  signer: CertificateSigner,
  encode: (algorithm: Uint8Array) => Uint8Array,
): Promise<Uint8Array> {
  if (!Object.hasOwn(ALGORITHMS, signer.algorithm)) {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'field=signer' });
  }
  const name = ALGORITHMS[signer.algorithm];
  const algorithm = encodeAlgorithm(name);
  const tbs = encode(algorithm);
  // The signer gets a copy: what was checked is what leaves.
  const signature = Uint8Array.from(await signer.sign(Uint8Array.from(tbs)));
  if (!isRight(name, signer.publicKeyInfo, tbs, signature)) {
    throw PKI_ERRORS.create('ERR_PKI_SIGNING_FAILED');
  }
  return sequence(tbs, algorithm, bits(signature));
}

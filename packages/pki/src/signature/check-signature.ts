import type { Certificate } from '../spec/v1/certificate.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { type SignatureCheck, verifySignature } from './verify.ts';

/**
 * Checks the signature of `certificate` with the key of `issuer`, over the bytes as received.
 * SM2 with SM3, ECDSA on P-256, P-384 and P-521, RSA PKCS#1 v1.5 and PSS of 2048 to 8192 bits.
 *
 * @param signerIds - what the issuer may have signed with; the default signer ID when left out
 * @throws {@link SmError} ERR_SM2_ID_INVALID, ERR_PKI_PATH_OPTIONS
 */
export function checkCertificateSignature(
  certificate: Certificate,
  issuer: Certificate,
  signerIds?: readonly Sm2SignerId[],
): SignatureCheck {
  const { signatureRef, tbsRaw, signature } = certificate;
  return verifySignature(signatureRef, issuer, tbsRaw, signature, { signerIds }).check;
}

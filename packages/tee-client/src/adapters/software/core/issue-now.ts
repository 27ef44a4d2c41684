import { type CertificateSpec, encodeSm2PublicKeyInfo, issueCertificate, parseCertificate } from '@cssi/pki';
import { derElement, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const OID = 0x06;
/** 1.2.156.10197.1.501, SM2 with SM3. */
const SM2_WITH_SM3 = Uint8Array.of(0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75);

const failed = (step: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_START_FAILED', { detail: `step=certificate ${step}` });

/**
 * {@link issueCertificate} without a promise: a domain never gives way, so no promise in it ever
 * settles. The profile and all checks are those of `@cssi/pki`, which hands the part to be signed
 * to its signer before it waits for anything; the signature is made and the certificate put
 * together here, and read and verified again before it leaves.
 *
 * @throws {@link SmError} ERR_TEE_START_FAILED
 */
export function issueNow(spec: CertificateSpec, issuer: Sm2KeyPair): Uint8Array {
  let tbs: Uint8Array | undefined;
  const never = new Promise<Uint8Array>(() => {});
  issueCertificate(spec, {
    algorithm: 'sm2-sm3',
    publicKeyInfo: encodeSm2PublicKeyInfo(issuer.publicKey),
    sign: (message) => {
      tbs = Uint8Array.from(message);
      return never;
    },
  }).catch(() => {});
  if (tbs === undefined) throw failed('refused');
  const algorithm = derElement(SEQUENCE, derElement(OID, SM2_WITH_SM3));
  const signature = sm2.signWith(issuer, tbs);
  const certificate = derElement(
    SEQUENCE,
    tbs,
    algorithm,
    derElement(BIT_STRING, Uint8Array.of(0), signature),
  );
  const { tbsRaw } = parseCertificate(certificate);
  if (!sm2.verify(issuer.publicKey, tbsRaw, signature)) throw failed('signature');
  return certificate;
}

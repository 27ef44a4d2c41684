import { type CertificateSigner, encodeSm2PublicKeyInfo } from '@cssi/pki';
import { coreOperations, encodeCertificateStatement, type ServiceClient } from '@cssi/security-service-api';
import { fromBase64, toBase64 } from '@cssi/sm-core';
import { expect } from './expect.ts';

/** A signing key in the key management service, with its certificate. */
export interface CertifiedKey {
  readonly keyId: string;
  /** DER */
  readonly certificate: Uint8Array;
  /** Signs through the service; the private key stays there. */
  readonly signer: CertificateSigner;
}

/** Creates an SM2 signing key and has it certified for `profile`. */
export async function createCertifiedKey(
  client: ServiceClient,
  profile: 'seal-maker' | 'seal-signer' | 'model-publisher',
  commonName: string,
): Promise<CertifiedKey> {
  const { keyId, publicKey } = await client.call(coreOperations['key.create'], {
    algorithm: 'SM2',
    usage: ['sign'],
    label: profile,
  });
  expect(publicKey !== undefined, 'an SM2 key has a public key');
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const { signature } = await client.call(coreOperations.sign, { keyId, message: toBase64(message) });
    return fromBase64(signature);
  };
  const statement = encodeCertificateStatement({
    tenantId: client.session!.tenantId!,
    profile,
    commonName,
    publicKey: fromBase64(publicKey),
  });
  const { certificate } = await client.call(coreOperations['certificate.issue'], {
    profile,
    commonName,
    publicKey,
    possession: toBase64(await sign(statement)),
  });
  return {
    keyId,
    certificate: fromBase64(certificate),
    signer: {
      algorithm: 'sm2-sm3',
      publicKeyInfo: encodeSm2PublicKeyInfo(fromBase64(publicKey)),
      sign,
    },
  };
}

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { equalBytes, type Secret } from '@cssi/sm-core';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { DecodedPrivateKey } from '../spec/v1/container.ts';

/** No key of any certificate. */
const NO_KEY: Uint8Array = new Uint8Array(0);

/** The SM2 key of a certificate in a container; no bytes for one of another kind. */
export function certificateKeyOf(der: Uint8Array): Uint8Array {
  try {
    return parseCertificate(der).sm2PublicKey ?? NO_KEY;
  } catch (cause) {
    throw PKI_ERRORS.create('ERR_PKI_CONTAINER_MALFORMED', { detail: 'reason=certificate', cause });
  }
}

function foreignFits(pkcs8: Secret, publicKeyInfo: Uint8Array): boolean {
  const input = pkcs8.use((bytes) => Buffer.from(bytes));
  try {
    const own = createPublicKey(createPrivateKey({ key: input, format: 'der', type: 'pkcs8' }));
    return createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' }).equals(own);
  } catch {
    return false;
  } finally {
    input.fill(0);
  }
}

/** Is the certificate one of this key? @throws SmError for what is no certificate */
export function certificateFits(key: DecodedPrivateKey, der: Uint8Array): boolean {
  const { sm2PublicKey, publicKeyInfo } = parseCertificate(der);
  if (key.kind !== 'sm2') return foreignFits(key.pkcs8, publicKeyInfo);
  return equalBytes(sm2PublicKey ?? NO_KEY, key.pair.publicKey);
}

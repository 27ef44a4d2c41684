import { parseCertificate } from '../certificate/parse-certificate.ts';
import { PKI_ERRORS } from '../errors.ts';

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

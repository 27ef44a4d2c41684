import type { CertificateSigner } from '@cssi/pki';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { AUDIT_MAX_CHARACTERS } from '../spec/v1/audit.ts';

const ORIGIN = /^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/;

/** Checks the name of a log. @throws {@link SmError} ERR_AUDIT_OPTION_INVALID */
export function checkOrigin(origin: unknown): string {
  if (typeof origin !== 'string' || origin.length > AUDIT_MAX_CHARACTERS.origin || !ORIGIN.test(origin)) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_OPTION_INVALID', { detail: 'option=origin' });
  }
  return origin;
}

/** Checkpoints are signed with SM2 only. @throws {@link SmError} ERR_AUDIT_OPTION_INVALID */
export function checkSigner(signer: CertificateSigner): CertificateSigner {
  if (signer.algorithm !== 'sm2-sm3') {
    throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_OPTION_INVALID', {
      detail: 'option=signer reason=algorithm',
    });
  }
  return signer;
}

/** Checks a number among the options. @throws {@link SmError} ERR_AUDIT_OPTION_INVALID */
export function checkNumber(name: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_OPTION_INVALID', { detail: `option=${name}` });
  }
  return value;
}

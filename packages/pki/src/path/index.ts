/** Judgement on certificates by a path to a trust anchor. */

export { validateCertificatePath, verifyCertificatePath } from './verify-path.ts';

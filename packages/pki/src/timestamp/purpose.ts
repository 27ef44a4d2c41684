import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';

/** What the extended key usage of a certificate says about time stamping. */
export type TimeStampPurpose = 'sole-and-critical' | 'not-sole-or-critical' | 'missing';

/** RFC 3161 §2.3: the one purpose, in an extension that is critical. */
export function timeStampPurpose({ extendedKeyUsage, extensions }: Certificate): TimeStampPurpose {
  if (extendedKeyUsage?.includes(OIDS.timeStamping) !== true) return 'missing';
  const critical = extensions.some((entry) => entry.oid === OIDS.extendedKeyUsage && entry.critical);
  return critical && extendedKeyUsage.length === 1 ? 'sole-and-critical' : 'not-sole-or-critical';
}

/** A stated key usage must allow signatures. @standard RFC 5280 §4.2.1.12 */
export const maySign = ({ keyUsage }: Certificate): boolean =>
  keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation');

import { SmError } from '@cssi/sm-core';
import { parseCrl } from '../revocation/parse-crl.ts';
import type { MessageCertificates } from '../spec/v1/message.ts';
import { MAX_PATH_CANDIDATES, type PathOptions } from '../spec/v1/path.ts';
import { type CertificateRevocationList, MAX_REVOCATION_EVIDENCE } from '../spec/v1/revocation.ts';

/** The list, or nothing when it cannot be read: a bad list in a message must not hide a good one beside it. */
function readCrl(der: Uint8Array): CertificateRevocationList[] {
  try {
    return [parseCrl(der)];
  } catch (error) {
    if (error instanceof SmError) return [];
    throw error;
  }
}

/** The caller's candidates and lists, and then those that a message carries, which are not trusted. */
export function withCarried<T extends Omit<PathOptions, 'time'>>(
  options: T,
  carried: MessageCertificates,
): T {
  const { intermediates = [], crls } = options;
  const lists = carried.crls.slice(0, MAX_REVOCATION_EVIDENCE).flatMap(readCrl);
  const all = [...(crls ?? []), ...lists];
  return {
    ...options,
    intermediates: [...intermediates, ...carried.certificates].slice(
      0,
      Math.max(intermediates.length, MAX_PATH_CANDIDATES),
    ),
    ...(all.length === 0 ? {} : { crls: all.slice(0, Math.max(crls?.length ?? 0, MAX_REVOCATION_EVIDENCE)) }),
  };
}

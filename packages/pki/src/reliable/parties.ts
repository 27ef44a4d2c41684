import { equalBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { sameName } from './holder.ts';

/** Most certificates, and most names, of one party. */
const MAX_PARTY_ENTRIES = 64;

/** Who a party of an exchange is: by its certificates, by its name in certificates, or both. */
export interface EvidenceParty {
  /** Certificates that are the party's. */
  readonly certificates?: readonly Certificate[];
  /**
   * Subjects, DER of each Name, that are the party's under the anchors given; compared without
   * regard to case, white space and string type.
   */
  readonly subjects?: readonly Uint8Array[];
}

const isBytes = (value: unknown): boolean => value instanceof Uint8Array;

/** @throws SmError ERR_PKI_MESSAGE_OPTIONS for a party that nobody can be */
export function checkParty(party: EvidenceParty): EvidenceParty {
  const { certificates = [], subjects = [] } = party ?? {};
  const lists = Array.isArray(certificates) && Array.isArray(subjects);
  const size = certificates.length + subjects.length;
  if (!lists || size === 0 || size > MAX_PARTY_ENTRIES || !subjects.every(isBytes)) {
    throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: 'option=parties' });
  }
  return { certificates: [...certificates], subjects: subjects.map((name) => Uint8Array.from(name)) };
}

/** Is the certificate the party's? */
export const isOf = (
  { certificates = [], subjects = [] }: EvidenceParty,
  certificate: Certificate,
): boolean =>
  certificates.some(({ raw }) => equalBytes(raw, certificate.raw)) ||
  subjects.some((name) => sameName(name, certificate.subjectRaw));

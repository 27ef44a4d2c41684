import { SmError } from '@cssi/sm-core';
import type { FindingLog } from '../internal/finding-log.ts';
import { parseCrl } from '../revocation/parse-crl.ts';
import type { MessageCertificates } from '../spec/v1/message.ts';
import type { CertificateRevocationList } from '../spec/v1/revocation.ts';

/**
 * The revocation lists of a message that can be read; a bad one must not hide a good one beside
 * it. Their deviations go to the log, and the strict policy means them too.
 *
 * @throws SmError ERR_PKI_DEVIATION_REFUSED
 */
export const carriedCrls = (
  { crls }: MessageCertificates,
  log: FindingLog,
): readonly CertificateRevocationList[] =>
  crls.flatMap((der) => {
    try {
      const list = parseCrl(der, { policy: log.policy });
      log.add(list.findings, 'crls');
      return [list];
    } catch (error) {
      if (error instanceof SmError && error.code !== 'ERR_PKI_DEVIATION_REFUSED') return [];
      throw error;
    }
  });

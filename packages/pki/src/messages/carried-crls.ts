import { SmError } from '@cssi/sm-core';
import { parseCrl } from '../revocation/parse-crl.ts';
import type { MessageCertificates } from '../spec/v1/message.ts';
import type { CertificateRevocationList } from '../spec/v1/revocation.ts';

/** The revocation lists of a message that can be read; a bad one must not hide a good one beside it. */
export const carriedCrls = ({ crls }: MessageCertificates): readonly CertificateRevocationList[] =>
  crls.flatMap((der) => {
    try {
      return [parseCrl(der)];
    } catch (error) {
      if (error instanceof SmError) return [];
      throw error;
    }
  });

import { PKI_ERRORS } from '../errors.ts';
import { parseCrl } from '../revocation/parse-crl.ts';
import { parseOcspResponse } from '../revocation/parse-ocsp-response.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { MAX_REVOCATION_EVIDENCE } from '../spec/v1/revocation.ts';
import { ownBytes, type ReadEvidence } from './options.ts';
import type { RevocationEvidence } from './revocation-values.ts';

/**
 * Gets evidence about revocation for certificates, by whatever way: from a file, over HTTP, from
 * the CA itself. Called with the certificate in question first, and those above it that are known.
 */
export type EvidenceCollector = (
  certificates: readonly Certificate[],
) => Promise<Partial<RevocationEvidence>> | Partial<RevocationEvidence>;

/** Evidence as bytes, and read. */
export interface CollectedEvidence {
  readonly raw: RevocationEvidence;
  readonly read: ReadEvidence;
}

const NONE: CollectedEvidence = {
  raw: { crls: [], ocspResponses: [] },
  read: { crls: [], ocspResponses: [] },
};

function own(list: readonly Uint8Array[] | undefined, what: string): Uint8Array[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length > MAX_REVOCATION_EVIDENCE) {
    throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=${what}` });
  }
  return list.map((bytes: unknown) => ownBytes(bytes, what));
}

/**
 * Calls a collector. What it gives must be readable: a signature is not to carry junk.
 *
 * @throws SmError ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_CRL_MALFORMED, ERR_PKI_OCSP_MALFORMED, and what the collector throws
 */
export async function collectEvidence(
  collect: EvidenceCollector | undefined,
  certificates: readonly Certificate[],
): Promise<CollectedEvidence> {
  if (collect === undefined) return NONE;
  const { crls, ocspResponses } = await collect(certificates);
  const raw = { crls: own(crls, 'crls'), ocspResponses: own(ocspResponses, 'ocspResponses') };
  return {
    raw,
    read: {
      crls: raw.crls.map((der) => parseCrl(der)),
      ocspResponses: raw.ocspResponses.map((der) => parseOcspResponse(der)),
    },
  };
}

const key = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Two collections as one; what both have is there once. */
export function joinEvidence(a: RevocationEvidence, b: RevocationEvidence): RevocationEvidence {
  const unique = (lists: readonly Uint8Array[]) => [
    ...new Map(lists.map((bytes) => [key(bytes), bytes])).values(),
  ];
  return {
    crls: unique([...a.crls, ...b.crls]),
    ocspResponses: unique([...a.ocspResponses, ...b.ocspResponses]),
  };
}

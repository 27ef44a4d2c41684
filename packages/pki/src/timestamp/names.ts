import { equalBytes } from '@cssi/sm-core';
import { DerProblem, readAll, readOne } from '../internal/tlv.ts';
import { explicit } from '../internal/write.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';

function alternativeNames({ extensions }: Certificate): readonly Uint8Array[] {
  const extension = extensions.find(({ oid }) => oid === OIDS.subjectAltName);
  if (extension === undefined) return [];
  try {
    return readAll(readOne(extension.value, 0x30).value).map(({ raw }) => raw);
  } catch (error) {
    if (error instanceof DerProblem) return [];
    throw error;
  }
}

/** Is this GeneralName (DER) the subject of the certificate or one of its alternative names? */
export const hasName = (certificate: Certificate, name: Uint8Array): boolean =>
  [explicit(4, certificate.subjectRaw), ...alternativeNames(certificate)].some((own) =>
    equalBytes(own, name),
  );

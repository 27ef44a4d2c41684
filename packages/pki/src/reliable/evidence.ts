import { SmError } from '@cssi/sm-core';
import { DerProblem } from '../internal/tlv.ts';
import { parseCrl } from '../revocation/parse-crl.ts';
import { parseOcspResponse } from '../revocation/parse-ocsp-response.ts';
import type { MessageSigner, SignedMessage } from '../spec/v1/message.ts';
import { MAX_REVOCATION_EVIDENCE } from '../spec/v1/revocation.ts';
import { TIMESTAMP_OIDS } from '../spec/v1/timestamp.ts';
import type { ReadEvidence, ReliableVerifyOptions } from './options.ts';
import { type RevocationEvidence, readRevocationValues } from './revocation-values.ts';

/** Evidence of one signature, and whether some of it could not be read. */
interface CarriedEvidence extends ReadEvidence {
  readonly malformed: boolean;
}

/** `undefined` for what is malformed. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SmError || error instanceof DerProblem) return undefined;
    throw error;
  }
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value): value is T => value !== undefined);

function valuesOf({ unsignedAttributes }: MessageSigner): readonly (RevocationEvidence | undefined)[] {
  return unsignedAttributes
    .filter(({ oid }) => oid === TIMESTAMP_OIDS.revocationValues)
    .flatMap(({ values }) => values)
    .map((value) => attempt(() => readRevocationValues(value)));
}

/**
 * The caller's evidence, then what the message and the attribute revocationValues of the signer
 * carry. What is malformed is left out and reported: it must not hide good evidence beside it.
 */
export function evidenceOf(
  message: SignedMessage,
  signer: MessageSigner,
  { crls = [], ocspResponses = [] }: ReliableVerifyOptions,
): CarriedEvidence {
  const carried = valuesOf(signer);
  const lists = [...message.crls, ...present(carried).flatMap((value) => value.crls)]
    .slice(0, MAX_REVOCATION_EVIDENCE)
    .map((der) => attempt(() => parseCrl(der)));
  const responses = present(carried)
    .flatMap((value) => value.ocspResponses)
    .slice(0, MAX_REVOCATION_EVIDENCE)
    .map((der) => attempt(() => parseOcspResponse(der)));
  return {
    crls: [...crls, ...present(lists)].slice(0, MAX_REVOCATION_EVIDENCE),
    ocspResponses: [...ocspResponses, ...present(responses)].slice(0, MAX_REVOCATION_EVIDENCE),
    malformed: [...carried, ...lists, ...responses].includes(undefined),
  };
}

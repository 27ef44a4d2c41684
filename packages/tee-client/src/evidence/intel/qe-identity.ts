import { malformed } from '../malformed.ts';
import type { JsonFields } from './json-fields.ts';
import { readSignedJson, type SignedJson } from './signed-json.ts';
import { readSvnLevels, type SvnLevel } from './tcb-info.ts';

/** Kinds of enclave Intel gives identities of. @group Attestation */
export type EnclaveIdentityId = 'QE' | 'TD_QE' | 'QVE';

/**
 * What the quoting enclave has to be.
 *
 * @standard Intel SGX/TDX Provisioning Certification Service API v4, enclave identity version 2
 * @group Attestation
 */
export interface EnclaveIdentity {
  readonly id: EnclaveIdentityId;
  readonly version: number;
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  readonly evaluationNumber: number;
  /** 4 bytes, in the order of the report. */
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  /** 16 bytes, as is the mask. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly levels: readonly SvnLevel[];
}

const IDS: ReadonlySet<string> = new Set<EnclaveIdentityId>(['QE', 'TD_QE', 'QVE']);

function readEnclaveIdentity(fields: JsonFields): EnclaveIdentity {
  if (fields.integer('version', 255) !== 2) throw malformed('qe-identity-version');
  const id = fields.text('id');
  if (!IDS.has(id)) throw malformed('qe-identity-id');
  return {
    id: id as EnclaveIdentityId,
    version: 2,
    issueDate: fields.date('issueDate'),
    nextUpdate: fields.date('nextUpdate'),
    evaluationNumber: fields.integer('tcbEvaluationDataNumber', 0xffff_ffff),
    miscSelect: fields.hex('miscselect', 4),
    miscSelectMask: fields.hex('miscselectMask', 4),
    attributes: fields.hex('attributes', 16),
    attributesMask: fields.hex('attributesMask', 16),
    mrSigner: fields.hex('mrsigner', 32),
    isvProdId: fields.integer('isvprodid', 65_535),
    levels: readSvnLevels(fields),
  };
}

/**
 * Reads an enclave identity as served: `{"enclaveIdentity":{…},"signature":"…"}`. Says nothing about
 * the signature.
 *
 * @param bytes - JSON, at most 131,072 bytes
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseEnclaveIdentity(bytes: Uint8Array): EnclaveIdentity {
  return readEnclaveIdentity(readSignedJson(bytes, 'enclaveIdentity').fields);
}

/** As {@link parseEnclaveIdentity}, with what the signature is over. @internal */
export function readSignedEnclaveIdentity(
  bytes: Uint8Array,
): SignedJson & { readonly identity: EnclaveIdentity } {
  const json = readSignedJson(bytes, 'enclaveIdentity');
  return { ...json, identity: readEnclaveIdentity(json.fields) };
}

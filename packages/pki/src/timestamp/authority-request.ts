import { SmError } from '@cssi/sm-core';
import type { TimeStampFailure, TimeStampHash, TimeStampRequest } from '../spec/v1/timestamp.ts';
import { isTimeStampHash } from './hashes.ts';
import { parseTimeStampRequest } from './request.ts';

/** A request that is answered by a rejection. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly failure: TimeStampFailure;

  constructor(failure: TimeStampFailure, text: string, cause?: unknown) {
    super(text, cause === undefined ? {} : { cause });
    this.failure = failure;
  }
}

/** What an authority takes. */
export interface RequestRules {
  readonly hashes: readonly TimeStampHash[];
  /** OIDs of the policies that may be asked for. */
  readonly policies: readonly string[];
}

function read(der: Uint8Array): TimeStampRequest {
  try {
    return parseTimeStampRequest(der);
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    throw new Rejection('badDataFormat', 'the request is malformed', error);
  }
}

/** Reads a request and refuses what the authority does not do. @standard RFC 3161 §2.4.2 */
export function acceptRequest(der: Uint8Array, { hashes, policies }: RequestRules): TimeStampRequest {
  const request = read(der);
  const { version, imprint, policy, extensions } = request;
  if (version !== 1) throw new Rejection('badRequest', 'only version 1 is answered');
  if (!isTimeStampHash(imprint.hash) || !hashes.includes(imprint.hash)) {
    throw new Rejection('badAlg', 'the hash algorithm is not accepted');
  }
  if (policy !== undefined && !policies.includes(policy)) {
    throw new Rejection('unacceptedPolicy', 'the policy is not offered');
  }
  // No extension of a request is known here, and one that is ignored would be granted in appearance.
  if (extensions.length > 0) throw new Rejection('unacceptedExtension', 'no extension is accepted');
  return request;
}

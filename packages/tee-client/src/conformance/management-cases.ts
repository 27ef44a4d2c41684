import { toBase64 } from '@cssi/sm-core';
import type { ConformanceCase } from '@cssi/sm-core/conformance';
import type { ManagementSigner } from '../management/index.ts';
import type { ManagementPrivilege, SecurityDomainKey } from '../spec/v1/management.ts';
import { kitOf, type ManagementKit, type ManagementSubject } from './management-support.ts';

/** Every code a command may be refused with for want of authority. */
const DENIED = ['ERR_TEE_MANAGEMENT_DENIED', 'ERR_TEE_MANAGEMENT_SIGNATURE'] as const;

export const MANAGEMENT = {
  denied: DENIED,
  key: (signer: ManagementSigner, privileges: readonly ManagementPrivilege[]): SecurityDomainKey => ({
    publicKey: toBase64(signer.publicKey),
    privileges,
  }),
} as const;

/** A MUST case that needs the capability `management`. */
export function managed(
  id: string,
  clause: string,
  run: (kit: ManagementKit) => Promise<void>,
): ConformanceCase<ManagementSubject> {
  return {
    id,
    clause,
    level: 'MUST',
    requires: ['management'],
    run: (subject, context) => run(kitOf(subject, context)),
  };
}

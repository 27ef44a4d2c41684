import { fromBase64, toBase64 } from '@cssi/sm-core';
import type { evidenceOperation } from '../spec/v1/operations-crypto.ts';
import type { OperationHandler } from '../spec/v1/service.ts';

/** Whatever can give evidence about itself, for example `RootKeyService` of `@cssi/tee-client`. */
export interface EvidenceSource {
  evidence(
    nonce: Uint8Array,
    userData?: Uint8Array,
  ): Promise<{
    readonly format: string;
    readonly report: Uint8Array;
    readonly certificates: readonly Uint8Array[];
  }>;
}

/** Handler of `evidence`. */
export function evidenceHandlers(source: EvidenceSource): {
  readonly evidence: OperationHandler<typeof evidenceOperation>;
} {
  return {
    evidence: async (params) => {
      const userData = params.userData === undefined ? undefined : fromBase64(params.userData);
      const { format, report, certificates } = await source.evidence(fromBase64(params.nonce), userData);
      return { format, report: toBase64(report), certificates: certificates.map(toBase64) };
    },
  };
}

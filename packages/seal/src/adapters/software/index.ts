import { makeSeal } from '../../make-seal.ts';
import { sealOfd } from '../../seal-ofd.ts';
import type { OfdLimits } from '../../spec/v1/oids.ts';
import { OFD_DEFAULT_LIMITS } from '../../spec/v1/oids.ts';
import type { SealService } from '../../spec/v1/service.ts';
import { verifyOfd } from '../../verify-ofd.ts';
import { verifySeal } from '../../verify-seal.ts';
import { writeTextOfd } from '../../write-text-ofd.ts';

/** Options of {@link softwareSealService}. */
export interface SoftwareSealServiceOptions {
  /** Bounds of packages; {@link OFD_DEFAULT_LIMITS} when left out. */
  readonly limits?: OfdLimits;
}

/** The seal service in this process. Keys stay behind the signers it is given. */
export function softwareSealService(options: SoftwareSealServiceOptions = {}): SealService {
  const limits = options.limits ?? OFD_DEFAULT_LIMITS;
  return {
    specVersion: '1',
    makeSeal,
    verifySeal: async (seal, verifyOptions) => verifySeal(seal, verifyOptions),
    writeTextOfd: async (spec) => writeTextOfd(spec),
    sealOfd: (spec) => sealOfd(spec, limits),
    verifyOfd: async (ofd, verifyOptions) => verifyOfd(ofd, verifyOptions, limits),
  };
}

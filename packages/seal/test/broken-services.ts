import type { Verdict, VerdictAspect } from '@cssi/sm-core';
import { softwareSealService } from '../src/adapters/software/index.ts';
import type { SealService } from '../src/index.ts';

const BAD = /WRONG|NOT_|MISSING|DIFFERENT|EXPIRED|OUTSIDE|FUTURE|UNKNOWN|MISMATCH|NO_TRUST/;

/** A verdict as it would be without the checks that give `codes`. */
function forget(verdict: Verdict, codes: readonly string[]): Verdict {
  const aspect = (found: VerdictAspect): VerdictAspect => {
    const reasons = found.reasons.filter((reason) => !codes.includes(reason.code));
    if (reasons.length === found.reasons.length) return found;
    return { status: reasons.some(({ code }) => BAD.test(code)) ? found.status : 'passed', reasons };
  };
  return { integrity: aspect(verdict.integrity), trust: aspect(verdict.trust), time: aspect(verdict.time) };
}

function forgetful(codes: readonly string[]): SealService {
  const right = softwareSealService();
  return {
    ...right,
    verifySeal: async (seal, options) => {
      const result = await right.verifySeal(seal, options);
      return { ...result, verdict: forget(result.verdict, codes) };
    },
    verifyOfd: async (ofd, options) => {
      const result = await right.verifyOfd(ofd, options);
      return { ...result, verdict: forget(result.verdict, codes) };
    },
  };
}

/** A service with a planted fault and the cases that must find it. */
export interface BrokenService {
  readonly fault: string;
  readonly service: SealService;
  readonly killedBy: readonly string[];
}

/** One service per planted fault. */
export function brokenServices(): BrokenService[] {
  const right = softwareSealService();
  return [
    {
      fault: 'ignores coverage',
      service: forgetful(['PART_NOT_COVERED']),
      killedBy: ['ofd.verify.rejects-added-part'],
    },
    {
      fault: 'ignores the maker signature',
      service: forgetful(['MAKER_SIGNATURE_WRONG']),
      killedBy: ['seal.verify.rejects-changed-seal', 'ofd.verify.rejects-forged-seal'],
    },
    {
      fault: 'ignores the certificate list of the seal',
      service: forgetful(['SIGNER_NOT_IN_SEAL']),
      killedBy: ['ofd.verify.rejects-signer-outside-seal'],
    },
    {
      fault: 'ignores the document digest',
      service: forgetful(['DOCUMENT_DIGEST_WRONG']),
      killedBy: ['ofd.verify.rejects-moved-stamp'],
    },
    {
      fault: 'judges every time as now',
      service: forgetful([
        'SEAL_EXPIRED',
        'SEAL_NOT_YET_VALID',
        'SIGNING_TIME_IN_FUTURE',
        'SIGNING_TIME_OUTSIDE_CERTIFICATE',
        'SEAL_EXPIRED_SINCE',
      ]),
      killedBy: [
        'seal.verify.rejects-expired',
        'ofd.verify.rejects-future-time',
        'ofd.verify.rejects-time-outside-seal',
        'ofd.verify.doubts-expired-since',
      ],
    },
    {
      fault: 'ignores the digests of the parts',
      service: forgetful(['REFERENCE_DIGEST_WRONG']),
      killedBy: ['ofd.verify.rejects-changed-text'],
    },
    {
      fault: 'trusts every maker and signer',
      service: forgetful(['MAKER_CERTIFICATE_NOT_TRUSTED', 'SIGNER_CERTIFICATE_NOT_TRUSTED']),
      killedBy: ['seal.verify.rejects-untrusted-maker', 'ofd.verify.rejects-untrusted-signer'],
    },
    {
      fault: 'takes silence about anchors for trust',
      service: {
        ...right,
        verifySeal: (seal, options) => {
          const { anchors } = options;
          return anchors.length > 0
            ? right.verifySeal(seal, options)
            : forgetful(['MAKER_NO_TRUST_ANCHOR']).verifySeal(seal, options);
        },
      },
      killedBy: ['seal.verify.without-anchor-is-indeterminate'],
    },
    {
      fault: 'cuts off what follows the seal',
      service: {
        ...right,
        verifySeal: (seal, options) =>
          right.verifySeal(
            seal.at(-1) === 0 && seal.length > 4 ? seal.subarray(0, 4 + (seal[2]! << 8) + seal[3]!) : seal,
            options,
          ),
      },
      killedBy: ['seal.verify.rejects-trailing-bytes'],
    },
    {
      fault: 'gives another package at every call',
      service: {
        ...right,
        writeTextOfd: (() => {
          let calls = 0;
          return (spec) =>
            right.writeTextOfd({ ...spec, created: new Date(spec.created.getTime() + 2000 * calls++) });
        })() as SealService['writeTextOfd'],
      },
      killedBy: ['ofd.write.is-deterministic'],
    },
  ];
}

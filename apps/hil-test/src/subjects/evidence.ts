import { evidenceVerifierSuite } from '@cssi/tee-client/conformance';
import { EVIDENCE_VERIFIERS } from '@cssi/tee-client/evidence';
import { createSyntheticAttester, SYNTHETIC_KINDS } from '@cssi/tee-client/synthetic';
import { type Trial, trial } from '../trial.ts';

/** The verifiers of evidence, each on a synthetic attester of every kind that it reads. */
export const evidenceTrials: readonly Trial[] = SYNTHETIC_KINDS.map((kind) =>
  trial('tee-client', evidenceVerifierSuite, `verifier, synthetic ${kind}`, async ({ now }) => {
    const { attester, options, isUnsigned } = await createSyntheticAttester(kind, now);
    const verifier = EVIDENCE_VERIFIERS.find(({ type }) => type === attester.type)!;
    return {
      emulated: true,
      subject: {
        verifier,
        attester,
        options: () => options,
        ...(isUnsigned === undefined ? {} : { isUnsigned }),
      },
    };
  }),
);

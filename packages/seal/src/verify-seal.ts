import { checkVerifyOptions } from './internal/check-options.ts';
import { judgeSeal, summarize } from './internal/judge-seal.ts';
import { parseSeal } from './internal/ses-codec.ts';
import { StepRecorder } from './internal/step-recorder.ts';
import type { SealVerifyOptions } from './spec/v1/service.ts';
import type { SealStepId, SealVerdict } from './spec/v1/verdicts.ts';

/**
 * Verifies a seal by itself (验证电子印章), at the time of judgement.
 *
 * @param seal - DER of SESeal, at most 64 KiB
 * @standard GB/T 38540-2020 §6.3
 * @throws {@link SmError} ERR_SEAL_MALFORMED, ERR_SEAL_VERSION_UNSUPPORTED,
 * ERR_SEAL_ALGORITHM_UNSUPPORTED, ERR_SEAL_PARAMETER and those of the certificate parser
 */
export function verifySeal(seal: Uint8Array, options: SealVerifyOptions): SealVerdict {
  checkVerifyOptions(options);
  const parsed = parseSeal(seal);
  const recorder = new StepRecorder<SealStepId>();
  judgeSeal(recorder, parsed, options, options.time);
  return { specVersion: '1', verdict: recorder.verdict, steps: recorder.steps, seal: summarize(parsed) };
}

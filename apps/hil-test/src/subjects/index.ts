import type { Trial } from '../trial.ts';
import { evidenceTrials } from './evidence.ts';
import { kmsTrials } from './kms.ts';
import { modelTransferTrials } from './model-transfer.ts';
import { pkiTrials } from './pki.ts';
import { sealTrials } from './seal.ts';
import { securityServiceTrials } from './security-service-api.ts';
import { smCoreTrials } from './sm-core.ts';
import { teeClientTrials } from './tee-client.ts';

/** Every suite of every layer on every software adapter, lowest layer first. */
export const TRIALS: readonly Trial[] = [
  ...smCoreTrials,
  ...pkiTrials,
  ...teeClientTrials,
  ...evidenceTrials,
  ...securityServiceTrials,
  ...kmsTrials,
  ...sealTrials,
  ...modelTransferTrials,
];

import { softwareSealService } from '@cssi/seal/adapters/software';
import { sealServiceSuite } from '@cssi/seal/conformance';
import { type Trial, trial } from '../trial.ts';

export const sealTrials: readonly Trial[] = [
  trial('seal', sealServiceSuite, 'software', () => ({ subject: softwareSealService() })),
];

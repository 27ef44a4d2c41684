import type { BenchArea } from './area.ts';
import { smCoreArea } from './areas/sm-core.ts';

/** Every area, one file each. */
export const AREAS: readonly BenchArea[] = [smCoreArea];

import type { BenchArea } from './area.ts';
import { ctArea } from './areas/ct.ts';
import { edgeArea } from './areas/edge.ts';
import { evidenceArea } from './areas/evidence.ts';
import { nodeLinesArea } from './areas/node-lines.ts';
import { pkiArea } from './areas/pki.ts';
import { poolArea } from './areas/pool.ts';
import { smCoreArea } from './areas/sm-core.ts';
import { teeArea } from './areas/tee.ts';

/** Every area, one file each. */
export const AREAS: readonly BenchArea[] = [
  smCoreArea,
  ctArea,
  edgeArea,
  poolArea,
  pkiArea,
  teeArea,
  evidenceArea,
  nodeLinesArea,
];

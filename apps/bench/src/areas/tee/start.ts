import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFORMANCE_TA_UUID } from '@cssi/tee-client';
import { createSoftwareTee } from '@cssi/tee-client/adapters/software';
import type { DirectRow, Measured } from '../../area.ts';
import type { Mode } from './subject.ts';

const STARTS = 7;

/** Milliseconds of a start: of the TEE with its core, and of an application up to its first session. */
async function startTimes(mode: Mode): Promise<{ readonly tee: number[]; readonly application: number[] }> {
  const tee: number[] = [];
  const application: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const dataDir = await mkdtemp(join(tmpdir(), 'cssi-bench-tee-'));
    const start = performance.now();
    const software = await createSoftwareTee({ dataDir, mode, conformanceTa: true });
    const ready = performance.now();
    const context = await software.initializeContext();
    await context.openSession(CONFORMANCE_TA_UUID);
    application.push(performance.now() - ready);
    tee.push(ready - start);
    await software.close();
    await rm(dataDir, { recursive: true, force: true });
  }
  return { tee, application };
}

/** Start of a TEE on a new folder, and of one application. */
export function startRows(mode: Mode): DirectRow[] {
  let times: ReturnType<typeof startTimes> | undefined;
  const row = (id: string, of: (times: Awaited<ReturnType<typeof startTimes>>) => number[]): DirectRow => ({
    id: `${id}.${mode}`,
    unit: 'ms',
    better: 'lower',
    measure: async (): Promise<Measured> => {
      times ??= startTimes(mode);
      return { ours: of(await times), peers: {} };
    },
  });
  return [row('start.tee', ({ tee }) => tee), row('start.application', ({ application }) => application)];
}

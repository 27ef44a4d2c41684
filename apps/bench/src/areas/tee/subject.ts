import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFORMANCE_TA_UUID, type TeecContext, type TeecSession } from '@cssi/tee-client';
import { createSoftwareTee, type SoftwareTee } from '@cssi/tee-client/adapters/software';

/** The three ways the software TEE runs an application. */
export const MODES = ['process', 'worker', 'in-process'] as const;
export type Mode = (typeof MODES)[number];

/** A software TEE in a folder of its own, with one open session of the conformance application. */
export interface TeeSubject {
  readonly tee: SoftwareTee;
  readonly context: TeecContext;
  readonly session: TeecSession;
  close(): Promise<void>;
}

/** @throws {@link SmError} what the TEE does not start for */
export async function startTee(mode: Mode): Promise<TeeSubject> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cssi-bench-tee-'));
  const tee = await createSoftwareTee({ dataDir, mode, conformanceTa: true });
  const context = await tee.initializeContext();
  const session = await context.openSession(CONFORMANCE_TA_UUID);
  return {
    tee,
    context,
    session,
    close: async () => {
      await tee.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openRootKeyService, type RootKeyService } from '@cssi/tee-client';
import {
  createSoftwareTee,
  type SoftwareTee,
  type SoftwareTeeOptions,
} from '@cssi/tee-client/adapters/software';
import type { Setting } from '../trial.ts';

/** A software TEE in the folder of the trial, on the clock of the run unless `options` name another. */
export async function startSoftwareTee(
  setting: Setting,
  options: Omit<SoftwareTeeOptions, 'dataDir'> = {},
): Promise<SoftwareTee> {
  const dataDir = join(setting.folder, 'tee');
  await mkdir(dataDir);
  const tee = await createSoftwareTee({ dataDir, clock: () => setting.now, ...options });
  setting.onClose(() => tee.close());
  return tee;
}

/** The root key service of a software TEE, and whether that stands in for a device. */
export async function openSoftwareRoot(
  setting: Setting,
): Promise<{ readonly root: RootKeyService; readonly emulated: boolean }> {
  const tee = await startSoftwareTee(setting);
  const root = await openRootKeyService(tee);
  setting.onClose(() => root.close());
  return { root, emulated: tee.emulated };
}

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSoftwareTee,
  type SoftwareTee,
  type SoftwareTeeOptions,
} from '@cssi/tee-client/adapters/software';
import type { Arguments } from '../command.ts';
import { CLI_ERRORS } from '../errors.ts';
import { fileError } from '../files.ts';
import { usageError } from '../pki/options.ts';

const MODES = ['process', 'worker', 'in-process'] as const;

/** Mode of `--mode`. @throws SmError ERR_CLI_USAGE */
export function modeOf(args: Arguments): (typeof MODES)[number] {
  const text = args.text('mode') ?? 'process';
  const mode = MODES.find((known) => known === text);
  if (mode === undefined) throw usageError(`--mode expects one of ${MODES.join(' ')}`);
  return mode;
}

/**
 * The data folder of `--data`, where a software TEE was made before: a mistyped name must not make
 * another one, which nobody could ever manage.
 *
 * @throws SmError ERR_CLI_USAGE, ERR_CLI_FILE
 */
export const existingTee = (args: Arguments): Promise<SoftwareTeeOptions> =>
  existingTeeOf(args.required('data'), modeOf(args));

/** As {@link existingTee}, of a folder. @throws SmError ERR_CLI_FILE */
export async function existingTeeOf(
  dataDir: string,
  mode: (typeof MODES)[number],
): Promise<SoftwareTeeOptions> {
  const folder = join(dataDir, 'tee');
  await stat(folder).catch((cause: unknown) => {
    if ((cause as { readonly code?: unknown }).code !== 'ENOENT') throw fileError(folder, cause);
    throw CLI_ERRORS.create('ERR_CLI_FILE', {
      detail: `file=${dataDir} reason=no TEE is here: make one with cssi ta device init`,
      cause,
    });
  });
  return { dataDir, mode };
}

/** Runs `work` with the software TEE of a data folder, and lets go of it in any case. */
export async function withTee<T>(
  options: SoftwareTeeOptions,
  work: (tee: SoftwareTee) => Promise<T>,
): Promise<T> {
  const tee = await createSoftwareTee(options);
  try {
    return await work(tee);
  } finally {
    await tee.close();
  }
}

/** A folder that is gone when `work` ends. */
export async function withScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cssi-ta-')).catch((cause: unknown) => {
    throw fileError(tmpdir(), cause);
  });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaManifest } from '@cssi/tee-client';
import { fileError } from '../files.ts';
import { bundleScript } from './bundle-script.ts';
import { readManifestFile } from './input.ts';

/** A trusted application built from a folder: `index.ts` (or `index.js`) and `manifest.json`. */
export interface BuiltProject {
  readonly manifest: TaManifest;
  readonly code: Uint8Array;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** True for a folder. @throws SmError ERR_CLI_FILE */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: unknown) => {
    throw fileError(path, cause);
  });
  return found.isDirectory();
}

/** The source file of a project folder, or the file itself. @throws SmError ERR_CLI_FILE */
export async function entryOf(path: string): Promise<string> {
  if (!(await isFolder(path))) return path;
  for (const name of ['src/index.ts', 'index.ts', 'src/index.js', 'index.js']) {
    if (await isThere(join(path, name))) return join(path, name);
  }
  throw fileError(join(path, 'index.ts'), { code: 'ENOENT' });
}

/** Builds a project folder. @throws SmError ERR_CLI_FILE, ERR_TEE_TA_INVALID, ERR_TEE_MANIFEST_INVALID */
export async function buildProject(folder: string): Promise<BuiltProject> {
  const manifest = await readManifestFile(join(folder, 'manifest.json'));
  return { manifest, code: await bundleScript(await entryOf(folder)) };
}

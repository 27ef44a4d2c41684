import { equalBytes, fromHex, toHex } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';

/** Digests of the files of a module, as a script writes them into `integrity.json`. */
export interface ModuleManifest {
  readonly specVersion: '1';
  readonly algorithm: 'SM3';
  /** File name below the folder, with `/` → SM3 digest, 64 hex digits. */
  readonly files: Readonly<Record<string, string>>;
}

/** Gives the bytes of a file by its name below the folder, or throws. */
export type FileReader = (name: string) => Uint8Array;
type Digest = (data: Uint8Array) => Uint8Array;

const malformed = (reason: string) =>
  SM_CORE_ERRORS.create('ERR_JSON_MALFORMED', { detail: `parameter=manifest reason=${reason}` });

/** No way out of the folder. */
function isInside(name: string): boolean {
  return (
    name !== '' && !/[\\:\0]/.test(name) && name.split('/').every((part) => !['', '.', '..'].includes(part))
  );
}

function checkManifest(value: unknown): ModuleManifest {
  const { specVersion, algorithm, files } = (value ?? {}) as Partial<Record<keyof ModuleManifest, unknown>>;
  if (specVersion !== '1' || algorithm !== 'SM3') throw malformed('version');
  if (typeof files !== 'object' || files === null || Array.isArray(files)) throw malformed('files');
  const rows = Object.entries(files);
  if (rows.length === 0) throw malformed('empty');
  for (const [name, digest] of rows) {
    if (!isInside(name)) throw malformed('name');
    if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) throw malformed('digest');
  }
  return value as ModuleManifest;
}

/**
 * The manifest of the named files.
 *
 * @param sm3 - SM3 of this package, or another
 * @throws {@link SmError} ERR_JSON_MALFORMED for no names or for one that leaves the folder
 */
export function createModuleManifest(
  names: readonly string[],
  read: FileReader,
  sm3: Digest,
): ModuleManifest {
  const files = Object.fromEntries([...names].sort().map((name) => [name, toHex(sm3(read(name)))]));
  return checkManifest({ specVersion: '1', algorithm: 'SM3', files });
}

/**
 * Verifies the files of a module against a manifest (模块文件完整性校验). Reading is the
 * caller's, so that this runs wherever there are files.
 *
 * What it does not promise: a manifest that lies beside the files can be rewritten with
 * them, and files that the manifest does not name are not looked at. Against somebody who
 * may write to the folder keep the manifest elsewhere, or signed.
 *
 * @param manifest - as parsed from JSON
 * @returns the names that were verified
 * @throws {@link SmError} ERR_JSON_MALFORMED, ERR_MODULE_INTEGRITY for a file that is changed or missing
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { parseJson, sm3, verifyModuleFiles } from '@cssi/sm-core';
 * const dist = new URL('./node_modules/@cssi/sm-core/dist/', import.meta.url);
 * const manifest = parseJson(readFileSync(new URL('integrity.json', dist)), 1 << 20);
 * const names = verifyModuleFiles(manifest, (name) => readFileSync(new URL(name, dist)), sm3);
 * ```
 */
export function verifyModuleFiles(manifest: unknown, read: FileReader, sm3: Digest): readonly string[] {
  const { files } = checkManifest(manifest);
  for (const [name, expected] of Object.entries(files)) {
    let same = false;
    try {
      same = equalBytes(sm3(read(name)), fromHex(expected));
    } catch {
      // A file that cannot be read is as wrong as one that was changed.
    }
    if (!same) throw SM_CORE_ERRORS.create('ERR_MODULE_INTEGRITY', { detail: `file=${name}` });
  }
  return Object.keys(files);
}

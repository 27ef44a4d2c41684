import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';

/**
 * The compiled entry program of a domain. Run from the sources (tests), it is the one in dist.
 *
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING
 */
export function entryFile(name: 'process-main' | 'worker-main'): string {
  const own = import.meta.url;
  const folder = own.endsWith('.ts') ? own.replace(/\/src\/(?!.*\/src\/)/, '/dist/') : own;
  const file = fileURLToPath(new URL(`../domain/${name}.js`, folder));
  if (!existsSync(file)) throw TEE_CLIENT_ERRORS.create('ERR_TEE_WORKER_MISSING');
  return file;
}

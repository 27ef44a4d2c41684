import { spawnSync } from 'node:child_process';

const required: boolean = process.env.CSSI_INTEROP_REQUIRED === '1';

/** Are these programs there? An error when not and the environment demands it; says so once otherwise. */
export function programsPresent(packages: string, ...programs: readonly string[]): boolean {
  const missing = programs.find((name) => spawnSync(name, ['--version']).error !== undefined);
  if (missing !== undefined && required) {
    throw new Error(`${missing} not present (${packages}), and CSSI_INTEROP_REQUIRED is 1`);
  }
  if (missing !== undefined)
    console.info(`${missing} not present (${packages}): skipped the checks against it`);
  return missing === undefined;
}

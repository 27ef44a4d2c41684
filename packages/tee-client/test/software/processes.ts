import { readdirSync, readFileSync } from 'node:fs';

/** Processes whose command line has `text` in an argument; only where the system has /proc. */
function processesWith(text: string): { readonly pid: number; readonly args: readonly string[] }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        return args.some((arg) => arg.includes(text)) ? [{ pid: Number(name), args }] : [];
      } catch {
        // Ended meanwhile.
        return [];
      }
    });
}

/** The node process of the domain whose folder this is. */
export function domainPid(folder: string): number {
  const found = processesWith(folder).find(
    ({ args }) => args[0]?.includes('node') === true && args.some((arg) => arg.endsWith('process-main.js')),
  );
  if (found === undefined) throw new Error('no such domain');
  return found.pid;
}

/** Waits until no process of a data folder is left. */
export async function allGone(dataDir: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (processesWith(dataDir).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('domains outlived their host');
}

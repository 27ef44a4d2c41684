import { existsSync } from 'node:fs';
import type { DomainStart } from '../domain-protocol.ts';
import { codeFolders, outermost } from './code-folders.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1 << 20;
/** Data and heap of the runtime itself, above which the domain's own limit counts. */
const BASE_DATA_BYTES = 384 * MEBIBYTE;
const BASE_HEAP_BYTES = 96 * MEBIBYTE;
/** Node opens all files of one level of imports at a time; a domain starts with 64, and not with 60. */
const OPEN_FILES = 256;
const SHELL = '/bin/sh';

/**
 * Limits first; then the domain in the background and a shell that waits for the end of the host:
 * a host that is killed takes its domains with it, even one that never returns.
 */
const SCRIPT = `ulimit -c 0 2>/dev/null; ulimit -n ${OPEN_FILES} 2>/dev/null; ulimit -d "$1" 2>/dev/null
shift
"$@" 3<&3 4<&- &
exec 3<&-
read -r end <&4
kill -9 $! 2>/dev/null`;

/** How a domain's process is started. */
export interface DomainCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** True when the process leads a group of two. */
  readonly group: boolean;
}

export function domainCommand(
  entry: string,
  start: DomainStart,
  folders: readonly string[] = codeFolders(),
): DomainCommand {
  const heap = Math.ceil((BASE_HEAP_BYTES + start.memoryLimit) / MEBIBYTE);
  const node = [
    ...permissionFlags(entry, start.folder, folders),
    '--no-warnings',
    '--no-addons',
    '--no-global-search-paths',
    ...known('--no-experimental-fetch', '--no-experimental-websocket', '--no-experimental-global-navigator'),
    `--max-old-space-size=${heap}`,
    '--max-semi-space-size=8',
    '--v8-pool-size=1',
    entry,
  ];
  if (process.platform === 'win32' || !existsSync(SHELL)) {
    return { file: process.execPath, args: node, group: false };
  }
  const limit = Math.ceil((BASE_DATA_BYTES + start.memoryLimit) / KIBIBYTE);
  return {
    file: SHELL,
    args: ['-c', SCRIPT, 'cssi-tee', String(limit), process.execPath, ...node],
    group: true,
  };
}

const known = (...flags: string[]): string[] =>
  flags.filter((flag) => process.allowedNodeEnvironmentFlags.has(flag));

/** What this Node can take away: the file system but for the code and one folder, processes, threads. */
function permissionFlags(entry: string, folder: string, folders: readonly string[]): string[] {
  const flags = process.allowedNodeEnvironmentFlags;
  const model = ['--permission', '--experimental-permission'].find((flag) => flags.has(flag));
  if (model === undefined) return [];
  return [
    model,
    ...outermost([...folders, entry, folder]).map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${folder}`,
  ];
}

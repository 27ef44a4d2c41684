import type { Writable } from 'node:stream';
import { EXIT } from './command.ts';

/**
 * Watches the two streams. Whoever reads may stop reading (EPIPE): that is no error. Output that goes
 * nowhere for another reason, a full disk for one, is a fault of the environment.
 *
 * @param onLost - called at the first fault
 * @returns the exit code instead of the command's own
 */
export function watchOutput(
  stdout: Writable,
  stderr: Writable,
  onLost: () => void = () => {},
): (exitCode: number) => number {
  let isLost = false;
  stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isLost) return;
    isLost = true;
    stderr.write(`ERR_CLI_FILE: the output cannot be written 无法输出: ${code ?? 'unknown'}\n`);
    onLost();
  });
  // There is no place left to say so.
  stderr.on('error', () => {});
  return (exitCode) => (isLost ? EXIT.environment : exitCode);
}

#!/usr/bin/env node
import { constants } from 'node:os';
import { runCli } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { removeTemporaryFolders } from './temporary.ts';

/** How long a subject that does not let go may keep the process after its work is done. */
const GRACE_MILLISECONDS = 5000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    try {
      removeTemporaryFolders();
    } finally {
      process.exit(128 + constants.signals[signal]);
    }
  });
}

// A reader that went away, such as `head`.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', () => process.exit(EXIT.environment));

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  log: (line) => process.stderr.write(`${line}\n`),
});
setTimeout(() => process.exit(), GRACE_MILLISECONDS).unref();

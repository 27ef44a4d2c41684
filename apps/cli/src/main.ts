#!/usr/bin/env node
import { EXIT } from './command.ts';
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}).catch((error: unknown) => {
  console.error(error);
  return EXIT.environment;
});

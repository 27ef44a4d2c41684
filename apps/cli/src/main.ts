#!/usr/bin/env node
import { EXIT } from './command.ts';
import { run } from './run.ts';
import { watchOutput } from './standard-output.ts';

const { stdout, stderr } = process;
// The fault may come to light after the command has ended.
const exitCodeOf = watchOutput(stdout, stderr, () => {
  process.exitCode = EXIT.environment;
});
const exitCode = await run(process.argv.slice(2), {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
});
process.exitCode = exitCodeOf(exitCode);

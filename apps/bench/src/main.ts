#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { AREAS } from './areas.ts';
import { runCommand } from './command.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  areas: AREAS,
  root: fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, ''),
  clock: () => new Date(),
  stdout: (text) => void process.stdout.write(`${text}\n`),
  stderr: (text) => void process.stderr.write(`${text}\n`),
});

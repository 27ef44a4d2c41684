#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { SmError } from '@cssi/sm-core';
import { loadConfig } from './config.ts';
import { APP_ERRORS } from './errors.ts';
import { type RunningServer, startServer } from './server.ts';

const USAGE = `usage: cssi-server [--config FILE] [--ready-file FILE]

  --config FILE      configuration; cssi.config.json in the working folder when left out
  --ready-file FILE  write address, file names and activation tokens here after the start (mode 0600)

environment: CSSI_HOST CSSI_PORT CSSI_HEALTH_PORT CSSI_DATA_DIR CSSI_PUBLIC_NAMES
             CSSI_CHECKPOINT_COPY
`;

function readArguments(): { config?: string; 'ready-file'?: string; help?: boolean } {
  try {
    return parseArgs({
      options: {
        config: { type: 'string' },
        'ready-file': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch {
    throw APP_ERRORS.create('ERR_APP_USAGE');
  }
}

function report(server: RunningServer): void {
  console.log(`CSSI reference server: ${server.address}`);
  console.log(`  health and metrics:  http://127.0.0.1:${server.healthPort}`);
  console.log(`  CA file for clients: ${server.files.httpsCa}`);
  console.log(`  CA fingerprint:      SHA-256 ${server.caFingerprint}`);
  console.log(`  platform CA (SM2):   ${server.files.platformCa}`);
  console.log(`  TEE device root:     ${server.files.teeRoot} (software TEE, emulated)`);
  for (const [user, token] of Object.entries(server.activations)) {
    console.log(`  activate ${user} once, within 24 hours: ${server.address}/activate#${user}.${token}`);
  }
}

function fail(error: unknown): never {
  if (error instanceof SmError) {
    console.error(`${error.code}: ${error.message}\n${error.code}：${error.messageZh}`);
    if (error.code === 'ERR_APP_USAGE') console.error(USAGE);
    process.exit(error.category === 'input' ? 2 : 3);
  }
  console.error(error);
  process.exit(3);
}

try {
  const values = readArguments();
  if (values.help === true) {
    console.log(USAGE);
    process.exit(0);
  }
  const config = loadConfig(process.env, {
    ...(values.config === undefined ? {} : { configFile: values.config }),
    ...(values['ready-file'] === undefined ? {} : { readyFile: values['ready-file'] }),
  });
  const server = await startServer(config, {
    onInternalError: (error, where) => console.error(`internal error (${where}):`, error),
  });
  report(server);
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      console.log('stopping …');
      server.close().then(() => process.exit(0), fail);
    });
  }
} catch (error) {
  fail(error);
}

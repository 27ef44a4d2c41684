import { join } from 'node:path';
import { httpsTransport, type ServiceClient } from '@cssi/security-service-api';
import type { ServerConfig } from '../../src/config.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server.ts';
import { type Door, enter } from './people.ts';

/** TLS in Node.js judges certificates by the machine's clock, so whole servers run on it too. */
export const machineClock = (): Date => new Date();

/** A server on free ports with its data below `folder`. */
export const configOf = (folder: string, changes: Partial<ServerConfig> = {}): ServerConfig => ({
  host: '127.0.0.1',
  port: 0,
  healthPort: 0,
  dataDir: join(folder, 'data'),
  publicNames: [],
  checkpointCopy: undefined,
  readyFile: undefined,
  ...changes,
});

export const start = (config: ServerConfig, options: ServerOptions = {}): Promise<RunningServer> =>
  startServer(config, { clock: machineClock, ...options });

/** The way in over HTTPS. */
export const doorOf = (server: RunningServer): Door => ({
  transport: () => httpsTransport({ baseUrl: server.address, ca: { file: server.files.httpsCa } }),
  clock: machineClock,
});

/** The first administrators of a fresh server, logged in. */
export async function administrators(
  server: RunningServer,
): Promise<Readonly<Record<'system' | 'security' | 'auditor', ServiceClient>>> {
  const one = async (name: string) => (await enter(doorOf(server), server.activations[name]!)).client;
  return {
    system: await one('system-admin'),
    security: await one('security-admin'),
    auditor: await one('auditor'),
  };
}

import { fastifyBinding, secureServerOptions } from '@cssi/security-service-api/adapters/http';
import fastify from 'fastify';
import type { ActivationTokens } from './activation.ts';
import { Closing } from './closing.ts';
import type { ServerConfig } from './config.ts';
import { removeFile, writeFileAtomically } from './data-files.ts';
import { APP_ERRORS } from './errors.ts';
import { startHealth } from './health.ts';
import { openPlatform, type PlatformFiles } from './platform.ts';
import { stopListening } from './stop-listening.ts';

/** A running server. */
export interface RunningServer {
  /** For example `https://127.0.0.1:8443`. */
  readonly address: string;
  readonly healthPort: number;
  readonly caFingerprint: string;
  readonly files: PlatformFiles;
  readonly activations: ActivationTokens;
  /** Answers what is under way, signs a last audit checkpoint, and frees the data folder. */
  close(): Promise<void>;
}

/** What {@link startServer} may be given. */
export interface ServerOptions {
  readonly clock?: () => Date;
  /** Gets every error that a caller is not told about. */
  readonly onInternalError?: (error: unknown, where: string) => void;
}

const EVERY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

/** Names in the certificate: those configured, and the address to listen on where it is one. */
function certificateNames({ host, publicNames }: ServerConfig): readonly string[] {
  return EVERY_ADDRESS.includes(host) ? publicNames : [...publicNames, host];
}

/** A name that clients can both reach and verify. */
function nameForClients({ host, publicNames }: ServerConfig): string {
  const name = EVERY_ADDRESS.includes(host) ? (publicNames[0] ?? 'localhost') : host;
  return name.includes(':') ? `[${name}]` : name;
}

/**
 * Starts the reference server.
 *
 * @throws {@link SmError} ERR_APP_LISTEN, and what a layer throws that cannot be opened
 */
export async function startServer(config: ServerConfig, options: ServerOptions = {}): Promise<RunningServer> {
  const closing = new Closing();
  try {
    // A ready file of an earlier run would say that this one is ready.
    if (config.readyFile !== undefined) removeFile(config.readyFile);
    const platform = closing.add(
      await openPlatform({
        dataDir: config.dataDir,
        publicNames: certificateNames(config),
        checkpointCopy: config.checkpointCopy,
        clock: options.clock ?? (() => new Date()),
        onInternalError: options.onInternalError ?? (() => undefined),
      }),
      (opened) => opened.close(),
    );
    const { dispatcher, https } = platform;
    const app = fastify(secureServerOptions(dispatcher, { key: https.keyPem, cert: https.certificatePem }));
    closing.add(
      stopListening(app.server, () => app.close()),
      (stop) => stop(),
    );
    await app.register(fastifyBinding(dispatcher));
    try {
      await app.listen({ host: config.host, port: config.port });
    } catch (cause) {
      throw APP_ERRORS.create('ERR_APP_LISTEN', { detail: `what=https port=${config.port}`, cause });
    }
    const health = closing.add(await startHealth(config.healthPort, platform.health), (listener) =>
      listener.close(),
    );
    const { port } = app.server.address() as { port: number };
    const running: RunningServer = {
      address: `https://${nameForClients(config)}:${port}`,
      healthPort: health.port,
      caFingerprint: https.caFingerprint,
      files: platform.files,
      activations: platform.activations,
      close: () => closing.close(),
    };
    if (config.readyFile !== undefined) {
      const { close: _close, ...facts } = running;
      writeFileAtomically(config.readyFile, `${JSON.stringify(facts, null, 2)}\n`);
    }
    return running;
  } catch (error) {
    await closing.close().catch(() => undefined);
    throw error;
  }
}

import { fastifyBinding, secureServerOptions } from '@cssi/security-service-api/adapters/http';
import fastify from 'fastify';
import type { ActivationTokens } from './activation.ts';
import { Closing } from './closing.ts';
import type { ServerConfig } from './config.ts';
import { writeFileAtomically } from './data-files.ts';
import { APP_ERRORS } from './errors.ts';
import { startHealth } from './health.ts';
import { openPlatform, type PlatformFiles } from './platform.ts';

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
  readonly onInternalError?: (error: unknown, requestId: string) => void;
}

/**
 * Starts the reference server.
 *
 * @throws {@link SmError} ERR_APP_LISTEN, and what a layer throws that cannot be opened
 */
export async function startServer(config: ServerConfig, options: ServerOptions = {}): Promise<RunningServer> {
  const closing = new Closing();
  try {
    const platform = closing.add(
      await openPlatform({
        dataDir: config.dataDir,
        publicNames: config.publicNames,
        clock: options.clock ?? (() => new Date()),
        onInternalError: options.onInternalError ?? (() => undefined),
      }),
      (opened) => opened.close(),
    );
    const { dispatcher, https } = platform;
    const app = closing.add(
      fastify(secureServerOptions(dispatcher, { key: https.keyPem, cert: https.certificatePem })),
      (opened) => opened.close(),
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
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    const running: RunningServer = {
      address: `https://${host}:${port}`,
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

import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECURITY_SERVICE_ERRORS } from '../../errors.ts';
import type { Dispatcher } from '../../spec/v1/service.ts';
import { codedError, pathOf, remoteAddressOf, sendResponse } from './fastify.ts';

/** Key and certificate of the server. */
export interface ServerIdentity {
  /** PEM */
  readonly key: string;
  /** PEM, the server's certificate first. */
  readonly cert: string;
}

/**
 * Options for `fastify(…)` that go with {@link fastifyBinding}: TLS 1.2 or later, bounded
 * headers, bodies and waiting times, no trust in forwarding headers, and coded answers for
 * requests that the HTTP parser or the router refuses.
 *
 * @example
 * ```ts
 * const app = fastify(secureServerOptions(dispatcher, { key, cert }));
 * await app.register(fastifyBinding(dispatcher));
 * await app.listen({ host: '127.0.0.1', port: 8443 });
 * ```
 */
export function secureServerOptions(dispatcher: Dispatcher, identity: ServerIdentity) {
  return {
    https: { ...identity, minVersion: 'TLSv1.2' as const, maxHeaderSize: 16_384 },
    bodyLimit: dispatcher.limits.json,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    trustProxy: false,
    logger: false,
    exposeHeadRoutes: false,
    // While the server closes, answers still come from the dispatcher and have its shape.
    return503OnClosing: false,
    /** Answers what the router refuses, for example a malformed path. */
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
      const partial = {
        path: pathOf(request.raw.url),
        remoteAddress: remoteAddressOf(request.raw.socket.remoteAddress),
      };
      void dispatcher
        .refuse(codedError(Object.assign(error, { statusCode: 400 })), partial)
        .then((response) => sendResponse(reply, response));
    },
    /** Answers what the HTTP parser refuses. */
    clientErrorHandler: (error: Error, socket: Socket): void => {
      const { code } = error as { code?: unknown };
      if (code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      const partial = { path: '', remoteAddress: remoteAddressOf(socket.remoteAddress) };
      void dispatcher
        .refuse(SECURITY_SERVICE_ERRORS.create('ERR_API_REQUEST_MALFORMED'), partial)
        .then((response) => {
          if (!socket.writable) return;
          const headers = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}`);
          const head = [
            `HTTP/1.1 ${response.status} Refused`,
            ...headers,
            `content-length: ${response.body.length}`,
            'connection: close',
          ];
          socket.write(`${head.join('\r\n')}\r\n\r\n`);
          socket.end(response.body);
        });
    },
  };
}

import type { Server as HttpsServer } from 'node:https';
import { Server as TlsServer } from 'node:tls';
import { SmError } from '@cssi/sm-core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SECURITY_SERVICE_ERRORS, type SecurityServiceErrorCode } from '../../errors.ts';
import type { Dispatcher, ServiceResponse } from '../../spec/v1/service.ts';

/** Address of the peer; IPv4 in one form only. */
export function remoteAddressOf(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=[0-9.]+$)/, '');
}

/** The part of a request target before the question mark. */
export function pathOf(target: string | undefined): string {
  return (target ?? '').split('?', 1)[0]!;
}

const FASTIFY_CODES: Readonly<Record<string, SecurityServiceErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'ERR_API_BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'ERR_API_CONTENT_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'ERR_API_BODY_TRUNCATED',
  ECONNRESET: 'ERR_API_BODY_TRUNCATED',
};

/** The coded error for one of the framework. Its text is not passed on: it may quote the request. */
export function codedError(error: unknown): SmError {
  if (error instanceof SmError) return error;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string' && Object.hasOwn(FASTIFY_CODES, code)) {
    return SECURITY_SERVICE_ERRORS.create(FASTIFY_CODES[code]!);
  }
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? SECURITY_SERVICE_ERRORS.create('ERR_API_REQUEST_MALFORMED')
    : SECURITY_SERVICE_ERRORS.create('ERR_API_INTERNAL', { cause: error });
}

function headersOf(request: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.raw.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

/** Sends an answer of the dispatcher. */
export function sendResponse(reply: FastifyReply, response: ServiceResponse): FastifyReply {
  const { body } = response;
  return reply
    .code(response.status)
    .headers(response.headers)
    .send(Buffer.from(body.buffer, body.byteOffset, body.length));
}

/** A Fastify plugin. */
export type FastifyBinding = (instance: FastifyInstance<HttpsServer>) => Promise<void>;

/**
 * The HTTPS binding: a Fastify 5 plugin that serves every operation of `dispatcher` by POST
 * and answers everything else with a coded error.
 *
 * Bodies are kept as the exact bytes received, because signatures cover them. The plugin
 * refuses an instance without TLS; there is no option for plain HTTP. Make the instance
 * with {@link secureServerOptions}, so that requests which break off below the routes are
 * answered in the same shape.
 *
 * @standard T/TCCIA 0002-2022 §7.8
 */
export function fastifyBinding(dispatcher: Dispatcher): FastifyBinding {
  const binding: FastifyBinding = async (instance) => {
    const server: unknown = instance.server;
    if (!(server instanceof TlsServer)) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_HTTPS_REQUIRED');
    }
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const target = request.raw.url ?? '';
      const path = pathOf(target);
      const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
      const response = await dispatcher.handle({
        method: request.raw.method ?? '',
        path,
        query: target.slice(path.length + 1),
        headers: headersOf(request),
        body,
        remoteAddress: remoteAddressOf(request.socket.remoteAddress),
      });
      return sendResponse(reply, response);
    };

    for (const operation of dispatcher.operations) {
      const bodyLimit = operation.body === 'json' ? dispatcher.limits.json : dispatcher.limits.stream;
      instance.post(operation.path, { bodyLimit }, serve);
    }
    instance.setNotFoundHandler(serve);
    instance.setErrorHandler(async (error, request, reply) => {
      const response = await dispatcher.refuse(codedError(error), {
        path: pathOf(request.raw.url),
        remoteAddress: remoteAddressOf(request.socket.remoteAddress),
      });
      return sendResponse(reply, response);
    });
  };
  // Handlers for unknown paths and errors belong to the instance itself, not to a child of it.
  return Object.assign(binding, { [Symbol.for('skip-override')]: true });
}

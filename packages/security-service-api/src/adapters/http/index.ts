/**
 * The HTTPS binding on Fastify 5.
 *
 * @packageDocumentation
 */
export { type FastifyBinding, fastifyBinding } from './fastify.ts';
export { type ServerIdentity, secureServerOptions } from './server-options.ts';

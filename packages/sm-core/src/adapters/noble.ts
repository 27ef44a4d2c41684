/**
 * The default engine, for apps that name their engine themselves.
 *
 * @packageDocumentation
 */
export { nobleEngine } from './noble/engine.ts';

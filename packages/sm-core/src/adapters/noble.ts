/**
 * The engine in pure TypeScript, which the default engine falls back to where the run
 * time has no WebAssembly or a policy bars it.
 *
 * @packageDocumentation
 */
export { nobleEngine } from './noble/engine.ts';

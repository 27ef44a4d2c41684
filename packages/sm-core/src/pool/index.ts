/**
 * Worker threads for bulk work (Node only): large hashes, bulk encryption, many signatures.
 *
 * @packageDocumentation
 */
export { createSmPool, type SmPool, type SmPoolDeps, type SmPoolOptions } from './pool.ts';
export type { PoolLoad } from './scheduler.ts';
export type { PoolSignOptions, PoolTaskOptions, PoolVerifyItem } from './tasks.ts';
export type { PoolThread, StartThread } from './threads.ts';

import { arithmeticFaults } from './arithmetic.ts';
import { clientFaults } from './client.ts';
import { commandFaults } from './client-commands.ts';
import { coreFaults } from './core.ts';
import { callFaults } from './core-calls.ts';
import { cryptoFaults } from './crypto.ts';
import { keyFaults } from './crypto-keys.ts';
import { genericFaults } from './generic.ts';
import type { Fault } from './kit.ts';
import { storageFaults } from './storage.ts';
import { storageLifeFaults } from './storage-life.ts';

export type { Fault } from './kit.ts';

/** All planted faults; those with a defect of their own come first. */
export const FAULTS: readonly Fault[] = [
  ...[clientFaults, commandFaults, coreFaults, callFaults, cryptoFaults, keyFaults],
  ...[arithmeticFaults, storageFaults, storageLifeFaults],
  genericFaults,
].flat();

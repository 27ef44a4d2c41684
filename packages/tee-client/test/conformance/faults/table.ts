import { ARITHMETIC_KILLS } from './table-arithmetic.ts';
import { CLIENT_KILLS } from './table-client.ts';
import { CORE_KILLS } from './table-core.ts';
import { CRYPTO_KILLS } from './table-crypto.ts';
import { STORAGE_KILLS } from './table-storage.ts';

const TABLES = [CLIENT_KILLS, CORE_KILLS, CRYPTO_KILLS, ARITHMETIC_KILLS, STORAGE_KILLS];

/** Planted faults, and the cases that each of them must fail. Tried on the in-process TEE. */
export const KILLS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...new Set(TABLES.flatMap((table) => Object.keys(table)))].map((name) => [
    name,
    TABLES.flatMap((table) => table[name] ?? []),
  ]),
);

/** The same for what the calling process cannot show: calls that are cancelled while they run. */
export const PROCESS_KILLS: Readonly<Record<string, readonly string[]>> = {
  'cancellation does not reach the application': ['cancel.wait', 'cancel.flag'],
  'cancelled calls succeed': ['gp.session.cancelled-before-start', 'cancel.next-call'],
  'cancellation ends every call': ['cancel.masked'],
  'a call that waits runs although cancelled, and is told to be cancelled': ['cancel.queued'],
  'time limits between applications are ignored': ['ta-to-ta.timeout'],
};

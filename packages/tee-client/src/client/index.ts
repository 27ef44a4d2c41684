/**
 * The northbound side, once for all security modules: the GlobalPlatform TEE Client API over any
 * {@link SecurityModule}.
 */
import type { TeeClient, TeecContext } from '../spec/v1/client.ts';
import { teecError } from '../spec/v1/error.ts';
import type { SecurityModule } from '../spec/v1/module.ts';
import { ClientContext, type ContextHost } from './context.ts';
import { describeModule } from './description.ts';
import { type ClientIdentity, identifyClient, PROCESS_IDENTITY } from './identity.ts';

export type { ClientIdentity } from './identity.ts';

/**
 * Options of a client.
 *
 * @group Client
 */
export interface TeeClientOptions {
  /** Who calls, for the logins other than PUBLIC; the running process when left out. */
  readonly identity?: ClientIdentity;
  /** Throws when the TEE cannot be used any more; asked for each new context. */
  readonly checkOpen?: () => void;
}

/**
 * A client of one security module.
 *
 * All checks that GlobalPlatform asks of a client library are made here: parameters, directions,
 * shared memory and its owner, states, logins. A module sees well-formed calls only, and a module
 * whose answers are malformed gives COMMUNICATION (origin COMMS), never wrong data. The module stays
 * its owner's: finalizing contexts does not close it.
 *
 * @example
 * ```ts
 * const client = createTeeClient(module);
 * const context = await client.initializeContext();
 * const session = await context.openSession(CONFORMANCE_TA_UUID);
 * ```
 * @throws {@link SmError} ERR_TEE_MODULE_INVALID when the module's description is not as the
 * interface asks
 * @group Client
 */
export function createTeeClient(module: SecurityModule, options: TeeClientOptions = {}): TeeClient {
  const { name, emulated, capabilities: declared, maxMemoryBytes } = describeModule(module);
  const capabilities: ReadonlySet<string> = new Set(declared);
  const identity = options.identity ?? PROCESS_IDENTITY;
  const host: ContextHost = {
    module,
    maxMemoryBytes,
    identify: (session) => identifyClient(session, capabilities, identity),
  };
  return {
    specVersion: '1',
    name,
    emulated,
    capabilities,
    initializeContext: async (wanted?: string): Promise<TeecContext> => {
      if (wanted !== undefined && wanted !== name) throw teecError('ITEM_NOT_FOUND', 'API');
      options.checkOpen?.();
      return new ClientContext(host);
    },
  };
}

/**
 * The enclave interface over any {@link SecurityModule}.
 */
import { describeModule } from '../client/description.ts';
import { type ClientIdentity, identifyClient, PROCESS_IDENTITY } from '../client/identity.ts';
import { destinationUuid, openModuleSession } from '../client/open-session.ts';
import type { Enclave, EnclaveOptions, EnclavePlatform } from '../spec/v1/enclave.ts';
import { TeecError, teecError } from '../spec/v1/error.ts';
import type { ModuleCapability, SecurityModule } from '../spec/v1/module.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { ModuleEnclave } from './enclave.ts';

/**
 * Options of an enclave platform.
 *
 * @group Enclave
 */
export interface EnclavePlatformOptions {
  /** Who calls, for the logins other than PUBLIC; the running process when left out. */
  readonly identity?: ClientIdentity;
}

/**
 * The enclave interface (飞地接口) of a security module.
 *
 * `close` destroys the enclaves; the module stays its owner's.
 *
 * @example
 * ```ts
 * const platform = openEnclaves(module);
 * const enclave = await platform.create(APPLICATION_UUID);
 * const answer = await enclave.call(1, input);
 * await enclave.destroy();
 * ```
 * @throws {@link SmError} ERR_TEE_MODULE_INVALID
 * @group Enclave
 */
export function openEnclaves(module: SecurityModule, options: EnclavePlatformOptions = {}): EnclavePlatform {
  const description = describeModule(module);
  const capabilities: ReadonlySet<string> = new Set(description.capabilities);
  const identity = options.identity ?? PROCESS_IDENTITY;
  const enclaves = new Set<ModuleEnclave>();
  const creating = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const checkOpen = (): void => {
    if (closing !== undefined) throw teecError('BAD_STATE', 'API', { detail: 'reason=platform-closed' });
  };

  const open = async (application: TeecUuid, { login, group }: EnclaveOptions): Promise<Enclave> => {
    const client = identifyClient(
      {
        ...(login === undefined ? {} : { connectionMethod: login }),
        ...(group === undefined ? {} : { connectionData: group }),
      },
      capabilities,
      identity,
    );
    const { answer, session } = await openModuleSession(module, application, client, [], undefined);
    if (session === undefined) throw new TeecError(answer.result, answer.origin);
    if (closing !== undefined) {
      await session.close();
      checkOpen();
    }
    const enclave = new ModuleEnclave(
      { module, description, capabilities, onDestroy: (one) => enclaves.delete(one) },
      application,
      session,
    );
    enclaves.add(enclave);
    return enclave;
  };

  const closeAll = async (): Promise<void> => {
    await Promise.allSettled([...[...enclaves].map((enclave) => enclave.destroy()), ...creating]);
  };

  return {
    specVersion: '1',
    module: description,
    has: (capability: ModuleCapability) => capabilities.has(capability),
    create: async (application, enclaveOptions = {}) => {
      checkOpen();
      const opening = open(destinationUuid(application), enclaveOptions);
      creating.add(opening);
      try {
        return await opening;
      } finally {
        creating.delete(opening);
      }
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}

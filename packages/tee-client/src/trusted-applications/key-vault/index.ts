/**
 * Key vault (密钥保管库): root of the key hierarchy, keys of clients with access lists, domain keys.
 * Commands: `ROOT_KEY_COMMANDS` and `KEY_VAULT_COMMANDS`.
 */
import type { VaultClient } from '../../spec/v1/key-vault.ts';
import { PERSONALISATION_LOGIN, PERSONALISE_COMMAND } from '../../spec/v1/personalisation.ts';
import { defineTrustedApplication, TEE_PROPSET, type TrustedApplication } from '../../ta/index.ts';
import { expectTypes, inputAt } from '../../ta/parameters.ts';
import { DomainKeys } from './domain-keys.ts';
import { KeyStore } from './key-store.ts';
import { invokeRootCommand } from './root-commands.ts';
import { RootKeys } from './root-keys.ts';
import { VaultCommands } from './vault-commands.ts';

const PERSONALISATION_BYTES = 8_192;

interface Vault {
  readonly root: RootKeys;
  readonly domains: DomainKeys;
  readonly commands: VaultCommands;
}

export default defineTrustedApplication((tee): TrustedApplication<VaultClient> => {
  let vault: Vault | undefined;
  const opened = (): Vault => {
    if (vault === undefined) throw tee.error('BAD_STATE');
    return vault;
  };
  return {
    TA_CreateEntryPoint: () => {
      const root = new RootKeys(tee);
      const domains = new DomainKeys(tee, root.domainKeys);
      vault = { root, domains, commands: new VaultCommands(tee, new KeyStore(tee), root, domains) };
    },
    TA_DestroyEntryPoint: () => {
      vault?.root.close();
      vault = undefined;
    },
    TA_OpenSessionEntryPoint: (_paramTypes, params) => {
      expectTypes(tee, params);
      const { login, uuid } = tee.TEE_GetPropertyAsIdentity(
        TEE_PROPSET.CURRENT_CLIENT,
        'gpd.client.identity',
      );
      return { login, uuid };
    },
    TA_InvokeCommandEntryPoint: (client, command, _paramTypes, params) => {
      const { root, domains, commands } = opened();
      if (command === PERSONALISE_COMMAND) {
        if (client.login !== PERSONALISATION_LOGIN) throw tee.error('ACCESS_DENIED');
        expectTypes(tee, params, 5);
        domains.personalise(inputAt(tee, params, 0, PERSONALISATION_BYTES));
        return;
      }
      // The security domain delivers; it is no client of the vault.
      if (client.login === PERSONALISATION_LOGIN) throw tee.error('ACCESS_DENIED');
      if (invokeRootCommand(tee, root, command, params)) return;
      if (!commands.invoke(command, params, client)) throw tee.error('NOT_SUPPORTED');
    },
  };
});

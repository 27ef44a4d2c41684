import { storeOnState } from '../authority/store-on-state.ts';
import { StoreState } from '../authority/store-state.ts';
import type { AuthorityStore } from '../spec/v1/authority.ts';

/**
 * An {@link AuthorityStore} in memory, for tests and short-lived authorities: nothing is
 * durable, so after a restart serial and CRL numbers could come again.
 */
export function memoryAuthorityStore(): AuthorityStore {
  return storeOnState(new StoreState(), {
    name: 'memory',
    commit: async () => undefined,
    close: async () => undefined,
  });
}

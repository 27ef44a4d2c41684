import {
  type ManagementAction,
  type ManagementCommand,
  ROOT_SECURITY_DOMAIN,
  type SecurityDomainKey,
} from '../../../spec/v1/management.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { type ActionOutcome, fail, outcome } from './action-outcome.ts';
import { checkReach } from './authority.ts';
import { nameOfKey } from './bundle-check.ts';
import { domainOf, type Registry, withDomain, withoutDomain } from './registry.ts';

/** Actions that set the keys of a security domain. */
export type KeysAction = Extract<ManagementAction, { readonly keys: readonly SecurityDomainKey[] }>;
/** Actions on a security domain. */
export type DomainAction = Extract<ManagementAction, { readonly sd: TeecUuid }>;

function checkKeys(sd: TeecUuid, keys: readonly SecurityDomainKey[]): void {
  const some = (privilege: SecurityDomainKey['privileges'][number]) =>
    keys.some(({ privileges }) => privileges.includes(privilege));
  if (sd !== ROOT_SECURITY_DOMAIN) {
    // A domain below the root cannot hold what acts on the whole device.
    if (some('tee-management')) throw fail('ERR_TEE_MANAGEMENT_DENIED', 'privilege');
    return;
  }
  // Nobody could ever mend it.
  if (!some('sd-management') || !some('tee-management')) throw fail('ERR_TEE_MANAGEMENT_STATE', 'root-keys');
}

/** @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE, ERR_TEE_MANAGEMENT_DENIED */
export function installDomain(registry: Registry, { sd, keys }: KeysAction): ActionOutcome {
  if (domainOf(registry, sd) !== undefined) throw fail('ERR_TEE_MANAGEMENT_STATE', 'installed');
  checkKeys(sd, keys);
  return outcome(withDomain(registry, { sd, keys, blocked: false }));
}

/** @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE, ERR_TEE_MANAGEMENT_DENIED, ERR_TEE_MANAGEMENT_TARGET */
export function changeDomain(
  registry: Registry,
  command: ManagementCommand,
  action: DomainAction,
): ActionOutcome {
  const { sd } = action;
  checkReach(command.domain, sd);
  const domain = domainOf(registry, sd);
  if (domain === undefined) throw fail('ERR_TEE_MANAGEMENT_TARGET', 'domain');
  const own = registry.applications.filter((entry) => entry.sd === sd);
  if ('keys' in action) {
    checkKeys(sd, action.keys);
    const signers = action.keys
      .filter(({ privileges }) => privileges.includes('ta-signing'))
      .map(({ publicKey }) => nameOfKey(publicKey));
    // What was signed by a key that goes does not run on.
    const stop = own.filter(({ signer }) => !signers.includes(signer)).map(({ uuid }) => uuid);
    return outcome(withDomain(registry, { ...domain, keys: action.keys }), { stop });
  }
  if (sd === ROOT_SECURITY_DOMAIN) throw fail('ERR_TEE_MANAGEMENT_STATE', 'root');
  if (action.action === 'uninstall-sd') {
    const coming = registry.transfers.some((one) => one.sd === sd && one.state !== 'activated');
    if (own.length > 0 || coming) throw fail('ERR_TEE_MANAGEMENT_STATE', 'applications');
    return outcome(withoutDomain(registry, sd));
  }
  const blocked = action.action === 'block-sd';
  if (domain.blocked === blocked) throw fail('ERR_TEE_MANAGEMENT_STATE', blocked ? 'blocked' : 'not-blocked');
  return outcome(
    withDomain(registry, { ...domain, blocked }),
    blocked ? { stop: own.map(({ uuid }) => uuid) } : {},
  );
}

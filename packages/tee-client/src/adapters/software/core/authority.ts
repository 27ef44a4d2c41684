import { fromBase64, sm2 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import {
  type ManagementAction,
  type ManagementPrivilege,
  ROOT_SECURITY_DOMAIN,
  type SecurityDomainKey,
} from '../../../spec/v1/management.ts';
import type { SignedCommand } from '../../../spec/v1/management-codec.ts';
import { nameOfKey } from './bundle-check.ts';
import { domainOf, lastSequence, type Registry } from './registry.ts';

/** Numbers above this one take a key that can change the domain: a lesser one cannot use them up. */
const LAST_COMMON_SEQUENCE = 2 ** 52;

const denied = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_DENIED', { detail: `reason=${reason}` });

/** The privilege each action takes. */
const PRIVILEGES: Readonly<Record<ManagementAction['action'], ManagementPrivilege>> = {
  'install-sd': 'sd-management',
  'update-sd': 'sd-management',
  'block-sd': 'sd-management',
  'unblock-sd': 'sd-management',
  'uninstall-sd': 'sd-management',
  'install-ta': 'ta-management',
  'update-ta': 'ta-management',
  'personalise-ta': 'personalisation',
  'lock-ta': 'ta-management',
  'unlock-ta': 'ta-management',
  'delete-ta': 'ta-management',
  'lock-tee': 'tee-management',
  'unlock-tee': 'tee-management',
  'factory-reset': 'tee-management',
  'raise-tcb-floor': 'tee-management',
  'export-ta': 'ta-management',
  'import-ta': 'ta-management',
  'cancel-migration': 'ta-management',
};

/** Actions on what is not one domain's: they take the root domain's authority. */
const ROOT_ACTIONS: ReadonlySet<ManagementAction['action']> = new Set<ManagementAction['action']>([
  'install-sd',
  'block-sd',
  'unblock-sd',
  'lock-tee',
  'unlock-tee',
  'factory-reset',
  'raise-tcb-floor',
]);

/** What may still be done with a locked TEE. */
const WHILE_LOCKED: ReadonlySet<ManagementAction['action']> = new Set<ManagementAction['action']>([
  'unlock-tee',
  'factory-reset',
  'raise-tcb-floor',
]);

/**
 * Finds the key a command is signed by: of the domain whose authority it uses, or of the root
 * domain, which may act in any.
 */
function signerOf(registry: Registry, { command }: SignedCommand): SecurityDomainKey {
  const root = domainOf(registry, ROOT_SECURITY_DOMAIN);
  const own = domainOf(registry, command.domain);
  const named = (keys: readonly SecurityDomainKey[] = []) =>
    keys.find(({ publicKey }) => nameOfKey(publicKey) === command.signer);
  const key = named(own?.keys);
  if (key !== undefined) {
    if (own?.blocked === true) throw denied('blocked');
    return key;
  }
  const rootKey = named(root?.keys);
  if (rootKey === undefined) throw denied(root?.keys.length === 0 ? 'unmanaged' : 'signer');
  return rootKey;
}

/**
 * Whether a command comes from somebody who may give it: for this device, signed by a key of the
 * domain, with the privilege the action takes, and not given before.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_DEVICE, ERR_TEE_MANAGEMENT_DENIED,
 * ERR_TEE_MANAGEMENT_SIGNATURE, ERR_TEE_MANAGEMENT_TARGET, ERR_TEE_MANAGEMENT_REPLAYED
 */
export function authorise(registry: Registry, device: string, signed: SignedCommand): void {
  const { command } = signed;
  if (command.device !== device) throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_DEVICE');
  const key = signerOf(registry, signed);
  if (!sm2.verify(fromBase64(key.publicKey), signed.signingInput, signed.signature, { format: 'raw' })) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_SIGNATURE');
  }
  if (domainOf(registry, command.domain) === undefined) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_TARGET', { detail: 'reason=domain' });
  }
  if (!key.privileges.includes(PRIVILEGES[command.action])) throw denied('privilege');
  if (ROOT_ACTIONS.has(command.action) && command.domain !== ROOT_SECURITY_DOMAIN) throw denied('domain');
  if (command.sequence > LAST_COMMON_SEQUENCE && !key.privileges.includes('sd-management')) {
    throw denied('sequence');
  }
  if (command.sequence <= lastSequence(registry, command.domain)) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_REPLAYED');
  }
}

/** @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE */
export function checkTeeUnlocked(registry: Registry, action: ManagementAction['action']): void {
  if (registry.teeLocked && !WHILE_LOCKED.has(action)) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_STATE', { detail: 'reason=tee-locked' });
  }
}

/** Whether the authority of `domain` reaches what belongs to `owner`. @throws {@link SmError} ERR_TEE_MANAGEMENT_DENIED */
export function checkReach(domain: string, owner: string): void {
  if (domain !== ROOT_SECURITY_DOMAIN && domain !== owner) throw denied('domain');
}

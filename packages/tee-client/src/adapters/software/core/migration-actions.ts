import { randomBytes, toHex } from '@cssi/sm-core';
import type { ManagementAction, ManagementCommand } from '../../../spec/v1/management.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { type ActionContext, type ActionOutcome, fail, outcome } from './action-outcome.ts';
import { checkReach } from './authority.ts';
import { CORE_UUID } from './core-evidence.ts';
import { keepSecret } from './migration-secrets.ts';
import { applicationOf, type Registry } from './registry.ts';
import { sourceOf, targetOf, underWay, withoutTransfer, withTransfer } from './transfers.ts';

/** Actions of a migration. */
export type MigrationAction = Extract<
  ManagementAction,
  { readonly action: 'export-ta' | 'import-ta' | 'cancel-migration' }
>;
type Export = Extract<MigrationAction, { readonly action: 'export-ta' }>;
type Import = Extract<MigrationAction, { readonly action: 'import-ta' }>;

const RELEASE_KEY_BYTES = 32;
const TRANSFER_BYTES = 16;

/** @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE while the application is under way */
export function checkAtRest(registry: Registry, ta: TeecUuid): void {
  if (underWay(registry, ta) !== undefined) throw fail('ERR_TEE_MANAGEMENT_STATE', 'migrating');
}

const withoutForget = (registry: Registry, ta: TeecUuid): readonly TeecUuid[] =>
  registry.forget.filter((uuid) => uuid !== ta);

/** Uuids of which nothing was ever installed: who may give commands could name any number of them. */
const MAX_STRANGERS = 256;

/** Where the storage of an application is to go before anything of that uuid comes. */
function forgetting(registry: Registry, ta: TeecUuid): Registry {
  const forget = [...withoutForget(registry, ta), ta];
  const installed = new Set(registry.floors.map(({ uuid }) => uuid));
  const strangers = forget.filter((uuid) => !installed.has(uuid));
  // The host was told of each when it came up, and once more at each start since.
  const dropped = new Set(strangers.slice(0, Math.max(0, strangers.length - MAX_STRANGERS)));
  return { ...registry, forget: forget.filter((uuid) => !dropped.has(uuid)) };
}

/** The storage of an application that is there, or about to be: it stays. */
export const keeping = (registry: Registry, ta: TeecUuid): Registry => ({
  ...registry,
  forget: withoutForget(registry, ta),
});

function exportApplication(
  registry: Registry,
  command: ManagementCommand,
  { ta, target, measurements }: Export,
  { catalogue, huk }: ActionContext,
): ActionOutcome {
  const entry = applicationOf(registry, ta);
  // Their code is in every package, and their seed belongs to the device.
  if (entry?.builtIn === true || (entry === undefined && catalogue.reserves(ta))) {
    throw fail('ERR_TEE_MANAGEMENT_STATE', 'built-in');
  }
  const departed = sourceOf(registry, ta);
  if (departed?.state === 'departed' && departed.peer === target) {
    // The target's core may have been updated since, and nobody else can have the application.
    checkReach(command.domain, departed.sd);
    return outcome(withTransfer(registry, { ...departed, measurements }), {}, ta);
  }
  // A departed one is no application any more.
  checkAtRest(registry, ta);
  if (entry === undefined) throw fail('ERR_TEE_MANAGEMENT_TARGET', 'application');
  checkReach(command.domain, entry.sd);
  if (target === command.device) throw fail('ERR_TEE_MANAGEMENT_STATE', 'same-device');
  const id = toHex(randomBytes(TRANSFER_BYTES));
  const key = randomBytes(RELEASE_KEY_BYTES);
  const binding = { ta, sd: entry.sd, era: registry.era, deletions: 0, transfer: id };
  const release = keepSecret(huk, 'release', binding, key);
  key.fill(0);
  return outcome(
    withTransfer(registry, {
      role: 'source',
      state: 'exporting',
      ta,
      sd: entry.sd,
      peer: target,
      measurements,
      id,
      release,
      storage: null,
    }),
    { stop: [ta] },
    ta,
  );
}

function importApplication(
  registry: Registry,
  command: ManagementCommand,
  { ta, source, measurements }: Import,
  { catalogue }: ActionContext,
): ActionOutcome {
  if (catalogue.reserves(ta) || ta === CORE_UUID) throw fail('ERR_TEE_MANAGEMENT_STATE', 'built-in');
  if (applicationOf(registry, ta) !== undefined) throw fail('ERR_TEE_MANAGEMENT_STATE', 'installed');
  if (sourceOf(registry, ta) !== undefined) throw fail('ERR_TEE_MANAGEMENT_STATE', 'migrating');
  if (source === command.device) throw fail('ERR_TEE_MANAGEMENT_STATE', 'same-device');
  const sd = command.domain;
  const before = targetOf(registry, ta);
  if (before?.state === 'incoming') {
    // It may be the only copy there is; whether it is, only that device can say, by what it sends next.
    if (before.peer !== source || before.sd !== sd) throw fail('ERR_TEE_MANAGEMENT_STATE', 'migrating');
    return outcome(withTransfer(registry, { ...before, measurements }), {}, ta);
  }
  return outcome(
    withTransfer(forgetting(registry, ta), {
      role: 'target',
      state: 'expecting',
      ta,
      sd,
      peer: source,
      measurements,
      id: '',
      arrival: null,
    }),
    { forget: [ta] },
    ta,
  );
}

/**
 * Only what can be ended without losing the application: at the source before it departed, at the
 * target before it answered for it. After that `delete-ta` says that it may be lost.
 */
function cancel(registry: Registry, command: ManagementCommand, ta: TeecUuid): ActionOutcome {
  const transfer = underWay(registry, ta);
  if (transfer === undefined) throw fail('ERR_TEE_MANAGEMENT_TARGET', 'migration');
  checkReach(command.domain, transfer.sd);
  if (transfer.state === 'exporting') return outcome(withoutTransfer(registry, ta, 'source'), {}, ta);
  if (transfer.state === 'expecting') {
    return outcome(withoutTransfer(registry, ta, 'target'), { forget: [ta] }, ta);
  }
  throw fail('ERR_TEE_MANAGEMENT_STATE', transfer.state);
}

/** Deletes what a migration left here of an application that is not installed; `undefined` without one. */
export function deleteUnderWay(
  registry: Registry,
  command: ManagementCommand,
  ta: TeecUuid,
): ActionOutcome | undefined {
  const transfer = underWay(registry, ta);
  if (transfer === undefined || transfer.state === 'exporting') return undefined;
  checkReach(command.domain, transfer.sd);
  return outcome(forgetting(withoutTransfer(registry, ta, transfer.role), ta), { forget: [ta] }, ta);
}

/**
 * What a command of a migration leads to.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE, ERR_TEE_MANAGEMENT_TARGET, ERR_TEE_MANAGEMENT_DENIED
 */
export function changeMigration(
  registry: Registry,
  command: ManagementCommand,
  action: MigrationAction,
  context: ActionContext,
): ActionOutcome {
  switch (action.action) {
    case 'export-ta':
      return exportApplication(registry, command, action, context);
    case 'import-ta':
      return importApplication(registry, command, action, context);
    case 'cancel-migration':
      return cancel(registry, command, action.ta);
  }
}

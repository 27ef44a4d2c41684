import { Secret, sm3, toBase64, toHex } from '@cssi/sm-core';
import { parseBundle } from '../../../spec/v1/bundle-codec.ts';
import { openEnvelopeKey, openEnvelopePayload } from '../../../spec/v1/envelope.ts';
import {
  type ManagementAction,
  type ManagementCommand,
  ROOT_SECURITY_DOMAIN,
} from '../../../spec/v1/management.ts';
import { MANAGEMENT_LIMITS } from '../../../spec/v1/management-codec.ts';
import {
  parsePersonalisation,
  personalisationAssociatedData,
} from '../../../spec/v1/personalisation-codec.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { type ActionContext, type ActionOutcome, fail, outcome } from './action-outcome.ts';
import { checkReach } from './authority.ts';
import { checkBundleCode, checkBundleSignature } from './bundle-check.ts';
import type { Catalogue } from './catalogue.ts';
import { CORE_UUID } from './core-evidence.ts';
import { changeDomain, type DomainAction, installDomain, type KeysAction } from './domain-actions.ts';
import { taSeed } from './huk.ts';
import { changeMigration, checkAtRest, deleteUnderWay, type MigrationAction } from './migration-actions.ts';
import { keptSecret } from './migration-secrets.ts';
import { sealPersonalisation } from './personalisation-box.ts';
import {
  type ApplicationEntry,
  applicationOf,
  domainOf,
  floorOf,
  type Registry,
  stateOf,
  withApplication,
  withoutApplication,
} from './registry.ts';

type BundleAction = Extract<ManagementAction, { readonly bundleDigest: string }>;
type ApplicationAction = Exclude<Extract<ManagementAction, { readonly ta: TeecUuid }>, MigrationAction>;
type TeeAction = Exclude<
  ManagementAction,
  DomainAction | KeysAction | BundleAction | ApplicationAction | MigrationAction
>;

/** How far above the running TCB version its floor may be set: a slip of the pen must not end the device. */
const MAX_TCB_AHEAD = 100;

/** All that can run. */
const everything = (registry: Registry, catalogue: Catalogue): readonly TeecUuid[] => [
  ...new Set([...registry.applications.map(({ uuid }) => uuid), ...catalogue.uuids]),
];

/** The domain an application belongs to, built-in ones to the root. @throws {@link SmError} ERR_TEE_MANAGEMENT_TARGET */
function ownerOf(registry: Registry, uuid: TeecUuid, { catalogue }: ActionContext): TeecUuid {
  const installed = applicationOf(registry, uuid);
  if (installed !== undefined) return installed.sd;
  if (catalogue.get(uuid) !== undefined) return ROOT_SECURITY_DOMAIN;
  throw fail('ERR_TEE_MANAGEMENT_TARGET', 'application');
}

/** Reads and judges a bundle; the same for installing and updating. */
function judgeBundle(
  registry: Registry,
  command: ManagementCommand,
  action: BundleAction,
  context: ActionContext,
): ActionOutcome {
  const bundle = parseBundle(context.payload);
  const { manifest, signer } = bundle.header;
  const { uuid, version } = manifest;
  const installed = applicationOf(registry, uuid);
  const builtIn = context.catalogue.get(uuid);
  const update = action.action === 'update-ta';
  checkAtRest(registry, uuid);
  if (!update && (installed !== undefined || uuid === CORE_UUID || context.catalogue.reserves(uuid))) {
    throw fail('ERR_TEE_MANAGEMENT_STATE', 'installed');
  }
  const sd = update ? ownerOf(registry, uuid, context) : command.domain;
  checkReach(command.domain, sd);
  const domain = domainOf(registry, sd);
  if (domain === undefined) throw fail('ERR_TEE_MANAGEMENT_TARGET', 'domain');
  checkBundleSignature(bundle, domain);
  const current = installed?.version ?? builtIn?.manifest.version ?? 0;
  if (version < floorOf(registry, uuid, sd).version || version <= current) {
    throw fail('ERR_TEE_BUNDLE_ROLLBACK', 'version');
  }
  if (manifest.minimumTcb > context.tcbVersion) throw fail('ERR_TEE_TCB_OUTDATED', 'minimum-tcb');
  checkBundleCode(bundle, context.bundleKey);
  const entry: ApplicationEntry = {
    uuid,
    sd,
    name: manifest.name,
    version,
    bundle: action.bundleDigest,
    signer,
    builtIn: installed?.builtIn ?? builtIn !== undefined,
    memoryBytes: manifest.memoryBytes,
    // The seed it came with is its seed; the key of the code it came with is of no use to the new code.
    ...(installed?.imported === undefined ? {} : { imported: { ...installed.imported, codeKey: '' } }),
  };
  return {
    ...outcome(withApplication(registry, entry), update ? { stop: [uuid] } : {}, uuid),
    bundle: { digest: action.bundleDigest, bytes: context.payload },
  };
}

function personalise(registry: Registry, ta: TeecUuid, sd: TeecUuid, context: ActionContext): ActionOutcome {
  if (stateOf(registry, ta) === 'locked') throw fail('ERR_TEE_MANAGEMENT_STATE', 'locked');
  const { envelope, payload } = parsePersonalisation(context.payload);
  let data: Uint8Array | undefined = payload;
  if (envelope !== undefined) {
    const key = openEnvelopeKey(context.bundleKey, envelope);
    data =
      key === undefined
        ? undefined
        : openEnvelopePayload(key, envelope, payload, personalisationAssociatedData(ta, sd));
    key?.fill(0);
  }
  if (data === undefined || data.length > MANAGEMENT_LIMITS.personalisation) {
    throw fail('ERR_TEE_MANAGEMENT_PAYLOAD', 'recipient');
  }
  const seed = Secret.take(seedOf(registry, ta, context.huk));
  try {
    const box = sealPersonalisation(seed, ta, data);
    return outcome(registry, { personalise: { ta, data: toBase64(box) } }, ta);
  } finally {
    seed.destroy();
    data.fill(0);
  }
}

function changeApplication(
  registry: Registry,
  command: ManagementCommand,
  action: ApplicationAction,
  context: ActionContext,
): ActionOutcome {
  const { ta } = action;
  const dropped = action.action === 'delete-ta' ? deleteUnderWay(registry, command, ta) : undefined;
  if (dropped !== undefined) return dropped;
  checkAtRest(registry, ta);
  const owner = ownerOf(registry, ta, context);
  checkReach(command.domain, owner);
  const locked = registry.locked.includes(ta);
  switch (action.action) {
    case 'personalise-ta':
      return personalise(registry, ta, owner, context);
    case 'lock-ta':
      if (locked) throw fail('ERR_TEE_MANAGEMENT_STATE', 'locked');
      return outcome({ ...registry, locked: [...registry.locked, ta] }, { stop: [ta] }, ta);
    case 'unlock-ta':
      if (!locked) throw fail('ERR_TEE_MANAGEMENT_STATE', 'not-locked');
      return outcome({ ...registry, locked: registry.locked.filter((uuid) => uuid !== ta) }, {}, ta);
    default: {
      const installed = applicationOf(registry, ta);
      // The image is part of the package and would be back at once, under a floor it may not reach.
      if (installed?.builtIn !== false) throw fail('ERR_TEE_MANAGEMENT_STATE', 'built-in');
      return outcome(withoutApplication(registry, installed), { stop: [ta], forget: [ta] }, ta);
    }
  }
}

/**
 * Back to the first state: no installed applications, no domains but the root, nothing locked, and
 * all storage gone for good (seeds change). What stays: the device's keys, the present keys of the
 * root domain (the first ones may have been replaced for a reason), TCB and version floors, the
 * sequence numbers of all domains, and the audit log.
 */
function factoryReset(registry: Registry, { catalogue }: ActionContext): ActionOutcome {
  const all = everything(registry, catalogue);
  return outcome(
    {
      ...registry,
      era: registry.era + 1,
      teeLocked: false,
      domains: registry.domains.filter(({ sd }) => sd === ROOT_SECURITY_DOMAIN),
      applications: [],
      locked: [],
      transfers: [],
      forget: [...new Set([...registry.forget, ...all])],
    },
    { stop: all, forget: all },
  );
}

function changeTee(registry: Registry, action: TeeAction, context: ActionContext): ActionOutcome {
  const all = () => everything(registry, context.catalogue);
  switch (action.action) {
    case 'factory-reset':
      return factoryReset(registry, context);
    case 'raise-tcb-floor':
      // Below its floor a TEE takes no command, not even one to mend this: only newer software helps.
      if (action.minimum > context.tcbVersion + MAX_TCB_AHEAD) {
        throw fail('ERR_TEE_MANAGEMENT_STATE', 'too-high');
      }
      if (action.minimum <= registry.tcbFloor) throw fail('ERR_TEE_MANAGEMENT_STATE', 'not-higher');
      return outcome(
        { ...registry, tcbFloor: action.minimum },
        context.tcbVersion < action.minimum ? { stop: all() } : {},
      );
    default: {
      const teeLocked = action.action === 'lock-tee';
      if (registry.teeLocked === teeLocked) {
        throw fail('ERR_TEE_MANAGEMENT_STATE', teeLocked ? 'locked' : 'not-locked');
      }
      return outcome({ ...registry, teeLocked }, teeLocked ? { stop: all() } : {});
    }
  }
}

/** The seed of an application as the registry stands. */
export function seedOf(registry: Registry, uuid: TeecUuid, huk: Secret): Uint8Array {
  const entry = applicationOf(registry, uuid);
  const sd = entry?.sd ?? ROOT_SECURITY_DOMAIN;
  const { era } = registry;
  const { deletions } = floorOf(registry, uuid, sd);
  if (entry?.imported !== undefined) {
    const { transfer, seed } = entry.imported;
    return keptSecret(huk, 'seed', { ta: uuid, sd, era, deletions, transfer }, seed);
  }
  return taSeed(huk, {
    uuid,
    domain: entry === undefined || entry.builtIn ? undefined : sd,
    era,
    deletions,
  });
}

/** Key of the code of an encrypted bundle that came from another device; `undefined` where there is none. */
export function importedCodeKey(registry: Registry, uuid: TeecUuid, huk: Secret): Uint8Array | undefined {
  const entry = applicationOf(registry, uuid);
  if (entry?.imported === undefined || entry.imported.codeKey === '') return undefined;
  const { sd, imported } = entry;
  const { deletions } = floorOf(registry, uuid, sd);
  const binding = { ta: uuid, sd, era: registry.era, deletions, transfer: imported.transfer };
  return keptSecret(huk, 'code', binding, imported.codeKey);
}

/** That the payload is what the command names. @throws {@link SmError} ERR_TEE_MANAGEMENT_PAYLOAD */
export function checkPayload(command: ManagementCommand, payload: Uint8Array): void {
  const named =
    'bundleDigest' in command
      ? command.bundleDigest
      : 'dataDigest' in command
        ? command.dataDigest
        : undefined;
  if (named === undefined ? payload.length > 0 : toHex(sm3(payload)) !== named) {
    throw fail('ERR_TEE_MANAGEMENT_PAYLOAD', named === undefined ? 'unexpected' : 'digest');
  }
}

/**
 * What an authorised command leads to.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_STATE, ERR_TEE_MANAGEMENT_TARGET,
 * ERR_TEE_MANAGEMENT_DENIED, ERR_TEE_MANAGEMENT_PAYLOAD, ERR_TEE_BUNDLE_…, ERR_TEE_TCB_OUTDATED
 */
export function applyAction(
  registry: Registry,
  command: ManagementCommand,
  context: ActionContext,
): ActionOutcome {
  switch (command.action) {
    case 'install-sd':
      return installDomain(registry, command);
    case 'update-sd':
    case 'block-sd':
    case 'unblock-sd':
    case 'uninstall-sd':
      return changeDomain(registry, command, command);
    case 'install-ta':
    case 'update-ta':
      return judgeBundle(registry, command, command, context);
    case 'personalise-ta':
    case 'lock-ta':
    case 'unlock-ta':
    case 'delete-ta':
      return changeApplication(registry, command, command, context);
    case 'export-ta':
    case 'import-ta':
    case 'cancel-migration':
      return changeMigration(registry, command, command, context);
    default:
      return changeTee(registry, command, context);
  }
}

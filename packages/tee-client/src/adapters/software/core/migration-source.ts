import { randomBytes, type SmError } from '@cssi/sm-core';
import { ChannelInitiator } from '../../../channel/initiator.ts';
import type { SecureChannel } from '../../../channel/secure-channel.ts';
import { SecureLink } from '../../../channel/secure-link.ts';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { TA_MAX_BUNDLE_BYTES } from '../../../spec/v1/bundle.ts';
import { parseBundle } from '../../../spec/v1/bundle-codec.ts';
import { MIGRATION_FORMAT } from '../../../spec/v1/migration.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { adoptionOf, withAdoption } from './adopted-storage.ts';
import { codeKeyOf } from './bundle-check.ts';
import { importedCodeKey, seedOf } from './management-actions.ts';
import { keeping } from './migration-actions.ts';
import { decodeNotice, encodePackage, encodeRelease, MESSAGE } from './migration-package.ts';
import {
  channelOptions,
  type MigrationContext,
  noted,
  OUTER,
  outer,
  rulesOf,
  stateError,
} from './migration-peer.ts';
import { keptSecret } from './migration-secrets.ts';
import { applicationOf, domainOf, floorOf, type Registry, withoutApplication } from './registry.ts';
import { decodeSummary, sealStorageGrant } from './storage-grant.ts';
import { type SourceTransfer, withoutTransfer, withTransfer } from './transfers.ts';

const LINK_KEY_BYTES = 32;

/** What a step on this side leads to. */
export interface SourceStep {
  readonly message: Uint8Array;
  readonly forget: boolean;
}

const only = (message: Uint8Array): SourceStep => ({ message, forget: false });

/** One conversation of this core, as the source, with the target's. */
export class SourceConversation {
  readonly #id: string;
  readonly #rules: string;
  readonly #initiator: ChannelInitiator;
  /** Of the step under way. */
  #context: MigrationContext;
  #channel: SecureChannel | undefined;
  #phase: 'hello' | 'package' | 'release' | 'over' = 'hello';

  /** @throws {@link SmError} ERR_TEE_MIGRATION_STATE while the storage is not settled */
  constructor(context: MigrationContext, transfer: SourceTransfer) {
    if (transfer.state === 'exporting' && transfer.storage === null) throw stateError('unsettled');
    this.#id = transfer.id;
    this.#rules = rulesOf(transfer);
    this.#context = context;
    this.#initiator = new ChannelInitiator(
      channelOptions(transfer, context.deviceId, transfer.peer, () => this.#context),
    );
  }

  hello(): Uint8Array {
    return outer(OUTER.HELLO, this.#initiator.hello());
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED, ERR_TEE_MIGRATION_STATE, ERR_TEE_MIGRATION_PACKAGE */
  message(context: MigrationContext, transfer: SourceTransfer, kind: number, body: Uint8Array): SourceStep {
    this.#context = context;
    // A command may have ended the migration this conversation is about and begun another.
    if (transfer.id !== this.#id) throw stateError('another-migration');
    if (rulesOf(transfer) !== this.#rules) throw stateError('rules-changed');
    if (this.#phase === 'hello' && kind === OUTER.ANSWER) return this.#begin(context, transfer, body);
    const channel = this.#channel;
    if (channel === undefined || kind !== OUTER.FRAME) throw stateError('order');
    const plain = channel.open(body);
    if (this.#phase === 'package') {
      this.#checkNotice(plain, MESSAGE.READY);
      const departed = depart(context, transfer);
      return only(outer(OUTER.FRAME, this.#release(context, departed, channel)));
    }
    if (this.#phase !== 'release') throw stateError('order');
    this.#checkNotice(plain, MESSAGE.ACTIVATED);
    close(context, transfer);
    this.destroy();
    return { message: new Uint8Array(0), forget: true };
  }

  #begin(context: MigrationContext, transfer: SourceTransfer, answer: Uint8Array): SourceStep {
    const { message, channel } = this.#initiator.finish(answer);
    this.#channel = channel;
    if (transfer.state === 'departed') {
      return only(outer(OUTER.FINISH, message, this.#release(context, transfer, channel)));
    }
    this.#phase = 'package';
    const plain = packageOf(context, transfer);
    try {
      return only(outer(OUTER.FINISH, message, channel.seal(plain)));
    } finally {
      plain.fill(0);
    }
  }

  /** The release key leaves only from here, and only when the application is gone from this device. */
  #release(context: MigrationContext, transfer: SourceTransfer, channel: SecureChannel): Uint8Array {
    if (transfer.state !== 'departed') throw stateError('order');
    this.#phase = 'release';
    const key = releaseKey(context, transfer);
    const plain = encodeRelease(transfer.id, key);
    try {
      return channel.seal(plain);
    } finally {
      key.fill(0);
      plain.fill(0);
    }
  }

  #checkNotice(plain: Uint8Array, kind: number): void {
    if (decodeNotice(plain, kind).transfer !== this.#id) throw stateError('another-migration');
  }

  destroy(): void {
    this.#phase = 'over';
    this.#initiator.destroy();
    this.#channel?.destroy();
  }
}

/** The link over which the application's domain says what its storage is. */
export class StorageSettlement {
  readonly #id: string;
  readonly #link: SecureLink;
  readonly grant: Uint8Array;

  /** @throws {@link SmError} ERR_TEE_MIGRATION_STATE, ERR_SM2_PUBLIC_KEY_INVALID */
  constructor(context: MigrationContext, transfer: SourceTransfer, recipient: Uint8Array) {
    if (transfer.state !== 'exporting' || transfer.storage !== null) throw stateError('settled');
    this.#id = transfer.id;
    const linkKey = randomBytes(LINK_KEY_BYTES);
    const seed = seedOf(context.registry(), transfer.ta, context.booted.state.huk);
    this.#link = new SecureLink(linkKey, 'responder');
    try {
      const adoption = adoptionOf(context.registry(), transfer.ta);
      this.grant = sealStorageGrant(recipient, { seed, linkKey, adoption });
    } finally {
      linkKey.fill(0);
      seed.fill(0);
    }
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_MIGRATION_PACKAGE, ERR_TEE_STORAGE */
  finish(context: MigrationContext, transfer: SourceTransfer, frame: Uint8Array): void {
    // The application may have been kept, and have run, since: what was found then is older.
    if (transfer.id !== this.#id) throw stateError('another-migration');
    if (transfer.state !== 'exporting' || transfer.storage !== null) throw stateError('settled');
    const storage = decodeSummary(this.#link.open(frame));
    // The domain marked storage that came from another device, where that was not done yet.
    const registry = withAdoption(context.registry(), transfer.ta);
    context.commit(withTransfer(registry, { ...transfer, storage }), noted('migration-settled', transfer));
  }

  destroy(): void {
    this.#link.destroy();
  }
}

const releaseKey = ({ booted, registry }: MigrationContext, { ta, sd, id, release }: SourceTransfer) =>
  keptSecret(
    booted.state.huk,
    'release',
    { ta, sd, era: registry().era, deletions: 0, transfer: id },
    release,
  );

function lost(reason: string): SmError {
  return TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_DIGEST', { detail: `reason=${reason}` });
}

/** A domain that was blocked after its command stops its applications here, not elsewhere. */
function checkDomain(registry: Registry, sd: TeecUuid): void {
  if (domainOf(registry, sd)?.blocked !== false) throw stateError('domain-blocked');
}

/** Everything of the application, its secrets under the release key. */
function packageOf(context: MigrationContext, transfer: SourceTransfer): Uint8Array {
  const { booted, deviceId } = context;
  const { huk } = booted.state;
  const registry = context.registry();
  const { ta, sd, storage } = transfer;
  const entry = applicationOf(registry, ta);
  if (entry === undefined || storage === null) throw stateError('unsettled');
  checkDomain(registry, sd);
  const bundle = booted.state.readBundle(entry.bundle, TA_MAX_BUNDLE_BYTES);
  if (bundle === undefined) throw lost('missing');
  const codeKey = importedCodeKey(registry, ta, huk) ?? codeKeyOf(parseBundle(bundle), booted.device.bundle);
  const seed = seedOf(registry, ta, huk);
  const key = releaseKey(context, transfer);
  try {
    return encodePackage(
      {
        format: MIGRATION_FORMAT,
        transfer: transfer.id,
        ta,
        domain: sd,
        source: deviceId,
        target: transfer.peer,
        floor: floorOf(registry, ta, sd).version,
        locked: registry.locked.includes(ta),
        bundle: entry.bundle,
        storage,
      },
      { seed, codeKey },
      bundle,
      key,
    );
  } finally {
    for (const secret of [codeKey, seed, key]) secret.fill(0);
  }
}

/** From here on the application can live on the target only: seed and registration are gone for good. */
function depart(context: MigrationContext, transfer: SourceTransfer): SourceTransfer {
  const registry = context.registry();
  const entry = applicationOf(registry, transfer.ta);
  if (transfer.state !== 'exporting' || entry === undefined) throw stateError('order');
  checkDomain(registry, transfer.sd);
  const departed: SourceTransfer = { ...transfer, state: 'departed', storage: null };
  context.cutOff(transfer.ta);
  context.commit(
    // The files stay until the target has said that it runs from its copy of them.
    keeping(withTransfer(withoutApplication(registry, entry), departed), transfer.ta),
    noted('migration-departed', transfer),
  );
  return departed;
}

function close(context: MigrationContext, transfer: SourceTransfer): void {
  const registry: Registry = withoutTransfer(context.registry(), transfer.ta, 'source');
  context.commit(
    { ...registry, forget: [...registry.forget.filter((uuid) => uuid !== transfer.ta), transfer.ta] },
    noted('migration-closed', transfer),
  );
}

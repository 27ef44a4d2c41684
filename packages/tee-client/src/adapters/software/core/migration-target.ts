import { fromBase64, sm3, toBase64, toHex } from '@cssi/sm-core';
import { ChannelResponder } from '../../../channel/responder.ts';
import type { SecureChannel } from '../../../channel/secure-channel.ts';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../../errors.ts';
import type { TaBundle } from '../../../spec/v1/bundle.ts';
import { parseBundle } from '../../../spec/v1/bundle-codec.ts';
import type { MigrationFile } from '../../../spec/v1/migration.ts';
import { storeRoom } from '../migration-files.ts';
import { checkBundleSignature } from './bundle-check.ts';
import { keeping } from './migration-actions.ts';
import {
  decodeNotice,
  decodePackage,
  encodeNotice,
  MESSAGE,
  type MigrationPackage,
  openSecrets,
} from './migration-package.ts';
import {
  channelOptions,
  type MigrationContext,
  noted,
  OUTER,
  outer,
  rulesOf,
  stateError,
} from './migration-peer.ts';
import { keepSecret } from './migration-secrets.ts';
import {
  type ApplicationEntry,
  applicationOf,
  domainOf,
  enterApplication,
  floorOf,
  withApplication,
  withFloor,
} from './registry.ts';
import { type Arrival, type TargetTransfer, withTransfer } from './transfers.ts';

/** What a step on this side leads to. */
export interface TargetStep {
  readonly message: Uint8Array;
  /** That have to be there before it goes on. */
  readonly files?: readonly MigrationFile[];
}

const only = (message: Uint8Array): TargetStep => ({ message });
const fail = (code: TeeClientErrorCode, reason: string) =>
  TEE_CLIENT_ERRORS.create(code, { detail: `reason=${reason}` });

interface Judged {
  readonly arrival: Arrival;
  readonly received: MigrationPackage;
}

/** One conversation of this core, as the target, with the source's. */
export class TargetConversation {
  readonly #rules: string;
  readonly #responder: ChannelResponder;
  /** Of the step under way. */
  #context: MigrationContext;
  #channel: SecureChannel | undefined;
  #phase: 'hello' | 'answered' | 'staging' | 'ready' | 'over' = 'hello';
  #judged: Judged | undefined;

  constructor(context: MigrationContext, transfer: TargetTransfer) {
    this.#context = context;
    this.#rules = rulesOf(transfer);
    this.#responder = new ChannelResponder(
      channelOptions(transfer, transfer.peer, context.deviceId, () => this.#context),
    );
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED, ERR_TEE_MIGRATION_…, ERR_TEE_BUNDLE_… */
  message(
    context: MigrationContext,
    transfer: TargetTransfer,
    kind: number,
    parts: readonly Uint8Array[],
  ): TargetStep {
    this.#context = context;
    this.#checkRules(transfer);
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = parts;
    if (this.#phase === 'hello' && kind === OUTER.HELLO) {
      this.#phase = 'answered';
      return only(outer(OUTER.ANSWER, this.#responder.answer(first)));
    }
    if (this.#phase === 'answered' && kind === OUTER.FINISH) {
      const { channel } = this.#responder.accept(first);
      this.#channel = channel;
      const plain = channel.open(second);
      return plain[0] === MESSAGE.PACKAGE
        ? this.#receive(context, transfer, plain)
        : this.#activate(context, transfer, channel, plain);
    }
    const channel = this.#channel;
    if (this.#phase !== 'ready' || channel === undefined || kind !== OUTER.FRAME) throw stateError('order');
    return this.#activate(context, transfer, channel, channel.open(first));
  }

  #checkRules(transfer: TargetTransfer): void {
    if (rulesOf(transfer) !== this.#rules) throw stateError('rules-changed');
  }

  #receive(context: MigrationContext, transfer: TargetTransfer, plain: Uint8Array): TargetStep {
    const received = decodePackage(plain);
    this.#judged = { received, arrival: judgeArrival(context, transfer, received) };
    this.#phase = 'staging';
    return { message: new Uint8Array(0), files: received.header.storage.files };
  }

  /**
   * The files are there: everything is, but the release key.
   *
   * @throws {@link SmError} ERR_TEE_MIGRATION_STATE, ERR_TEE_MANAGEMENT_STATE, ERR_TEE_BUNDLE_…, ERR_TEE_STORAGE
   */
  staged(context: MigrationContext, transfer: TargetTransfer): TargetStep {
    const channel = this.#channel;
    const judged = this.#judged;
    if (this.#phase !== 'staging' || channel === undefined || judged === undefined) throw stateError('order');
    this.#checkRules(transfer);
    const { received } = judged;
    // Commands may have been executed since it was judged.
    const arrival = judgeArrival(context, transfer, received);
    const { state } = context.booted;
    const incoming: TargetTransfer = {
      ...transfer,
      state: 'incoming',
      id: received.header.transfer,
      arrival,
    };
    state.writeBundle(arrival.bundle, received.bundle);
    context.commit(
      keeping(withTransfer(context.registry(), incoming), transfer.ta),
      noted('migration-incoming', incoming),
    );
    this.#judged = undefined;
    this.#phase = 'ready';
    return only(outer(OUTER.FRAME, channel.seal(encodeNotice(MESSAGE.READY, incoming.id))));
  }

  #activate(
    context: MigrationContext,
    transfer: TargetTransfer,
    channel: SecureChannel,
    plain: Uint8Array,
  ): TargetStep {
    const { transfer: id, release } = decodeNotice(plain, MESSAGE.RELEASE);
    try {
      if (id !== transfer.id) throw stateError('another-migration');
      // The source that asks again lost the answer.
      if (transfer.state === 'incoming') activate(context, transfer, release);
      else if (transfer.state !== 'activated') throw stateError('order');
    } finally {
      release.fill(0);
      plain.fill(0);
    }
    const answer = outer(OUTER.FRAME, channel.seal(encodeNotice(MESSAGE.ACTIVATED, id)));
    this.destroy();
    return only(answer);
  }

  destroy(): void {
    this.#phase = 'over';
    this.#judged = undefined;
    this.#responder.destroy();
    this.#channel?.destroy();
  }
}

/**
 * Judges all of a package that can be judged before the release key is here: what is refused later would
 * be lost on both sides.
 */
function judgeArrival(
  context: MigrationContext,
  transfer: TargetTransfer,
  received: MigrationPackage,
): Arrival {
  const { header, bundle: bytes, binding, sealed } = received;
  const { ta, sd, peer } = transfer;
  const wrong = (reason: string) => fail('ERR_TEE_MIGRATION_PACKAGE', reason);
  if (header.ta !== ta || header.domain !== sd) throw wrong('application');
  if (header.source !== peer || header.target !== context.deviceId) throw wrong('device');
  const registry = context.registry();
  if (transfer.state === 'activated' || applicationOf(registry, ta) !== undefined)
    throw stateError('installed');
  const bundle = parseBundle(bytes);
  checkBundle(context, sd, bundle);
  const { manifest, signer } = bundle.header;
  const { name, version, memoryBytes, storageBytes } = manifest;
  if (manifest.uuid !== ta || header.floor < version) throw wrong('application');
  const stored = header.storage.files.reduce((sum, { size }) => sum + size, 0);
  if (stored > storeRoom(storageBytes)) throw wrong('storage-size');
  if (version < floorOf(registry, ta, sd).version) throw fail('ERR_TEE_BUNDLE_ROLLBACK', 'version');
  const entry = { uuid: ta, sd, name, version, bundle: header.bundle, signer, builtIn: false, memoryBytes };
  // Whether there is room; nothing is entered yet.
  withApplication(registry, entry);
  return {
    name,
    version,
    floor: header.floor,
    bundle: header.bundle,
    signer,
    memoryBytes,
    locked: header.locked,
    head: header.storage.head,
    sealed: toBase64(sealed),
    binding,
  };
}

function checkBundle(context: MigrationContext, sd: string, bundle: TaBundle): void {
  const domain = domainOf(context.registry(), sd);
  if (domain === undefined) throw fail('ERR_TEE_MANAGEMENT_TARGET', 'domain');
  if (domain.blocked) throw fail('ERR_TEE_MANAGEMENT_DENIED', 'blocked');
  checkBundleSignature(bundle, domain);
  const { manifest, codeDigest } = bundle.header;
  if (manifest.minimumTcb > context.tcbVersion) throw fail('ERR_TEE_TCB_OUTDATED', 'minimum-tcb');
  // Encrypted code is checked by the application's own domain, as at each of its starts.
  if (bundle.envelope === undefined && toHex(sm3(bundle.payload)) !== codeDigest) {
    throw fail('ERR_TEE_BUNDLE_DIGEST', 'code');
  }
}

/** Installs what came, with the seed it came with. */
function activate(context: MigrationContext, transfer: TargetTransfer, release: Uint8Array): void {
  const { ta, sd, id, arrival } = transfer;
  if (arrival === null) throw stateError('order');
  const { huk } = context.booted.state;
  const registry = context.registry();
  const floor = floorOf(registry, ta, sd);
  const binding = { ta, sd, era: registry.era, deletions: floor.deletions, transfer: id };
  const { seed, codeKey } = openSecrets(release, arrival.binding, fromBase64(arrival.sealed));
  let entry: ApplicationEntry;
  try {
    const { name, version, bundle, signer, memoryBytes, head } = arrival;
    const imported = {
      transfer: id,
      seed: keepSecret(huk, 'seed', binding, seed),
      codeKey: codeKey.length === 0 ? '' : keepSecret(huk, 'code', binding, codeKey),
      head,
      adopted: false,
    };
    entry = { uuid: ta, sd, name, version, bundle, signer, builtIn: false, memoryBytes, imported };
  } finally {
    seed.fill(0);
    codeKey.fill(0);
  }
  const installed = enterApplication(
    withFloor(registry, { ...floor, version: Math.max(floor.version, arrival.floor) }),
    entry,
  );
  const { locked } = installed;
  context.commit(
    withTransfer(
      { ...installed, locked: arrival.locked && !locked.includes(ta) ? [...locked, ta] : locked },
      { ...transfer, state: 'activated', arrival: null },
    ),
    noted('migration-activated', transfer),
  );
}

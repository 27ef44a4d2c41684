import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { MigrationFile } from '../../../spec/v1/migration.ts';
import type { CoreMigration, CoreMigrationStep } from '../domain-protocol.ts';
import { type MigrationContext, OUTER, plainRefusal, readOuter, stateError } from './migration-peer.ts';
import { SourceConversation, StorageSettlement } from './migration-source.ts';
import { TargetConversation } from './migration-target.ts';
import { sourceOf, stateOfTransfer, targetOf } from './transfers.ts';

const NO_BYTES = new Uint8Array(0);
/** Conversations of the target at a time: each may hold a bundle. */
const MAX_CONVERSATIONS = 4;

/** What a step leads to. */
export interface MigrationStepAnswer {
  readonly answer: CoreMigration;
  /** For the other side, or for the domain that settles the storage. */
  readonly message: Uint8Array;
}

interface Outcome {
  readonly message: Uint8Array;
  readonly files?: readonly MigrationFile[];
  readonly forget?: boolean;
}

/**
 * The conversations of this core with others about applications that migrate. What is agreed is in the
 * sealed registry before it is said; a conversation that is cut is begun anew, and nothing of it is kept.
 *
 * What the host can do is stop it. Nothing of what it carries opens elsewhere, or a second time.
 */
export class Migrations {
  readonly #sources = new Map<string, SourceConversation>();
  readonly #targets = new Map<string, TargetConversation>();
  readonly #settlements = new Map<string, StorageSettlement>();

  /**
   * @throws {@link SmError} ERR_TEE_MIGRATION_STATE, ERR_TEE_MIGRATION_REFUSED, ERR_TEE_MIGRATION_PACKAGE,
   * ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED, ERR_TEE_TCB_OUTDATED, ERR_TEE_BUNDLE_…,
   * ERR_TEE_MANAGEMENT_STATE, ERR_TEE_STORAGE
   */
  step(context: MigrationContext, request: CoreMigrationStep, message: Uint8Array): MigrationStepAnswer {
    const { step, ta, role } = request;
    let outcome: Outcome = { message: NO_BYTES };
    if (step !== 'status') {
      this.#checkRunning(context);
      try {
        outcome =
          role === 'source'
            ? this.#source(context, request, message)
            : this.#target(context, request, message);
      } catch (error) {
        this.#end(request);
        throw plainRefusal(error);
      }
    }
    const registry = context.registry();
    const source = sourceOf(registry, ta);
    const transfer = role === 'source' ? source : targetOf(registry, ta);
    return {
      message: outcome.message,
      answer: {
        state: stateOfTransfer(registry, ta, role),
        transfer: transfer?.id ?? '',
        unsettled: role === 'source' && source?.state === 'exporting' && source.storage === null,
        files: outcome.files ?? null,
        forget: outcome.forget ?? false,
      },
    };
  }

  #checkRunning({ tcbVersion, registry }: MigrationContext): void {
    const { tcbFloor, teeLocked } = registry();
    if (tcbVersion < tcbFloor) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_TCB_OUTDATED', { detail: 'reason=floor' });
    }
    if (teeLocked) throw stateError('tee-locked');
  }

  #source(context: MigrationContext, { step, ta }: CoreMigrationStep, message: Uint8Array): Outcome {
    const transfer = sourceOf(context.registry(), ta);
    if (transfer === undefined) throw stateError('none');
    switch (step) {
      case 'storage-grant': {
        this.#settlements.get(ta)?.destroy();
        const settlement = new StorageSettlement(context, transfer, message);
        this.#settlements.set(ta, settlement);
        return { message: settlement.grant };
      }
      case 'storage': {
        const settlement = this.#settlements.get(ta);
        if (settlement === undefined) throw stateError('order');
        settlement.finish(context, transfer, message);
        settlement.destroy();
        this.#settlements.delete(ta);
        return { message: NO_BYTES };
      }
      case 'open': {
        this.#sources.get(ta)?.destroy();
        const conversation = new SourceConversation(context, transfer);
        this.#sources.set(ta, conversation);
        return { message: conversation.hello() };
      }
      case 'message': {
        const conversation = this.#sources.get(ta);
        if (conversation === undefined) throw stateError('order');
        const { kind, parts } = readOuter(message);
        return conversation.message(context, transfer, kind, parts[0] ?? NO_BYTES);
      }
      default:
        throw stateError('step');
    }
  }

  #target(context: MigrationContext, { step, ta }: CoreMigrationStep, message: Uint8Array): Outcome {
    const transfer = targetOf(context.registry(), ta);
    if (transfer === undefined) throw stateError('none');
    if (step === 'staged') {
      const conversation = this.#targets.get(ta);
      if (conversation === undefined) throw stateError('order');
      return conversation.staged(context, transfer);
    }
    if (step !== 'message') throw stateError('step');
    const { kind, parts } = readOuter(message);
    if (kind === OUTER.HELLO) {
      this.#targets.get(ta)?.destroy();
      this.#targets.delete(ta);
      for (const [oldest, conversation] of this.#targets) {
        if (this.#targets.size < MAX_CONVERSATIONS) break;
        conversation.destroy();
        this.#targets.delete(oldest);
      }
      this.#targets.set(ta, new TargetConversation(context, transfer));
    }
    const conversation = this.#targets.get(ta);
    if (conversation === undefined) throw stateError('order');
    return conversation.message(context, transfer, kind, parts);
  }

  /** After anything that went wrong: a conversation has no second try. */
  #end({ ta, role }: CoreMigrationStep): void {
    if (role === 'target') {
      this.#targets.get(ta)?.destroy();
      this.#targets.delete(ta);
      return;
    }
    this.#sources.get(ta)?.destroy();
    this.#sources.delete(ta);
    this.#settlements.get(ta)?.destroy();
    this.#settlements.delete(ta);
  }

  destroy(): void {
    for (const all of [this.#sources, this.#targets, this.#settlements]) {
      for (const one of all.values()) one.destroy();
      all.clear();
    }
  }
}

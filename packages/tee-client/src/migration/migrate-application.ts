import { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';
import { teecError } from '../spec/v1/error.ts';
import { MANAGEMENT_LIMITS, parseSignedCommand } from '../spec/v1/management-codec.ts';
import {
  MIGRATION_LIMITS,
  type MigrationFile,
  type MigrationOptions,
  type MigrationProgress,
  type MigrationResult,
  type MigrationState,
  type ModuleMigrationAnswer,
} from '../spec/v1/migration.ts';
import type { SecurityModule } from '../spec/v1/module.ts';
import { normalizeUuid, type TeecUuid } from '../spec/v1/uuid.ts';
import { takeStep } from './check-migration-answer.ts';

/** Carries files and messages of one migration, and knows how far it is. */
class Carrier {
  readonly #options: MigrationOptions;
  readonly #ta: TeecUuid;
  readonly #progress = { source: 'none' as MigrationState, target: 'none' as MigrationState, bytes: 0 };
  transfer = '';

  constructor(options: MigrationOptions) {
    this.#options = options;
    this.#ta = normalizeUuid(options.ta);
  }

  get progress(): MigrationProgress {
    return { ...this.#progress };
  }

  #seen(role: 'source' | 'target', { state, transfer }: ModuleMigrationAnswer): void {
    this.#progress[role] = state;
    if (transfer !== '') this.transfer = transfer;
    this.#options.onProgress?.(this.progress);
  }

  async status(): Promise<void> {
    const ta = this.#ta;
    // The target's number may be that of an earlier migration; the source's is this one's.
    this.#seen('target', await takeStep(this.#options.target, { step: 'status', ta, role: 'target' }));
    this.#seen('source', await takeStep(this.#options.source, { step: 'status', ta, role: 'source' }));
  }

  async #say(role: 'source' | 'target', message: Uint8Array): Promise<ModuleMigrationAnswer> {
    const answer = await takeStep(this.#options[role], { step: 'message', ta: this.#ta, role, message });
    this.#seen(role, answer);
    return answer;
  }

  async #carry({ name, size }: MigrationFile): Promise<void> {
    const { source, target } = this.#options;
    const ta = this.#ta;
    for (let offset = 0; offset < size || (size === 0 && offset === 0); ) {
      const length = Math.min(MIGRATION_LIMITS.chunk, size - offset);
      const { message } = await takeStep(source, { step: 'read', ta, role: 'source', name, offset, length });
      // The target finds out; here it would be read for ever.
      if (message.length !== length) throw unfit('file');
      await takeStep(target, { step: 'write', ta, role: 'target', name, offset, data: message });
      this.#progress.bytes += length;
      offset += Math.max(length, 1);
    }
  }

  /** One conversation of the two cores, from its beginning to the end of the migration. */
  async converse(): Promise<void> {
    const { source, target } = this.#options;
    const ta = this.#ta;
    const opened = await takeStep(source, { step: 'open', ta, role: 'source' });
    this.#seen('source', opened);
    const answered = await this.#say('target', opened.message);
    let said = await this.#say('source', answered.message);
    let heard = await this.#say('target', said.message);
    if (heard.message.length === 0) {
      for (const file of heard.files) await this.#carry(file);
      heard = await takeStep(target, { step: 'staged', ta, role: 'target' });
      this.#seen('target', heard);
      said = await this.#say('source', heard.message);
      heard = await this.#say('target', said.message);
    }
    const ended = await this.#say('source', heard.message);
    if (ended.state !== 'none' || heard.state !== 'activated') throw unfit('not-ended');
  }
}

const unfit = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_STATE', { detail: `reason=${reason}` });

function checkOptions({ ta, exportCommand, importCommand, source, target }: MigrationOptions): void {
  const invalid = (option: string) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}` });
  for (const [name, module] of [
    ['source', source],
    ['target', target],
  ] as const) {
    if (!module.describe().capabilities.includes('enclave-migrate')) {
      throw teecError('NOT_SUPPORTED', 'API', { detail: `module=${name} capability=enclave-migrate` });
    }
  }
  const uuid = normalizeUuid(ta);
  for (const [name, bytes, action] of [
    ['exportCommand', exportCommand, 'export-ta'],
    ['importCommand', importCommand, 'import-ta'],
  ] as const) {
    if (!(bytes instanceof Uint8Array) || bytes.length > MANAGEMENT_LIMITS.bytes) throw invalid(name);
    const { command } = parseSignedCommand(bytes);
    // A command for another application would be executed and this one not found.
    if (command.action !== action || command.ta !== uuid) throw invalid(name);
  }
}

/**
 * Moves an application with its seed and its stored data from one module to another. Both execute a signed
 * command that names the other device; from there on the two cores trust each other by fresh evidence,
 * and this function and whatever carries its messages by nothing.
 *
 * It may be called again, with the same or new commands, after anything that interrupted it: it goes
 * on where both sides are. Until the source has departed `cancel-migration` there keeps the application;
 * after that only the target can have it, and only a new call to this function with the same two
 * modules brings it there. Sessions with the application end.
 *
 * Clocks of the two devices may differ by a minute.
 *
 * @example
 * ```ts
 * const exportCommand = await managementCommand(
 *   { action: 'export-ta', ta, target: newDevice, measurements: [] },
 *   { device: oldDevice, sequence: Date.now(), signer },
 * );
 * const importCommand = await managementCommand(
 *   { action: 'import-ta', ta, source: oldDevice, measurements: [] },
 *   { device: newDevice, sequence: Date.now(), signer },
 * );
 * await migrateApplication({ ta, source: oldTee.module, target: newTee.module, exportCommand, importCommand });
 * ```
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID, ERR_TEE_MIGRATION_STATE, ERR_TEE_MIGRATION_REFUSED,
 * ERR_TEE_MIGRATION_PACKAGE, ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED, ERR_TEE_MANAGEMENT_…, ERR_TEE_BUNDLE_…;
 * {@link TeecError} NOT_SUPPORTED when a module cannot migrate
 * @group Migration
 */
export async function migrateApplication(options: MigrationOptions): Promise<MigrationResult> {
  checkOptions(options);
  const { source, target, exportCommand, importCommand } = options;
  const carrier = new Carrier(options);
  await carrier.status();
  const before = carrier.progress;
  if (before.source === 'none' && before.target === 'activated') {
    // Ended by a call whose answer was lost, unless it is another application of that uuid.
    if (await isInstalled(source, options.ta)) throw unfit('installed');
    return { transfer: carrier.transfer };
  }
  const receipts: { exportReceipt?: Uint8Array; importReceipt?: Uint8Array } = {};
  // The target first: what it refuses at once must not have stopped the application at the source. One
  // that has it all, and a source that has departed, take a newer list of measurements.
  const { source: from, target: to } = before;
  if (to === 'incoming' || (from !== 'departed' && (to === 'none' || to === 'expecting'))) {
    const receipt = await execute(target, importCommand, to !== 'none');
    if (receipt !== undefined) receipts.importReceipt = receipt;
  }
  if (from === 'none' || from === 'departed') {
    const receipt = await execute(source, exportCommand, from === 'departed');
    if (receipt !== undefined) receipts.exportReceipt = receipt;
  }
  await carrier.status();
  await carrier.converse();
  return { transfer: carrier.transfer, ...receipts };
}

/** The receipt; `undefined` for a command that was executed before, where that may be. */
async function execute(
  module: SecurityModule,
  command: Uint8Array,
  mayBeDone: boolean,
): Promise<Uint8Array | undefined> {
  try {
    return await module.manage(command);
  } catch (error) {
    if (mayBeDone && error instanceof SmError && error.code === 'ERR_TEE_MANAGEMENT_REPLAYED')
      return undefined;
    throw error;
  }
}

async function isInstalled(module: SecurityModule, ta: TeecUuid): Promise<boolean> {
  const { applications } = await module.snapshot();
  return applications.some(({ uuid }) => uuid === normalizeUuid(ta));
}

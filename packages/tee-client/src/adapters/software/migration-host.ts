import { equalBytes, fromHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { nodeStoreFiles, type StoreFiles } from '../../runtime/storage/store-files.ts';
import {
  MIGRATION_LIMITS,
  type MigrationFile,
  type MigrationRole,
  type ModuleMigrationAnswer,
  type ModuleMigrationRequest,
} from '../../spec/v1/migration.ts';
import { normalizeUuid, type TeecUuid } from '../../spec/v1/uuid.ts';
import { codeOf, control, part } from './control.ts';
import type { CoreMigrationStep } from './domain-protocol.ts';
import { applicationFolder, ownerFolder } from './files.ts';
import { type Flow, runAsync, wait } from './flow.ts';
import { digestFile, isStoreFile, storeFiles } from './migration-files.ts';
import type { SoftwareParts } from './start.ts';

const NO_BYTES = new Uint8Array(0);
/** Heap of a domain that reads a store: an index of up to 65,536 objects. */
const DOMAIN_MEMORY_BYTES = 256 << 20;
const HELLO_TIMEOUT_MS = 30_000;
/** Of a store's whole contents, read and hashed. */
const SETTLE_TIMEOUT_MS = 600_000;
/** Steps that change something, for whoever watches the module. */
const TOLD: ReadonlySet<string> = new Set(['open', 'message', 'staged']);

const refuse = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_STATE', { detail: `reason=${reason}` });
const isCount = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max;

/**
 * The host's part of migrations: it carries what the core says, has the storage of an application
 * settled, and moves its files, which are ciphertext to it.
 */
export class MigrationHost {
  readonly #parts: SoftwareParts;
  /** What the core said has to be there, by application, until it is. */
  readonly #staging = new Map<TeecUuid, readonly MigrationFile[]>();

  constructor(parts: SoftwareParts) {
    this.#parts = parts;
  }

  /** @throws {@link SmError} ERR_TEE_MIGRATION_…, ERR_TEE_STORAGE and what the core refuses with */
  async step(request: ModuleMigrationRequest): Promise<ModuleMigrationAnswer> {
    const { monitor } = this.#parts;
    const ta = normalizeUuid(request.ta);
    try {
      const answer = await this.#step(request, ta);
      if (TOLD.has(request.step)) {
        monitor.report('management', `migration=${request.step} state=${answer.state}`, ta);
      }
      return answer;
    } catch (error) {
      monitor.report('management-refused', `migration=${String(request.step)} code=${codeOf(error)}`, ta);
      throw error;
    }
  }

  async #step(request: ModuleMigrationRequest, ta: TeecUuid): Promise<ModuleMigrationAnswer> {
    switch (request.step) {
      case 'status':
        return this.#ask({ step: 'status', ta, role: request.role });
      case 'open':
        return this.#open(ta);
      case 'message':
        return this.#message(ta, request.role, request.message);
      case 'read':
        return this.#read(ta, request.name, request.offset, request.length);
      case 'write':
        return this.#write(ta, request.name, request.offset, request.data);
      case 'staged':
        return this.#staged(ta);
      default:
        throw refuse('step');
    }
  }

  #files(ta: TeecUuid): StoreFiles {
    return nodeStoreFiles(applicationFolder(this.#parts.folder, ta));
  }

  *#core(step: CoreMigrationStep, message: Uint8Array = NO_BYTES) {
    return yield* this.#parts.core.migrate(step, message);
  }

  async #ask(step: CoreMigrationStep, message?: Uint8Array): Promise<ModuleMigrationAnswer> {
    const { answer, message: said } = await runAsync(this.#core(step, message));
    return { state: answer.state, transfer: answer.transfer, message: said, files: [] };
  }

  async #open(ta: TeecUuid): Promise<ModuleMigrationAnswer> {
    const { answer } = await runAsync(this.#core({ step: 'status', ta, role: 'source' }));
    if (answer.unsettled) {
      // The command that stopped it may have been interrupted before it did.
      await this.#parts.launcher.stopApplication(ta);
      await runAsync(this.#settle(ta));
    }
    return this.#ask({ step: 'open', ta, role: 'source' });
  }

  /** A domain of the application's own reads its storage; none of the application's code runs in it. */
  *#settle(ta: TeecUuid): Flow<void> {
    const { open, settings, folder } = this.#parts;
    ownerFolder(applicationFolder(folder, ta));
    let exited = (): void => {};
    const ended = new Promise<void>((resolve) => {
      exited = resolve;
    });
    const link = yield* wait(
      open(
        {
          kind: 'ta',
          uuid: ta,
          folder: applicationFolder(folder, ta),
          memoryLimit: DOMAIN_MEMORY_BYTES,
          tcbVersion: settings.tcbVersion,
        },
        {
          onRpc: () => {
            throw new Error('a domain that settles storage asks nothing');
          },
          onEvent: () => {},
          onExit: () => exited(),
        },
      ),
    );
    try {
      const key = part(yield* control(link, 'hello', [], HELLO_TIMEOUT_MS), 0);
      const { message: grant } = yield* this.#core({ step: 'storage-grant', ta, role: 'source' }, key);
      const frame = part(yield* control(link, 'settle-store', [grant], SETTLE_TIMEOUT_MS), 0);
      yield* this.#core({ step: 'storage', ta, role: 'source' }, frame);
    } finally {
      void link.close();
      // Two domains of one application would write to one folder.
      yield* wait(ended);
    }
  }

  async #message(ta: TeecUuid, role: MigrationRole, message: Uint8Array): Promise<ModuleMigrationAnswer> {
    if (!(message instanceof Uint8Array) || message.length > MIGRATION_LIMITS.message)
      throw refuse('message');
    const { launcher } = this.#parts;
    if (role === 'target') this.#staging.delete(ta);
    const { answer, message: said } = await runAsync(this.#core({ step: 'message', ta, role }, message));
    await runAsync(launcher.refresh());
    if (answer.forget) await launcher.forget(ta);
    const { state, transfer, files } = answer;
    return { state, transfer, message: said, files: files === null ? [] : this.#prepare(ta, files) };
  }

  /** Makes room for the files of a package; what is there already need not come again. */
  #prepare(ta: TeecUuid, files: readonly MigrationFile[]): readonly MigrationFile[] {
    const store = this.#files(ta);
    const missing: MigrationFile[] = [];
    for (const found of storeFiles(store)) {
      const named = files.find(({ name }) => name === found.name);
      if (named?.size !== found.size || named.digest !== found.digest) store.remove(found.name);
    }
    const there = store.list();
    for (const file of files) if (!there.includes(file.name)) missing.push(file);
    this.#staging.set(ta, files);
    return missing;
  }

  async #read(ta: TeecUuid, name: string, offset: number, length: number): Promise<ModuleMigrationAnswer> {
    const answer = await this.#ask({ step: 'status', ta, role: 'source' });
    if (answer.state !== 'exporting') throw refuse('order');
    const { chunk, fileBytes } = MIGRATION_LIMITS;
    if (!isStoreFile(name) || !isCount(offset, fileBytes) || !isCount(length, chunk)) throw refuse('file');
    const file = this.#files(ta).open(name, false);
    try {
      const bytes = new Uint8Array(length);
      return { ...answer, message: bytes.subarray(0, file.read(offset, bytes)) };
    } finally {
      file.close();
    }
  }

  async #write(ta: TeecUuid, name: string, offset: number, data: Uint8Array): Promise<ModuleMigrationAnswer> {
    const named = this.#staging.get(ta)?.find((file) => file.name === name);
    if (named === undefined) throw refuse('file');
    const { chunk } = MIGRATION_LIMITS;
    if (!(data instanceof Uint8Array) || data.length > chunk || !isCount(offset, named.size - data.length)) {
      throw refuse('file');
    }
    // A command may have ended the migration since, and the folder be that of an application that runs.
    const answer = await this.#ask({ step: 'status', ta, role: 'target' });
    if (answer.state !== 'expecting' && answer.state !== 'incoming') throw refuse('order');
    ownerFolder(applicationFolder(this.#parts.folder, ta));
    const files = this.#files(ta);
    const file = files.open(name, !files.list().includes(name));
    try {
      file.write(offset, data);
    } finally {
      file.close();
    }
    return answer;
  }

  /** What the target answers for has to be on its disk: the source forgets its own. */
  async #staged(ta: TeecUuid): Promise<ModuleMigrationAnswer> {
    const expected = this.#staging.get(ta);
    if (expected === undefined) throw refuse('order');
    const files = this.#files(ta);
    const there = files.list();
    for (const { name, size, digest } of expected) {
      const found = there.includes(name) ? digestFile(files, name) : undefined;
      if (found?.size !== size || !equalBytes(fromHex(found.digest), fromHex(digest))) {
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_PACKAGE', { detail: `reason=file name=${name}` });
      }
      const file = files.open(name, false);
      try {
        file.sync();
      } finally {
        file.close();
      }
    }
    if (expected.length > 0) files.syncFolder();
    this.#staging.delete(ta);
    return this.#ask({ step: 'staged', ta, role: 'target' });
  }
}

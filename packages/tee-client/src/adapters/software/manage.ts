import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { teecError } from '../../spec/v1/error.ts';
import { codeOf, control } from './control.ts';
import type { ManagementEffect } from './domain-protocol.ts';
import { run, runAsync } from './flow.ts';
import type { SoftwareParts } from './start.ts';

/** Most bytes of a command, and of a bundle or personalisation data that goes with it. */
const MAX_COMMAND = 64 << 10;
const MAX_PAYLOAD = 8 << 20;
/** Commands that may wait: each holds its payload. */
const MAX_WAITING = 64;
const PERSONALISE_TIMEOUT_MS = 60_000;

/** Executes management commands one after the other and does what follows from them on the host. */
export class Management {
  readonly #parts: SoftwareParts;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(parts: SoftwareParts) {
    this.#parts = parts;
  }

  /** Resolves when no command runs. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /**
   * The receipt of an executed command.
   *
   * @throws {@link SmError} what the core refused it with; {@link TeecError} BUSY when 64 wait
   */
  async execute(command: Uint8Array, payload: Uint8Array): Promise<Uint8Array> {
    try {
      const { receipt, personalise } = await this.inTurn(() => this.#execute(command, payload));
      // Not in the queue of commands: an application that is busy must not hold up what would stop it.
      if (personalise !== undefined) await this.#personalise(personalise);
      return receipt;
    } catch (error) {
      this.#parts.monitor.report('management-refused', `code=${codeOf(error)}`);
      throw error;
    }
  }

  /**
   * Runs what must not meet a command half-way, after all that was asked before.
   *
   * @throws {@link TeecError} BUSY when 64 wait; what `work` throws
   */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw teecError('BUSY', 'TEE', { detail: 'reason=commands' });
    this.#waiting++;
    const done = this.#last.then(work);
    this.#last = done.catch(() => {}).then(() => this.#waiting--);
    return done;
  }

  async #execute(
    command: Uint8Array,
    payload: Uint8Array,
  ): Promise<{
    readonly receipt: Uint8Array;
    readonly personalise: ManagementEffect['personalise'];
  }> {
    const { core, monitor } = this.#parts;
    if (command.length > MAX_COMMAND || payload.length > MAX_PAYLOAD) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_MALFORMED', { detail: 'reason=length' });
    }
    const { receipt, effect } = await runAsync(core.manage(command, payload)).catch(
      async (error: unknown) => {
        if (codeOf(error) === 'ERR_TEE_STORAGE') await this.#stopAll();
        throw error;
      },
    );
    const { stop, forget, personalise } = effect;
    monitor.report(
      'management',
      `stopped=${stop.length} deleted=${forget.length} personalised=${personalise === undefined ? 0 : 1}`,
    );
    await this.#apply(effect);
    return { receipt, personalise };
  }

  /** The disk failed: the command may count all the same. Nothing runs on that it may have ended. */
  async #stopAll(): Promise<void> {
    const { launcher } = this.#parts;
    await Promise.allSettled(launcher.running.map(({ uuid }) => launcher.stopApplication(uuid)));
    await runAsync(launcher.refresh()).catch(() => {});
  }

  /** The core has decided: whatever of it fails here, the rest is done. */
  async #apply({ stop, forget }: ManagementEffect): Promise<void> {
    const { launcher } = this.#parts;
    const done = await Promise.allSettled([
      runAsync(launcher.refresh()),
      ...stop.map((uuid) => launcher.stopApplication(uuid)),
    ]);
    // After that nobody starts any more what was deleted, and makes its folder anew.
    done.push(...(await Promise.allSettled(forget.map((uuid) => launcher.forget(uuid)))));
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }

  async #personalise({ ta, data }: NonNullable<ManagementEffect['personalise']>): Promise<void> {
    const { launcher } = this.#parts;
    const bytes = new Uint8Array(Buffer.from(data, 'base64'));
    const domain = await runAsync(launcher.acquire(ta));
    try {
      await run(control(domain.link, 'personalise', [bytes], PERSONALISE_TIMEOUT_MS));
    } finally {
      bytes.fill(0);
      launcher.release(domain);
    }
  }
}

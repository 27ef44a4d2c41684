import { setImmediate as turn } from 'node:timers/promises';
import { SmError } from '@cssi/sm-core';
import type { BootEvent } from '../../spec/v1/evidence.ts';
import { measureStages } from './code-files.ts';
import { codeOf, settle } from './control.ts';
import type { Launcher } from './launcher.ts';
import type { Monitor } from './monitor.ts';
import type { Settings } from './options.ts';
import type { TaDomain } from './ta-domain.ts';

const SELF_CHECK_MS = 10_000;
const MEMORY_CHECK_MS = 250;
/** Resident bytes of the runtime itself, above which an application's limit counts. */
const RUNTIME_BYTES = 256 << 20;

/** The host ran out of descriptors or memory: that says nothing of the files, and passes. */
const isShortage = (error: unknown): boolean =>
  error instanceof SmError && /reason=(?:EMFILE|ENFILE|ENOMEM|EAGAIN)$/.test(error.detail ?? '');

/** What one check found. */
export interface CheckReport {
  readonly healthy: boolean;
  /** Boot stages whose files are no longer those that were measured, for example `worker domain`. */
  readonly driftedStages: readonly string[];
  /** Applications that were stopped because they are no longer what was launched. */
  readonly driftedApplications: readonly string[];
}

/** What the watch works on. */
export interface WatchEnvironment {
  readonly settings: Settings;
  readonly events: readonly BootEvent[];
  readonly launcher: Launcher;
  readonly monitor: Monitor;
  /** Ends the core: it runs drifted code, or code beside drifted code. */
  readonly stopCore: (detail: string) => void;
}

/**
 * Watches the code and the memory of the domains: in an interval and on demand. An application that
 * drifted is ended at once, reported, and not launched again before the TEE is started anew.
 */
export class Watch {
  readonly #environment: WatchEnvironment;
  readonly #timers: NodeJS.Timeout[] = [];
  #checking: Promise<CheckReport> | undefined;

  constructor(environment: WatchEnvironment) {
    this.#environment = environment;
    const { checkIntervalMs, mode } = environment.settings;
    if (checkIntervalMs > 0) {
      this.#timers.push(setInterval(() => void this.check().catch(() => {}), checkIntervalMs));
    }
    if (mode === 'process') this.#timers.push(setInterval(() => this.#checkMemory(), MEMORY_CHECK_MS));
    // Watching alone is no reason to keep a process alive.
    for (const timer of this.#timers) timer.unref();
  }

  /**
   * One check at a time; who asks meanwhile gets its result.
   *
   * @throws {@link SmError} ERR_TEE_STORAGE when the host has too few descriptors or too little memory
   * to measure
   */
  check(): Promise<CheckReport> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  #stages(): string[] {
    const { events, settings } = this.#environment;
    let now: readonly BootEvent[];
    try {
      now = measureStages(settings.mode);
    } catch (error) {
      if (isShortage(error)) throw error;
      // Files that are gone are drift, too.
      now = [];
    }
    // Two copies of one version of a library have one name.
    const found = new Set(now.map(({ stage, name, digest }) => `${stage} ${name} ${digest}`));
    return events
      .filter(({ stage, name, digest }) => !found.has(`${stage} ${name} ${digest}`))
      .map(({ stage, name }) => `${stage} ${name}`);
  }

  async #check(): Promise<CheckReport> {
    const { launcher, monitor, stopCore } = this.#environment;
    // Calls that wait for the event loop go first. The turn keeps the process alive: whoever asked waits.
    await turn();
    const driftedStages = this.#stages();
    const driftedApplications: string[] = [];
    if (driftedStages.length > 0) {
      const reason = `stage=${driftedStages[0]?.replaceAll(' ', '-')}`;
      const first = launcher.driftOf('') === undefined;
      launcher.markDrifted(reason);
      const running = launcher.running;
      if (first && running.length === 0) monitor.report('ta-drifted', reason);
      for (const domain of running) this.#stop(domain, reason, driftedApplications);
      await Promise.all(running.map((domain) => domain.exited));
      stopCore(reason);
    } else {
      await Promise.all(launcher.running.map((domain) => this.#selfCheck(domain, driftedApplications)));
    }
    return {
      healthy: driftedStages.length === 0 && driftedApplications.length === 0,
      driftedStages,
      driftedApplications,
    };
  }

  #stop(domain: TaDomain, reason: string, stopped: string[]): void {
    stopped.push(domain.uuid);
    this.#environment.monitor.report('ta-drifted', reason, domain.uuid);
    void this.#environment.launcher.stop(domain, 'drifted');
  }

  async #selfCheck(domain: TaDomain, stopped: string[]): Promise<void> {
    // A long call would make the check wait, and the check a hang: the next check sees it.
    if (domain.link.pending > 0 || !domain.usable) return;
    const answer = await domain.link.call(
      { kind: 'control', name: 'self-check', parts: [] },
      { timeoutMs: SELF_CHECK_MS },
    );
    try {
      settle(answer);
    } catch (error) {
      // One that is ending answers no more, and has not drifted for that.
      if (!domain.usable) return;
      const reason = `code=${codeOf(error)}`;
      this.#environment.launcher.markDrifted(reason, domain.uuid);
      this.#stop(domain, reason, stopped);
      await domain.exited;
    }
  }

  /** A process above its limit is ended: the limit of the system counts other kinds of memory. */
  #checkMemory(): void {
    const { launcher, monitor } = this.#environment;
    for (const domain of launcher.running) {
      const resident = domain.link.residentBytes();
      const limit = RUNTIME_BYTES + domain.memoryLimit;
      if (resident === undefined || resident <= limit) continue;
      monitor.report('memory-exceeded', `resident=${resident} limit=${limit}`, domain.uuid);
      void launcher.stop(domain, 'memory-exceeded');
    }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#checking?.catch(() => {});
  }
}

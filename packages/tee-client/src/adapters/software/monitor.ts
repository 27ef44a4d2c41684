import { teecError } from '../../spec/v1/error.ts';
import type { ModuleEvent, ModuleEventKind, ModuleEventListener } from '../../spec/v1/monitor.ts';
import { TEEC_RESULTS } from '../../spec/v1/results.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import { LatencyRing } from './latency.ts';

const MAX_LISTENERS = 64;
const MAX_DETAIL = 256;
const MAX_FAILURE_KINDS = 64;
/** Events of one kind that one application may cause in a window; the last says that more are not told. */
const BURST = 100;
const WINDOW_MS = 10_000;

const SEVERITY: Readonly<Record<ModuleEventKind, ModuleEvent['severity']>> = {
  'ta-started': 'info',
  'ta-stopped': 'info',
  'ta-panicked': 'warning',
  'ta-died': 'warning',
  'ta-hung': 'warning',
  'ta-drifted': 'alarm',
  'launch-refused': 'alarm',
  'undeclared-call': 'alarm',
  'memory-exceeded': 'warning',
  management: 'info',
  'management-refused': 'alarm',
  'tcb-outdated': 'alarm',
  log: 'info',
};

/** What is counted of one application, over all its starts. */
export class ApplicationRecord {
  starts = 0;
  calls = 0;
  alarms = 0;
  measurement = '';
  state: 'running' | 'stopped' | 'dead' | 'refused' = 'stopped';
  memory = { used: 0, peak: 0, quota: 0 };
  storage = { used: 0, quota: 0 };
  readonly latency: LatencyRing = new LatencyRing();
  readonly #failures = new Map<string, number>();
  readonly #window = new Map<ModuleEventKind, number>();
  #windowStart = Number.NEGATIVE_INFINITY;

  /** How many events of this kind there were in the window, with this one. */
  countEvent(kind: ModuleEventKind): number {
    const now = performance.now();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#window.clear();
    }
    const count = (this.#window.get(kind) ?? 0) + 1;
    this.#window.set(kind, count);
    return count;
  }

  called(microseconds: number, result: number, origin: number): void {
    this.calls++;
    this.latency.add(microseconds);
    if (result === TEEC_RESULTS.SUCCESS) return;
    const key = `${result.toString(16).padStart(8, '0')}/${origin}`;
    // Applications choose results: their number of kinds is bounded.
    const kept = this.#failures.has(key) || this.#failures.size < MAX_FAILURE_KINDS ? key : 'other';
    this.#failures.set(kept, (this.#failures.get(kept) ?? 0) + 1);
  }

  get failures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failures);
  }
}

/** Control characters and line separators would let an application forge lines of a log. */
const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?').slice(0, MAX_DETAIL);

/**
 * Events and figures of the applications. A listener that throws or an application that floods
 * harms nobody else.
 */
export class Monitor {
  readonly #listeners = new Map<symbol, ModuleEventListener>();
  readonly #records = new Map<TeecUuid, ApplicationRecord>();
  readonly #clock: () => Date;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** Record of an installed application, made at its first mention. */
  record(uuid: TeecUuid): ApplicationRecord {
    let record = this.#records.get(uuid);
    if (record === undefined) {
      record = new ApplicationRecord();
      this.#records.set(uuid, record);
    }
    return record;
  }

  /** Forgets an application that was deleted. */
  forget(uuid: TeecUuid): void {
    this.#records.delete(uuid);
  }

  /**
   * Returns what ends the subscription.
   *
   * @throws {@link TeecError} BUSY above 64 listeners
   */
  subscribe(listener: ModuleEventListener): () => void {
    if (this.#listeners.size >= MAX_LISTENERS) throw teecError('BUSY', 'API', { detail: 'reason=listeners' });
    const key = Symbol('listener');
    this.#listeners.set(key, listener);
    return () => void this.#listeners.delete(key);
  }

  /** Reports something; `uuid` where it concerns one application. */
  report(kind: ModuleEventKind, detail: string, uuid?: TeecUuid): void {
    const severity = SEVERITY[kind];
    let text = printable(detail);
    if (uuid !== undefined) {
      const record = this.record(uuid);
      if (severity === 'alarm') record.alarms++;
      const count = record.countEvent(kind);
      if (count > BURST) return;
      if (count === BURST) text = `suppressed=further-events window-ms=${WINDOW_MS}`;
    }
    let time: Date;
    try {
      time = this.#clock();
    } catch {
      time = new Date();
    }
    const event: ModuleEvent = Object.freeze({
      kind,
      severity,
      time,
      ...(uuid === undefined ? {} : { uuid }),
      detail: text,
    });
    for (const listener of [...this.#listeners.values()]) {
      try {
        const done: unknown = listener(event);
        // One that is an async function would end the process with its failure.
        if (done instanceof Promise) done.catch(() => {});
      } catch {
        // A listener's failure is its own.
      }
    }
  }
}

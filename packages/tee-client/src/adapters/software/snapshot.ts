import type { ApplicationMetrics, ModuleSnapshot } from '../../spec/v1/monitor.ts';
import { readJson, settle } from './control.ts';
import type { CoreSnapshot, DomainStats } from './domain-protocol.ts';
import { runAsync } from './flow.ts';
import { BUILT_IN_APPLICATIONS } from './images/index.ts';
import type { ApplicationRecord } from './monitor.ts';
import type { SoftwareParts } from './start.ts';
import type { TaDomain } from './ta-domain.ts';

const STATS_TIMEOUT_MS = 5_000;

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;

/** Asks a domain for its figures; one that works on a call keeps the figures it had. */
async function refresh(domain: TaDomain, record: ApplicationRecord): Promise<void> {
  if (domain.link.dead || domain.link.pending > 0) return;
  try {
    const parts = settle(
      await domain.link.call({ kind: 'control', name: 'stats', parts: [] }, { timeoutMs: STATS_TIMEOUT_MS }),
    );
    const { memory, storage } = readJson<DomainStats>(parts, 0);
    record.memory = { used: count(memory.used), peak: count(memory.peak), quota: count(memory.quota) };
    record.storage = { used: count(storage.used), quota: count(storage.quota) };
  } catch {
    // It ended, or says nothing sensible of itself.
  }
}

type Installed = CoreSnapshot['applications'][number];

function metricsOf(
  { uuid, name, version, state }: Installed,
  record: ApplicationRecord,
  domain: TaDomain | undefined,
): ApplicationMetrics {
  return {
    uuid,
    name,
    version,
    state: state === 'locked' ? 'locked' : record.state,
    sessions: domain?.sessions ?? 0,
    starts: record.starts,
    calls: record.calls,
    failures: record.failures,
    latency: record.latency.figures(),
    memory: domain === undefined ? { ...record.memory, used: 0 } : record.memory,
    residentBytes: domain?.link.residentBytes(),
    storage: record.storage,
    measurement: record.measurement,
    alarms: record.alarms,
  };
}

/** What the TEE knows of its applications now. */
export async function snapshotOf(parts: SoftwareParts): Promise<ModuleSnapshot> {
  const { core, launcher, monitor, settings } = parts;
  const { tcbVersion, tcbFloor, applications } = await runAsync(core.snapshot());
  const running = new Map(launcher.running.map((domain) => [domain.uuid, domain]));
  await Promise.all([...running.values()].map((domain) => refresh(domain, monitor.record(domain.uuid))));
  const shown = applications.filter(
    ({ uuid }) => settings.conformanceTa || BUILT_IN_APPLICATIONS.get(uuid)?.optional !== true,
  );
  const metrics = shown.map((installed) =>
    metricsOf(installed, monitor.record(installed.uuid), running.get(installed.uuid)),
  );
  return {
    time: settings.clock(),
    healthy:
      core.alive &&
      !launcher.anyDrift &&
      tcbVersion >= tcbFloor &&
      metrics.every(({ state }) => state !== 'dead' && state !== 'refused'),
    tcbVersion,
    tcbFloor,
    applications: metrics,
  };
}

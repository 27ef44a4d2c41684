import { utf8 } from '@cssi/sm-core';
import { type ConformanceCase, ConformanceFailure, expectTrue } from '@cssi/sm-core/conformance';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../spec/v1/conformance-ta.ts';
import type { SecurityModule } from '../spec/v1/module.ts';
import type { ApplicationMetrics, ModuleEvent, ModuleEventKind } from '../spec/v1/monitor.ts';
import {
  memoryIn,
  memoryOut,
  moduleCase,
  openTestSession,
  type SecurityModuleSubject,
  TA,
  withTestSession,
} from './module-support.ts';

const SNAPSHOT = 'SecurityModule.snapshot';
const SUBSCRIBE = 'SecurityModule.subscribe';
const { COPY, PANIC } = CONFORMANCE_COMMANDS;
const DEATHS: readonly ModuleEventKind[] = ['ta-panicked', 'ta-died'];
const EVENT_LIMIT_MS = 3_000;

async function metricsOf(module: SecurityModule): Promise<ApplicationMetrics> {
  const { applications } = await module.snapshot();
  const metrics = applications.find(({ uuid }) => uuid === CONFORMANCE_TA_UUID);
  if (metrics === undefined) throw new ConformanceFailure('the snapshot does not show the application');
  return metrics;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const monitorCase = (
  id: string,
  clause: string,
  run: (module: SecurityModule) => Promise<void>,
): ConformanceCase<SecurityModuleSubject> =>
  moduleCase(id, clause, ({ module }) => run(module), [TA, 'monitor']);

const snapshotCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  monitorCase('snapshot.form', SNAPSHOT, async (module) => {
    const { time, healthy, tcbVersion, tcbFloor, applications } = await module.snapshot();
    expectTrue(time instanceof Date && !Number.isNaN(time.getTime()), 'the time is a date');
    expectTrue(typeof healthy === 'boolean', 'health is true or false');
    expectTrue(isCount(tcbVersion) && isCount(tcbFloor), 'TCB version and floor are numbers');
    const uuids = applications.map(({ uuid }) => uuid);
    expectTrue(new Set(uuids).size === uuids.length, 'each application is there once');
  }),
  monitorCase('snapshot.running', SNAPSHOT, (module) =>
    withTestSession(module, async (session) => {
      await session.count();
      const { state, sessions, starts, memory, measurement, latency } = await metricsOf(module);
      expectTrue(state === 'running' && sessions >= 1 && starts >= 1, 'an application with a session runs');
      expectTrue(
        memory.quota > 0 && memory.used <= memory.peak && memory.peak <= memory.quota,
        'its memory stays within its quota',
      );
      expectTrue(/^[0-9a-f]{64}$/.test(measurement), 'its measurement is an SM3 value');
      expectTrue(
        latency !== undefined && latency.median <= latency.p99 && latency.p99 <= latency.max,
        'its latencies are in order',
      );
    }),
  ),
  monitorCase('snapshot.calls', SNAPSHOT, (module) =>
    withTestSession(module, async (session) => {
      const before = await metricsOf(module);
      for (let i = 0; i < 3; i++) await session.count();
      expectTrue((await metricsOf(module)).calls === before.calls + 3, 'calls are counted');
    }),
  ),
  monitorCase('snapshot.failures', SNAPSHOT, (module) =>
    withTestSession(module, async (session) => {
      const key = 'ffff0010/4';
      const before = (await metricsOf(module)).failures[key] ?? 0;
      await session.invoke(COPY, [memoryIn(utf8('four')), memoryOut(3)]);
      const after = (await metricsOf(module)).failures[key] ?? 0;
      expectTrue(after === before + 1, 'failed calls are counted by result and origin');
    }),
  ),
  monitorCase('snapshot.sessions', SNAPSHOT, (module) =>
    withTestSession(module, async () => {
      const before = (await metricsOf(module)).sessions;
      const session = await openTestSession(module);
      const during = (await metricsOf(module)).sessions;
      await module.closeSession(session.id);
      const after = (await metricsOf(module)).sessions;
      expectTrue(during === before + 1 && after === before, 'open sessions are counted');
    }),
  ),
];

/** Waits until `found` is true or the limit is over. */
async function waitFor(found: () => boolean): Promise<boolean> {
  const end = performance.now() + EVENT_LIMIT_MS;
  while (!found() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  return found();
}

const isDeath = (event: ModuleEvent): boolean =>
  DEATHS.includes(event.kind) && event.uuid === CONFORMANCE_TA_UUID;

const panic = (module: SecurityModule): Promise<void> =>
  withTestSession(module, async (session) => {
    await session.invoke(PANIC);
  });

const eventCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  monitorCase('events.panic', SUBSCRIBE, async (module) => {
    const events: ModuleEvent[] = [];
    const end = module.subscribe((event) => events.push(event));
    try {
      await panic(module);
      expectTrue(await waitFor(() => events.some(isDeath)), 'the death of an application is reported');
      for (const { time, severity, detail } of events) {
        expectTrue(time instanceof Date && !Number.isNaN(time.getTime()), 'an event has its time');
        expectTrue(['info', 'warning', 'alarm'].includes(severity), 'an event has its severity');
        expectTrue(typeof detail === 'string', 'an event has a detail');
      }
    } finally {
      end();
    }
  }),
  monitorCase('events.unsubscribe', SUBSCRIBE, async (module) => {
    const heard: ModuleEvent[] = [];
    const ended: ModuleEvent[] = [];
    const end = module.subscribe((event) => heard.push(event));
    module.subscribe((event) => ended.push(event))();
    try {
      await panic(module);
      await waitFor(() => heard.some(isDeath));
      expectTrue(ended.length === 0, 'an ended subscription hears nothing');
    } finally {
      end();
    }
  }),
  monitorCase('events.listener-throws', SUBSCRIBE, async (module) => {
    const events: ModuleEvent[] = [];
    const ends = [
      module.subscribe(() => {
        throw new Error('a listener that fails');
      }),
      module.subscribe((event) => events.push(event)),
    ];
    try {
      await panic(module);
      expectTrue(await waitFor(() => events.some(isDeath)), 'a listener that fails disturbs no other');
      await withTestSession(module, (session) => session.count());
    } finally {
      for (const end of ends) end();
    }
  }),
];

/** Figures and events of applications. */
export const monitorCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  ...snapshotCases,
  ...eventCases,
];

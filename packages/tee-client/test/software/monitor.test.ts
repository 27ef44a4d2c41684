import { describe, expect, it } from 'vitest';
import { LatencyRing } from '../../src/adapters/software/latency.ts';
import { ApplicationRecord, Monitor } from '../../src/adapters/software/monitor.ts';
import { MODULE_EVENT_KINDS, type ModuleEvent } from '../../src/spec/v1/monitor.ts';
import { clock, failureOf, NOW } from '../basics.ts';

const UUID = '8aaaf200-2450-11e4-abe2-0002a5d5c51b';
const OTHER = '8aaaf200-2450-11e4-abe2-0002a5d5c51c';

function watched(): { monitor: Monitor; events: ModuleEvent[] } {
  const monitor = new Monitor(clock);
  const events: ModuleEvent[] = [];
  monitor.subscribe((event) => events.push(event));
  return { monitor, events };
}

describe('events', () => {
  it('carry kind, severity, time, application and detail [part of CC-018]', () => {
    const { monitor, events } = watched();
    monitor.report('ta-drifted', 'code=ERR_TEE_DRIFT', UUID);
    monitor.report('management', 'stopped=0');
    expect(events).toEqual([
      { kind: 'ta-drifted', severity: 'alarm', time: NOW, uuid: UUID, detail: 'code=ERR_TEE_DRIFT' },
      { kind: 'management', severity: 'info', time: NOW, detail: 'stopped=0' },
    ]);
    expect(Object.isFrozen(events[0])).toBe(true);
  });

  it('have a severity for every kind', () => {
    const { monitor, events } = watched();
    for (const kind of MODULE_EVENT_KINDS) monitor.report(kind, '');
    expect(events.map(({ severity }) => severity)).not.toContain(undefined);
  });

  it('reach the others although one listener throws [part of CC-018]', () => {
    const monitor = new Monitor(clock);
    const seen: string[] = [];
    monitor.subscribe(() => {
      throw new Error('listener');
    });
    monitor.subscribe(({ detail }) => seen.push(detail));
    monitor.report('log', 'one');
    expect(seen).toEqual(['one']);
  });

  it('a listener that subscribes or ends inside a call disturbs nothing', () => {
    const monitor = new Monitor(clock);
    const seen: string[] = [];
    const end = monitor.subscribe(() => {
      end();
      monitor.subscribe(({ detail }) => seen.push(detail));
    });
    monitor.report('log', 'one');
    monitor.report('log', 'two');
    expect(seen).toEqual(['two']);
  });

  it('no longer come after the end, and not twice to one function subscribed once', () => {
    const monitor = new Monitor(clock);
    const seen: string[] = [];
    const listener = ({ detail }: ModuleEvent) => seen.push(detail);
    const end = monitor.subscribe(listener);
    monitor.subscribe(listener);
    end();
    end();
    monitor.report('log', 'one');
    expect(seen).toEqual(['one']);
  });

  it('are given to at most 64 listeners', async () => {
    const monitor = new Monitor(clock);
    const ends = Array.from({ length: 64 }, () => monitor.subscribe(() => {}));
    expect(await failureOf(() => monitor.subscribe(() => {}))).toMatchObject({ code: 'ERR_TEEC_BUSY' });
    ends[0]?.();
    monitor.subscribe(() => {});
  });

  it('a flood of one application is cut, says so, and drowns neither alarms nor other applications [part of CC-018]', () => {
    const { monitor, events } = watched();
    for (let i = 0; i < 5000; i++) monitor.report('log', `line=${i}`, UUID);
    expect(events).toHaveLength(100);
    expect(events.at(-1)?.detail).toMatch(/^suppressed=/);
    monitor.report('undeclared-call', 'function=TEE_X', UUID);
    monitor.report('log', 'mine', OTHER);
    expect(events.slice(100).map(({ detail }) => detail)).toEqual(['function=TEE_X', 'mine']);
    for (let i = 0; i < 300; i++) monitor.report('undeclared-call', 'x', UUID);
    // Every alarm counts, told or not.
    expect(monitor.record(UUID).alarms).toBe(301);
  });

  it('cannot forge lines or be endless', () => {
    const { monitor, events } = watched();
    monitor.report('log', `a\nb\r\u0000\u2028\u001b[31m${'x'.repeat(10_000)}`, UUID);
    expect(events[0]?.detail).toMatch(/^a\?b\?\?\?\?\[31mx+$/);
    expect(events[0]?.detail.length).toBe(256);
  });

  it('come although the clock fails', () => {
    const monitor = new Monitor(() => {
      throw new Error('clock');
    });
    const events: ModuleEvent[] = [];
    monitor.subscribe((event) => events.push(event));
    monitor.report('log', 'x');
    expect(events[0]?.time).toBeInstanceOf(Date);
  });
});

describe('figures', () => {
  it('are the median, 99th percentile and highest of the last 1,024 calls [part of CC-018]', () => {
    const ring = new LatencyRing();
    expect(ring.figures()).toBeUndefined();
    ring.add(5);
    expect(ring.figures()).toEqual({ median: 5, p99: 5, max: 5 });
    for (let i = 0; i < 1024; i++) ring.add(1_000_000);
    for (let i = 1; i <= 1024; i++) ring.add(i);
    expect(ring.figures()).toEqual({ median: 512, p99: 1014, max: 1024 });
  });

  it('count failures by result and origin, in a bounded number of kinds', () => {
    const record = new ApplicationRecord();
    record.called(1, 0, 4);
    record.called(1, 0xffff0006, 4);
    record.called(1, 0xffff0006, 4);
    record.called(1, 0xffff3024, 3);
    expect(record.failures).toEqual({ 'ffff0006/4': 2, 'ffff3024/3': 1 });
    for (let i = 0; i < 1000; i++) record.called(1, 0xf0000000 + i, 4);
    expect(Object.keys(record.failures).length).toBe(65);
    expect(record.failures.other).toBe(1000 - 62);
    expect(record.calls).toBe(1004);
  });
});

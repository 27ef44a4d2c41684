import { canonicalJson, sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { TEE_CLIENT_ERRORS } from '../../src/errors.ts';
import type { ManagementAction } from '../../src/spec/v1/management.ts';
import {
  BUILT_IN_UUID,
  bundleOf,
  codeOf,
  coreFolder,
  filesOf,
  keyOf,
  pairA,
  SD_A,
  TA_UUID,
  TestCore,
  TIME,
} from './core-support.ts';

// Every step is a start of its own, with keys and writes to the disk.
vi.setConfig({ testTimeout: 120_000 });

class Crash extends Error {}

const NO_BYTES = new Uint8Array(0);
const asked = (instance: string): Uint8Array => canonicalJson({ instance, time: TIME });
const digest = (bytes: Uint8Array): string => toHex(sm3(bytes));
const own = await bundleOf();
const next = await bundleOf({ version: 4 });

/** Lets `budget` steps that change the disk happen, and stops in front of the next. */
function crashAfter(budget: number): {
  readonly before: () => void;
  readonly arm: () => void;
  crashed: boolean;
} {
  let left = Number.POSITIVE_INFINITY;
  const state = {
    crashed: false,
    arm: () => {
      left = budget;
    },
    before: () => {
      // Once it has crashed nothing reaches the disk any more.
      if (state.crashed || left-- <= 0) {
        state.crashed = true;
        throw new Crash();
      }
    },
  };
  return state;
}

const visible = (core: TestCore) => ({ ...core.snapshot(), managed: core.info.managed });

/**
 * Runs `act` again and again, stopping one step later each time, until it gets through; after
 * each stop the device is started anew and has to be in the old state or in the new one.
 */
async function everyStop(
  prepare: (core: TestCore) => Promise<void>,
  act: (core: TestCore) => Promise<unknown>,
): Promise<number> {
  const expected: unknown[] = [];
  {
    const core = new TestCore();
    await prepare(core);
    expected.push(visible(core));
    await act(core);
    expected.push(visible(core));
    core.stop();
  }
  for (let budget = 0; ; budget++) {
    const crash = crashAfter(budget);
    const folder = coreFolder();
    const core = new TestCore({ folder, before: crash.before });
    await prepare(core);
    const count = core.audit().length;
    crash.arm();
    await act(core).catch(() => {});
    const again = new TestCore({ folder });
    const state = visible(again);
    expect(expected, `stopped after ${budget} steps`).toContainEqual(state);
    // The record and its effect are there together or not at all.
    const recorded = again.audit().slice(count, -1).length;
    expect(recorded, `stopped after ${budget} steps`).toBe(
      JSON.stringify(state) === JSON.stringify(expected[1]) ? 1 : 0,
    );
    // No rests, and whatever is installed still starts.
    const bundles = filesOf(folder).filter((name) => name.startsWith('bundle-'));
    expect(bundles.length).toBe(state.applications.filter(({ builtIn }) => !builtIn).length);
    for (const { uuid, state: lock } of state.applications) {
      const outcome = codeOf(() => again.launch(uuid));
      if (lock === 'selectable') expect(outcome).toBe('succeeded');
    }
    // And it takes commands.
    await again.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    again.stop();
    if (!crash.crashed) return budget;
  }
}

const installing = (bundle: Uint8Array): ManagementAction => ({
  action: 'install-ta',
  bundleDigest: digest(bundle),
});
const nothing = async () => {};
const withTa = async (core: TestCore) => {
  await core.execute(installing(own), own);
};

describe('stopped at any step that changes the disk, a command is done or not done [CC-045]', () => {
  const cases: readonly (readonly [
    string,
    (core: TestCore) => Promise<void>,
    (core: TestCore) => Promise<unknown>,
  ])[] = [
    ['install', nothing, withTa],
    ['update', withTa, (core) => core.execute({ action: 'update-ta', bundleDigest: digest(next) }, next)],
    ['delete', withTa, (core) => core.execute({ action: 'delete-ta', ta: TA_UUID })],
    ['lock', withTa, (core) => core.execute({ action: 'lock-ta', ta: BUILT_IN_UUID })],
    ['factory reset', withTa, (core) => core.execute({ action: 'factory-reset' })],
  ];
  it.each(cases)('%s', async (_, prepare, act) => {
    expect(await everyStop(prepare, act)).toBeGreaterThan(3);
  });
});

describe('stopped at any step', () => {
  it('the first start makes one device in the end, and never a second one', () => {
    for (let budget = 0; ; budget++) {
      const folder = coreFolder();
      const crash = crashAfter(budget);
      crash.arm();
      let made: TestCore | undefined;
      try {
        made = new TestCore({ folder, before: crash.before });
      } catch (error) {
        expect(error).toBeInstanceOf(Crash);
      }
      const core = new TestCore({ folder });
      if (made !== undefined) expect(core.info.device).toBe(made.info.device);
      core.launch(BUILT_IN_UUID);
      expect(core.info.managed).toBe(true);
      if (!crash.crashed) {
        expect(budget).toBeGreaterThan(5);
        return;
      }
    }
  });

  it('TCB recovery is done or done at the next start, and is recorded once', () => {
    for (let budget = 0; ; budget++) {
      const folder = coreFolder();
      new TestCore({ folder }).stop();
      const crash = crashAfter(budget);
      crash.arm();
      try {
        new TestCore({ folder, tcbVersion: 2, before: crash.before });
      } catch (error) {
        expect(error).toBeInstanceOf(Crash);
      }
      const core = new TestCore({ folder, tcbVersion: 2 });
      const details = core
        .audit()
        .filter(({ event }) => event === 'provisioned')
        .map(({ detail }) => detail);
      expect(details, `stopped after ${budget} steps`).toEqual(['tcb=1', 'tcb=2']);
      expect(core.info.tcbFloor).toBe(2);
      core.launch(BUILT_IN_UUID);
      if (!crash.crashed) return;
    }
  });

  it('a launch that did not get through leaves no instance and no record behind', () => {
    for (let budget = 0; ; budget++) {
      const folder = coreFolder();
      const crash = crashAfter(budget);
      const core = new TestCore({ folder, before: crash.before });
      crash.arm();
      const outcome = codeOf(() => core.launch(BUILT_IN_UUID));
      if (!crash.crashed) {
        expect(outcome).toBe('succeeded');
        return;
      }
      const again = new TestCore({ folder });
      expect(again.audit().filter(({ event }) => event === 'launched').length).toBeLessThanOrEqual(1);
      again.launch(BUILT_IN_UUID);
    }
  });
});

describe('a disk that fails for a moment', () => {
  it('while rests are cleaned up does not pass for a failure of the command', async () => {
    let failing = false;
    const core = new TestCore({
      before: (step) => {
        if (failing && step === 'remove') throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE');
      },
    });
    await withTa(core);
    const { instance } = core.launch().info;
    failing = true;
    const { effect } = await core.execute({ action: 'delete-ta', ta: TA_UUID });
    expect(effect).toEqual({ stop: [TA_UUID], forget: [TA_UUID] });
    expect(codeOf(() => core.control('ta-request', asked(instance), NO_BYTES))).toContain('instance');
    const bundles = () => filesOf(core.folder).filter((name) => name.startsWith('bundle-'));
    expect(bundles().length).toBe(1);
    failing = false;
    core.stop();
    new TestCore({ folder: core.folder });
    expect(bundles()).toEqual([]);
  });

  it.each([true, false])('leaves the core in the old state or the new one (goes on: %s)', async (goesOn) => {
    for (let budget = 0; ; budget++) {
      let left = Number.POSITIVE_INFINITY;
      let failed = false;
      const core = new TestCore({
        before: () => {
          // One step fails; those after it work again.
          if (left-- === 0) {
            failed = true;
            throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: 'step=test' });
          }
        },
      });
      await withTa(core);
      const { instance } = core.launch().info;
      left = budget;
      const outcome = await core.execute({ action: 'lock-ta', ta: TA_UUID }).then(
        () => 'done',
        (error) => String(error.code),
      );
      left = Number.POSITIVE_INFINITY;
      if (!failed) {
        expect(outcome).toBe('done');
        return;
      }
      expect(outcome).toBe('ERR_TEE_STORAGE');
      const locked = core.snapshot().applications.some(({ state }) => state === 'locked');
      const recorded = core.audit().filter(({ detail }) => detail.includes('action=lock-ta')).length;
      expect(recorded, `failed at step ${budget}`).toBe(locked ? 1 : 0);
      // A write that failed half-way leaves no instance of what it stops with its link to the core.
      if (locked)
        expect(codeOf(() => core.control('ta-request', asked(instance), NO_BYTES))).toContain('instance');
      if (goesOn) await core.execute({ action: locked ? 'unlock-ta' : 'lock-ta', ta: TA_UUID });
      core.stop();
      const again = new TestCore({ folder: core.folder });
      expect(again.snapshot().applications.some(({ state }) => state === 'locked')).toBe(
        goesOn ? !locked : locked,
      );
    }
  });
});

import { describe, expect, it, vi } from 'vitest';
import { codeOf, TA_UUID } from '../core/core-support.ts';
import {
  begin,
  Conversation,
  Crash,
  crashing,
  exporting,
  importing,
  STEPS,
  type Step,
  twoDevices,
  whoLives,
} from './core-pump.ts';

// Every case starts several devices, with keys and writes to the disk.
vi.setConfig({ testTimeout: 300_000 });

/** The step from which on only the target can have the application. */
const DEPARTURE = STEPS.indexOf('release');

describe('cut after any message, both devices switched off and on [part of CC-024]', () => {
  it.each(STEPS)('%s: one copy lives, and the migration can be finished', async (step) => {
    const { source, target } = await twoDevices();
    const seed = source.seed();
    await begin(source, target);
    new Conversation(source, target).upTo(step);
    source.restart();
    target.restart();
    expect(whoLives(source, target)).toBe(STEPS.indexOf(step) < DEPARTURE ? 'source' : 'target');
    if (step !== 'close') new Conversation(source, target).finish();
    expect([source.state('source'), target.state('target')]).toEqual(['none', 'activated']);
    expect(whoLives(source, target)).toBe('target');
    expect(target.read()).toBe('kept');
    expect(target.seed()).toBe(seed);
    expect(source.files()).toEqual([]);
  });

  it.each(
    STEPS.slice(0, -1).flatMap((step) =>
      (['source', 'target', 'neither'] as const).map((restarted) => [step, restarted] as const),
    ),
  )(
    '%s, and only one of them (%s): the other ends the conversation, a new one finishes',
    async (step, restarted) => {
      const { source, target } = await twoDevices();
      await begin(source, target);
      const conversation = new Conversation(source, target).upTo(step);
      if (restarted === 'source') source.restart();
      if (restarted === 'target') target.restart();
      const next = STEPS[STEPS.indexOf(step) + 1] as Step;
      const asks: Step[] = ['package', 'release', 'close'];
      // Who was switched off knows nothing of the conversation it was in.
      if (restarted === (asks.includes(next) ? 'source' : 'target') && next !== 'answer') {
        expect(codeOf(() => conversation.run(next))).toMatch(/^ERR_TEE_MIGRATION_STATE reason=order/);
      }
      new Conversation(source, target).finish();
      expect(whoLives(source, target)).toBe('target');
      expect(target.read()).toBe('kept');
    },
  );

  it.each(STEPS.slice(0, DEPARTURE))(
    '%s: until the source has departed it may keep the application instead',
    async (step) => {
      const { source, target } = await twoDevices();
      const seed = source.seed();
      await begin(source, target);
      const cut = new Conversation(source, target).upTo(step);
      const heldBack = cut.last;
      source.restart();
      target.restart();
      await source.core.execute({ action: 'cancel-migration', ta: TA_UUID });
      expect(whoLives(source, target)).toBe('source');
      expect(source.seed()).toBe(seed);
      expect(source.read()).toBe('kept');
      // What the target has can never be opened: the key is gone with the migration.
      expect(codeOf(() => source.step('open', 'source'))).toContain('reason=none');
      expect(codeOf(() => source.step('message', 'source', heldBack))).toContain('reason=none');
      source.restart();
      expect(target.canRun()).toBe(false);
      expect(whoLives(source, target)).toBe('source');
    },
  );

  it.each(STEPS.slice(DEPARTURE))('%s: from then on the source cannot have it any more', async (step) => {
    const { source, target } = await twoDevices();
    const seed = source.seed();
    await begin(source, target);
    new Conversation(source, target).upTo(step);
    source.restart();
    const refused = await source.core
      .execute({ action: 'cancel-migration', ta: TA_UUID })
      .catch((error) => error.code as string);
    expect(refused).toMatch(/ERR_TEE_MANAGEMENT_(?:STATE|TARGET)/);
    expect(source.canRun()).toBe(false);
    if (step === 'close') {
      // Installed anew it is another application: the seed never comes back.
      await source.install();
      expect(source.seed()).not.toBe(seed);
    }
  });
});

/** Runs the whole migration with one device stopping in front of every change of its disk. */
async function everyWrite(which: 'source' | 'target', from: Step): Promise<number> {
  for (let budget = 0; ; budget++) {
    const crash = crashing();
    const { source, target } = await twoDevices({ [which]: { before: crash.before } });
    const seed = source.seed();
    await begin(source, target);
    const conversation = new Conversation(source, target);
    for (const step of STEPS.slice(0, STEPS.indexOf(from))) conversation.run(step);
    crash.arm(budget);
    try {
      for (const step of STEPS.slice(STEPS.indexOf(from))) conversation.run(step);
    } catch (error) {
      expect(error).toBeInstanceOf(Crash);
    }
    const before = () => {};
    source.restart({ before });
    target.restart({ before });
    const where = `stopped in front of step ${budget} of the ${which}`;
    whoLives(source, target);
    if (source.state('source') === 'exporting') {
      // One device more, for the other way out.
      expect(target.canRun(), where).toBe(false);
    }
    if (source.state('source') !== 'none') new Conversation(source, target).finish();
    expect(whoLives(source, target), where).toBe('target');
    expect(target.read(), where).toBe('kept');
    expect(target.seed(), where).toBe(seed);
    expect(source.canRun(), where).toBe(false);
    if (!crash.crashed) return budget;
  }
}

describe('stopped in front of any write [part of CC-024]', () => {
  it('of the source: one copy lives, with all it stored', async () => {
    expect(await everyWrite('source', 'release')).toBeGreaterThan(6);
  });

  it('of the target: one copy lives, with all it stored', async () => {
    expect(await everyWrite('target', 'stage')).toBeGreaterThan(6);
  });

  it('of the source while it takes the command: it goes on running, or can be kept', async () => {
    for (let budget = 0; ; budget++) {
      const crash = crashing();
      const { source, target } = await twoDevices({ source: { before: crash.before } });
      await importing(source, target);
      crash.arm(budget);
      await exporting(source, target).catch(() => {});
      source.restart({ before: () => {} });
      expect(whoLives(source, target)).toBe('source');
      if (source.state('source') === 'exporting') {
        expect(source.canRun()).toBe(false);
        await source.core.execute({ action: 'cancel-migration', ta: TA_UUID });
      }
      expect(source.read()).toBe('kept');
      if (!crash.crashed) return;
    }
  });

  it('of the source while the storage is settled: settled again or not, it goes on', async () => {
    for (let budget = 0; ; budget++) {
      const crash = crashing();
      const { source, target } = await twoDevices({ source: { before: crash.before } });
      await importing(source, target);
      await exporting(source, target);
      crash.arm(budget);
      try {
        source.settle();
      } catch (error) {
        expect(error).toBeInstanceOf(Crash);
      }
      source.restart({ before: () => {} });
      expect(whoLives(source, target)).toBe('source');
      new Conversation(source, target).finish();
      expect(target.read()).toBe('kept');
      if (!crash.crashed) return;
    }
  });

  it('of the target while it takes the storage over: the next start does, and nothing older opens', async () => {
    for (let budget = 0; ; budget++) {
      const crash = crashing();
      const { source, target } = await twoDevices({ target: { before: crash.before } });
      await begin(source, target);
      new Conversation(source, target).finish();
      crash.arm(budget);
      try {
        target.read();
      } catch (error) {
        expect(error).toBeInstanceOf(Crash);
      }
      target.restart({ before: () => {} });
      expect(target.read()).toBe('kept');
      target.write('newer');
      expect(target.read()).toBe('newer');
      if (!crash.crashed) return;
    }
  });
});

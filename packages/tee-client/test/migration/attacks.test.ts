import { canonicalJson } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { codeMeasurement } from '../../src/spec/v1/evidence.ts';
import { codeOf, EVENTS, TA_UUID, TIME } from '../core/core-support.ts';
import {
  begin,
  Conversation,
  Device,
  exporting,
  importing,
  STEPS,
  type Step,
  twoDevices,
  whoLives,
} from './core-pump.ts';

vi.setConfig({ testTimeout: 300_000 });

const SEED = 20_261_201;
console.info(`seed: ${SEED}`);
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const NOT_GENUINE = /^ERR_TEE_(?:CHANNEL|MIGRATION_STATE|MIGRATION_PACKAGE)\b/;

/** To whom each message goes, and with which step it is taken. */
const RECEIVER: Readonly<Record<Exclude<Step, 'hello'>, 'source' | 'target'>> = {
  answer: 'target',
  package: 'source',
  stage: 'target',
  release: 'source',
  activate: 'target',
  close: 'source',
};
const TAKEN = STEPS.slice(1) as readonly Exclude<Step, 'hello'>[];

describe('whoever carries the messages', () => {
  it.each(TAKEN)('changes nothing by altering one (%s): it is not genuine', async (step) => {
    const random = randomOf(SEED);
    const before = STEPS[STEPS.indexOf(step) - 1] as Step;
    for (let round = 0; round < 8; round++) {
      const { source, target } = await twoDevices();
      await begin(source, target);
      const conversation = new Conversation(source, target).upTo(before);
      const altered = Uint8Array.from(conversation.last);
      const at = round === 0 ? 0 : round === 1 ? altered.length - 1 : Math.floor(random() * altered.length);
      altered[at] = (altered[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const receiver = RECEIVER[step] === 'source' ? source : target;
      // A changed hello is found out by whoever sent it, as soon as it is answered.
      if (step === 'answer') {
        const said = codeOf(() => {
          const { message } = target.step('message', 'target', altered);
          source.step('message', 'source', message);
        });
        expect(said, `at=${at}`).toMatch(NOT_GENUINE);
      } else {
        const said = codeOf(() => receiver.step('message', RECEIVER[step], altered));
        expect(said, `at=${at}`).toMatch(NOT_GENUINE);
        // And the true one is refused as well: a conversation has no second try.
        const again = codeOf(() => receiver.step('message', RECEIVER[step], conversation.last));
        expect(again).toMatch(NOT_GENUINE);
      }
      whoLives(source, target);
      new Conversation(source, target).finish();
      expect(target.read()).toBe('kept');
    }
  });

  it.each(TAKEN)('gains nothing by cutting one short (%s)', async (step) => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    const before = STEPS[STEPS.indexOf(step) - 1] as Step;
    const { last } = new Conversation(source, target).upTo(before);
    const receiver = RECEIVER[step] === 'source' ? source : target;
    for (const length of [0, 1, 4, 5, Math.floor(last.length / 2), last.length - 1]) {
      const said = codeOf(() => receiver.step('message', RECEIVER[step], last.subarray(0, length)));
      expect(said, `length=${length}`).toMatch(NOT_GENUINE);
    }
    whoLives(source, target);
  });

  it('gains nothing by repeating what was said in another conversation', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    // One that is cut before the source departs: all of its messages are known.
    const old = new Conversation(source, target).upTo('stage').said;
    for (const step of TAKEN.slice(0, 3)) {
      const before = STEPS[STEPS.indexOf(step) - 1] as Step;
      const fresh = new Conversation(source, target).upTo(before);
      const replayed = old[STEPS.indexOf(step) - 1] as Uint8Array;
      const receiver = RECEIVER[step] === 'source' ? source : target;
      if (step === 'answer') {
        // The old hello gets a fresh answer, which fits no conversation that is open.
        const { message } = receiver.step('message', 'target', replayed);
        expect(codeOf(() => source.step('message', 'source', message))).toMatch(NOT_GENUINE);
      } else {
        expect(
          codeOf(() => receiver.step('message', RECEIVER[step], replayed)),
          step,
        ).toMatch(NOT_GENUINE);
      }
      expect(fresh.said.length).toBeGreaterThan(0);
    }
    expect(whoLives(source, target)).toBe('source');
    // Nor by an old `ready`, which would have the source depart.
    const fresh = new Conversation(source, target).upTo('package');
    expect(codeOf(() => source.step('message', 'source', old[3] as Uint8Array))).toMatch(NOT_GENUINE);
    expect(source.state('source')).toBe('exporting');
    expect(fresh.said).toHaveLength(3);
  });

  it('gains nothing by sending a side its own messages', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    const conversation = new Conversation(source, target).upTo('package');
    const [hello, , finish] = conversation.said as [Uint8Array, Uint8Array, Uint8Array];
    for (const own of [hello, finish]) {
      expect(codeOf(() => source.step('message', 'source', own))).toMatch(NOT_GENUINE);
    }
    expect(codeOf(() => target.step('message', 'source', hello))).toContain('reason=none');
    expect(codeOf(() => source.step('message', 'target', hello))).toContain('reason=none');
    expect(whoLives(source, target)).toBe('source');
  });

  it('cannot have the target answer before the package and its files are there', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    expect(codeOf(() => target.step('staged', 'target'))).toContain('reason=order');
    new Conversation(source, target).upTo('answer');
    expect(codeOf(() => target.step('staged', 'target'))).toContain('reason=order');
    expect(target.state('target')).toBe('expecting');
  });
});

describe('another device [part of CC-024]', () => {
  it('is not taken for the target', async () => {
    const { source, target } = await twoDevices();
    const third = new Device();
    await importing(source, third);
    await begin(source, target);
    const wrong = new Conversation(source, third);
    expect(codeOf(() => wrong.upTo('package'))).toMatch(/^ERR_TEE_(?:MIGRATION_REFUSED|CHANNEL)/);
    expect(source.state('source')).toBe('exporting');
    new Conversation(source, target).finish();
    expect(third.state('target')).toBe('expecting');
    expect(third.canRun()).toBe(false);
  });

  it('is named as what it is when it stands where the target should', async () => {
    const { source, target } = await twoDevices();
    const third = new Device();
    // It says in the prologue what the source expects, and cannot show the device.
    await importing(source, target);
    await exporting(source, target);
    source.settle();
    await importing(source, third);
    const { message: hello } = source.step('open', 'source');
    const { message: answer } = third.step('message', 'target', hello);
    const refusal = codeOf(() => source.step('message', 'source', answer));
    expect(refusal).toMatch(/^ERR_TEE_(?:MIGRATION_REFUSED|CHANNEL)/);
    const recorded = source.core.audit().filter(({ event }) => event === 'migration-refused');
    expect(recorded.at(-1)?.code).toMatch(/^ERR_TEE_(?:MIGRATION_REFUSED|CHANNEL)/);
  });

  it('is not taken for the source', async () => {
    const { source, target } = await twoDevices();
    const { source: third } = await twoDevices();
    await importing(source, target);
    await exporting(third, target);
    third.settle();
    const wrong = new Conversation(third, target);
    expect(codeOf(() => wrong.upTo('stage'))).toMatch(/^ERR_TEE_(?:MIGRATION_REFUSED|CHANNEL)/);
    expect(target.state('target')).toBe('expecting');
    expect(whoLives(third, target)).toBe('source');
  });

  it('of another measurement is refused on both sides, and taken where the commands name it', async () => {
    const otherEvents = EVENTS.map((event) =>
      event.stage === 'worker' ? { ...event, digest: '55'.repeat(32) } : event,
    );
    const { source, target } = await twoDevices({ target: { events: otherEvents } });
    await begin(source, target);
    const refused = codeOf(() => new Conversation(source, target).upTo('package'));
    expect(refused).toBe('ERR_TEE_MIGRATION_REFUSED reason=measurement');
    expect(whoLives(source, target)).toBe('source');
    await source.core.execute({ action: 'cancel-migration', ta: TA_UUID });
    await exporting(source, target, [codeMeasurement(otherEvents)]);
    // The target still takes its own only.
    source.settle();
    const half = codeOf(() => new Conversation(source, target).upTo('stage'));
    expect(half).toBe('ERR_TEE_MIGRATION_REFUSED reason=measurement');
    await importing(source, target, [codeMeasurement(EVENTS)]);
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
  });

  it('of an older TCB than this one accepts is refused', async () => {
    const { source, target } = await twoDevices({ source: { tcbVersion: 2 } });
    await begin(source, target);
    const refused = codeOf(() => new Conversation(source, target).upTo('package'));
    expect(refused).toMatch(/^ERR_TEE_MIGRATION_REFUSED reason=.*TCB_TOO_OLD/);
    expect(whoLives(source, target)).toBe('source');
    // After its update it is taken.
    target.restart({ tcbVersion: 2 });
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
  });

  it('with evidence from another time is refused', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    const { message: hello } = source.step('open', 'source');
    const { message: answer } = target.step('message', 'target', hello);
    const request = canonicalJson({ step: 'message', ta: TA_UUID, role: 'source', time: TIME + 3_600_000 });
    expect(codeOf(() => source.core.control('migrate', request, answer))).toMatch(
      /^ERR_TEE_MIGRATION_REFUSED reason=EVIDENCE_TOO_OLD/,
    );
  });
});

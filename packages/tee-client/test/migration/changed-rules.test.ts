import { describe, expect, it, vi } from 'vitest';
import { codeMeasurement } from '../../src/spec/v1/evidence.ts';
import { bundleOf, codeOf, EVENTS, keyOf, pairA, SD_A, signerA, TA_UUID } from '../core/core-support.ts';
import {
  begin,
  Conversation,
  Device,
  digest,
  exporting,
  importing,
  STEPS,
  type Step,
  twoDevices,
  whoLives,
} from './core-pump.ts';

vi.setConfig({ testTimeout: 300_000 });

const CHANGED = 'ERR_TEE_MIGRATION_STATE reason=rules-changed';
const OTHER = 'cd'.repeat(32);
const otherEvents = EVENTS.map((event) =>
  event.stage === 'worker' ? { ...event, digest: '55'.repeat(32) } : event,
);
/** Steps that the target takes after its evidence was asked for. */
const NEXT = ['stage', 'activate'] as const satisfies readonly Step[];

describe('a command in the middle of a conversation ends it', () => {
  it('where the source has departed: the key goes to what the newest command accepts', async () => {
    const { source, target } = await twoDevices();
    await importing(source, target);
    await exporting(source, target, [OTHER]);
    source.settle();
    new Conversation(source, target).upTo('release');
    const conversation = new Conversation(source, target).upTo('answer');
    await exporting(source, target);
    expect(codeOf(() => conversation.run('package'))).toBe(CHANGED);
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
  });

  it.each(NEXT)('where the target accepts less than it did, before %s', async (next) => {
    const { source, target } = await twoDevices();
    await importing(source, target, [OTHER]);
    await exporting(source, target);
    source.settle();
    const conversation = new Conversation(source, target).upTo(STEPS[STEPS.indexOf(next) - 1] as Step);
    await importing(source, target);
    expect(codeOf(() => conversation.run(next))).toBe(CHANGED);
    whoLives(source, target);
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
  });

  it('between the judgement of a package and the files', async () => {
    const { source, target } = await twoDevices();
    await importing(source, target, [OTHER]);
    await exporting(source, target);
    source.settle();
    const conversation = new Conversation(source, target).upTo('package');
    target.step('message', 'target', conversation.last);
    target.take(source);
    await importing(source, target);
    expect(codeOf(() => target.step('staged', 'target'))).toBe(CHANGED);
    expect(target.state('target')).toBe('expecting');
  });

  it('and a TCB floor above the own version stops either side until it is updated', async () => {
    for (const side of ['source', 'target'] as const) {
      const devices = await twoDevices();
      const { source, target } = devices;
      await begin(source, target);
      const conversation = new Conversation(source, target).upTo('stage');
      await devices[side].core.execute({ action: 'raise-tcb-floor', minimum: 2 });
      if (side === 'target') conversation.run('release');
      const next = side === 'source' ? 'release' : 'activate';
      expect(codeOf(() => conversation.run(next))).toBe('ERR_TEE_TCB_OUTDATED reason=floor');
      devices[side].restart({ tcbVersion: 2 });
      const other = side === 'source' ? target : source;
      const refused = codeOf(() => new Conversation(source, target).finish());
      expect(refused).toMatch(/^ERR_TEE_MIGRATION_REFUSED reason=.*TCB_TOO_OLD/);
      other.restart({ tcbVersion: 2 });
      new Conversation(source, target).finish();
      expect(target.read()).toBe('kept');
    }
  });
});

describe('a source that has departed', () => {
  it('gives the key to the same device after its core was updated, when a command says so', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).upTo('release');
    target.restart({ events: otherEvents });
    const measurement = 'ERR_TEE_MIGRATION_REFUSED reason=measurement';
    expect(codeOf(() => new Conversation(source, target).finish())).toBe(measurement);
    await exporting(source, target, [codeMeasurement(otherEvents)]);
    expect(codeOf(() => new Conversation(source, target).finish())).toBe(measurement);
    await importing(source, target, [codeMeasurement(EVENTS)]);
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
    expect(whoLives(source, target)).toBe('target');
  });

  it('gives it to no other device, and does not get the application back', async () => {
    const { source, target } = await twoDevices();
    const third = new Device();
    await begin(source, target);
    new Conversation(source, target).upTo('release');
    await importing(source, third);
    await expect(exporting(source, third)).rejects.toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_STATE',
      detail: 'reason=migrating',
    });
    await exporting(source, target);
    expect(source.canRun()).toBe(false);
    expect(source.state('source')).toBe('departed');
    expect(codeOf(() => new Conversation(source, third).upTo('stage'))).toMatch(
      /^ERR_TEE_(?:CHANNEL|MIGRATION_REFUSED)/,
    );
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
  });
});

describe('a security domain that is blocked at the source', () => {
  it('sends nothing on, and lets a departed application have its key', async () => {
    const source = new Device();
    const target = new Device();
    const inA = { signer: signerA, domain: SD_A };
    for (const { core } of [source, target]) {
      await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    }
    const bundle = await bundleOf({}, signerA);
    await source.core.execute({ action: 'install-ta', bundleDigest: digest(bundle) }, bundle, inA);
    source.write('kept');
    const measurements: readonly string[] = [];
    await target.core.execute(
      { action: 'import-ta', ta: TA_UUID, source: source.name, measurements },
      undefined,
      inA,
    );
    await source.core.execute(
      { action: 'export-ta', ta: TA_UUID, target: target.name, measurements },
      undefined,
      inA,
    );
    source.settle();
    const block = { action: 'block-sd', sd: SD_A } as const;
    const unblock = { action: 'unblock-sd', sd: SD_A } as const;
    const blocked = 'ERR_TEE_MIGRATION_STATE reason=domain-blocked';
    await source.core.execute(block);
    expect(codeOf(() => new Conversation(source, target).upTo('package'))).toBe(blocked);
    await source.core.execute(unblock);
    const conversation = new Conversation(source, target).upTo('stage');
    await source.core.execute(block);
    expect(codeOf(() => conversation.run('release'))).toBe(blocked);
    expect(source.state('source')).toBe('exporting');
    await source.core.execute(unblock);
    new Conversation(source, target).upTo('release');
    await source.core.execute(block);
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
  });
});

describe('commands that name what was never there', () => {
  it('take a bounded part of the registry', async () => {
    const device = new Device();
    const { core } = device;
    const uuid = (n: number): string => `7d5d1b58-1d4b-4c0e-9d8c-${n.toString(16).padStart(12, '0')}`;
    for (let n = 0; n < 300; n++) {
      await core.execute({ action: 'import-ta', ta: uuid(n), source: OTHER, measurements: [] });
      await core.execute({ action: 'cancel-migration', ta: uuid(n) });
    }
    device.restart();
    const { forget } = device.core.info;
    expect(forget).toHaveLength(256);
    expect(forget.at(-1)).toBe(uuid(299));
  });
});

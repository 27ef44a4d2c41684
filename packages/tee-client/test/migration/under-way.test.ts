import { canonicalJson, utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { CORE_UUID } from '../../src/adapters/software/core/core-evidence.ts';
import type { Transfer } from '../../src/adapters/software/core/transfers.ts';
import { withTransfer } from '../../src/adapters/software/core/transfers.ts';
import { plainPersonalisation } from '../../src/management/index.ts';
import { type ManagementAction, ROOT_SECURITY_DOMAIN } from '../../src/spec/v1/management.ts';
import { bundleOf, codeOf, keyOf, MANIFEST, pairA, SD_A, signerA, TA_UUID } from '../core/core-support.ts';
import {
  begin,
  Conversation,
  Device,
  digest,
  exporting,
  importing,
  twoDevices,
  whoLives,
} from './core-pump.ts';

vi.setConfig({ testTimeout: 120_000 });

const DEVICE = 'ab'.repeat(32);
const refusal = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'succeeded',
    (error: { code: string; detail?: string }) => `${error.code} ${error.detail ?? ''}`.trim(),
  );
const measurements: readonly string[] = [];
const importTa: ManagementAction = { action: 'import-ta', ta: TA_UUID, source: DEVICE, measurements };
const cancelTa: ManagementAction = { action: 'cancel-migration', ta: TA_UUID };

describe('while an application is being handed over', () => {
  it('it does not run, and nothing is done to it, over restarts too', async () => {
    const { source, target } = await twoDevices();
    await exporting(source, target);
    for (let round = 0; round < 2; round++) {
      expect(codeOf(() => source.core.launch())).toBe('ERR_TEE_LAUNCH_REFUSED reason=migrating');
      const { applications } = source.core.snapshot();
      expect(applications.find(({ uuid }) => uuid === TA_UUID)?.state).toBe('locked');
      const data = plainPersonalisation(utf8('data'));
      const next = await bundleOf({ version: MANIFEST.version + 1 });
      for (const [action, payload] of [
        [{ action: 'lock-ta', ta: TA_UUID }],
        [{ action: 'unlock-ta', ta: TA_UUID }],
        [{ action: 'delete-ta', ta: TA_UUID }],
        [{ action: 'personalise-ta', ta: TA_UUID, dataDigest: digest(data) }, data],
        [{ action: 'update-ta', bundleDigest: digest(next) }, next],
        [{ action: 'install-ta', bundleDigest: digest(next) }, next],
      ] as readonly (readonly [ManagementAction, Uint8Array?])[]) {
        expect(await refusal(source.core.execute(action, payload)), action.action).toBe(
          'ERR_TEE_MANAGEMENT_STATE reason=migrating',
        );
      }
      source.restart();
    }
    await source.core.execute(cancelTa);
    expect(source.read()).toBe('kept');
  });

  it('an instance that was running has no link to the core any more', async () => {
    const { source, target } = await twoDevices();
    const { info, link } = source.core.launch();
    await exporting(source, target);
    const request = canonicalJson({ instance: info.instance, time: 1 });
    expect(codeOf(() => source.core.control('ta-request', request, link.seal(Uint8Array.of(2))))).toContain(
      'reason=instance',
    );
  });

  it('a locked TEE and an outdated one say nothing of it', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    await source.core.execute({ action: 'lock-tee' });
    expect(codeOf(() => source.step('open', 'source'))).toBe('ERR_TEE_MIGRATION_STATE reason=tee-locked');
    await source.core.execute({ action: 'unlock-tee' });
    await target.core.execute({ action: 'raise-tcb-floor', minimum: 2 });
    const { message } = source.step('open', 'source');
    expect(codeOf(() => target.step('message', 'target', message))).toBe('ERR_TEE_TCB_OUTDATED reason=floor');
  });

  it('a factory reset ends it: on the source the application, on the target what came', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).upTo('stage');
    await source.core.execute({ action: 'factory-reset' });
    await target.core.execute({ action: 'factory-reset' });
    expect([source.state('source'), target.state('target')]).toEqual(['none', 'none']);
    expect([source.canRun(), target.canRun()]).toEqual([false, false]);
  });

  it('the security domain it goes to stays', async () => {
    const { core } = new Device();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    await core.execute(importTa, undefined, { signer: signerA, domain: SD_A });
    expect(await refusal(core.execute({ action: 'uninstall-sd', sd: SD_A }))).toBe(
      'ERR_TEE_MANAGEMENT_STATE reason=applications',
    );
    await core.execute(cancelTa);
    await core.execute({ action: 'uninstall-sd', sd: SD_A });
  });
});

describe('what can be given up', () => {
  it('is nothing where there is nothing', async () => {
    const { core } = new Device();
    expect(await refusal(core.execute(cancelTa))).toBe('ERR_TEE_MANAGEMENT_TARGET reason=migration');
  });

  it('at the target is not what it has answered for; only deletion ends that', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).upTo('stage');
    expect(await refusal(target.core.execute(cancelTa))).toBe('ERR_TEE_MANAGEMENT_STATE reason=incoming');
    // Nor is it dropped for an import from elsewhere.
    expect(await refusal(target.core.execute(importTa))).toBe('ERR_TEE_MANAGEMENT_STATE reason=migrating');
    await importing(source, target);
    expect(target.state('target')).toBe('incoming');
    new Conversation(source, target).finish();
    expect(target.read()).toBe('kept');
  });

  it('at the source that has departed, by deletion: then it is gone for good', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).upTo('release');
    expect(await refusal(source.core.execute(cancelTa))).toBe('ERR_TEE_MANAGEMENT_STATE reason=departed');
    expect(whoLives(source, target)).toBe('target');
    const { effect } = await source.core.execute({ action: 'delete-ta', ta: TA_UUID });
    expect(effect.forget).toEqual([TA_UUID]);
    expect(codeOf(() => source.step('open', 'source'))).toContain('reason=none');
    expect(target.canRun()).toBe(false);
  });
});

describe('an application of the core', () => {
  it('cannot be installed: its evidence would be the core’s', async () => {
    const { core } = new Device();
    const bundle = await bundleOf({ uuid: CORE_UUID });
    expect(await refusal(core.execute({ action: 'install-ta', bundleDigest: digest(bundle) }, bundle))).toBe(
      'ERR_TEE_MANAGEMENT_STATE reason=installed',
    );
  });
});

describe('ended migrations', () => {
  it('are remembered in a bounded number', () => {
    const one = (n: number): Transfer => ({
      role: 'target',
      state: 'activated',
      ta: `7d5d1b58-1d4b-4c0e-9d8c-${n.toString(16).padStart(12, '0')}`,
      sd: ROOT_SECURITY_DOMAIN,
      peer: DEVICE,
      measurements,
      id: n.toString(16).padStart(32, '0'),
      arrival: null,
    });
    let registry: { readonly transfers: readonly Transfer[] } = { transfers: [] };
    registry = withTransfer(registry, {
      ...one(1000),
      role: 'target',
      state: 'expecting',
      id: '',
      arrival: null,
    });
    for (let n = 0; n < 100; n++) registry = withTransfer(registry, one(n));
    expect(registry.transfers).toHaveLength(65);
    expect(registry.transfers.some(({ state }) => state === 'expecting')).toBe(true);
    expect(registry.transfers.at(-1)?.id.endsWith('63')).toBe(true);
  });
});

import { utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { CORE_UUID } from '../../src/adapters/software/core/core-evidence.ts';
import type { ManagementAction } from '../../src/spec/v1/management.ts';
import { parseSignedCommand } from '../../src/spec/v1/management-codec.ts';
import { MIGRATION_LIMITS } from '../../src/spec/v1/migration.ts';
import {
  BUILT_IN_UUID,
  bundleOf,
  codeOf,
  keyOf,
  OPTIONAL_UUID,
  OTHER_UUID,
  pairA,
  pairB,
  root,
  SD_A,
  SD_B,
  signerA,
  signerB,
  TA_UUID,
} from '../core/core-support.ts';
import { begin, Conversation, Device, digest, exporting, importing, twoDevices } from './core-pump.ts';

vi.setConfig({ testTimeout: 120_000 });

const DEVICE = 'ab'.repeat(32);
const refusal = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'succeeded',
    (error: { code: string; detail?: string }) => `${error.code} ${error.detail ?? ''}`.trim(),
  );
const measurements: readonly string[] = [];
const exportTa: ManagementAction = { action: 'export-ta', ta: TA_UUID, target: DEVICE, measurements };
const importTa: ManagementAction = { action: 'import-ta', ta: TA_UUID, source: DEVICE, measurements };
const cancelTa: ManagementAction = { action: 'cancel-migration', ta: TA_UUID };

describe('the commands of a migration [part of CC-045]', () => {
  it('read back as they were signed', async () => {
    const { core } = new Device();
    for (const action of [exportTa, { ...importTa, measurements: [DEVICE, 'cd'.repeat(32)] }, cancelTa]) {
      expect(parseSignedCommand(await core.command(action)).command).toMatchObject(action);
    }
  });

  it.each([
    ['no device', { ...exportTa, target: 'x' }],
    ['a device of another length', { ...importTa, source: 'ab' }],
    ['a measurement that is none', { ...exportTa, measurements: ['x'] }],
    ['a measurement twice', { ...exportTa, measurements: [DEVICE, DEVICE] }],
    [
      'too many measurements',
      { ...exportTa, measurements: Array.from({ length: 17 }, (_, i) => i.toString(16).padStart(64, '0')) },
    ],
    ['no measurements', { action: 'export-ta', ta: TA_UUID, target: DEVICE }],
    ['a member of the other', { ...exportTa, source: DEVICE }],
    ['an application that is none', { ...importTa, ta: 'x' }],
    ['a cancellation with a device', { ...cancelTa, target: DEVICE }],
  ])('with %s are malformed', async (_, action) => {
    const { core } = new Device();
    expect(await refusal(core.command(action as ManagementAction))).toMatch(/^ERR_TEE_MANAGEMENT_MALFORMED/);
  });

  it.each([exportTa, importTa, cancelTa])('take the privilege ta-management: $action', async (action) => {
    const { core } = new Device();
    const others = ['sd-management', 'ta-signing', 'personalisation'] as const;
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA, others)] });
    expect(await refusal(core.execute(action, undefined, { signer: signerA, domain: SD_A }))).toBe(
      'ERR_TEE_MANAGEMENT_DENIED reason=privilege',
    );
  });

  it('work once, for their device alone, with no payload', async () => {
    const { source, target } = await twoDevices();
    const command = await source.core.command({ ...exportTa, target: target.name });
    expect(codeOf(() => target.core.manage(command))).toBe('ERR_TEE_MANAGEMENT_DEVICE');
    expect(codeOf(() => source.core.manage(command, utf8('x')))).toBe(
      'ERR_TEE_MANAGEMENT_PAYLOAD reason=unexpected',
    );
    const { effect } = source.core.manage(command);
    expect(effect).toEqual({ stop: [TA_UUID], forget: [] });
    await source.core.execute(cancelTa);
    expect(codeOf(() => source.core.manage(command))).toBe('ERR_TEE_MANAGEMENT_REPLAYED');
    expect(source.canRun()).toBe(true);
  });
});

describe('an export is refused', () => {
  it('of what comes with the package: its seed belongs to the device', async () => {
    const { core } = new Device();
    for (const ta of [BUILT_IN_UUID, OPTIONAL_UUID]) {
      expect(await refusal(core.execute({ ...exportTa, ta }))).toBe(
        'ERR_TEE_MANAGEMENT_STATE reason=built-in',
      );
    }
    // Nor of its update.
    const update = await bundleOf({ uuid: BUILT_IN_UUID, version: 9 });
    await core.execute({ action: 'update-ta', bundleDigest: digest(update) }, update);
    expect(await refusal(core.execute({ ...exportTa, ta: BUILT_IN_UUID }))).toBe(
      'ERR_TEE_MANAGEMENT_STATE reason=built-in',
    );
  });

  it('of what is not there, to the device itself, and twice', async () => {
    const { source, target } = await twoDevices();
    expect(await refusal(source.core.execute({ ...exportTa, ta: OTHER_UUID }))).toBe(
      'ERR_TEE_MANAGEMENT_TARGET reason=application',
    );
    expect(await refusal(source.core.execute({ ...exportTa, target: source.name }))).toBe(
      'ERR_TEE_MANAGEMENT_STATE reason=same-device',
    );
    await exporting(source, target);
    expect(await refusal(exporting(source, target))).toBe('ERR_TEE_MANAGEMENT_STATE reason=migrating');
  });

  it('of an application of another security domain', async () => {
    const { core } = new Device();
    for (const [sd, pair] of [[SD_A, pairA] as const, [SD_B, pairB] as const]) {
      await core.execute({ action: 'install-sd', sd, keys: [keyOf(pair)] });
    }
    const bundle = await bundleOf({}, signerA);
    const install = { action: 'install-ta', bundleDigest: digest(bundle) } as const;
    await core.execute(install, bundle, { signer: signerA, domain: SD_A });
    const asB = { signer: signerB, domain: SD_B };
    expect(await refusal(core.execute(exportTa, undefined, asB))).toBe(
      'ERR_TEE_MANAGEMENT_DENIED reason=domain',
    );
    await core.execute(exportTa, undefined, { signer: signerA, domain: SD_A });
    expect(await refusal(core.execute(cancelTa, undefined, asB))).toBe(
      'ERR_TEE_MANAGEMENT_DENIED reason=domain',
    );
    await core.execute(cancelTa, undefined, { signer: root });
  });
});

describe('an import is refused', () => {
  it('of what is there, of what comes with the package, of the core, and from the device itself', async () => {
    const { source } = await twoDevices();
    const { core } = source;
    expect(await refusal(core.execute(importTa))).toBe('ERR_TEE_MANAGEMENT_STATE reason=installed');
    for (const ta of [BUILT_IN_UUID, OPTIONAL_UUID, CORE_UUID]) {
      expect(await refusal(core.execute({ ...importTa, ta }))).toBe(
        'ERR_TEE_MANAGEMENT_STATE reason=built-in',
      );
    }
    const other = { ...importTa, ta: OTHER_UUID };
    expect(await refusal(core.execute({ ...other, source: source.name }))).toBe(
      'ERR_TEE_MANAGEMENT_STATE reason=same-device',
    );
  });

  it('of what is departing here', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).upTo('release');
    expect(await refusal(importing(target, source))).toBe('ERR_TEE_MANAGEMENT_STATE reason=migrating');
    const bundle = await bundleOf();
    const install = { action: 'install-ta', bundleDigest: digest(bundle) } as const;
    expect(await refusal(source.core.execute(install, bundle))).toBe(
      'ERR_TEE_MANAGEMENT_STATE reason=migrating',
    );
  });

  it('beyond the number that may be under way, for each domain', async () => {
    const { core } = new Device();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    const uuid = (n: number): string => `7d5d1b58-1d4b-4c0e-9d8c-${n.toString(16).padStart(12, '0')}`;
    const inA = { signer: signerA, domain: SD_A };
    for (let n = 0; n < MIGRATION_LIMITS.transfers / 2; n++) {
      await core.execute({ ...importTa, ta: uuid(n) }, undefined, inA);
    }
    const full = 'ERR_TEE_MANAGEMENT_STATE reason=full of=migrations';
    expect(await refusal(core.execute({ ...importTa, ta: uuid(99) }, undefined, inA))).toBe(full);
    for (let n = MIGRATION_LIMITS.transfers / 2; n < MIGRATION_LIMITS.transfers; n++) {
      await core.execute({ ...importTa, ta: uuid(n) });
    }
    expect(await refusal(core.execute({ ...importTa, ta: uuid(99) }))).toBe(full);
    await core.execute({ ...cancelTa, ta: uuid(0) });
    await core.execute({ ...importTa, ta: uuid(99) });
  });
});

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../basics.ts';
import { codeOf, TA_UUID } from '../core/core-support.ts';
import { begin, Conversation, Device, exporting, importing, twoDevices } from './core-pump.ts';

vi.setConfig({ testTimeout: 300_000 });

describe('stored data', () => {
  it('older than what was handed over does not open on the target [part of CC-024]', async () => {
    const { source, target } = await twoDevices();
    const older = temporaryFolder();
    cpSync(source.storage, older, { recursive: true });
    source.write('newest');
    await begin(source, target);
    new Conversation(source, target).finish();
    const current = temporaryFolder();
    cpSync(target.storage, current, { recursive: true });
    // Before its first start there.
    rmSync(target.storage, { recursive: true });
    cpSync(older, target.storage, { recursive: true });
    expect(codeOf(() => target.read())).toBe('ERR_TEE_SEAL_ROLLBACK part=migration');
    rmSync(target.storage, { recursive: true });
    expect(codeOf(() => target.read())).toBe('ERR_TEE_SEAL_ROLLBACK part=migration');
    cpSync(current, target.storage, { recursive: true });
    expect(target.read()).toBe('newest');
    // And after it: neither what is older nor what was handed over.
    for (const folder of [older, current]) {
      rmSync(target.storage, { recursive: true });
      cpSync(folder, target.storage, { recursive: true });
      expect(codeOf(() => target.read())).toBe('ERR_TEE_SEAL_ROLLBACK part=migration');
    }
  });

  it('is taken over only when the core has noted it', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).finish();
    const handed = temporaryFolder();
    cpSync(target.storage, handed, { recursive: true });
    // A host that keeps the note from the core: the application does not start.
    const { core } = target;
    const control = core.control.bind(core);
    core.control = (name, ...parts) => {
      if (name === 'ta-request') throw Object.assign(new Error('lost'), { code: 'LOST' });
      return control(name, ...parts);
    };
    expect(codeOf(() => target.read())).toContain('LOST');
    core.control = control;
    expect(target.read()).toBe('kept');
    target.write('newer');
    rmSync(target.storage, { recursive: true });
    cpSync(handed, target.storage, { recursive: true });
    expect(codeOf(() => target.read())).toBe('ERR_TEE_SEAL_ROLLBACK part=migration');
  });

  it('altered on its way is refused', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).finish();
    const log = join(target.storage, target.files().find((name) => name.startsWith('log.')) as string);
    const bytes = readFileSync(log);
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    writeFileSync(log, bytes);
    expect(codeOf(() => target.read())).toMatch(/^ERR_TEE_SEAL_/);
  });

  it('that is exchanged at the source before it is settled is what the application had, or is refused', async () => {
    const { source, target } = await twoDevices();
    await importing(source, target);
    await exporting(source, target);
    const log = source.files().find((name) => name.startsWith('log.')) as string;
    const bytes = readFileSync(join(source.storage, log));
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    writeFileSync(join(source.storage, log), bytes);
    expect(codeOf(() => source.settle())).toMatch(/^ERR_TEE_SEAL_/);
    expect(codeOf(() => source.step('open', 'source'))).toContain('reason=unsettled');
  });
});

describe('a migration that was given up', () => {
  it('cannot be finished by a later one to another device', async () => {
    const { source, target } = await twoDevices();
    const third = new Device();
    await begin(source, target);
    new Conversation(source, target).upTo('stage');
    expect(target.state('target')).toBe('incoming');
    await source.core.execute({ action: 'cancel-migration', ta: TA_UUID });
    source.write('after');
    await begin(source, third);
    new Conversation(source, third).finish();
    expect(third.read()).toBe('after');
    expect(target.canRun()).toBe(false);
    expect(codeOf(() => source.step('open', 'source'))).toContain('reason=none');
    // The target keeps what nobody can open until it is told to delete it.
    expect((await target.core.execute({ action: 'delete-ta', ta: TA_UUID })).effect.forget).toEqual([
      TA_UUID,
    ]);
    expect(target.state('target')).toBe('none');
  });

  it('gives way to a new one from the same device', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).upTo('stage');
    const old = target.step('status', 'target').answer.transfer;
    await source.core.execute({ action: 'cancel-migration', ta: TA_UUID });
    source.write('newer');
    await begin(source, target);
    new Conversation(source, target).finish();
    expect(target.read()).toBe('newer');
    expect(target.step('status', 'target').answer.transfer).not.toBe(old);
  });

  it('is not activated by the key of the next, when the target was put back to it', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    new Conversation(source, target).upTo('stage');
    target.core.stop();
    const older = temporaryFolder();
    cpSync(target.folder, older, { recursive: true });
    target.restart();
    await source.core.execute({ action: 'cancel-migration', ta: TA_UUID });
    await begin(source, target);
    new Conversation(source, target).upTo('release');
    target.core.stop();
    rmSync(target.folder, { recursive: true });
    cpSync(older, target.folder, { recursive: true });
    target.restart();
    expect(codeOf(() => new Conversation(source, target).upTo('stage'))).toBe(
      'ERR_TEE_MIGRATION_STATE reason=another-migration',
    );
    // The source goes on waiting: it has not been told that the application lives.
    expect(source.state('source')).toBe('departed');
    expect(target.canRun()).toBe(false);
  });
});

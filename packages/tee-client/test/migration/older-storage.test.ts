import { cpSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { sm2 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { encodeSummary, openStorageGrant } from '../../src/adapters/software/core/storage-grant.ts';
import { settleStore } from '../../src/adapters/software/domain/settle-store.ts';
import { SecureLink } from '../../src/channel/secure-link.ts';
import { MIGRATION_LIMITS } from '../../src/spec/v1/migration.ts';
import { temporaryFolder } from '../basics.ts';
import { codeOf, MANIFEST, TA_UUID } from '../core/core-support.ts';
import { begin, Conversation, Device, exporting, importing, twoDevices, whoLives } from './core-pump.ts';

vi.setConfig({ testTimeout: 300_000 });

const OLDER = 'ERR_TEE_SEAL_ROLLBACK part=migration';
const cancelTa = { action: 'cancel-migration', ta: TA_UUID } as const;

function kept(device: Device): string {
  const folder = temporaryFolder();
  cpSync(device.storage, folder, { recursive: true });
  return folder;
}

function putBack(device: Device, folder: string): void {
  rmSync(device.storage, { recursive: true, force: true });
  cpSync(folder, device.storage, { recursive: true });
}

/** The second of three devices has the application; the first's storage from before it wrote last is there, too. */
async function second(): Promise<{
  readonly source: Device;
  readonly target: Device;
  readonly older: string;
}> {
  const { source, target } = await twoDevices();
  const older = kept(source);
  source.write('newest');
  await begin(source, target);
  new Conversation(source, target).finish();
  return { source, target, older };
}

describe('storage from before a migration, which the next one must not carry on', () => {
  it('is refused when the application goes on without having run [part of CC-024]', async () => {
    const { target, older } = await second();
    const third = new Device();
    const current = kept(target);
    await importing(target, third);
    await exporting(target, third);
    putBack(target, older);
    expect(codeOf(() => target.settle())).toBe(OLDER);
    rmSync(target.storage, { recursive: true });
    expect(codeOf(() => target.settle())).toBe(OLDER);
    expect(codeOf(() => target.step('open', 'source'))).toContain('reason=unsettled');
    putBack(target, current);
    target.settle();
    new Conversation(target, third).finish();
    expect(third.read()).toBe('newest');
  });

  it('is refused when it had run, as is what was handed over [part of CC-024]', async () => {
    const { target, older } = await second();
    const third = new Device();
    const handed = kept(target);
    target.write('newer still');
    const current = kept(target);
    await exporting(target, third);
    for (const folder of [older, handed]) {
      putBack(target, folder);
      expect(codeOf(() => target.settle())).toBe(OLDER);
    }
    putBack(target, current);
    await importing(target, third);
    target.settle();
    new Conversation(target, third).finish();
    expect(third.read()).toBe('newer still');
  });

  it('is taken over by an export that is given up, and nothing older opens after it', async () => {
    const { target, older } = await second();
    const handed = kept(target);
    await exporting(target, new Device());
    target.settle();
    await target.core.execute(cancelTa);
    target.restart();
    expect(target.read()).toBe('newest');
    const current = kept(target);
    for (const folder of [older, handed]) {
      putBack(target, folder);
      expect(codeOf(() => target.read())).toBe(OLDER);
    }
    putBack(target, current);
    expect(target.read()).toBe('newest');
  });

  it('is not brought back by what its domain said before the application was kept and ran on', async () => {
    const { source, target } = await twoDevices();
    await begin(source, target);
    await source.core.execute(cancelTa);
    await exporting(source, target);
    const pair = sm2.generateKeyPair();
    const { message: grant } = source.step('storage-grant', 'source', pair.publicKey);
    const start = {
      kind: 'ta',
      uuid: TA_UUID,
      folder: source.storage,
      memoryLimit: 0,
      tcbVersion: 1,
    } as const;
    const frame = settleStore(pair, start, grant);
    const older = kept(source);
    await source.core.execute(cancelTa);
    source.write('newest');
    await exporting(source, target);
    const current = kept(source);
    putBack(source, older);
    expect(codeOf(() => source.step('storage', 'source', frame))).toBe(
      'ERR_TEE_MIGRATION_STATE reason=another-migration',
    );
    expect(source.step('status', 'source').answer.unsettled).toBe(true);
    putBack(source, current);
    source.settle();
    new Conversation(source, target).finish();
    expect(target.read()).toBe('newest');
  });
});

describe('room on the disk of the target', () => {
  it('is not taken by what the host of the source put behind the log', async () => {
    const { source, target } = await twoDevices();
    await importing(source, target);
    await exporting(source, target);
    const log = source.files().find((name) => name.startsWith('log.')) as string;
    const path = join(source.storage, log);
    truncateSync(path, statSync(path).size + (64 << 20));
    source.settle();
    new Conversation(source, target).finish();
    const size = target.files().reduce((sum, name) => sum + statSync(join(target.storage, name)).size, 0);
    expect(size).toBeLessThan(1 << 20);
    expect(target.read()).toBe('kept');
  });

  it('is bounded by the quota of the application, whatever the source says it stored', async () => {
    const { source, target } = await twoDevices();
    const claim = async (size: number): Promise<string> => {
      await importing(source, target);
      await exporting(source, target);
      const pair = sm2.generateKeyPair();
      const { message } = source.step('storage-grant', 'source', pair.publicKey);
      const { linkKey } = openStorageGrant(pair, message);
      const digest = 'ab'.repeat(32);
      const files = [{ name: 'log.1', size, digest }];
      const link = new SecureLink(linkKey, 'initiator');
      source.step('storage', 'source', link.seal(encodeSummary({ head: digest, files })));
      const conversation = new Conversation(source, target).upTo('package');
      const said = codeOf(() => target.step('message', 'target', conversation.last));
      expect(whoLives(source, target)).toBe('source');
      await source.core.execute(cancelTa);
      return said;
    };
    const most = 4 * MANIFEST.storageBytes + (8 << 20);
    const refused = 'ERR_TEE_MIGRATION_PACKAGE reason=storage-size';
    expect(await claim(MIGRATION_LIMITS.fileBytes)).toBe(refused);
    expect(await claim(most + 1)).toBe(refused);
    expect(await claim(most)).toBe('succeeded');
    expect(source.read()).toBe('kept');
  });
});

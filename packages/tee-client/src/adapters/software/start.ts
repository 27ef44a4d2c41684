import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { normalizeUuid, type TeecUuid } from '../../spec/v1/uuid.ts';
import { measureStages } from './code-files.ts';
import { Core } from './core.ts';
import { Watch } from './drift.ts';
import { ownerFolder, storage, teeFolder } from './files.ts';
import { runAsync } from './flow.ts';
import { Launcher } from './launcher.ts';
import { lockFolder } from './lock-file.ts';
import { Monitor } from './monitor.ts';
import { domainOpener, type OpenDomain } from './open-domain.ts';
import type { Settings } from './options.ts';

/** The parts of a running software TEE. */
export interface SoftwareParts {
  readonly settings: Settings;
  readonly core: Core;
  readonly launcher: Launcher;
  readonly monitor: Monitor;
  readonly watch: Watch;
  /** The folder of the TEE. */
  readonly folder: string;
  readonly open: OpenDomain;
  readonly unlock: () => void;
}

/** State of the version before domains, at which this one must not start beside it. */
function checkFormat(folder: string): void {
  const names = storage('folder', () => readdirSync(folder));
  if (names.includes('huk.key') || names.some((name) => name.endsWith('.sealed'))) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_STATE_FORMAT');
  }
}

/** Deletes what deleted applications have stored. */
function forgetStorage(folder: string, forget: readonly TeecUuid[]): void {
  for (const uuid of forget) {
    storage('folder', () =>
      rmSync(join(folder, 'ta', normalizeUuid(uuid)), { recursive: true, force: true }),
    );
  }
}

/**
 * Locks the data folder, measures the code, starts the core and has it open or make the device.
 *
 * @throws {@link SmError} what the start of the TEE throws
 */
export async function startParts(settings: Settings): Promise<SoftwareParts> {
  const folder = teeFolder(settings.dataDir);
  const unlock = lockFolder(folder);
  let core: Core | undefined;
  try {
    checkFormat(folder);
    // Measured first, started second.
    const events = measureStages(settings.mode);
    const monitor = new Monitor(settings.clock);
    const open = await domainOpener(settings);
    const coreFolder = ownerFolder(join(folder, 'core'));
    let launcher: Launcher | undefined;
    core = new Core({
      settings,
      folder: coreFolder,
      events,
      open,
      // A crash came between the deletion of an application and that of its storage.
      onBoot: ({ forget }) => forgetStorage(folder, forget),
      onDeath: (reason) => {
        monitor.report('ta-died', `domain=core reason=${reason}`);
        launcher?.coreDied();
      },
    });
    const started = core;
    await runAsync(started.boot());
    const { tcbVersion, tcbFloor } = started.facts.info;
    launcher = new Launcher({ settings, folder, core: started, monitor, open });
    await runAsync(launcher.refresh());
    if (tcbVersion < tcbFloor) monitor.report('tcb-outdated', `tcb=${tcbVersion} floor=${tcbFloor}`);
    const watch = new Watch({
      settings,
      events,
      launcher,
      monitor,
      stopCore: (detail) => started.stopForDrift(detail),
    });
    return { settings, core: started, launcher, monitor, watch, folder, open, unlock };
  } catch (error) {
    await core?.close();
    unlock();
    throw error;
  }
}

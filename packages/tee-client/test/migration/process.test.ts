import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { migrateApplication } from '../../src/index.ts';
import { failureOf } from '../basics.ts';
import { attack } from '../software/hostile-ta.ts';
import { domainPid } from '../software/processes.ts';
import { changed } from '../support/changed.ts';
import {
  moveOptions,
  opening,
  openStore,
  STORE_CODE,
  STORE_MANIFEST,
  STORE_UUID,
  startOne,
  states,
} from './moving.ts';

vi.setConfig({ testTimeout: 300_000 });

describe.runIf(process.platform === 'linux')('between two TEEs of processes', () => {
  it('an application moves while both cores are killed on the way [CC-024]', async () => {
    const [source, target] = [await startOne({ mode: 'process' }), await startOne({ mode: 'process' })];
    await source.install(STORE_MANIFEST, STORE_CODE);
    const session = await openStore(source.tee);
    await attack(session, 'put', 5);
    const key = await attack(session, 'key');
    const options = await moveOptions(source.tee, target.tee);
    const coreOf = ({ dataDir }: typeof source) => domainPid(join(dataDir, 'tee', 'core'));
    // Both cores die as soon as the source has departed: what it said then is lost.
    const dying = changed(source.tee.module, (inner) => ({
      migrate: async (request) => {
        const answer = await inner.migrate(request);
        if (answer.state !== 'departed') return answer;
        for (const one of [source, target]) process.kill(coreOf(one), 'SIGKILL');
        throw new Error('lost');
      },
    }));
    await failureOf(() => migrateApplication({ ...options, source: dying }));
    // A request on its way finds them dead; the next starts them again.
    await vi.waitFor(
      async () => {
        expect(await states(source.tee.module, target.tee.module)).toBe('departed incoming');
      },
      { timeout: 60_000 },
    );
    expect(await opening(source.tee.module)).not.toBe(0);
    expect(await opening(target.tee.module)).not.toBe(0);
    await migrateApplication(options);
    const there = await openStore(target.tee);
    expect([await attack(there, 'get'), await attack(there, 'key')]).toEqual(['5', key]);
    expect(await opening(source.tee.module)).not.toBe(0);
    expect(existsSync(join(source.dataDir, 'tee', 'ta', STORE_UUID, 'counter'))).toBe(false);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { migrateApplication } from '../../src/index.ts';
import type { SecurityModule } from '../../src/spec/v1/module.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { failureOf } from '../basics.ts';
import { attack } from '../software/hostile-ta.ts';
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

vi.setConfig({ testTimeout: 600_000 });

const { SUCCESS } = TEEC_RESULTS;

/** Counts the calls of both modules and loses the answer of one of them. */
class Breaker {
  left: number;
  broken = false;

  constructor(left: number) {
    this.left = left;
  }

  async call<T>(action: () => Promise<T>): Promise<T> {
    const now = this.left-- === 0;
    const answer = await action();
    if (!now) return answer;
    this.broken = true;
    throw new Error('the answer is lost');
  }

  wrap(module: SecurityModule): SecurityModule {
    return changed(module, (inner) => ({
      migrate: (request) => this.call(() => inner.migrate(request)),
      manage: (command, payload) => this.call(() => inner.manage(command, payload)),
    }));
  }
}

/** Moves the store with the connection lost at each call, starts both TEEs anew, and finishes. */
async function everyCall(): Promise<number> {
  for (let cut = 0; ; cut++) {
    const [source, target] = [await startOne(), await startOne()];
    await source.install(STORE_MANIFEST, STORE_CODE);
    await attack(await openStore(source.tee), 'put', 100 + cut);
    const key = await attack(await openStore(source.tee), 'key');
    const breaker = new Breaker(cut);
    const options = await moveOptions(source.tee, target.tee);
    const broken = { source: breaker.wrap(source.tee.module), target: breaker.wrap(target.tee.module) };
    const failed = await migrateApplication({ ...options, ...broken }).then(
      () => false,
      () => true,
    );
    expect(failed, `cut=${cut}`).toBe(breaker.broken);
    await source.tee.close();
    await target.tee.close();
    const from = await startOne({ dataDir: source.dataDir });
    const to = await startOne({ dataDir: target.dataDir });
    const where = `cut=${cut} ${await states(from.tee.module, to.tee.module)}`;
    const running = [await opening(from.tee.module), await opening(to.tee.module)];
    expect(running.filter((result) => result === SUCCESS).length, where).toBeLessThanOrEqual(1);
    // The same commands where they were not executed, and new ones otherwise.
    const [source2, target2] = [from.tee.module, to.tee.module];
    const resumed = await migrateApplication({ ...options, source: source2, target: target2 });
    expect(resumed.transfer, where).toMatch(/^[0-9a-f]{32}$/);
    const there = await openStore(to.tee);
    expect([await attack(there, 'get'), await attack(there, 'key')], where).toEqual([`${100 + cut}`, key]);
    expect(await opening(from.tee.module), where).not.toBe(SUCCESS);
    expect(await states(from.tee.module, to.tee.module), where).toBe('none activated');
    for (const { tee } of [from, to]) await tee.close();
    if (!breaker.broken) return cut;
  }
}

describe('a migration whose connection is lost is taken up again [part of CC-024]', () => {
  // What a call that never arrives leaves is what the call before it left.
  it('after any call of a module, its answer lost', async () => {
    expect(await everyCall()).toBeGreaterThan(12);
  });
});

describe('what was broken off', () => {
  it('is kept at the source by its command, and can be begun again', async () => {
    const [source, target] = [await startOne(), await startOne()];
    await source.install(STORE_MANIFEST, STORE_CODE);
    await attack(await openStore(source.tee), 'put', 1);
    const options = await moveOptions(source.tee, target.tee);
    const refusing = changed(target.tee.module, (inner) => ({
      migrate: (request) =>
        request.step === 'staged' ? Promise.reject(new Error('no')) : inner.migrate(request),
    }));
    await failureOf(() => migrateApplication({ ...options, target: refusing }));
    expect(await states(source.tee.module, target.tee.module)).toBe('exporting expecting');
    expect(await opening(source.tee.module)).not.toBe(SUCCESS);
    const cancel = { action: 'cancel-migration', ta: STORE_UUID } as const;
    await source.manage(cancel);
    expect(await attack(await openStore(source.tee), 'put', 2)).toBe('2');
    await target.manage(cancel);
    expect(await states(source.tee.module, target.tee.module)).toBe('none none');
    await migrateApplication(await moveOptions(source.tee, target.tee));
    expect(await attack(await openStore(target.tee), 'get')).toBe('2');
  });

  it('is no way to a second copy by asking a second target', async () => {
    const [source, target, third] = [await startOne(), await startOne(), await startOne()];
    await source.install(STORE_MANIFEST, STORE_CODE);
    const refusing = changed(source.tee.module, (inner) => ({
      migrate: async (request) => {
        const answer = await inner.migrate(request);
        // The source has departed, and what it says then does not arrive.
        if (answer.state === 'departed') throw new Error('lost');
        return answer;
      },
    }));
    await failureOf(async () =>
      migrateApplication({ ...(await moveOptions(source.tee, target.tee)), source: refusing }),
    );
    expect(await states(source.tee.module, target.tee.module)).toBe('departed incoming');
    const again = await moveOptions(source.tee, third.tee);
    // The command for the third is refused, and the same again is taken for one that was executed.
    expect(await failureOf(() => migrateApplication(again))).toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_STATE',
      detail: 'reason=migrating',
    });
    expect(await failureOf(() => migrateApplication(again))).toMatchObject({
      code: 'ERR_TEE_MIGRATION_STATE',
    });
    await third.tee.module.manage(again.importCommand);
    expect(await failureOf(() => migrateApplication(again))).toMatchObject({
      code: expect.stringMatching(/^ERR_TEE_(?:MIGRATION_REFUSED|CHANNEL)/),
    });
    expect(await opening(third.tee.module)).not.toBe(SUCCESS);
    await migrateApplication(await moveOptions(source.tee, target.tee));
    expect(await opening(target.tee.module)).toBe(SUCCESS);
  });

  it('that was finished is not done again', async () => {
    const [source, target] = [await startOne(), await startOne()];
    await source.install(STORE_MANIFEST, STORE_CODE);
    const options = await moveOptions(source.tee, target.tee);
    const { transfer } = await migrateApplication(options);
    expect(await migrateApplication(options)).toEqual({ transfer });
    // Another application of the same uuid is not what was moved.
    await source.install(STORE_MANIFEST, STORE_CODE);
    expect(
      await failureOf(async () => migrateApplication(await moveOptions(source.tee, target.tee))),
    ).toMatchObject({ code: 'ERR_TEE_MIGRATION_STATE', detail: 'reason=installed' });
    expect(await opening(source.tee.module)).toBe(SUCCESS);
  });

  it('is told to whoever watches the modules', async () => {
    const [source, target] = [await startOne(), await startOne()];
    await source.install(STORE_MANIFEST, STORE_CODE);
    await migrateApplication(await moveOptions(source.tee, target.tee));
    const told = (events: typeof source.events) =>
      events.filter(({ detail }) => detail.startsWith('migration=')).map(({ detail }) => detail);
    expect(told(source.events)).toEqual([
      'migration=open state=exporting',
      'migration=message state=exporting',
      'migration=message state=departed',
      'migration=message state=none',
    ]);
    expect(told(target.events).at(-1)).toBe('migration=message state=activated');
    await failureOf(() => source.tee.module.migrate({ step: 'open', ta: STORE_UUID, role: 'source' }));
    expect(source.events.at(-1)).toMatchObject({
      kind: 'management-refused',
      severity: 'alarm',
      detail: 'migration=open code=ERR_TEE_MIGRATION_STATE',
    });
  });
});

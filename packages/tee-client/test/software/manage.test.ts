import { describe, expect, it } from 'vitest';
import { type Flow, wait } from '../../src/adapters/software/flow.ts';
import { Management } from '../../src/adapters/software/manage.ts';
import type { SoftwareParts } from '../../src/adapters/software/start.ts';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../src/errors.ts';

/** The host's part with a core that fails. */
function failingWith(code: TeeClientErrorCode): { readonly management: Management; readonly done: string[] } {
  const done: string[] = [];
  const parts = {
    core: {
      *manage(): Flow<never> {
        return yield* wait<never>(Promise.reject(TEE_CLIENT_ERRORS.create(code)));
      },
    },
    launcher: {
      running: [{ uuid: 'a' }, { uuid: 'b' }],
      stopApplication: async (uuid: string) => void done.push(`stop ${uuid}`),
      *refresh(): Flow<never> {
        done.push('refresh');
        return yield* wait<never>(Promise.reject(TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE')));
      },
    },
    monitor: { report: () => {} },
  };
  return { management: new Management(parts as unknown as SoftwareParts), done };
}

describe('a command that fails', () => {
  const bytes = new Uint8Array(1);

  it('for want of the disk may count all the same: nothing runs on', async () => {
    const { management, done } = failingWith('ERR_TEE_STORAGE');
    await expect(management.execute(bytes, bytes)).rejects.toMatchObject({ code: 'ERR_TEE_STORAGE' });
    expect(done).toEqual(['stop a', 'stop b', 'refresh']);
  });

  it('for another reason has no effect', async () => {
    const { management, done } = failingWith('ERR_TEE_MANAGEMENT_DENIED');
    await expect(management.execute(bytes, bytes)).rejects.toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_DENIED',
    });
    expect(done).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT_KEY_SERVICE_UUID } from '../../src/index.ts';
import { temporaryFolder } from '../support.ts';
import { install } from './installation.ts';

const script = fileURLToPath(new URL('../fixtures/drift-of.mjs', import.meta.url));

async function drift(file: string, how: 'check' | 'interval', mode: string) {
  const root = install();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, root, temporaryFolder(), file, how, mode],
    { timeout: 60_000 },
  );
  return JSON.parse(stdout) as {
    before?: { healthy: boolean };
    report?: { healthy: boolean; driftedStages: string[]; driftedApplications: string[] };
    events: string[];
    launch: string;
    healthy: boolean;
  };
}

describe('code that changes while the TEE runs [CC-018] [CC-013]', () => {
  it.each([
    ['dist/runtime/tee.js', 'worker domain', 'process'],
    ['dist/adapters/software/core/core.js', 'worker domain', 'worker'],
    ['dist/adapters/software/launcher.js', 'adapter software', 'process'],
  ])(
    '%s: the application is stopped and reported, and does not start again [part of CC-018, CC-013]',
    async (file, stage, mode) => {
      const { before, report, events, launch, healthy } = await drift(file, 'check', mode);
      expect(before?.healthy).toBe(true);
      expect(report?.healthy).toBe(false);
      expect(report?.driftedStages).toContain(stage);
      expect(report?.driftedApplications).toEqual([ROOT_KEY_SERVICE_UUID]);
      expect(events).toContain('ta-drifted alarm');
      expect(events.at(-1)).toBe('launch-refused alarm');
      expect(launch).toBe('ERR_TEEC_SECURITY');
      expect(healthy).toBe(false);
    },
  );

  it('is found without being asked for [part of CC-018]', async () => {
    const { events, launch } = await drift('dist/runtime/tee.js', 'interval', 'process');
    expect(events).toContain('ta-drifted alarm');
    expect(launch).toBe('ERR_TEEC_SECURITY');
  });
});

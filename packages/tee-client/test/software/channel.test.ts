import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { securityModuleSuite } from '../../src/conformance/module-suite.ts';
import { startTee } from '../support.ts';

const CHANNELS = 'module.service.channel.';
const cases = securityModuleSuite.cases.filter(({ id }) => id.startsWith(CHANNELS));

describe('[part of CC-006] secure channels into applications of the software TEE', () => {
  it('are covered by the suite of the module interface', () => expect(cases.length).toBeGreaterThan(15));

  it.each(['in-process', 'worker', 'process'] as const)('pass its cases (%s)', async (mode) => {
    const { tee } = await startTee({ mode });
    const { name, emulated, capabilities } = tee.module.describe();
    const open = async () => (await startTee({ mode })).tee.module;
    const report = await runSuite(
      { ...securityModuleSuite, cases },
      { name, emulated, capabilities, subject: { module: tee.module, open } },
      { seed: 'channels' },
    );
    expect(report.results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });
});

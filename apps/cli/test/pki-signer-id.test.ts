import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cssi, cssiJson, temporaryFolder } from './support/cli.ts';
import { samples, sharedPresent } from './support/pki-samples.ts';

const folder = temporaryFolder();

function sample(name: string): string {
  const found = samples().find((one) => one.name === `tongsuo-certs/${name}`)!;
  writeFileSync(`${folder}/${name}`, found.bytes);
  return `${folder}/${name}`;
}

describe.skipIf(!sharedPresent)('pki verify on certificates signed without Z', () => {
  const verify = (...more: string[]) => {
    const anchor = sample('sm2-noza-root-cert.pem');
    const time = ['--time', '2021-06-01'];
    return [sample('sm2-noza-cert.pem'), '--anchor', anchor, ...time, ...more] as const;
  };

  it('finds the signature right only when plain SM3 was asked for, and says so', async () => {
    const asked = await cssiJson('pki', 'verify', ...verify('--signer-id', 'plain-sm3'));
    expect(asked.json.steps).toContainEqual(
      expect.objectContaining({ check: 'signature', status: 'passed', signerId: 'plain-sm3' }),
    );
    const { out } = await cssi('pki', 'verify', ...verify('--signer-id', 'none', '--signer-id', 'plain-sm3'));
    expect(out).toMatch(/✓ #1 signature: .*signer ID: plain-sm3/);
  });

  it.each([[[]], [['--signer-id', 'none']], [['--signer-id', 'Alice']]])(
    'finds it wrong otherwise: %j',
    async (ids: string[]) => {
      const { exitCode, json } = await cssiJson('pki', 'verify', ...verify(...ids));
      expect(exitCode).toBe(1);
      const passed = json.steps.filter(
        (step: { check: string; status: string }) => step.check === 'signature' && step.status === 'passed',
      );
      expect(passed).toEqual([]);
    },
  );
});

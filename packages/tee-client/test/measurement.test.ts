import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseCertificate } from '@cssi/pki';
import { fromBase64, isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { workerFile } from '../src/adapters/software/code-files.ts';
import { softwareTaMeasurement } from '../src/adapters/software/index.ts';
import { type EvidenceVerdict, verifyEvidence } from '../src/index.ts';
import { NOW, requireBuild, temporaryFolder } from './support.ts';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const script = fileURLToPath(new URL('fixtures/evidence-of.mjs', import.meta.url));
const run = promisify(execFile);

/** An installation of the compiled package in a folder of its own. */
function install(): string {
  requireBuild();
  const root = join(temporaryFolder(), 'tee-client');
  mkdirSync(root);
  cpSync(join(packageRoot, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(packageRoot, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(packageRoot, 'node_modules'), join(root, 'node_modules'));
  return root;
}

async function attest(root: string): Promise<{ verdict: EvidenceVerdict; measurement: string }> {
  const { stdout } = await run(process.execPath, [script, root, temporaryFolder(), NOW.toISOString()], {
    timeout: 60_000,
  });
  const answer = JSON.parse(stdout) as {
    format: string;
    report: string;
    certificates: string[];
    rootCertificate: string;
    measurement: string;
  };
  const verdict = verifyEvidence(
    {
      format: answer.format,
      report: fromBase64(answer.report),
      certificates: answer.certificates.map(fromBase64),
    },
    {
      nonce: new Uint8Array(32),
      anchors: [parseCertificate(fromBase64(answer.rootCertificate))],
      time: NOW,
      reference: { taMeasurement: softwareTaMeasurement() },
    },
  );
  return { verdict, measurement: answer.measurement };
}

const reasons = (verdict: EvidenceVerdict): string[] => verdict.trust.reasons.map((reason) => reason.code);

describe('measurement of the code', () => {
  it('is the same for another installation of the same code, run from dist without vitest [part of CC-005]', async () => {
    const { verdict, measurement } = await attest(install());
    expect(measurement).toBe(softwareTaMeasurement());
    expect(isAccepted(verdict), JSON.stringify(verdict)).toBe(true);
  });

  it.each([
    ['the trusted application', 'dist/adapters/software/ta/root-key-service/index.js'],
    ['a file the trusted application loads', 'dist/adapters/software/ta/root-key-service/root-keys.js'],
    ['the worker', 'dist/adapters/software/worker.js'],
    ['the sealed store', 'dist/adapters/software/sealed-store.js'],
    ['a specification file', 'dist/spec/v1/evidence-codec.js'],
  ])('shows a change of %s in the evidence [part of CC-005, CC-006]', async (_, file) => {
    const root = install();
    appendFileSync(join(root, file), '\n// altered\n');
    const { verdict } = await attest(root);
    expect(verdict.integrity.status).toBe('passed');
    expect(reasons(verdict)).toContain('TA_MEASUREMENT_MISMATCH');
  });

  it('a missing worker is a coded error that says what to run', () => {
    expect(() => workerFile(temporaryFolder())).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_WORKER_MISSING', message: expect.stringContaining('tsc -b') }),
    );
  });

  it('a worker that cannot load its code does not start', async () => {
    const root = install();
    rmSync(join(root, 'dist/adapters/software/ta/root-key-service/root-keys.js'));
    await expect(attest(root)).rejects.toThrowError(/ERR_TEE_START_FAILED|did not start/);
  });
});

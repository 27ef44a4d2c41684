import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseCertificate } from '@cssi/pki';
import { fromBase64, isAccepted, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { domainCode } from '../../src/adapters/software/code-files.ts';
import { softwareTaMeasurement } from '../../src/adapters/software/index.ts';
import { measureRuntime } from '../../src/adapters/software/measure-runtime.ts';
import { type EvidenceVerdict, replayEvents, verifyEvidence } from '../../src/index.ts';
import { CONFORMANCE_TAS } from '../../src/spec/v1/conformance-ta.ts';
import { failureOf, NOW, requireBuild, temporaryFolder } from '../support.ts';
import { compiledFiles, install } from './installation.ts';

const script = fileURLToPath(new URL('../fixtures/evidence-of.mjs', import.meta.url));
const run = promisify(execFile);

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
    ['the image of the application', 'dist/adapters/software/images/key-vault.js', 'image'],
    ['the table of images', 'dist/adapters/software/images/index.js', 'comment'],
    ['a manifest', 'dist/trusted-applications/key-vault/manifest.js', 'comment'],
    ['the core', 'dist/adapters/software/core/core.js', 'comment'],
    ['the domain', 'dist/adapters/software/domain/process-main.js', 'comment'],
    ['the runtime', 'dist/runtime/tee.js', 'comment'],
    ['the sealed store', 'dist/runtime/storage/object-store.js', 'comment'],
    ['a specification file', 'dist/spec/v1/evidence-codec.js', 'comment'],
  ])('shows a change of %s in the evidence [part of CC-005, CC-006]', async (_, file, how) => {
    const root = install();
    const path = join(root, file);
    if (how === 'comment') appendFileSync(path, '\n// altered\n');
    else {
      // A comment inside the script, which changes what is measured and not what it does.
      const code = 'trustedApplication.default;';
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(code);
      writeFileSync(path, text.replace(code, `${code}/**/`));
    }
    const { verdict } = await attest(root);
    expect(verdict.integrity.status).toBe('passed');
    expect(reasons(verdict)).toContain('TA_MEASUREMENT_MISMATCH');
  });

  it('takes in every stage before it runs, the binary of the runtime first [CC-005]', async () => {
    const { verdict } = await attest(install());
    const { events, register } = verdict.claims.boot;
    expect(events.map(({ stage }) => stage).filter((stage, i, all) => stage !== all[i - 1])).toEqual([
      'runtime',
      'adapter',
      'library',
      'worker',
      'ta',
    ]);
    expect(replayEvents(events)).toBe(register);
    // Another implementation of SM3 over the binary that runs this.
    const binary = createHash('sm3').update(readFileSync(process.execPath)).digest('hex');
    expect(events[0]).toEqual({ stage: 'runtime', name: `node ${process.version}`, digest: binary });
    const names = events.filter(({ stage }) => stage === 'library').map(({ name }) => name.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(['@cssi/sm-core', '@cssi/pki', 'ses']));
  });

  it('measures a runtime again when its file changed', () => {
    const file = join(temporaryFolder(), 'runtime');
    writeFileSync(file, 'one');
    const one = measureRuntime(file);
    expect(one.digest).toBe(toHex(sm3(utf8('one'))));
    expect(measureRuntime(file)).toEqual(one);
    writeFileSync(file, 'other');
    expect(measureRuntime(file).digest).toBe(toHex(sm3(utf8('other'))));
    expect(() => measureRuntime(`${file}.missing`)).toThrow();
  });

  it('does not hang on the code of another application [part of CC-005]', async () => {
    const root = install();
    appendFileSync(join(root, 'dist/adapters/software/images/conformance.js'), '\n// altered\n');
    const { verdict } = await attest(root);
    expect(isAccepted(verdict), JSON.stringify(verdict)).toBe(true);
  });

  it('differs between applications of different code, and only comes for those that are there', async () => {
    requireBuild();
    expect(softwareTaMeasurement(CONFORMANCE_TAS.main)).not.toBe(softwareTaMeasurement());
    expect(
      await failureOf(() => softwareTaMeasurement('00000000-0000-4000-8000-000000000000')),
    ).toMatchObject({ code: 'ERR_TEE_OPTION_INVALID' });
    expect(await failureOf(() => softwareTaMeasurement('x'))).toMatchObject({
      code: 'ERR_TEE_UUID_MALFORMED',
    });
  });

  it('a package without its compiled domains is a coded error that says what to run', () => {
    expect(() => domainCode('process', temporaryFolder())).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_WORKER_MISSING', message: expect.stringContaining('tsc -b') }),
    );
  });

  it('a domain that cannot load its code does not start', async () => {
    const root = install();
    const folder = join(root, 'dist/runtime/storage');
    // What the host has of it: the files that migrations move.
    const ofHost = ['store-files.js', 'durability.js'];
    for (const name of compiledFiles(folder)) if (!ofHost.includes(name)) rmSync(join(folder, name));
    await expect(attest(root)).rejects.toThrowError(/ERR_TEE_START_FAILED|did not start/);
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pemEncode } from '@cssi/pki';
import { toBase64, toHex } from '@cssi/sm-core';
import { openRootKeyService } from '@cssi/tee-client';
import { createSoftwareTee } from '@cssi/tee-client/adapters/software';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority } from './support/authority.ts';
import { AT_NOW, cssi, cssiJson, NOW, temporaryFolder } from './support/cli.ts';

const folder = temporaryFolder();
const evidence = join(folder, 'evidence.json');
const root = join(folder, 'tee-root.pem');
const nonce = Uint8Array.from({ length: 32 }, (_, i) => i);
let measurement: string;

beforeAll(async () => {
  const tee = await createSoftwareTee({ dataDir: join(folder, 'data'), clock: () => NOW });
  const service = await openRootKeyService(tee);
  const { format, report, certificates } = await service.evidence(nonce);
  writeFileSync(
    evidence,
    JSON.stringify({ format, report: toBase64(report), certificates: certificates.map(toBase64) }),
  );
  writeFileSync(root, pemEncode('CERTIFICATE', tee.rootCertificate));
  await service.close();
  await tee.close();
  const shown = await cssiJson('ta', 'verify', evidence, '--nonce', toHex(nonce), '--root', root, ...AT_NOW);
  measurement = shown.json.claims.ta.measurement;
});

const verify = (file: string, ...more: string[]) =>
  cssiJson('ta', 'verify', file, '--root', root, ...AT_NOW, ...more);

describe('ta verify', () => {
  const right = ['--nonce', toHex(nonce)];

  it('accepts evidence for its nonce, and says what it is of', async () => {
    const { exitCode, json } = await verify(evidence, ...right, '--measurement', measurement);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ accepted: true, claims: { platform: 'software', emulated: true } });
    const aged = await verify(evidence, ...right, '--measurement', measurement, '--max-age', '60');
    expect(aged.exitCode).toBe(0);
  });

  it('does not accept it for another nonce, measurement, root or time', async () => {
    expect((await verify(evidence, '--nonce', 'ff'.repeat(32))).exitCode).toBe(1);
    expect((await verify(evidence, ...right, '--measurement', '00'.repeat(32))).exitCode).toBe(1);
    const other = await authority(folder);
    const under = ['ta', 'verify', evidence, ...right];
    expect((await cssiJson(...under, '--root', other.file, ...AT_NOW)).exitCode).toBe(1);
    expect((await cssiJson(...under, ...AT_NOW)).exitCode).toBe(1);
    const later = ['--time', '2026-12-01T01:00:00Z', '--root', root, '--measurement', measurement];
    expect((await cssiJson(...under, ...later, '--max-age', '60')).exitCode).toBe(1);
  });

  it('refuses what is no evidence, with a code', async () => {
    const whole = JSON.parse(readFileSync(evidence, 'utf8')) as { report: string; certificates: string[] };
    const bent = [
      null,
      [],
      {},
      { ...whole, report: 7 },
      { ...whole, report: 'not base64' },
      { ...whole, report: whole.report.slice(0, 400) },
      { ...whole, certificates: [] },
      { ...whole, certificates: ['AAAA'] },
      { ...whole, certificates: [null] },
      { ...whole, format: 'another' },
    ];
    for (const value of bent) {
      const file = join(folder, 'bent.json');
      writeFileSync(file, JSON.stringify(value));
      const { exitCode, json } = await verify(file, ...right);
      expect(exitCode, JSON.stringify(value).slice(0, 80)).toBe(1);
      expect(json.error?.code ?? json.accepted, JSON.stringify(value).slice(0, 80)).not.toBe(true);
    }
  });

  it('shows the verdict to people in both languages', async () => {
    const { out } = await cssi(
      'ta',
      'verify',
      evidence,
      '--root',
      root,
      ...AT_NOW,
      '--nonce',
      'ff'.repeat(32),
    );
    expect(out).toMatch(/^not accepted\n/);
    expect(out).toMatch(/^ {2}[A-Z_]+: .*[\u4e00-\u9fff]/m);
  });
});

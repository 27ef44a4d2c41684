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
  const shown = await cssiJson(
    ...['ta', 'verify', evidence, '--nonce', toHex(nonce), '--anchors', root],
    ...AT_NOW,
  );
  const measured = shown.json.claims.measurements as { readonly name: string; readonly value: string }[];
  measurement = measured.find(({ name }) => name === 'ta')!.value;
});

const verify = (file: string, ...more: string[]) =>
  cssiJson('ta', 'verify', file, '--anchors', root, ...AT_NOW, ...more);

describe('ta verify', () => {
  const right = ['--nonce', toHex(nonce)];

  it('accepts evidence for its nonce, and says what it is of', async () => {
    const { exitCode, json } = await verify(evidence, ...right, '--measurement', measurement);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ accepted: true, type: 'software', claims: { emulated: true } });
    expect(json.claims.details.platform).toBe('software');
    const named = await verify(evidence, ...right, '--measurement', `ta=sm3:${measurement}`);
    expect(named.exitCode).toBe(0);
    const aged = await verify(evidence, ...right, '--measurement', measurement, '--max-age', '60');
    expect(aged.exitCode).toBe(0);
  });

  it('does not accept it for another nonce, measurement, root or time', async () => {
    expect((await verify(evidence, '--nonce', 'ff'.repeat(32))).exitCode).toBe(1);
    expect((await verify(evidence, ...right, '--measurement', '00'.repeat(32))).exitCode).toBe(1);
    const other = await authority(folder);
    const under = ['ta', 'verify', evidence, ...right];
    expect((await cssiJson(...under, '--anchors', other.file, ...AT_NOW)).exitCode).toBe(1);
    expect((await cssiJson(...under, ...AT_NOW)).exitCode).toBe(1);
    const later = ['--time', '2026-12-01T01:00:00Z', '--anchors', root, '--measurement', measurement];
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
      // Refused for what it is, and not by a verdict or by an oversight.
      expect(json.error?.code, JSON.stringify(value).slice(0, 80)).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    }
  });

  it('reads the same evidence in any layout of its JSON', async () => {
    const file = join(folder, 'layout.json');
    const value = JSON.parse(readFileSync(evidence, 'utf8')) as Record<string, unknown>;
    writeFileSync(
      file,
      `\n ${JSON.stringify(Object.fromEntries(Object.entries(value).reverse()), undefined, 2)}\n`,
    );
    expect((await verify(file, ...right, '--measurement', measurement)).exitCode).toBe(0);
  });

  it('shows the verdict to people in the language they ask for', async () => {
    const command = ['ta', 'verify', evidence, '--anchors', root, ...AT_NOW, '--nonce', 'ff'.repeat(32)];
    const { out, exitCode } = await cssi(...command);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^不接受 not accepted\n/);
    expect(out).toMatch(/新鲜性 freshness: +失败 failed NONCE_MISMATCH\n/);
    const english = (await cssi(...command, '--lang', 'en')).out;
    expect(english).toMatch(/^not accepted\n/);
    expect(english).not.toMatch(/\p{Script=Han}/u);
    const chinese = (await cssi(...command, '--lang', 'zh')).out;
    expect(chinese).toMatch(/^不接受\n/);
    expect(chinese).not.toMatch(/\b(?:passed|failed|indeterminate)\b/);
  });
});

describe('ta evidence', () => {
  const data = ['--data', join(folder, 'local'), '--mode', 'in-process'];
  const localRoot = join(folder, 'local-root.pem');

  beforeAll(async () => {
    // The command asks at the time of the machine, and so has its TEE to live in it.
    const tee = await createSoftwareTee({ dataDir: join(folder, 'local'), mode: 'in-process' });
    writeFileSync(localRoot, pemEncode('CERTIFICATE', tee.rootCertificate));
    await tee.close();
  });

  it('asks a local TEE, keeps the evidence, and verifies it under its root', async () => {
    const out = join(folder, 'asked.json');
    const asked = await cssiJson('ta', 'evidence', ...data, '--out', out, '--nonce', toHex(nonce));
    expect(asked).toMatchObject({ exitCode: 0, json: { type: 'software', nonce: toHex(nonce), out } });
    const plain = await cssiJson('ta', 'evidence', ...data, '--anchors', localRoot);
    // It is a genuine TEE, and what runs in it was not asked.
    expect(plain).toMatchObject({ exitCode: 1, json: { verdict: { trust: { status: 'indeterminate' } } } });
    const measured = plain.json.claims.measurements as { readonly name: string; readonly value: string }[];
    const given = [
      '--anchors',
      localRoot,
      '--measurement',
      measured.find(({ name }) => name === 'ta')!.value,
    ];
    const judged = await cssiJson('ta', 'evidence', ...data, ...given);
    expect(judged.json.steps.filter(({ status }: { status: string }) => status !== 'passed')).toEqual([]);
    expect(judged).toMatchObject({ exitCode: 0, json: { accepted: true } });
    const check = ['ta', 'verify', out, '--nonce', toHex(nonce), ...given];
    expect((await cssiJson(...check)).exitCode).toBe(0);
    const other = await cssiJson(
      ...['ta', 'evidence', ...data, '--anchors', localRoot],
      ...['--measurement', '00'.repeat(32)],
    );
    expect(other).toMatchObject({ exitCode: 1, json: { accepted: false } });
  });

  it('says why an application gives none', async () => {
    const unknown = ['--application', '11111111-2222-4333-8444-555555555555', '--out', join(folder, 'x')];
    const { exitCode, json } = await cssiJson('ta', 'evidence', ...data, ...unknown);
    expect(exitCode).not.toBe(0);
    expect(json.error.code).toBe('ERR_TEEC_ITEM_NOT_FOUND');
  });

  it.each([
    ['neither output nor anchors', []],
    ['a measurement that nothing would be compared with', ['--out', 'x', '--measurement', '00'.repeat(32)]],
    ['endorsements of no use', ['--out', 'x', '--endorsements', root]],
    ['two sources', ['--out', 'x', '--tsm']],
    ['a short nonce', ['--out', 'x', '--nonce', '00'.repeat(15)]],
    ['no UUID', ['--out', 'x', '--application', 'vault']],
  ])('refuses %s as wrong use', async (_, more) => {
    const { exitCode, json } = await cssiJson('ta', 'evidence', ...data, ...more);
    expect({ exitCode, code: json.error?.code }).toEqual({ exitCode: 2, code: 'ERR_CLI_USAGE' });
  });

  it('makes no TEE where none is', async () => {
    const none = await cssiJson(
      ...['ta', 'evidence', '--data', join(folder, 'none')],
      ...['--out', join(folder, 'x')],
    );
    expect(none).toMatchObject({ exitCode: 3, json: { error: { code: 'ERR_CLI_FILE' } } });
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm3, toHex, utf8 } from '@cssi/sm-core';
import { createSyntheticAttester } from '@cssi/tee-client/synthetic';
import { beforeAll, describe, expect, it } from 'vitest';
import { AT_NOW, cssi, cssiJson, NOW, temporaryFolder } from './support/cli.ts';
import { findings, refusal } from './support/evidence.ts';

const folder = temporaryFolder();
const path = (name: string): string => join(folder, name);
const nonce = sm3(utf8('challenge'));
const KEY = ['--key', path('issuer.key')];
const ISSUER = ['--issuer', path('issuer.pem')];
const CSV = [path('csv.bin'), '--anchors', path('hrk.cert'), '--nonce', toHex(nonce), ...AT_NOW];

const CONTENTS = {
  sequence: 7,
  notBefore: '2026-11-01T00:00:00.000Z',
  notAfter: '2026-12-31T00:00:00.000Z',
  measurements: [
    {
      type: 'csv',
      by: 'name',
      of: 'launch',
      label: 'guest 1',
      values: [`sm3:${toHex(sm3(utf8('synthetic guest')))}`],
    },
  ],
  versions: [] as unknown[],
  revoked: [] as string[],
};

async function sign(name: string, changes: object = {}, key: readonly string[] = KEY) {
  writeFileSync(path(`${name}.json`), JSON.stringify({ ...CONTENTS, ...changes }));
  return cssiJson('ta', 'reference', 'sign', path(`${name}.json`), ...key, '--out', path(`${name}.ref`));
}

const verify = (name: string, ...more: readonly string[]) =>
  cssiJson('ta', 'verify', ...CSV, '--reference', path(`${name}.ref`), ...ISSUER, ...more);

beforeAll(async () => {
  const { attester, options } = await createSyntheticAttester('csv-v2', NOW);
  writeFileSync(path('csv.bin'), await attester.evidence(nonce));
  writeFileSync(path('hrk.cert'), options.anchors.hygonRoots![0]!);
  for (const name of ['issuer', 'other']) {
    const made = ['--plain', '--out', path(`${name}.key`), '--public-out', path(`${name}.pem`)];
    expect((await cssiJson('pki', 'key', 'new', ...made)).exitCode).toBe(0);
  }
});

describe('ta reference', () => {
  it('signs reference values that ta verify accepts by, and shows them', async () => {
    expect(await sign('seven')).toMatchObject({ exitCode: 0, json: { sequence: 7, algorithm: 'sm2-sm3' } });
    expect((await verify('seven')).json.accepted).toBe(true);
    const shown = await cssiJson('ta', 'reference', 'show', path('seven.ref'), ...ISSUER, ...AT_NOW);
    expect(shown).toMatchObject({ exitCode: 0, json: { checked: true, values: CONTENTS } });
    const show = ['ta', 'reference', 'show', path('seven.ref')];
    const { out } = await cssi(...show, '--lang', 'en');
    expect(out).toMatch(/signature: +NOT checked/);
    expect((await cssi(...show, ...ISSUER, ...AT_NOW, '--lang', 'zh')).out).toMatch(/签名: +正确/);
  });

  it('shows what is not genuine as that', async () => {
    await sign('shown');
    const show = (file: string, ...more: readonly string[]) =>
      cssiJson('ta', 'reference', 'show', path(file), ...more);
    const refused = { exitCode: 1, json: { error: { code: 'ERR_TEE_REFERENCE_INVALID' } } };
    expect(await show('shown.ref', '--issuer', path('other.pem'), ...AT_NOW)).toMatchObject(refused);
    expect(await show('shown.ref', ...ISSUER, '--time', '2027-01-01T00:00:00Z')).toMatchObject(refused);
    expect(await show('shown.json')).toMatchObject(refused);
    const set = JSON.parse(readFileSync(path('shown.ref'), 'utf8')) as { signature: string };
    const signature = `${set.signature.startsWith('A') ? 'B' : 'A'}${set.signature.slice(1)}`;
    writeFileSync(path('bent.ref'), JSON.stringify({ ...set, signature }));
    expect(await show('bent.ref', ...ISSUER, ...AT_NOW)).toMatchObject(refused);
    expect((await show('none.ref')).exitCode).toBe(3);
    const noKey = await show('shown.ref', '--issuer', path('hrk.cert'));
    expect(noKey).toMatchObject({ exitCode: 2, json: { error: { code: 'ERR_CLI_USAGE' } } });
  });

  it.each([
    ['a member too many', { issuer: '00'.repeat(32) }, 2, 'ERR_CLI_USAGE'],
    ['a digest cut short', { revoked: ['sm3:00'] }, 1, 'ERR_TEE_REFERENCE_INVALID'],
    ['a day without a time', { notAfter: '2026-12-31' }, 1, 'ERR_TEE_REFERENCE_INVALID'],
    ['dates in the wrong order', { notAfter: '2026-10-01T00:00:00.000Z' }, 1, 'ERR_TEE_REFERENCE_INVALID'],
    ['number 0', { sequence: 0 }, 1, 'ERR_TEE_REFERENCE_INVALID'],
  ])('signs nothing with %s', async (name, changes, exitCode, code) => {
    const ended = await sign(`bad ${name}`, changes);
    expect({ exitCode: ended.exitCode, code: ended.json.error?.code }).toEqual({ exitCode, code });
    expect(() => readFileSync(path(`bad ${name}.ref`))).toThrow();
  });

  it('replaces no file, and signs no list', async () => {
    await sign('once');
    expect((await sign('once')).exitCode).toBe(3);
    writeFileSync(path('list.json'), '[]');
    const list = ['ta', 'reference', 'sign', path('list.json'), ...KEY, '--out', path('list.ref')];
    expect((await cssiJson(...list)).exitCode).toBe(2);
  });

  it('[part of CC-007] an older set is refused once a newer one was seen, in later commands too', async () => {
    const state = ['--reference-state', path('state.json')];
    await sign('old', { sequence: 1 });
    await sign('new', { sequence: 2 });
    expect((await verify('old', ...state)).exitCode).toBe(0);
    expect((await verify('new', ...state)).exitCode).toBe(0);
    const before = readFileSync(path('state.json'), 'utf8');
    expect(await verify('old', ...state)).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'ERR_TEE_REFERENCE_INVALID', message: expect.stringContaining('rollback') } },
    });
    expect(readFileSync(path('state.json'), 'utf8')).toBe(before);
    expect((await verify('new', ...state)).exitCode).toBe(0);
    await sign('twin', { sequence: 2, revoked: [`sm3:${'00'.repeat(32)}`] });
    expect((await verify('twin', ...state)).json.error.message).toContain('sequence-reused');
    // Both at once: whatever their order on the command line.
    expect((await verify('new', '--reference', path('old.ref'))).exitCode).toBe(1);
  });

  it('trusts no state file that it did not write', async () => {
    const state = (content: string): readonly string[] => {
      writeFileSync(path('odd-state.json'), content);
      return ['--reference-state', path('odd-state.json'), '--reference', path('seven.ref'), ...ISSUER];
    };
    for (const content of ['', '{}', 'null', '[]', '{"format":"cssi-reference-state/1"}']) {
      expect(await refusal(...CSV, ...state(content)), content).toEqual([2, 'ERR_CLI_USAGE']);
    }
    const odd = '{"format":"cssi-reference-state/1","sequences":[{"issuer":"x","sequence":1,"digest":"y"}]}';
    expect(await refusal(...CSV, ...state(odd))).toEqual([1, 'ERR_TEE_OPTION_INVALID']);
    // Another command is at it, or one was cut: nobody takes the place of its file.
    writeFileSync(path('busy.json.new'), '');
    const busy = ['--reference-state', path('busy.json'), '--reference', path('seven.ref'), ...ISSUER];
    expect(await refusal(...CSV, ...busy)).toEqual([3, 'ERR_CLI_FILE']);
  });

  it('[part of CC-007] a withdrawn measurement is refused, also where a policy names another', async () => {
    const values = CONTENTS.measurements.flatMap((one) => one.values);
    await sign('withdrawn', { sequence: 9, measurements: [], revoked: values });
    const { exitCode, json } = await verify('withdrawn');
    expect(exitCode).toBe(1);
    expect(findings(json, 'failed')).toEqual(['reference:MEASUREMENT_REVOKED']);
  });
});

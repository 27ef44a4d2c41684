import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pemDecode, pemEncode } from '@cssi/pki';
import { beforeAll, describe, expect, it } from 'vitest';
import { cssiJson, temporaryFolder } from './support/cli.ts';
import { changedCopy, findings, refusal, samplePath, samplesPresent } from './support/evidence.ts';

const folder = temporaryFolder();
const TIME = ['--time', '2026-12-01T00:00:00Z'];
const INTEL_TIME = ['--time', '2024-06-01T00:00:00Z'];
const NITRO_TIME = ['--time', '2022-10-13T09:00:00Z'];
const CSV_NONCE = ['--nonce', '757365722064617461'];
const CSV_LAUNCH = 'launch=sm3:1178dadbf826ec7a07444ba358376d81c312cb53d703f9da83b26c1eee2ea052';

const anchorsOf = (name: string): string => join(folder, name);
const verify = (...argv: readonly string[]) => cssiJson('ta', 'verify', ...argv);

/** Intel's root certificate out of a quote: in the tests an independent copy is the one of the other quote. */
function intelRoot(quote: string): string {
  const text = readFileSync(samplePath(quote)).toString('latin1');
  const blocks = pemDecode(text.slice(text.indexOf('-----BEGIN')).replaceAll('\0', ''), 'CERTIFICATE');
  return pemEncode('CERTIFICATE', blocks.at(-1)!);
}

function makeFolder(name: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  mkdirSync(anchorsOf(name));
  for (const [file, content] of Object.entries(files)) writeFileSync(join(anchorsOf(name), file), content);
}

describe.skipIf(!samplesPresent)('ta verify on real evidence (../shared/samples/evidence)', () => {
  const bytes = (name: string): Uint8Array => readFileSync(samplePath(name));

  beforeAll(() => {
    makeFolder('hygon', { 'hrk.cert': bytes('hrk.cert'), 'hsk_cek.cert': bytes('hsk_cek.cert') });
    makeFolder('amd', { 'milan.pem': bytes('milan.pem'), 'vcek.der': bytes('test-vcek.der') });
    makeFolder('intel-for-tdx', { 'root.pem': intelRoot('occlum_quote.dat') });
    makeFolder('intel-for-sgx', { 'root.pem': intelRoot('tdx_quote_4.dat') });
  });

  it('[part of CC-006] accepts the CSV report with chain, challenge and measurement, and says what it is', async () => {
    const under = ['--anchors', anchorsOf('hygon'), ...TIME];
    const { exitCode, json } = await verify(
      samplePath('report.cert'),
      ...[...under, ...CSV_NONCE, '--measurement', CSV_LAUNCH],
    );
    expect(findings(json, 'failed')).toEqual([]);
    expect({ exitCode, accepted: json.accepted, type: json.type }).toEqual({
      exitCode: 0,
      accepted: true,
      type: 'csv',
    });
  });

  it.each([
    ['without a challenge', ['freshness:REPORT_DATA_REQUIRED'], []],
    ['with another challenge', ['freshness:NONCE_MISMATCH'], ['--nonce', 'ff'.repeat(9)]],
    [
      'with another measurement',
      ['reference:MEASUREMENT_MISMATCH'],
      [...CSV_NONCE, '--measurement', `launch=sm3:${'00'.repeat(32)}`],
    ],
    [
      'with a measurement that it does not have',
      ['reference:MEASUREMENT_MISSING'],
      [...CSV_NONCE, '--measurement', `mrtd=sha384:${'00'.repeat(48)}`],
    ],
  ])('[part of CC-006] refuses the CSV report %s', async (_, failed, more) => {
    const { exitCode, json } = await verify(
      ...[samplePath('report.cert'), '--anchors', anchorsOf('hygon'), ...TIME, ...more],
    );
    expect(exitCode).toBe(1);
    expect(findings(json, 'failed')).toEqual(failed);
  });

  it('[part of CC-006] trusts no root for standing among the endorsements', async () => {
    const { exitCode, json } = await verify(
      samplePath('report.cert'),
      ...['--endorsements', anchorsOf('hygon'), ...TIME, ...CSV_NONCE, '--measurement', CSV_LAUNCH],
    );
    expect(exitCode).toBe(1);
    expect(json.verdict.trust.status).toBe('indeterminate');
  });

  it.each([
    ['test-report.bin', 'sev-snp', 'amd', TIME],
    ['tdx_quote_4.dat', 'tdx', 'intel-for-tdx', INTEL_TIME],
    ['occlum_quote.dat', 'sgx', 'intel-for-sgx', INTEL_TIME],
  ])(
    '[part of CC-006] %s is genuine evidence of %s, and no more is known',
    async (name, type, anchors, time) => {
      const { exitCode, json } = await verify(samplePath(name), '--anchors', anchorsOf(anchors), ...time);
      expect({ exitCode, type: json.type, failed: findings(json, 'failed') }).toEqual({
        exitCode: 1,
        type,
        failed: [],
      });
      expect(json.verdict.integrity.status).toBe('passed');
      expect(findings(json, 'indeterminate')).toEqual(
        expect.arrayContaining(['freshness:NONCE_NOT_COMPARED', 'reference:MEASUREMENTS_NOT_COMPARED']),
      );
      const other = await verify(samplePath(name), '--anchors', anchorsOf('hygon'), ...time);
      expect(other.json.verdict.trust.status).not.toBe('passed');
      expect(findings(other.json, 'passed').join()).not.toMatch(/PATH_TO_ANCHOR|ANCHOR_REACHED/);
    },
  );

  it('[part of CC-006] a debug enclave of the right measurement is accepted neither by name nor by silence', async () => {
    const under = [samplePath('occlum_quote.dat'), '--anchors', anchorsOf('intel-for-sgx'), ...INTEL_TIME];
    const plain = await verify(...under);
    expect(plain.json.claims.debug).toBe('enabled');
    expect(findings(plain.json, 'indeterminate')).toContain('configuration:DEBUG_ENABLED');
    const measured = plain.json.claims.measurements.find(
      ({ name }: { name: string }) => name === 'mrenclave',
    );
    const named = await verify(...under, '--measurement', `mrenclave=sha256:${measured.value}`);
    expect(findings(named.json, 'passed')).toContain('reference:MEASUREMENT_MATCHES');
    expect(findings(named.json, 'failed')).toEqual(['configuration:DEBUG_ENABLED']);
  });

  it('[part of CC-006] the Nitro document is judged at a time, and too old for a limit', async () => {
    const document = samplePath('nitro.bin');
    const then = await verify(document, ...NITRO_TIME);
    expect(findings(then.json, 'failed')).toEqual([]);
    expect(findings((await verify(document, ...TIME)).json, 'failed')).toContain(
      'validity:CERTIFICATE_EXPIRED',
    );
    const aged = await verify(document, ...NITRO_TIME, '--max-age', '60');
    expect(findings(aged.json, 'failed')).toEqual(['freshness:EVIDENCE_TOO_OLD']);
    expect(findings((await verify(document, ...NITRO_TIME, '--max-age', '600')).json, 'failed')).toEqual([]);
  });

  it('[part of CC-024] an event log alone is a log that nobody signed', async () => {
    const { exitCode, json } = await verify(samplePath('ccel_csv.bin'), ...TIME);
    expect({ exitCode, type: json.type }).toEqual({ exitCode: 1, type: 'event-log' });
    expect(findings(json, 'indeterminate')).toContain('binding:EVENT_LOG_UNSIGNED');
  });

  it.each(['report.cert', 'test-report.bin', 'tdx_quote_4.dat', 'occlum_quote.dat', 'nitro.bin'])(
    '%s cut or with a byte more is refused with a code, or has a step that failed',
    async (name) => {
      const cuts: readonly ((whole: Uint8Array) => Uint8Array)[] = [
        (whole) => whole.subarray(0, whole.length >> 1),
        (whole) => whole.subarray(0, 1),
        (whole) => Uint8Array.from([...whole, 1]),
      ];
      for (const [i, cut] of cuts.entries()) {
        const path = changedCopy(folder, `cut-${i}`, samplePath(name), cut);
        const { exitCode, json } = await verify(path, ...TIME);
        expect(exitCode).toBe(1);
        if (json.error === undefined) expect(json.verdict.integrity.status).not.toBe('passed');
        else expect(json.error.code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
      }
    },
  );

  it('a certificate is no evidence', async () => {
    for (const name of ['hrk.cert', 'hsk_cek.cert', 'milan.pem', 'test-vcek.der']) {
      expect(await refusal(samplePath(name))).toEqual([1, 'ERR_TEE_EVIDENCE_MALFORMED']);
    }
  });

  it('passes over what is no trust file in a folder and says so, but not over one that is broken', async () => {
    const mixed = anchorsOf('mixed');
    makeFolder('mixed', { 'readme.txt': 'roots of our vendors', 'notes.json': '{"a":1}' });
    mkdirSync(join(mixed, 'below'));
    copyFileSync(samplePath('hrk.cert'), join(mixed, 'hrk.cert'));
    const under = [samplePath('report.cert'), '--anchors', mixed, ...TIME, ...CSV_NONCE];
    expect((await verify(...under)).json).toMatchObject({ passedOver: ['notes.json', 'readme.txt'] });
    for (const [name, content] of [
      ['list.crl', '-----BEGIN X509 CRL-----\nMIIB\n'],
      ['ca.key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
      ['vcek.der', bytes('test-vcek.der').subarray(0, 900)],
      ['tcb.json', '{"tcbInfo":{"id":"SGX"'],
    ] as const) {
      writeFileSync(join(mixed, name), content);
      expect(await refusal(...under), name).toEqual([1, 'ERR_TEE_OPTION_INVALID']);
      writeFileSync(join(mixed, name), 'nothing');
    }
  });
});

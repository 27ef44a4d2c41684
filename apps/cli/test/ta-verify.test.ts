import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pemEncode } from '@cssi/pki';
import { isAccepted, sm3, toHex, utf8 } from '@cssi/sm-core';
import {
  type AppraisalPolicy,
  bindDeployment,
  encodeDeploymentClaims,
  verifyResultJwt,
} from '@cssi/tee-client/evidence';
import { createSyntheticAttester, SyntheticTpm } from '@cssi/tee-client/synthetic';
import { beforeAll, describe, expect, it } from 'vitest';
import { AT_NOW, cssi, cssiJson, NOW, temporaryFolder } from './support/cli.ts';
import { changedCopy, findings, refusal } from './support/evidence.ts';

const folder = temporaryFolder();
const path = (name: string): string => join(folder, name);
const nonce = sm3(utf8('challenge'));
const NONCE = ['--nonce', toHex(nonce)];
const LAUNCH = `launch=sm3:${toHex(sm3(utf8('synthetic guest')))}`;
const CSV = [path('csv.bin'), '--anchors', path('anchors'), ...AT_NOW];
const TPM = [path('tpm.json'), '--anchors', path('tpm-root.pem'), ...AT_NOW];

const POLICY: AppraisalPolicy = {
  format: 'cssi-appraisal-policy/1',
  name: 'guests',
  types: ['csv'],
  deployments: ['virtual-machine'],
  requireMemoryEncryption: true,
  allowDebug: false,
  migration: 'unrestricted',
  allowEmulated: true,
  allowUnjudgedTcb: false,
  minimumVersions: [],
  measurements: [{ by: 'name', of: 'launch', accept: [`sm3:${toHex(sm3(utf8('synthetic guest')))}`] }],
  untrustedSoftware: [],
  maxAgeSeconds: null,
  deployment: null,
};

const verify = (...argv: readonly string[]) => cssiJson('ta', 'verify', ...argv);
const policyFile = (name: string, policy: unknown): string => {
  writeFileSync(path(name), JSON.stringify(policy));
  return path(name);
};

let tpm: SyntheticTpm;

beforeAll(async () => {
  const { attester, options } = await createSyntheticAttester('csv-v2', NOW);
  writeFileSync(path('csv.bin'), await attester.evidence(nonce));
  mkdirSync(path('anchors'));
  writeFileSync(path('anchors/hrk.cert'), options.anchors.hygonRoots![0]!);
  tpm = await SyntheticTpm.create({ profile: 'tpm', time: NOW });
  tpm.extend(0, utf8('firmware'));
  tpm.measure({ path: '/usr/bin/a=b', algorithm: 'sm3', digest: sm3(utf8('a')) });
  writeFileSync(path('tpm.json'), tpm.evidence(nonce));
  writeFileSync(path('tpm-root.pem'), pemEncode('CERTIFICATE', tpm.root));
});

describe('ta verify on synthetic evidence', () => {
  it('[part of CC-006] accepts a guest by its policy or its measurement, and by neither of them nothing', async () => {
    const policy = policyFile('policy.json', POLICY);
    expect(await verify(...CSV, ...NONCE, '--policy', policy)).toMatchObject({
      exitCode: 0,
      json: { accepted: true },
    });
    expect((await verify(...CSV, ...NONCE, '--measurement', LAUNCH)).exitCode).toBe(0);
    const neither = await verify(...CSV, ...NONCE);
    expect(neither.exitCode).toBe(1);
    expect(findings(neither.json, 'indeterminate')).toEqual(['reference:MEASUREMENTS_NOT_COMPARED']);
  });

  it.each([
    ['types', { types: ['tdx'] }, 'configuration:EVIDENCE_TYPE_REFUSED'],
    ['deployments', { deployments: ['enclave'] }, 'configuration:DEPLOYMENT_FORM_REFUSED'],
    ['versions', { minimumVersions: [{ component: 'policy-api', minimum: 9e9 }] }, 'tcb:TCB_TOO_OLD'],
    [
      'measurements',
      { measurements: [{ by: 'name', of: 'launch', accept: [] }] },
      'reference:MEASUREMENT_MISMATCH',
    ],
    ['software', { untrustedSoftware: ['nobody'] }, 'configuration:SOFTWARE_NOT_EXCLUDED'],
  ])('[part of CC-006] refuses a guest whose %s a policy does not accept', async (name, change, failed) => {
    const policy = policyFile(`policy-${name}.json`, { ...POLICY, ...change });
    const { exitCode, json } = await verify(...CSV, ...NONCE, '--policy', policy);
    expect(exitCode).toBe(1);
    expect(findings(json, 'failed')).toEqual([failed]);
  });

  it('[part of CC-006] reads a TPM quote with its logs, and a measurement by any name', async () => {
    const one = `ima:sm3:/usr/bin/a=b=sm3:${toHex(sm3(utf8('a')))}`;
    expect(await verify(...TPM, ...NONCE, '--measurement', one)).toMatchObject({
      exitCode: 0,
      json: { type: 'tpm' },
    });
    const other = await verify(...TPM, ...NONCE, '--measurement', one.replace('a=b', 'a=c'));
    expect(findings(other.json, 'failed')).toEqual(['reference:MEASUREMENT_MISSING']);
  });

  it('reads evidence with a long list of files', async () => {
    const long = await SyntheticTpm.create({ profile: 'tpm', time: NOW });
    for (let i = 0; i < 4000; i++) {
      const name = `/${'directory/'.repeat(30)}${i}`;
      long.measure({ path: name, algorithm: 'sm3', digest: sm3(utf8(name)) });
    }
    const bytes = long.evidence(nonce);
    expect(bytes.length).toBeGreaterThan(1 << 20);
    writeFileSync(path('long.json'), bytes);
    const under = ['--anchors', path('tpm-root.pem'), ...AT_NOW, ...NONCE];
    const { json } = await verify(path('long.json'), ...under);
    expect(findings(json, 'passed')).toContain('event-log:IMA_LOG_REPLAYED');
  });

  it.each([
    ['a file that is not there', [path('none')], 3, 'ERR_CLI_FILE'],
    ['a folder', [folder], 3, 'ERR_CLI_FILE'],
    ['anchors that are not there', [path('csv.bin'), '--anchors', path('none')], 3, 'ERR_CLI_FILE'],
    ['no file', [], 2, 'ERR_CLI_USAGE'],
    ['two files', [path('csv.bin'), path('csv.bin')], 2, 'ERR_CLI_USAGE'],
    ['the option of another time', [...CSV, '--root', 'x'], 2, 'ERR_CLI_USAGE'],
    ['a nonce that is not hex', [...CSV, '--nonce', 'xyz'], 2, 'ERR_CLI_USAGE'],
    ['a nonce without a byte', [...CSV, '--nonce', ''], 2, 'ERR_CLI_USAGE'],
    ['a long nonce', [...CSV, '--nonce', '00'.repeat(65)], 2, 'ERR_CLI_USAGE'],
    ['a day that is not there', [...CSV, '--time', '2026-02-30'], 2, 'ERR_CLI_USAGE'],
    ['a language nobody reads', [...CSV, '--lang', 'la'], 2, 'ERR_CLI_USAGE'],
    ['a measurement cut short', [...CSV, '--measurement', 'launch=sm3:00'], 2, 'ERR_CLI_USAGE'],
    [
      'a measurement of no algorithm',
      [...CSV, '--measurement', `launch=${'0'.repeat(64)}`],
      2,
      'ERR_CLI_USAGE',
    ],
    ['reference values of nobody', [...CSV, '--reference', path('csv.bin')], 2, 'ERR_CLI_USAGE'],
    ['an issuer of nothing', [...CSV, '--issuer', path('csv.bin')], 2, 'ERR_CLI_USAGE'],
    ['a state of nothing', [...CSV, '--reference-state', path('x')], 2, 'ERR_CLI_USAGE'],
    ['a host without demands', [...CSV, '--deployment', 'x', '--host', 'y'], 2, 'ERR_CLI_USAGE'],
    ['demands on no host', [...CSV, '--deployment', 'x', '--host-policy', 'y'], 2, 'ERR_CLI_USAGE'],
    ['a host of nothing', [...CSV, '--host', 'x', '--host-policy', 'y'], 2, 'ERR_CLI_USAGE'],
    ['a deployment without a challenge', [...CSV, '--deployment', path('csv.bin')], 2, 'ERR_CLI_USAGE'],
    ['a token without a key', [...CSV, '--ear', path('x')], 2, 'ERR_CLI_USAGE'],
    ['a key without a token', [...CSV, '--key', path('x')], 2, 'ERR_CLI_USAGE'],
    ['a policy that is none', [...CSV, '--policy', path('csv.bin')], 1, 'ERR_TEE_POLICY_INVALID'],
    ['an age that is none', [...CSV, '--max-age', '-1'], 2, 'ERR_CLI_USAGE'],
  ])('refuses %s, with its exit code', async (_, argv, exitCode, code) => {
    expect(await refusal(...argv)).toEqual([exitCode, code]);
  });

  it('refuses what is nearly evidence, and is not confused by what is none', async () => {
    const document = JSON.parse(readFileSync(path('tpm.json'), 'utf8')) as Record<string, unknown>;
    const odd: readonly (string | Uint8Array)[] = [
      '',
      ' ',
      '{',
      '[]',
      'null',
      '{}',
      '{"format":7}',
      `${JSON.stringify(document)} `,
      JSON.stringify({ ...document, more: 1 }),
      JSON.stringify({ format: document.format }),
      `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      new Uint8Array(4096),
      new Uint8Array(4096).fill(0xff),
    ];
    for (const [i, content] of odd.entries()) {
      writeFileSync(path('odd'), content);
      expect(await refusal(path('odd'), ...AT_NOW), `${i}`).toEqual([1, 'ERR_TEE_EVIDENCE_MALFORMED']);
    }
    writeFileSync(path('huge'), new Uint8Array((8 << 20) + 1));
    expect(await refusal(path('huge'))).toEqual([3, 'ERR_CLI_FILE']);
  });

  it('[part of CC-006] names the step at which a changed report fails', async () => {
    const changed = changedCopy(folder, 'changed.bin', path('csv.bin'), (bytes) => {
      bytes[0x60] = bytes[0x60]! ^ 1;
      return bytes;
    });
    const { exitCode, json } = await verify(changed, ...CSV.slice(1), ...NONCE, '--measurement', LAUNCH);
    expect(exitCode).toBe(1);
    expect(findings(json, 'failed')).toContain('signature:EVIDENCE_SIGNATURE_WRONG');
    const { out } = await cssi('ta', 'verify', changed, ...CSV.slice(1), ...NONCE, '--lang', 'zh');
    expect(out).toMatch(/签名: +失败 EVIDENCE_SIGNATURE_WRONG\n/);
  });

  it('[part of CC-022] judges a deployment that the evidence does not bind', async () => {
    const document = encodeDeploymentClaims({
      format: 'cssi-deployment-claims/1',
      kind: 'virtual-machine',
      workload: { name: 'service', measurement: toHex(sm3(utf8('workload'))) },
      hypervisor: {
        name: 'monitor',
        measurement: toHex(sm3(utf8('hypervisor'))),
        securityVersion: 1,
        secureBoot: true,
        weakenedBy: [],
      },
      isolation: 'hardware',
      memoryEncryption: 'active',
      debug: false,
      migration: 'unrestricted',
      overhead: { startMs: 1, memoryBytes: 1 },
    });
    writeFileSync(path('deployment.json'), document);
    expect(bindDeployment(document, nonce)).toHaveLength(32);
    const given = [...CSV, ...NONCE, '--deployment', path('deployment.json')];
    const { exitCode, json } = await verify(...given);
    expect(exitCode).toBe(1);
    expect(findings(json, 'failed')).toContain('binding:DEPLOYMENT_NOT_BOUND');
  });
});

describe('ta verify --ear', () => {
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyFile = (name: string, key: typeof p256.privateKey): string => {
    writeFileSync(path(name), key.export({ format: 'pem', type: 'pkcs8' }));
    return path(name);
  };

  it.each(['sm2', 'p256'])('[part of CC-006] passes the verdict on, signed with %s', async (kind) => {
    const [key, pub] = [path(`${kind}.key`), path(`${kind}.der`)];
    if (kind === 'sm2') {
      await cssiJson('pki', 'key', 'new', '--plain', '--out', key);
      await cssiJson('pki', 'key', 'public', key, '--form', 'der', '--out', pub);
    } else {
      keyFile('p256.key', p256.privateKey);
      writeFileSync(pub, p256.publicKey.export({ format: 'der', type: 'spki' }));
    }
    const keys = [{ publicKeyInfo: Uint8Array.from(readFileSync(pub)) }];
    for (const [name, more, status] of [
      ['good', ['--measurement', LAUNCH], 'affirming'],
      ['open', [], 'none'],
      [
        'bad',
        ['--measurement', LAUNCH.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))],
        'contraindicated',
      ],
    ] as const) {
      const ear = path(`${kind}-${name}.ear`);
      const { json } = await verify(...CSV, ...NONCE, ...more, '--ear', ear, '--key', key);
      expect(json).toMatchObject({ ear, accepted: name === 'good' });
      const token = readFileSync(ear, 'utf8');
      const verdict = verifyResultJwt(token, { keys, time: NOW, nonce });
      expect(isAccepted(verdict)).toBe(true);
      expect(verdict.result.submodules.evidence?.status).toBe(status);
      const late = new Date(NOW.getTime() + 300_000);
      expect(verifyResultJwt(token, { keys, time: late, nonce }).time.status).toBe('failed');
      const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
      const other = [{ publicKeyInfo: foreign.export({ format: 'der', type: 'spki' }) }];
      expect(verifyResultJwt(token, { keys: other, time: NOW, nonce }).trust.status).toBe('failed');
    }
  });

  it('refuses keys and challenges that make no token, and replaces no file', async () => {
    const p384 = keyFile('p384.key', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);
    const key = keyFile('p256-again.key', p256.privateKey);
    expect(await refusal(...CSV, '--ear', path('e1'), '--key', p384)).toEqual([2, 'ERR_CLI_USAGE']);
    expect(await refusal(...CSV, '--nonce', '00', '--ear', path('e1'), '--key', key)).toEqual([
      2,
      'ERR_CLI_USAGE',
    ]);
    expect(() => readFileSync(path('e1'))).toThrow();
    writeFileSync(path('e2'), 'mine');
    expect(await refusal(...CSV, '--ear', path('e2'), '--key', key)).toEqual([3, 'ERR_CLI_FILE']);
    expect(readFileSync(path('e2'), 'utf8')).toBe('mine');
  });
});

import { certificatesFromPem, parseCertificate } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { isAccepted, SmError, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type AttestationVerdict,
  attestationResult,
  decodeEvidence,
  decodeReferenceValues,
  decodeTpmEvidence,
  EVIDENCE_VERIFIERS,
  issueResultCwt,
  issueResultJwt,
  parseCcaToken,
  parseCoseSign1,
  parseCsvReport,
  parseEventLog,
  parseHygonCertificates,
  parseIntelQuote,
  parseNitroDocument,
  parseSnpReport,
  readAppraisalPolicy,
  readTrustFile,
  recogniseEvidence,
  replayEventLog,
  verifyResultCwt,
  verifyResultJwt,
} from '../../../src/evidence/index.ts';
import { malformed } from '../../../src/evidence/malformed.ts';
import {
  createSyntheticAttester,
  createSyntheticHygon,
  SYNTHETIC_KINDS,
  type SyntheticAttester,
  synthesizeEventLog,
} from '../../../src/synthetic/index.ts';
import { sample, samplePresent, sampleText } from '../samples.ts';
import { mutate, SeededNumbers } from './mutate.ts';
import { TIME } from './subjects.ts';

/** All of them, however slow, with `CSSI_FULL=1`. */
const SCALE = process.env.CSSI_FULL === '1' ? 10 : 1;
const PARSED = 6_000 * SCALE;
const VERIFIED = 250 * SCALE;
const SEED = 0x5eed_0006;
console.info(`evidence mutations: seed ${SEED.toString(16)}`);

const CHALLENGE = new Uint8Array(32).fill(0x11);
let total = 0;

/** Runs `read`; anything but a coded error of ours is a defect. Says whether it was read. */
function outcome(read: () => unknown, what: string): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SmError && /^ERR_(TEE|PKI)_/.test(error.code)) return false;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}

function fail(): never {
  throw malformed('type');
}

/** Gives `read` mutations of each seed; at least one of them has to be refused. */
function attack(name: string, seeds: readonly Uint8Array[], read: (bytes: Uint8Array) => unknown): void {
  const numbers = new SeededNumbers(SEED ^ name.length);
  for (const seed of seeds)
    expect(
      outcome(() => read(seed), name),
      `${name}: the seed itself`,
    ).toBe(true);
  let refused = 0;
  for (let i = 0; i < PARSED; i++) {
    const seed = seeds[i % seeds.length]!;
    const bytes = mutate(seed, numbers, seeds[numbers.below(seeds.length)]!);
    if (!outcome(() => read(bytes), `${name} ${i}`)) refused++;
    total++;
  }
  expect(refused, `${name}: refused`).toBeGreaterThan(0);
}

async function attesters(): Promise<readonly SyntheticAttester[]> {
  return Promise.all(SYNTHETIC_KINDS.map((kind) => createSyntheticAttester(kind, TIME)));
}

const made = attesters();
const evidenceOf = async (prefix: string): Promise<Uint8Array[]> => {
  const all = (await made).filter(({ kind }) => kind.startsWith(prefix));
  return Promise.all(all.map(({ attester }) => attester.evidence(CHALLENGE)));
};
const realOf = (name: string): Uint8Array[] => (samplePresent(name) ? [sample(name)] : []);

describe('parsers under mutation [part of CC-006]', () => {
  const parsers: readonly [string, () => Promise<Uint8Array[]>, (bytes: Uint8Array) => unknown][] = [
    ['CSV report', async () => [...(await evidenceOf('csv')), ...realOf('report.cert')], parseCsvReport],
    ['Hygon certificates', async () => [createSyntheticHygon().hskCek], parseHygonCertificates],
    ['SGX quote', async () => [...(await evidenceOf('sgx')), ...realOf('occlum_quote.dat')], parseIntelQuote],
    ['TDX quote', async () => [...(await evidenceOf('tdx')), ...realOf('tdx_quote_4.dat')], parseIntelQuote],
    ['SNP report', async () => [...(await evidenceOf('sev')), ...realOf('test-report.bin')], parseSnpReport],
    [
      'Nitro document',
      async () => [...(await evidenceOf('nitro')), ...realOf('nitro.bin')],
      parseNitroDocument,
    ],
    ['COSE', async () => [...(await evidenceOf('nitro'))], parseCoseSign1],
    ['CCA token', () => evidenceOf('cca'), parseCcaToken],
    ['TPM document', () => evidenceOf('tpm'), decodeTpmEvidence],
    ['TCM document', () => evidenceOf('tcm'), decodeTpmEvidence],
    [
      'evidence of any kind',
      () => evidenceOf(''),
      (bytes) => recogniseEvidence(bytes)?.recognises(bytes) ?? fail(),
    ],
  ];
  it.each(parsers)('%s', async (name, seeds, read) => attack(name, await seeds(), read), 120_000);

  it('event logs', () => {
    const { log } = synthesizeEventLog({
      algorithms: ['sm3', 'sha256'],
      events: Array.from({ length: 8 }, (_, i) => ({
        register: i % 4,
        type: 4,
        data: Uint8Array.of(i, 0, 0, 0),
      })),
    });
    attack('event log', [log], parseEventLog);
    attack('event log replay', [log], replayEventLog);
  }, 120_000);

  it('certificates of samples and of generators', async () => {
    const der = (await made).flatMap(({ options }) =>
      (options.anchors.certificates ?? []).map(({ raw }) => raw),
    );
    const amd = samplePresent('milan.pem')
      ? certificatesFromPem(sampleText('milan.pem')).map(({ raw }) => raw)
      : [];
    attack('certificates', [...der, ...amd], parseCertificate);
    attack('trust files', [...der, createSyntheticHygon().hrk], (bytes) => readTrustFile('file', bytes));
  }, 120_000);
});

/** Accepted but for measurements, which a verifier compares with nothing (CSV of version 1 says so). */
const verifies = ({ steps }: AttestationVerdict): boolean =>
  steps.every(({ step, status }) => status === 'passed' || (step === 'reference' && status !== 'failed'));

describe('verifiers under mutation [part of CC-006]', () => {
  it.each(SYNTHETIC_KINDS)(
    '%s: malformed, or a verdict that does not accept',
    async (kind) => {
      const { attester, options } = (await made).find((one) => one.kind === kind)!;
      const verifier = EVIDENCE_VERIFIERS.find(({ type }) => type === attester.type)!;
      const evidence = await attester.evidence(CHALLENGE);
      const other = await attester.evidence(new Uint8Array(32).fill(0x22));
      const verify = (bytes: Uint8Array) => verifier.verify(bytes, { ...options, reportData: CHALLENGE });
      expect(verifies(verify(evidence))).toBe(true);
      const { integrity } = verify(evidence);
      expect(integrity.status).toBe('passed');
      const numbers = new SeededNumbers(SEED);
      const claimsOf = ({ claims }: AttestationVerdict) => JSON.stringify(claims, bytesAsHex);
      const genuine = claimsOf(verify(evidence));
      for (let i = 0; i < VERIFIED; i++) {
        const bytes = mutate(evidence, numbers, other);
        total++;
        outcome(() => {
          const verdict = verify(bytes);
          // A change where nothing is signed leaves a good verdict on the same claims, and on no others.
          if (verifies(verdict)) expect(claimsOf(verdict), `mutation ${i}`).toBe(genuine);
        }, `${kind} ${i}`);
      }
    },
    120_000,
  );
});

const bytesAsHex = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

describe('documents under mutation [part of CC-006]', () => {
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const result = async () => {
    const { attester, options } = (await made).find(({ kind }) => kind === 'csv-v2')!;
    const verifier = EVIDENCE_VERIFIERS.find(({ type }) => type === 'csv')!;
    const verdict = verifier.verify(await attester.evidence(CHALLENGE), {
      ...options,
      reportData: CHALLENGE,
    });
    return attestationResult(
      { evidence: verdict },
      { issuedAt: TIME, lifetimeSeconds: 60, verifier: { developer: 'urn:cssi', build: 'test' } },
    );
  };
  const tokenOptions = { keys: [{ publicKeyInfo: signer.publicKeyInfo }], time: TIME };
  const policy = {
    format: 'cssi-appraisal-policy/1',
    name: 'p',
    types: ['csv'],
    deployments: ['virtual-machine'],
    requireMemoryEncryption: true,
    allowDebug: false,
    migration: 'disabled',
    allowEmulated: false,
    allowUnjudgedTcb: false,
    minimumVersions: [{ component: 'firmware', minimum: 1 }],
    measurements: [{ by: 'role', of: 'workload', accept: null }],
    untrustedSoftware: [],
    maxAgeSeconds: null,
    deployment: null,
  };

  it('tokens', async () => {
    const jwt = utf8(await issueResultJwt(await result(), signer));
    const cwt = await issueResultCwt(await result(), signer);
    attack('JWT', [jwt], (bytes) => {
      const verdict = verifyResultJwt(new TextDecoder('latin1').decode(bytes), tokenOptions);
      if (!Buffer.from(bytes).equals(jwt)) expect(isAccepted(verdict)).toBe(false);
    });
    attack('CWT', [cwt], (bytes) => {
      const verdict = verifyResultCwt(bytes, tokenOptions);
      if (!Buffer.from(bytes).equals(cwt)) expect(isAccepted(verdict)).toBe(false);
    });
  }, 120_000);

  it('policies, and evidence of the software TEE', () => {
    attack('policy', [utf8(JSON.stringify(policy))], readAppraisalPolicy);
    const refused = (bytes: Uint8Array, read: (bytes: Uint8Array) => unknown) =>
      outcome(() => read(bytes), 'document');
    const numbers = new SeededNumbers(SEED);
    for (let i = 0; i < PARSED; i++) {
      const bytes = mutate(
        utf8('{"certificates":["MA=="],"format":"cssi-tee-evidence/1","report":"MA=="}'),
        numbers,
        CHALLENGE,
      );
      refused(bytes, decodeEvidence);
      refused(bytes, decodeReferenceValues);
      total++;
    }
  }, 120_000);

  it('were 100,000 at least', () => {
    console.info(`evidence mutations: ${total}`);
    expect(total).toBeGreaterThanOrEqual(100_000);
  });
});

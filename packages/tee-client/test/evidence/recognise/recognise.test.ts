import { isAccepted, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../src/evidence/event-log/index.ts';
import { EVIDENCE_VERIFIERS, recogniseEvidence } from '../../../src/evidence/recognise.ts';
import { combineTrustFiles, readTrustFile } from '../../../src/evidence/trust-files/index.ts';
import { verifyAttestation } from '../../../src/evidence/verify-attestation.ts';
import { EVIDENCE_TYPES, type EvidenceType } from '../../../src/spec/v1/attestation.ts';
import { createSyntheticCca } from '../../../src/synthetic/cca.ts';
import { createSyntheticHygon } from '../../../src/synthetic/csv.ts';
import { synthesizeEventLog } from '../../../src/synthetic/event-log.ts';
import {
  createSyntheticIntelPlatform,
  createSyntheticIntelVendor,
} from '../../../src/synthetic/intel/index.ts';
import { createSyntheticNitro } from '../../../src/synthetic/nitro.ts';
import { createSyntheticSnp } from '../../../src/synthetic/snp.ts';
import { SyntheticTpm } from '../../../src/synthetic/tpm.ts';
import { sample, samplePresent } from '../samples.ts';
import { bytesOf, OPTIONS, root } from '../software/support.ts';

const TIME = new Date('2026-12-01T00:00:00Z');
const recognisers = (bytes: Uint8Array): readonly EvidenceType[] =>
  EVIDENCE_VERIFIERS.filter((verifier) => verifier.recognises(bytes)).map(({ type }) => type);

/** Synthetic evidence of every kind, made once. */
let made: ReturnType<typeof makeCorpus> | undefined;
const corpus = (): ReturnType<typeof makeCorpus> => {
  made ??= makeCorpus();
  return made;
};
async function makeCorpus(): Promise<readonly (readonly [EvidenceType, Uint8Array])[]> {
  const data = new Uint8Array(64).fill(9);
  const hygon = createSyntheticHygon();
  const amd = createSyntheticSnp({ modulusLength: 2048 });
  const vcek = amd.endorse();
  const intel = await createSyntheticIntelPlatform(await createSyntheticIntelVendor(TIME), {
    fmspc: Uint8Array.of(0, 0, 1, 2, 3, 4),
  });
  const tpm = await SyntheticTpm.create({ time: TIME });
  const tcm = await SyntheticTpm.create({ time: TIME, profile: 'tcm' });
  const cca = await createSyntheticCca({ time: TIME });
  const sm = await createSyntheticCca({ time: TIME, profile: 'sm' });
  const nitro = await createSyntheticNitro(TIME);
  return [
    ['software', bytesOf()],
    ['csv', hygon.report({ reportData: data })],
    ['csv', hygon.report({ reportData: data, version: 1 })],
    ['csv', hygon.report({ reportData: data, withChain: true })],
    ['csv', hygon.report({ reportData: data, padded: true })],
    ['sgx', intel.sgxQuote({ reportData: data })],
    ['tdx', intel.tdxQuote({ reportData: data })],
    ['tdx', intel.tdxQuote({ version: '1.5', reportData: data })],
    ['sev-snp', amd.report(vcek, { reportData: data })],
    ['sev-snp', amd.extendedReport(vcek, { reportData: data })],
    ['cca', cca.token({ challenge: data })],
    ['cca', sm.token({ challenge: data })],
    ['nitro', nitro.document({ nonce: data })],
    ['tpm', tpm.evidence(data)],
    ['tcm', tcm.evidence(data)],
    [
      'event-log',
      synthesizeEventLog({
        events: [{ register: 1, type: EVENT_TYPES.EV_SEPARATOR, data: data.subarray(0, 4) }],
      }).log,
    ],
  ];
}

describe('recognising evidence [part of CC-006]', () => {
  it('knows every kind there is, each once', () => {
    expect(EVIDENCE_VERIFIERS.map(({ type }) => type).sort()).toEqual([...EVIDENCE_TYPES].sort());
    for (const { specVersion } of EVIDENCE_VERIFIERS) expect(specVersion).toBe('1');
  });

  it('says of every kind what it is; no other verifier claims it', async () => {
    const all = await corpus();
    expect(new Set(all.map(([type]) => type)).size).toBe(EVIDENCE_TYPES.length);
    for (const [type, bytes] of all) expect([type, recognisers(bytes)]).toEqual([type, [type]]);
  });

  it('and no verifier takes evidence of another kind: malformed, never a crash', async () => {
    const options = { time: TIME, anchors: {}, reportData: new Uint8Array(64) };
    for (const [type, bytes] of await corpus()) {
      for (const verifier of EVIDENCE_VERIFIERS) {
        if (verifier.type === type) continue;
        expect(() => verifier.verify(bytes, options), `${verifier.type} with ${type}`).toThrow(
          expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' }),
        );
      }
    }
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(1)],
    ['zeros', new Uint8Array(5000)],
    ['ones', new Uint8Array(5000).fill(0xff)],
    ['text', utf8('evidence')],
    ['an empty object', utf8('{}')],
    ['a certificate', root.raw],
  ])('does not take %s for evidence', (_, bytes) => {
    expect(recognisers(bytes)).toEqual([]);
    expect(() => verifyAttestation(bytes, { time: TIME, anchors: {} })).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED', detail: 'reason=type' }),
    );
    expect(recogniseEvidence('text' as unknown as Uint8Array)).toBeUndefined();
  });

  const SAMPLES = [
    ['report.cert', 'csv'],
    ['occlum_quote.dat', 'sgx'],
    ['tdx_quote_4.dat', 'tdx'],
    ['test-report.bin', 'sev-snp'],
    ['nitro.bin', 'nitro'],
    ['ccel_csv.bin', 'event-log'],
  ] as const;
  it.skipIf(!samplePresent(...SAMPLES.map(([name]) => name)))('knows evidence of real hardware', () => {
    for (const [name, type] of SAMPLES) expect([name, recognisers(sample(name))]).toEqual([name, [type]]);
  });

  it.skipIf(!samplePresent('hrk.cert', 'test-vcek.der', 'milan.pem'))(
    'and takes no certificate for it',
    () => {
      for (const name of ['hrk.cert', 'hsk.cert', 'cek.cert', 'hsk_cek.cert', 'test-vcek.der', 'milan.pem']) {
        expect([name, recognisers(sample(name))]).toEqual([name, []]);
      }
    },
  );
});

describe('one call for a relying party', () => {
  it('verifies what it recognised, and accepts nothing without a measurement', () => {
    const verdict = verifyAttestation(bytesOf(), OPTIONS);
    const alone = recogniseEvidence(bytesOf())!.verify(bytesOf(), OPTIONS);
    expect(verdict.steps.filter(({ step }) => step !== 'reference')).toEqual(alone.steps);
    expect(verdict.claims.type).toBe('software');
    expect(isAccepted(alone)).toBe(true);
    expect(isAccepted(verdict)).toBe(false);
    expect(verdict.trust.status).toBe('indeterminate');
    const other = verifyAttestation(bytesOf(), { ...OPTIONS, reportData: new Uint8Array(32) });
    expect(other.steps.filter(({ status }) => status === 'failed').map(({ code }) => code)).toEqual([
      'NONCE_MISMATCH',
    ]);
  });

  const FILES = ['hrk.cert', 'hsk.cert', 'cek.cert', 'hsk_cek.cert', 'milan.pem', 'test-vcek.der'] as const;
  it.skipIf(!samplePresent('report.cert', 'test-report.bin', ...FILES))(
    'verifies evidence of real hardware with a folder of trust files',
    () => {
      const files = FILES.map((name) => readTrustFile(name, sample(name)));
      const given = { time: TIME, ...combineTrustFiles(files) };
      const csv = verifyAttestation(sample('report.cert'), { ...given, reportData: utf8('user data') });
      expect([csv.claims.type, csv.integrity.status, csv.trust.status, csv.time.status]).toEqual([
        'csv',
        'passed',
        'indeterminate',
        'passed',
      ]);
      const snp = verifyAttestation(sample('test-report.bin'), given);
      expect([snp.claims.type, snp.integrity.status]).toEqual(['sev-snp', 'passed']);
      // Without the roots of the folder nothing vouches for either.
      const rootless = files.filter(({ name }) => name !== 'hrk.cert' && name !== 'milan.pem');
      const without = { time: TIME, ...combineTrustFiles(rootless), reportData: utf8('user data') };
      expect(isAccepted(verifyAttestation(sample('report.cert'), without))).toBe(false);
    },
  );
});

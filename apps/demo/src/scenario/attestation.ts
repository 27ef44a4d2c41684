import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isAccepted, randomBytes, sm3, toHex, utf8 } from '@cssi/sm-core';
import {
  APPRAISAL_POLICY_FORMAT,
  type AppraisalPolicy,
  type AttestationOptions,
  type AttestationVerdict,
  verifyAttestation,
} from '@cssi/tee-client/evidence';
import { createSyntheticHygon, shiftCsvMask } from '@cssi/tee-client/synthetic';
import { expect } from '../expect.ts';

type Say = (text: string) => void;

/** Real evidence beside the checkout; the demo does without where it is not there. */
const SAMPLES = fileURLToPath(new URL('../../../../../shared/samples/evidence/', import.meta.url));

const policyFor = (measurement: Uint8Array): AppraisalPolicy => ({
  format: APPRAISAL_POLICY_FORMAT,
  name: 'a confidential virtual machine that the demo knows',
  types: ['csv'],
  deployments: ['virtual-machine'],
  requireMemoryEncryption: true,
  allowDebug: false,
  migration: 'unrestricted',
  allowEmulated: true,
  allowUnjudgedTcb: false,
  minimumVersions: [],
  measurements: [{ by: 'name', of: 'launch', accept: [`sm3:${toHex(measurement)}`] }],
  untrustedSoftware: [],
  maxAgeSeconds: null,
  deployment: null,
});

const launchOf = ({ claims }: AttestationVerdict): Uint8Array =>
  claims.measurements.find(({ name }) => name === 'launch')!.value;
const failedCodes = ({ steps }: AttestationVerdict): string =>
  steps
    .filter(({ status }) => status === 'failed')
    .map(({ step, code }) => `${step}: ${code}`)
    .join(', ');

/** A report of a chip that exists only here, and what happens when somebody shifts its mask. */
function checkSynthetic(say: Say): void {
  const chip = createSyntheticHygon();
  const measurement = sm3(utf8('the guest of the demo'));
  const nonce = randomBytes(32);
  const report = chip.report({ version: 1, reportData: nonce, measurement, withChain: true });
  const options: AttestationOptions = {
    time: new Date(),
    anchors: { hygonRoots: [chip.hrk] },
    reportData: nonce,
    policy: policyFor(measurement),
  };
  const verdict = verifyAttestation(report, options);
  expect(isAccepted(verdict), `the synthetic CSV report was not accepted: ${failedCodes(verdict)}`);
  say('a CSV report with a synthetic root: accepted, SM2 from HRK to report');
  const shifted = verifyAttestation(shiftCsvMask(report, 1), options);
  expect(shifted.integrity.status === 'passed', 'the signature does not cover the mask');
  expect(!isAccepted(shifted), 'a report with another mask was accepted');
  say(`the same with its unsigned mask changed: signature right, refused (${failedCodes(shifted)})`);
  const { reportData, ...unasked } = options;
  expect(
    reportData !== undefined && !isAccepted(verifyAttestation(report, unasked)),
    'no challenge was needed',
  );
}

/** The report of a real machine, where its file is at hand. */
async function checkReal(say: Say): Promise<void> {
  const read = (name: string) => readFile(`${SAMPLES}${name}`).catch(() => undefined);
  const [report, hrk, chain] = await Promise.all(['report.cert', 'hrk.cert', 'hsk_cek.cert'].map(read));
  if (report === undefined || hrk === undefined || chain === undefined) {
    say('shared test data not present: the report of a real machine is left out');
    return;
  }
  const options: AttestationOptions = {
    time: new Date(),
    anchors: { hygonRoots: [hrk] },
    endorsements: { hygon: [chain] },
    reportData: utf8('user data'),
  };
  const first = verifyAttestation(report, options);
  const verdict = verifyAttestation(report, { ...options, policy: policyFor(launchOf(first)) });
  expect(isAccepted(verdict), `the CSV report was not accepted: ${failedCodes(verdict)}`);
  const { format, memoryEncryption, debug, device } = verdict.claims;
  say(
    `a real Hygon CSV report (${format}): accepted; memory encryption ${memoryEncryption}, debugging ${debug}`,
  );
  say(
    `launch measurement sm3:${toHex(launchOf(verdict)).slice(0, 16)}…, chip ${toHex(device!).slice(0, 16)}…`,
  );
}

/** Verifies CSV reports from end to end with national algorithms. */
export async function checkCsvReports(say: Say): Promise<void> {
  checkSynthetic(say);
  await checkReal(say);
}

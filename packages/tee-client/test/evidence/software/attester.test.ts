import { parseCertificate } from '@cssi/pki';
import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openEnclaves } from '../../../src/enclave/index.ts';
import { attesterOf, softwareVerifier } from '../../../src/evidence/software/index.ts';
import { CONFORMANCE_TA_UUID } from '../../../src/spec/v1/conformance-ta.ts';
import { failureOf, NOW } from '../../basics.ts';
import { startTeeFor } from '../../support.ts';
import { evidenceOf } from './support.ts';

describe('an enclave as attester', () => {
  it('gives evidence of a running TEE that anyone can check [part of CC-006]', async () => {
    const { tee, stop } = await startTeeFor({ mode: 'in-process' });
    try {
      const enclave = await openEnclaves(tee.module).create(CONFORMANCE_TA_UUID);
      const attester = attesterOf(enclave);
      expect(attester).toMatchObject({ specVersion: '1', type: 'software', maxReportData: 64 });
      const anchors = { certificates: [parseCertificate(tee.rootCertificate)] };
      for (const length of [1, 15, 16, 32, 64]) {
        const reportData = new Uint8Array(length).fill(length);
        const evidence = await attester.evidence(reportData);
        expect(softwareVerifier.recognises(evidence)).toBe(true);
        const verdict = softwareVerifier.verify(evidence, { time: NOW, anchors, reportData });
        expect(isAccepted(verdict)).toBe(true);
        const other = softwareVerifier.verify(evidence, {
          time: NOW,
          anchors,
          reportData: new Uint8Array(32),
        });
        expect(isAccepted(other)).toBe(false);
      }
    } finally {
      await stop();
    }
  });

  it('says when there is no evidence', async () => {
    const cause = new Error('no');
    const failing = attesterOf({ evidence: () => Promise.reject(cause) });
    const error = await failureOf(() => failing.evidence(new Uint8Array(32)));
    expect(error).toMatchObject({ code: 'ERR_TEE_ATTESTER', cause });
    const broken = attesterOf({ evidence: async () => ({ ...evidenceOf(), certificates: [] }) });
    expect(await failureOf(() => broken.evidence(new Uint8Array(32)))).toMatchObject({
      code: 'ERR_TEE_ATTESTER',
    });
  });

  it('refuses report data that no evidence binds', async () => {
    const attester = attesterOf({ evidence: async () => evidenceOf() });
    for (const length of [0, 65]) {
      expect(await failureOf(() => attester.evidence(new Uint8Array(length)))).toMatchObject({
        code: 'ERR_INPUT_LENGTH',
      });
    }
    expect(await failureOf(() => attester.evidence('x' as unknown as Uint8Array))).toMatchObject({
      code: 'ERR_INPUT_TYPE',
    });
  });
});

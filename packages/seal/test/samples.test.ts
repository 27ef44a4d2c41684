import { parseCertificate } from '@cssi/pki';
import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseSeal, verifyOfd, verifySeal } from '../src/index.ts';
import { NOW, sample, samplesPresent } from './support.ts';

const present = samplesPresent('independent seal samples');

/** Samples made with other software: a reader must agree with it. */
describe.skipIf(!present)('independent samples', () => {
  const options = () => ({ time: NOW, anchors: [parseCertificate(sample('generated/ca.cer'))] });
  const codeOf = (action: () => unknown): string => {
    try {
      action();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'accepted';
  };

  it.each(['generated/seal-v4.esl', 'generated/seal-v4-digestlist-ext.esl'])(
    'accepts the seal %s [part of SEAL-008, SEAL-012]',
    (name) => {
      const result = verifySeal(sample(name), options());
      expect(result.steps.filter((step) => step.status !== 'passed')).toEqual([]);
      expect(isAccepted(result.verdict)).toBe(true);
      expect(result.seal).toMatchObject({
        name: '互认测试章V4',
        esId: '33010600009994',
        vendorId: 'PEERTEST',
      });
    },
  );

  it('reads the digest list and the extension without its default', () => {
    const seal = parseSeal(sample('generated/seal-v4-digestlist-ext.esl'));
    expect(seal.certListType).toBe(2);
    expect(seal.certificateDigests.map((digest) => digest.algorithm)).toEqual(['SM3']);
    expect(seal.extensions).toMatchObject([{ oid: '1.2.156.10197.9.1', critical: false }]);
  });

  it('accepts the sealed document [part of SEAL-008, SEAL-013]', () => {
    const result = verifyOfd(sample('generated/signed-v4.ofd'), options());
    expect(result.signatures.flatMap(({ steps }) => steps.filter((s) => s.status !== 'passed'))).toEqual([]);
    expect(isAccepted(result.verdict)).toBe(true);
  });

  it('leaves trust open without an anchor', () => {
    const { verdict } = verifyOfd(sample('generated/signed-v4.ofd'), { time: NOW, anchors: [] });
    expect(verdict).toMatchObject({
      integrity: { status: 'passed' },
      trust: { status: 'indeterminate' },
      time: { status: 'passed' },
    });
  });

  it('does not trust the sample under another anchor', () => {
    const anchors = [parseCertificate(sample('generated/maker.cer'))];
    const { verdict } = verifyOfd(sample('generated/signed-v4.ofd'), { time: NOW, anchors });
    expect(verdict.integrity.status).toBe('passed');
    expect(verdict.trust.status).toBe('failed');
  });

  it('refuses the sample as signed in the future, one second early', () => {
    const time = new Date('2026-11-20T20:44:49Z');
    const { verdict } = verifyOfd(sample('generated/signed-v4.ofd'), { ...options(), time });
    expect(verdict.time.reasons.map(({ code }) => code)).toContain('SIGNING_TIME_IN_FUTURE');
    expect(verdict.time.status).toBe('failed');
  });

  it('reads the ofdrw seal and document: right values, expired, no anchor', () => {
    const noAnchor = { time: NOW, anchors: [] };
    const seal = verifySeal(sample('ofdrw/UserV4.esl'), noAnchor).verdict;
    expect(seal.integrity.status).toBe('passed');
    expect(seal.trust.status).toBe('indeterminate');
    expect(seal.time.reasons.map(({ code }) => code)).toContain('SEAL_EXPIRED');
    const document = verifyOfd(sample('ofdrw/SESV4SignDoc.ofd'), noAnchor).verdict;
    expect(document.integrity.status).toBe('passed');
    expect(document.trust.status).toBe('indeterminate');
    expect(document.time.status).toBe('failed');
    const inLife = verifySeal(sample('ofdrw/UserV4.esl'), {
      time: new Date('2021-01-01T00:00:00Z'),
      anchors: [],
    });
    expect(inLife.verdict.time.status).toBe('passed');
  });

  it.each([
    'generated/seal-v1.esl',
    'generated/seal-v5-ts.esl',
    'ofdrw/UserV1.esl',
    'ofdrw/UserV5.esl',
    'ofdrw/UserV5_ts.esl',
  ])('refuses the seal %s of another version with its own code', (name) => {
    expect(codeOf(() => verifySeal(sample(name), options()))).toBe('ERR_SEAL_VERSION_UNSUPPORTED');
  });

  it.each([
    ['generated/signed-v1.ofd', 'ERR_SEAL_VERSION_UNSUPPORTED'],
    ['generated/signed-v4-ts.ofd', 'ERR_SEAL_VERSION_UNSUPPORTED'],
    ['generated/signed-v5.ofd', 'ERR_SEAL_VERSION_UNSUPPORTED'],
    ['generated/signed-gbt35275.ofd', 'ERR_SEAL_SIGNATURE_UNSUPPORTED'],
  ])('refuses the document %s with %s', (name, code) => {
    expect(codeOf(() => verifyOfd(sample(name), options()))).toBe(code);
  });
});

import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { validateCertificatePath } from '../src/path/index.ts';
import { createOcspErrorResponse, parseOcspResponse } from '../src/revocation/index.ts';
import type { PathOptions, PathReport } from '../src/spec/v1/path.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { statuses, troubles } from './support/codes.ts';
import { CA } from './support/path-judging.ts';
import { crlOf, responseOf, revokedEntry } from './support/revocation.ts';

interface Chain {
  readonly anchor: Holder;
  readonly ca: Holder;
  readonly leaf: Holder;
}

async function chain(): Promise<Chain> {
  const anchor = await root();
  const ca = await under(anchor, 'CA', CA);
  return { anchor, ca, leaf: await under(ca, 'leaf') };
}

const judge = ({ anchor, ca, leaf }: Chain, options: Partial<PathOptions>): PathReport =>
  validateCertificatePath(leaf.certificate, {
    time: NOW,
    anchors: [anchor.certificate],
    intermediates: [ca.certificate],
    ...options,
  });

const revocationSteps = (report: PathReport): string[] =>
  report.steps
    .filter(({ check }) => check === 'revocation')
    .map(({ certificate, status, code }) => `${certificate} ${status} ${code}`);

describe('revocation in a path [part of SEAL-015]', () => {
  it('is judged for every certificate below the anchor, by lists and OCSP', async () => {
    const path = await chain();
    const crls = [await crlOf(path.anchor), await crlOf(path.ca)];
    for (const options of [
      { crls, revocation: 'all' } as const,
      { crls },
      {
        crls: crls.slice(0, 1),
        ocspResponses: [await responseOf(path.ca, path.leaf)],
        revocation: 'all',
      } as const,
    ]) {
      const report = judge(path, options);
      expect(isAccepted(report.verdict)).toBe(true);
      expect(revocationSteps(report)).toEqual(['1 passed NOT_REVOKED', '2 passed NOT_REVOKED']);
    }
  });

  it('fails for a revoked leaf and for a revoked CA', async () => {
    const path = await chain();
    const leafRevoked = [
      await crlOf(path.anchor),
      await crlOf(path.ca, { entries: [revokedEntry(path.leaf, { reason: 'superseded' })] }),
    ];
    const caRevoked = [await crlOf(path.anchor, { entries: [revokedEntry(path.ca)] }), await crlOf(path.ca)];
    for (const [crls, number] of [
      [leafRevoked, 1],
      [caRevoked, 2],
    ] as const) {
      const { verdict, steps } = judge(path, { crls });
      expect(statuses(verdict)).toBe('passed failed passed');
      expect(troubles(verdict)).toEqual(['CERTIFICATE_REVOKED']);
      const step = steps.find(({ code }) => code === 'CERTIFICATE_REVOKED');
      expect(step).toMatchObject({
        certificate: number,
        status: 'failed',
        clause: expect.stringContaining('RFC 5280'),
      });
      expect(step?.revocation?.revocationDate).toEqual(day(-2));
    }
  });

  it('later than the time of judgement is a remark', async () => {
    const path = await chain();
    const later = {
      thisUpdate: day(5),
      nextUpdate: day(6),
      entries: [revokedEntry(path.leaf, { revocationDate: day(4) })],
    };
    const report = judge(path, { crls: [await crlOf(path.ca, later)], evidenceTime: day(5) });
    expect(isAccepted(report.verdict)).toBe(true);
    expect(revocationSteps(report)).toEqual([
      '1 passed CERTIFICATE_REVOKED_LATER',
      '2 indeterminate REVOCATION_NOT_CHECKED',
    ]);
  });

  it('without evidence is a remark, unless it is asked for', async () => {
    const path = await chain();
    expect(revocationSteps(judge(path, {}))).toEqual(['0 indeterminate REVOCATION_NOT_CHECKED']);
    const crls = [await crlOf(path.ca, { entries: [revokedEntry(path.leaf)] })];
    expect(revocationSteps(judge(path, { crls, revocation: 'none' }))).toEqual([
      '0 indeterminate REVOCATION_NOT_CHECKED',
    ]);
    for (const options of [{ revocation: 'leaf' }, { revocation: 'all' }] as const) {
      expect(statuses(judge(path, options).verdict)).toBe('passed indeterminate passed');
    }
    expect(troubles(judge(path, { revocation: 'all' }).verdict)).toEqual([
      'REVOCATION_EVIDENCE_MISSING',
      'REVOCATION_EVIDENCE_MISSING',
    ]);
    // Evidence for the CA alone: the caller wanted to know about the leaf.
    expect(troubles(judge(path, { crls: [await crlOf(path.anchor)] }).verdict)).toEqual([
      'REVOCATION_EVIDENCE_MISSING',
    ]);
    expect(troubles(judge(path, { crls: [await crlOf(path.ca)], revocation: 'leaf' }).verdict)).toEqual([]);
  });

  it('by evidence that is out of date, forged, or an error is doubt with a reason', async () => {
    const path = await chain();
    const stale = await crlOf(path.ca, { nextUpdate: NOW });
    const stranger = await under(await root(), 'CA', CA);
    const wrongKey = await crlOf(stranger, { entries: [revokedEntry(path.leaf)] });
    const later = parseOcspResponse(createOcspErrorResponse('tryLater'));
    const cases: [Partial<PathOptions>, string[]][] = [
      [{ crls: [stale] }, ['REVOCATION_EVIDENCE_STALE']],
      [{ crls: [wrongKey] }, ['CRL_SIGNATURE_WRONG']],
      [{ ocspResponses: [later] }, ['OCSP_RESPONSE_ERROR']],
      [{ ocspResponses: [await responseOf(path.ca, path.ca)] }, ['OCSP_NO_ANSWER']],
    ];
    for (const [options, codes] of cases) {
      const { verdict } = judge(path, options);
      expect(statuses(verdict)).toBe('passed indeterminate passed');
      expect(troubles(verdict)).toEqual(codes);
    }
    const ignored = judge(path, { crls: [wrongKey, await crlOf(path.ca)] });
    expect(isAccepted(ignored.verdict)).toBe(true);
    expect(troubles(ignored.verdict)).toEqual(['CRL_SIGNATURE_WRONG']);
  });

  it('is not asked of an anchor, nor of a path that reaches none', async () => {
    const path = await chain();
    const crls = [await crlOf(path.anchor, { entries: [revokedEntry(path.anchor)] })];
    const report = validateCertificatePath(path.anchor.certificate, {
      time: NOW,
      anchors: [path.anchor.certificate],
      crls,
      revocation: 'all',
    });
    expect(isAccepted(report.verdict)).toBe(true);
    expect(revocationSteps(judge(path, { anchors: [], crls }))).toEqual([]);
  });

  it('must be judged for a certificate whose distribution points are critical', async () => {
    const anchor = await root();
    const leaf = {
      certificate: { ...(await under(anchor, 'leaf')).certificate, unknownCritical: ['2.5.29.31'] },
    };
    const options = { time: NOW, anchors: [anchor.certificate] };
    expect(troubles(validateCertificatePath(leaf.certificate, options).verdict)).toEqual([
      'CRITICAL_EXTENSION_UNKNOWN',
    ]);
    const crls = [await crlOf(anchor)];
    expect(troubles(validateCertificatePath(leaf.certificate, { ...options, crls }).verdict)).toEqual([]);
  });
});

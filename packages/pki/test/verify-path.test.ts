import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { issueCertificate, parseCertificate } from '../src/index.ts';
import { day, request, root, under } from './support/authority.ts';
import { statuses, troubles } from './support/codes.ts';
import { CA, certificates, judge } from './support/path-judging.ts';

describe('a good path', () => {
  it('is accepted: leaf, two CAs, anchor [part of SEAL-015]', async () => {
    const anchor = await root({ pathLength: 2 });
    const first = await under(anchor, '一级', { ...CA, pathLength: 1 });
    const second = await under(first, '二级', { ...CA, pathLength: 0 });
    const leaf = await under(second, '张三');
    const verdict = judge(leaf, {
      anchors: certificates(anchor),
      intermediates: certificates(second, first),
      keyUsage: ['digitalSignature', 'nonRepudiation'],
      keyAlgorithm: 'sm2',
    });
    expect(statuses(verdict)).toBe('passed passed passed');
    expect(isAccepted(verdict)).toBe(true);
    const codes = verdict.trust.reasons.map(({ code }) => code);
    expect(codes).toEqual(['PATH_TO_ANCHOR', 'REVOCATION_NOT_CHECKED']);
    expect(verdict.time.reasons).toHaveLength(4);
  });

  it('is accepted when the anchor is a CA below a root, or the leaf itself', async () => {
    const top = await root();
    const ca = await under(top, 'CA', CA);
    const leaf = await under(ca, 'leaf');
    expect(statuses(judge(leaf, { anchors: certificates(ca) }))).toBe('passed passed passed');
    expect(statuses(judge(leaf, { anchors: certificates(leaf) }))).toBe('passed passed passed');
    expect(statuses(judge(top, { anchors: certificates(top) }))).toBe('passed passed passed');
  });

  it('is found behind a CA of the same name and another key', async () => {
    const anchor = await root();
    const impostor = await under(await root(), 'CA', CA);
    const ca = await under(anchor, 'CA', CA);
    const leaf = await under(ca, 'leaf', { issuerKeyIdentifier: Uint8Array.of(1) });
    for (const intermediates of [certificates(impostor, ca), certificates(ca, impostor)]) {
      expect(troubles(judge(leaf, { anchors: certificates(anchor), intermediates }))).toEqual([]);
    }
  });

  it('is found through the second of two certificates of one CA key', async () => {
    // The first is under a root nobody trusts: the search must come back and try the other.
    const [trusted, strange] = [
      await root(),
      await root({ subject: { commonName: 'strange' }, issuer: { commonName: 'strange' } }),
    ];
    const ca = await under(strange, 'CA', CA);
    const spec = {
      subject: { commonName: 'CA' },
      issuer: { raw: trusted.certificate.subjectRaw },
      publicKeyInfo: ca.signer.publicKeyInfo,
    };
    const cross = parseCertificate(await issueCertificate(request(spec), trusted.signer));
    const leaf = await under(ca, 'leaf');
    const verdict = judge(leaf, {
      anchors: certificates(trusted),
      intermediates: [ca.certificate, strange.certificate, cross],
    });
    expect(troubles(verdict)).toEqual([]);
  });

  it('does not count certificates that a CA issued to itself', async () => {
    const anchor = await root({ pathLength: 0 });
    const renewed = await under(anchor, '', {
      ...CA,
      subject: { commonName: '测试根', organization: '测试机构', country: 'CN' },
      issuerKeyIdentifier: anchor.certificate.subjectKeyIdentifier!,
    });
    const leaf = await under(renewed, 'leaf');
    const options = { anchors: certificates(anchor), intermediates: certificates(renewed) };
    expect(troubles(judge(leaf, options))).toEqual([]);
  });

  it('is valid in the first and in the last second of its validity, not outside', async () => {
    const anchor = await root();
    const leaf = await under(anchor, 'leaf', { notBefore: day(-1), notAfter: day(1) });
    const at = (time: Date) => troubles(judge(leaf, { anchors: certificates(anchor), time }));
    expect(at(day(-1))).toEqual([]);
    expect(at(new Date(day(1).getTime() + 999))).toEqual([]);
    expect(at(new Date(day(-1).getTime() - 1))).toEqual(['CERTIFICATE_NOT_YET_VALID']);
    expect(at(new Date(day(1).getTime() + 1000))).toEqual(['CERTIFICATE_EXPIRED']);
  });
});

describe('without anchors', () => {
  it('trust is indeterminate, integrity is told as far as it can be', async () => {
    const top = await root();
    const leaf = await under(top, 'leaf');
    expect(statuses(judge(leaf, {}))).toBe('indeterminate indeterminate passed');
    expect(statuses(judge(leaf, { intermediates: certificates(top) }))).toBe('passed indeterminate passed');
    expect(statuses(judge(top, {}))).toBe('passed indeterminate passed');
  });

  it('a wrong signature is still wrong, an expired certificate still expired', async () => {
    const [top, other] = [await root(), await root()];
    const leaf = await under(top, 'leaf', { notBefore: day(-9), notAfter: day(-1) });
    const verdict = judge(leaf, { intermediates: certificates(other) });
    expect(statuses(verdict)).toBe('failed indeterminate failed');
  });
});

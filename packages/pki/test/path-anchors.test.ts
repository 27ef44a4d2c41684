import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../src/index.ts';
import { validateCertificatePath } from '../src/path/index.ts';
import { createOcspErrorResponse, judgeRevocation, parseOcspResponse } from '../src/revocation/index.ts';
import type { PathOptions } from '../src/spec/v1/path.ts';
import { day, NOW, root, under } from './support/authority.ts';
import { statuses, troubles } from './support/codes.ts';
import { craft } from './support/craft.ts';
import { CA, certificates, judge } from './support/path-judging.ts';
import { crlOf, revokedEntry } from './support/revocation.ts';

const CRITICAL = { unknownCritical: ['2.5.29.31'] };

describe('an anchor that is judged itself [part of SEAL-015]', () => {
  it('with an algorithm that cannot be checked is doubt', () => {
    const algorithm = Uint8Array.from(Buffer.from('300906072a8648ce3d0401', 'hex'));
    const leaf = parseCertificate(craft({ innerAlgorithm: algorithm, outerAlgorithm: algorithm }));
    const verdict = judge(leaf, { anchors: [leaf] });
    expect(statuses(verdict)).toBe('indeterminate passed passed');
    expect(troubles(verdict)).toEqual(['CERTIFICATE_ALGORITHM_UNSUPPORTED']);
  });

  it('under another signer ID has the reason that it has elsewhere', () => {
    const leaf = parseCertificate(craft({}, { id: new Uint8Array(0) }));
    expect(troubles(judge(leaf, { anchors: [leaf] }))).toEqual(['CERTIFICATE_SIGNER_ID_WRONG']);
  });

  it('that its issuer signed with an older key is an anchor all the same', async () => {
    const old = await root();
    const raw = { raw: old.certificate.subjectRaw };
    const renewed = await under(old, '', { ...CA, subject: raw });
    expect(isAccepted(judge(renewed, { anchors: certificates(renewed) }))).toBe(true);
  });
});

describe('critical distribution points [part of SEAL-015]', () => {
  const path = async () => {
    const anchor = await root();
    const ca = await under(anchor, 'CA', CA);
    const leaf = (await under(ca, 'leaf')).certificate;
    const options = (changes: Partial<PathOptions>): PathOptions => ({
      time: NOW,
      anchors: [{ ...anchor.certificate, ...CRITICAL }],
      intermediates: [{ ...ca.certificate, ...CRITICAL }],
      ...changes,
    });
    return { anchor, ca, leaf, options };
  };

  it('pass when revocation of that certificate was judged, and of an anchor always', async () => {
    const { anchor, ca, leaf, options } = await path();
    const [ofCa, ofAnchor] = [await crlOf(ca), await crlOf(anchor)];
    const codes = (changes: Partial<PathOptions>) =>
      troubles(validateCertificatePath(leaf, options(changes)).verdict);
    expect(codes({ crls: [ofCa, ofAnchor] })).toEqual([]);
    // Nothing at hand is about the CA, so that its revocation was not judged.
    expect(codes({ crls: [ofCa] })).toEqual(['CRITICAL_EXTENSION_UNKNOWN']);
    expect(codes({ crls: [ofCa, ofAnchor], revocation: 'leaf' })).toEqual(['CRITICAL_EXTENSION_UNKNOWN']);
    const { verdict } = validateCertificatePath(leaf, options({ crls: [ofCa], revocation: 'all' }));
    expect(troubles(verdict)).toEqual(['CRITICAL_EXTENSION_UNKNOWN', 'REVOCATION_EVIDENCE_MISSING']);
    expect(statuses(verdict)).toBe('passed indeterminate passed');
  });
});

describe('lists of points of a certificate [part of SEAL-015]', () => {
  const URI = 'http://crl.example.cn/1.crl';
  it('cover it unless the point is for some reasons or of another issuer', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf', { crlDistributionPoints: [URI] });
    const list = await crlOf(ca, { issuingDistributionPoint: { uris: [URI] } });
    const point = leaf.certificate.extensions.find(({ oid }) => oid === '2.5.29.31')!;
    /** SEQUENCE { SEQUENCE { parts } } around the point's name. */
    const judged = (more: Uint8Array) => {
      const body = Buffer.concat([point.value.subarray(4), more]);
      const value = Uint8Array.from(
        body.length + 2 > 127
          ? [0x30, 0x81, body.length + 3, 0x30, 0x81, body.length, ...body]
          : [0x30, body.length + 2, 0x30, body.length, ...body],
      );
      const extensions = [{ ...point, value }];
      const certificate = { ...leaf.certificate, extensions };
      return judgeRevocation(certificate, ca.certificate, { time: NOW, crls: [list] }).code;
    };
    const name = (raw: Uint8Array) => Uint8Array.of(0xa2, raw.length + 2, 0xa4, raw.length, ...raw);
    expect(judged(new Uint8Array(0))).toBe('NOT_REVOKED');
    expect(judged(name(ca.certificate.subjectRaw))).toBe('NOT_REVOKED');
    expect(judged(name(leaf.certificate.subjectRaw))).toBe('CRL_SCOPE');
    expect(judged(Uint8Array.of(0x81, 0x02, 0x05, 0x60))).toBe('CRL_SCOPE');
  });
});

describe('steps [part of SEAL-015]', () => {
  it('name every problem once', async () => {
    const leaf = (await under(await root(), 'leaf')).certificate;
    const { steps, verdict } = validateCertificatePath(leaf, { time: NOW, anchors: [] });
    expect(steps.filter(({ code }) => code === 'ISSUER_UNKNOWN')).toHaveLength(1);
    expect(statuses(verdict)).toBe('indeterminate indeterminate passed');
  });

  it('carry every revocation that is known', async () => {
    const anchor = await root();
    const leaf = await under(anchor, 'leaf');
    const later = { revocationDate: day(2), reason: 'keyCompromise' } as const;
    const crls = [
      await crlOf(anchor, { thisUpdate: day(3), entries: [revokedEntry(leaf, later)] }),
      await crlOf(anchor, {
        thisUpdate: day(3),
        entries: [revokedEntry(leaf, { ...later, reason: 'superseded' })],
      }),
    ];
    const options = { time: NOW, anchors: certificates(anchor), crls, evidenceTime: day(4) };
    const { steps } = validateCertificatePath(leaf.certificate, options);
    expect(steps.find(({ check }) => check === 'revocation')?.revocations).toEqual([
      later,
      { ...later, reason: 'superseded' },
    ]);
  });

  it('take an OCSP error for silence about CAs that nobody asked about', async () => {
    const anchor = await root();
    const ca = await under(anchor, 'CA', CA);
    const leaf = await under(ca, 'leaf');
    const { verdict } = validateCertificatePath(leaf.certificate, {
      time: NOW,
      anchors: certificates(anchor),
      intermediates: certificates(ca),
      crls: [await crlOf(ca)],
      ocspResponses: [parseOcspResponse(createOcspErrorResponse('tryLater'))],
    });
    expect(isAccepted(verdict)).toBe(true);
  });
});

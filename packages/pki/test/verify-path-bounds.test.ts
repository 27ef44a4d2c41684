import { describe, expect, it } from 'vitest';
import { issueCertificate, PATH_REASONS, type PathOptions, parseCertificate } from '../src/index.ts';
import { day, type Holder, request, root, under } from './support/authority.ts';
import { codeOf, statuses, troubles } from './support/codes.ts';
import { craft } from './support/craft.ts';
import { CA, certificates, judge } from './support/path-judging.ts';

describe('the search is bounded', () => {
  it('by eight certificates', async () => {
    const anchor = await root();
    const path = [anchor];
    for (let i = 0; i < 7; i++) path.push(await under(path[i]!, `CA ${i}`, CA));
    const judgeOf = (holder: Holder) =>
      judge(holder, { anchors: certificates(anchor), intermediates: certificates(...path.slice(1)) });
    expect(troubles(judgeOf(path[7]!))).toEqual([]);
    const ninth = await under(path[7]!, 'leaf');
    expect(troubles(judgeOf(ninth))).toEqual(['PATH_SEARCH_LIMIT', 'NO_PATH_TO_ANCHOR']);
  });

  it('against circles: two CAs that certify each other', async () => {
    const a = await root({ subject: { commonName: 'A' }, issuer: { commonName: 'A' } });
    const b = await root({ subject: { commonName: 'B' }, issuer: { commonName: 'B' } });
    const cross = async (of: Holder, by: Holder) =>
      parseCertificate(
        await issueCertificate(
          request({
            subject: { commonName: of.certificate.subject.commonName! },
            issuer: { raw: by.certificate.subjectRaw },
            publicKeyInfo: of.signer.publicKeyInfo,
          }),
          by.signer,
        ),
      );
    const intermediates = [await cross(a, b), await cross(b, a)];
    const leaf = await under(a, 'leaf');
    const verdict = judge(leaf, { anchors: certificates(await root()), intermediates });
    expect(statuses(verdict)).toBe('passed failed passed');
  });

  it('by 64 signatures: a CA behind 64 others of its name is found by its key identifier only', async () => {
    const anchor = await root();
    const impostor = await under(await root(), 'CA', CA);
    const ca = await under(anchor, 'CA', CA);
    const crowd = Array.from({ length: 64 }, () => impostor.certificate);
    const options = { anchors: certificates(anchor), intermediates: [...crowd, ca.certificate] };
    const named = await under(ca, 'leaf');
    const unnamed = await under(ca, 'leaf', { issuerKeyIdentifier: Uint8Array.of(1) });
    expect(troubles(judge(named, options))).toEqual([]);
    expect(statuses(judge(unnamed, options))).toMatch(/^(indeterminate|failed) failed passed$/);
  });
});

describe('options that judge nothing are refused', () => {
  it.each([
    ['a time that is none', { time: new Date(Number.NaN) }],
    ['a time as number', { time: 0 }],
    ['no anchors list', { anchors: undefined }],
    ['257 anchors', { anchors: Array.from({ length: 257 }) }],
    ['257 intermediates', { intermediates: Array.from({ length: 257 }) }],
    ['65 lists', { crls: Array.from({ length: 65 }) }],
    ['65 OCSP responses', { ocspResponses: Array.from({ length: 65 }) }],
    ['an unknown scope of revocation', { revocation: 'some' }],
    ['no policies', { policies: [] }],
    ['a policy that is no OID', { policies: ['any'] }],
    ['no signer IDs', { signerIds: [] }],
    ['a signer ID as text', { signerIds: ['1234567812345678'] }],
    ['a tolerance below zero', { toleranceSeconds: -1 }],
    ['a clock that is none', { evidenceTime: new Date(Number.NaN) }],
  ])('%s', (_, options) => {
    const leaf = parseCertificate(craft());
    expect(codeOf(() => judge(leaf, options as Partial<PathOptions>))).toBe('ERR_PKI_PATH_OPTIONS');
  });

  it('a signer ID of 8192 bytes', async () => {
    const anchor = await root();
    const leaf = await under(anchor, 'leaf');
    const options = { anchors: certificates(anchor), signerIds: [new Uint8Array(8192)] };
    expect(codeOf(() => judge(leaf, options))).toBe('ERR_SM2_ID_INVALID');
  });
});

describe('reasons', () => {
  it('are in English and Chinese and name certificates by number, never by name', async () => {
    const anchor = await root();
    const leaf = await under(anchor, '李四', { notAfter: day(-1) });
    const verdict = judge(leaf, { anchors: certificates(anchor), keyUsage: ['keyAgreement'] });
    const reasons = [verdict.integrity, verdict.trust, verdict.time].flatMap((aspect) => aspect.reasons);
    for (const { code, en, zh } of reasons) {
      expect(Object.keys(PATH_REASONS)).toContain(code);
      expect(en).toMatch(/^[A-Z].*\.$/);
      expect(zh).toMatch(/\p{Script=Han}.*。$/u);
      expect(en + zh).not.toContain('李四');
    }
    expect(verdict.trust.reasons[0]?.en).toBe(
      `Certificate 1 [${leaf.certificate.fingerprint.slice(0, 16)}]: its key usage lacks what is needed (keyAgreement).`,
    );
  });
});

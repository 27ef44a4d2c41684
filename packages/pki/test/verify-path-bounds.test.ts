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

  it('by 8 paths: an anchor that is also listed as an intermediate is one path', async () => {
    const anchor = await root();
    const expired = await under(anchor, 'CA', { ...CA, notAfter: day(-1) });
    const spec = {
      ...CA,
      subject: { commonName: 'CA' },
      issuer: { raw: anchor.certificate.subjectRaw },
      publicKeyInfo: expired.signer.publicKeyInfo,
    };
    const good = parseCertificate(await issueCertificate(request(spec), anchor.signer));
    const leaf = await under(expired, 'leaf', { issuerKeyIdentifier: Uint8Array.of(1) });
    const crowd = Array.from({ length: 8 }, () => expired.certificate);
    const both = Array.from({ length: 8 }, () => anchor.certificate);
    const options = { anchors: both, intermediates: [...both, ...crowd, good] };
    expect(troubles(judge(leaf, options))).toEqual([]);
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
    const stranger = await root();
    const impostor = await under(stranger, 'CA', CA);
    const ca = await under(anchor, 'CA', CA);
    const crowd = await Promise.all(
      Array.from({ length: 64 }, async () => (await under(stranger, 'CA', CA)).certificate),
    );
    const options = { anchors: certificates(anchor), intermediates: [...crowd, ca.certificate] };
    const named = await under(ca, 'leaf');
    const unnamed = await under(ca, 'leaf', { issuerKeyIdentifier: Uint8Array.of(1) });
    expect(troubles(judge(named, options))).toEqual([]);
    expect(statuses(judge(unnamed, options))).toMatch(/^(indeterminate|failed) failed passed$/);
    // The same certificate again and again is one.
    const same = Array.from({ length: 200 }, () => impostor.certificate);
    expect(troubles(judge(unnamed, { ...options, intermediates: [...same, ca.certificate] }))).toEqual([]);
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
    ['key usages as text', { keyUsage: 'digitalSignature' }],
    ['key usages as a set', { keyUsage: new Set(['digitalSignature']) }],
    ['key usages that are null', { keyUsage: null }],
    ['a key usage that is none', { keyUsage: ['signing'] }],
    ['an anchor as bytes', { anchors: [new Uint8Array(8)] }],
    ['an anchor that is null', { anchors: [null] }],
    ['a list as bytes', { crls: [new Uint8Array(8)] }],
    ['an OCSP response as bytes', { ocspResponses: [new Uint8Array(8)] }],
    ['a misspelt name', { keyUsages: ['digitalSignature'] }],
    ['a clock that is none', { evidenceTime: new Date(Number.NaN) }],
  ])('%s', (_, options) => {
    const leaf = parseCertificate(craft());
    expect(codeOf(() => judge(leaf, options as Partial<PathOptions>))).toBe('ERR_PKI_PATH_OPTIONS');
  });

  it('and are named only when they are plain identifiers', () => {
    const leaf = parseCertificate(craft());
    const named = (options: object) => () => judge(leaf, options as Partial<PathOptions>);
    expect(named({ keyUsages: [] })).toThrow(/option=keyUsages\b/);
    expect(named({ '张三 <x>': 1 })).toThrow(/option=unknown\b/);
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

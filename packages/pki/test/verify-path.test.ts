import { generateKeyPairSync } from 'node:crypto';
import { concatBytes, derElement, isAccepted, type Sm2KeyPair, sm2, sm3, type Verdict } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { ecdsaP256SoftwareSigner, sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  type Certificate,
  issueCertificate,
  OIDS,
  PATH_REASONS,
  type PathOptions,
  parseCertificate,
  verifyCertificatePath,
} from '../src/index.ts';
import { day, type Holder, NOW, request, root, under } from './support/authority.ts';
import { codeOf, statuses, troubles } from './support/codes.ts';
import { craft, extension, extensions, SM2_ALGORITHM } from './support/craft.ts';

const judge = (leaf: Holder | Certificate, options: Partial<PathOptions>): Verdict =>
  verifyCertificatePath('raw' in leaf ? leaf : leaf.certificate, { anchors: [], time: NOW, ...options });
const certificates = (...holders: readonly Holder[]): Certificate[] => holders.map((h) => h.certificate);
const CA = { profile: 'root-ca' } as const;

/** A leaf whose signature `sign` made with the key of the anchor. */
async function resigned(sign: (pair: Sm2KeyPair, tbs: Uint8Array) => Uint8Array): Promise<Verdict> {
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const spec = request({ publicKeyInfo: signer.publicKeyInfo });
  const anchor = { signer, certificate: parseCertificate(await issueCertificate(spec, signer)) };
  const { tbsRaw } = (await under(anchor, 'leaf')).certificate;
  const signature = derElement(0x03, concatBytes(Uint8Array.of(0), sign(pair, tbsRaw)));
  const leaf = parseCertificate(derElement(0x30, tbsRaw, SM2_ALGORITHM, signature));
  return judge(leaf, { anchors: [anchor.certificate] });
}

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

describe('each fault has a reason of its own [part of EDGE-020]', () => {
  const FAULTS: readonly [string, () => Promise<Verdict>, string, string[]][] = [
    [
      'expired',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf', { notBefore: day(-9), notAfter: day(-1) });
        return judge(leaf, { anchors: certificates(anchor) });
      },
      'passed passed failed',
      ['CERTIFICATE_EXPIRED'],
    ],
    [
      'not valid yet',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf', { notBefore: day(1) });
        return judge(leaf, { anchors: certificates(anchor) });
      },
      'passed passed failed',
      ['CERTIFICATE_NOT_YET_VALID'],
    ],
    [
      'an expired CA between',
      async () => {
        const anchor = await root();
        const ca = await under(anchor, 'CA', { ...CA, notAfter: day(-1) });
        const leaf = await under(ca, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), intermediates: certificates(ca) });
      },
      'passed passed failed',
      ['CERTIFICATE_EXPIRED'],
    ],
    [
      'an expired anchor',
      async () => {
        const anchor = await root({ notAfter: day(-1) });
        return judge(await under(anchor, 'leaf'), { anchors: certificates(anchor) });
      },
      'passed passed failed',
      ['CERTIFICATE_EXPIRED'],
    ],
    [
      'a wrong key usage',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), keyUsage: ['keyEncipherment'] });
      },
      'passed failed passed',
      ['KEY_USAGE_WRONG'],
    ],
    [
      'one of two key usages',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), keyUsage: ['digitalSignature', 'keyAgreement'] });
      },
      'passed failed passed',
      ['KEY_USAGE_WRONG'],
    ],
    [
      'no key usage stated where one is wanted',
      async () => {
        const leaf = parseCertificate(craft());
        return judge(leaf, { anchors: [leaf], keyUsage: ['digitalSignature'] });
      },
      'passed failed passed',
      ['KEY_USAGE_WRONG'],
    ],
    [
      'a wrong extended key usage',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf', { profile: 'tls-server' });
        return judge(leaf, { anchors: certificates(anchor), extendedKeyUsage: OIDS.timeStamping });
      },
      'passed failed passed',
      ['EXTENDED_KEY_USAGE_WRONG'],
    ],
    [
      'no extended key usage stated where one is wanted',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), extendedKeyUsage: OIDS.serverAuth });
      },
      'passed failed passed',
      ['EXTENDED_KEY_USAGE_WRONG'],
    ],
    [
      'anyExtendedKeyUsage where one is wanted',
      async () => {
        const leaf = parseCertificate(
          craft({ rest: extensions(extension('551d25', Uint8Array.of(0x30, 6, 6, 4, 0x55, 0x1d, 0x25, 0))) }),
        );
        return judge(leaf, { anchors: [leaf], extendedKeyUsage: OIDS.serverAuth });
      },
      'passed failed passed',
      ['EXTENDED_KEY_USAGE_WRONG'],
    ],
    [
      'a wrong curve of the leaf',
      async () => {
        const anchor = await root();
        const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const publicKeyInfo = publicKey.export({ format: 'der', type: 'spki' });
        const leaf = await under(anchor, 'leaf', { publicKeyInfo });
        return judge(leaf, { anchors: certificates(anchor), keyAlgorithm: 'sm2' });
      },
      'passed failed passed',
      ['KEY_ALGORITHM_WRONG'],
    ],
    [
      "a wrong curve of the issuer's key",
      async () => {
        const name = { commonName: 'P-256' };
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const signer = ecdsaP256SoftwareSigner(privateKey);
        const spec = request({ subject: name, issuer: name, publicKeyInfo: signer.publicKeyInfo });
        const anchor = parseCertificate(await issueCertificate(spec, signer));
        const sm2Leaf = await under(await root({ subject: name, issuer: name }), 'leaf');
        return judge(sm2Leaf, { anchors: [anchor] });
      },
      'failed failed passed',
      ['CERTIFICATE_SIGNATURE_KEY_MISMATCH', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'an unknown root',
      async () => {
        const leaf = await under(
          await root({ issuer: { commonName: 'x' }, subject: { commonName: 'x' } }),
          'leaf',
        );
        return judge(leaf, { anchors: certificates(await root()) });
      },
      'indeterminate failed passed',
      ['ISSUER_UNKNOWN', 'ISSUER_UNKNOWN', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a root of the same name and another key',
      async () => judge(await under(await root(), 'leaf'), { anchors: certificates(await root()) }),
      'failed failed passed',
      ['CERTIFICATE_SIGNATURE_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a complete path to a root nobody trusts',
      async () => {
        const strange = await root({ issuer: { commonName: 'x' }, subject: { commonName: 'x' } });
        const leaf = await under(strange, 'leaf');
        return judge(leaf, { anchors: certificates(await root()), intermediates: certificates(strange) });
      },
      'passed failed passed',
      ['SELF_SIGNED_NOT_TRUSTED', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a self-signed leaf',
      async () => judge(parseCertificate(craft()), { anchors: certificates(await root()) }),
      'passed failed passed',
      ['SELF_SIGNED_NOT_TRUSTED', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a leaf that issues',
      async () => {
        const anchor = await root();
        const person = await under(anchor, 'person');
        const leaf = await under(person, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), intermediates: certificates(person) });
      },
      'passed failed passed',
      ['ISSUER_NOT_CA', 'ISSUER_KEY_USAGE'],
    ],
    [
      'a leaf that issues and is an anchor',
      async () => {
        const person = await under(await root(), 'person');
        return judge(await under(person, 'leaf'), { anchors: certificates(person) });
      },
      'passed failed passed',
      ['ISSUER_NOT_CA', 'ISSUER_KEY_USAGE'],
    ],
    [
      'a CA that may sign lists only',
      async () => {
        const anchor = await root();
        const ca = await under(anchor, 'CA', { ...CA, keyUsage: ['cRLSign'] });
        const leaf = await under(ca, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), intermediates: certificates(ca) });
      },
      'passed failed passed',
      ['ISSUER_KEY_USAGE'],
    ],
    [
      'a CA below a CA that allows none',
      async () => {
        const anchor = await root({ pathLength: 0 });
        const ca = await under(anchor, 'CA', CA);
        const leaf = await under(ca, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), intermediates: certificates(ca) });
      },
      'passed failed passed',
      ['PATH_TOO_LONG'],
    ],
    [
      'a critical extension that is not evaluated',
      async () => {
        const rest = extensions(extension('2a030405', Uint8Array.of(5, 0), Uint8Array.of(1, 1, 0xff)));
        const leaf = parseCertificate(craft({ rest }));
        return judge(leaf, { anchors: [leaf] });
      },
      'passed failed passed',
      ['CRITICAL_EXTENSION_UNKNOWN'],
    ],
    [
      'critical name constraints, which are not evaluated',
      async () => {
        const rest = extensions(extension('551d1e', Uint8Array.of(0x30, 0), Uint8Array.of(1, 1, 0xff)));
        const leaf = parseCertificate(craft({ rest }));
        return judge(leaf, { anchors: [leaf] });
      },
      'passed failed passed',
      ['CRITICAL_EXTENSION_UNKNOWN'],
    ],
    [
      'the empty signer ID, self-signed',
      async () => judge(parseCertificate(craft({}, { id: new Uint8Array(0) })), {}),
      'failed indeterminate passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_ANCHOR_GIVEN'],
    ],
    [
      'the empty signer ID',
      () => resigned((pair, tbs) => sm2.signWith(pair, tbs, { id: new Uint8Array(0) })),
      'failed failed passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'plain SM3 without Z',
      () => resigned((pair, tbs) => sm2.signDigest(pair.privateKey, sm3(tbs))),
      'failed failed passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a signature that is no DER',
      () => resigned(() => new Uint8Array(64)),
      'failed failed passed',
      ['CERTIFICATE_SIGNATURE_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'the default signer ID where another is wanted',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), signerId: Uint8Array.of(1, 2) });
      },
      'failed failed passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'an anchor that was altered and is judged itself',
      async () => {
        const der = craft();
        der[der.length - 1]! ^= 1;
        const leaf = parseCertificate(der);
        return judge(leaf, { anchors: [leaf] });
      },
      'failed passed passed',
      ['CERTIFICATE_SIGNATURE_WRONG'],
    ],
    [
      'an algorithm that cannot be checked',
      async () => {
        // ECDSA with SHA-1
        const algorithm = Uint8Array.from(Buffer.from('300906072a8648ce3d0401', 'hex'));
        const leaf = parseCertificate(craft({ innerAlgorithm: algorithm, outerAlgorithm: algorithm }));
        return judge(leaf, { anchors: certificates(await root()) });
      },
      'indeterminate failed passed',
      ['CERTIFICATE_ALGORITHM_UNSUPPORTED', 'NO_PATH_TO_ANCHOR'],
    ],
  ];

  it.each(FAULTS)('%s', async (_, verdict, status, codes) => {
    const judged = await verdict();
    expect(statuses(judged)).toBe(status);
    expect(troubles(judged)).toEqual(codes);
    expect(isAccepted(judged)).toBe(false);
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
  ])('%s', (_, options) => {
    const leaf = parseCertificate(craft());
    expect(codeOf(() => judge(leaf, options as Partial<PathOptions>))).toBe('ERR_PKI_PATH_OPTIONS');
  });

  it('a signer ID of 8192 bytes', async () => {
    const anchor = await root();
    const leaf = await under(anchor, 'leaf');
    const options = { anchors: certificates(anchor), signerId: new Uint8Array(8192) };
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

import { isAccepted, sm2, sm3, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../src/index.ts';
import { validateCertificatePath, verifyCertificatePath } from '../src/path/index.ts';
import type { PathOptions, PathReport } from '../src/spec/v1/path.ts';
import { day, NOW, root, under } from './support/authority.ts';
import { troubles } from './support/codes.ts';
import { craft } from './support/craft.ts';
import { CA, certificates, resignedLeaf } from './support/path-judging.ts';

const lines = ({ steps }: PathReport): string[] =>
  steps.map(({ certificate, check, status }) => `${certificate} ${check} ${status}`);

describe('the report on a path [part of SEAL-015]', () => {
  it('has a step for every check, and the path', async () => {
    const anchor = await root({ pathLength: 1 });
    const ca = await under(anchor, 'CA', {
      ...CA,
      nameConstraints: { permitted: [{ kind: 'dns', value: 'example.cn' }] },
    });
    const leaf = await under(ca, 'leaf', {
      profile: 'tls-server',
      dnsNames: ['a.example.cn'],
      certificatePolicies: ['1.2.3'],
    });
    const options: PathOptions = {
      time: NOW,
      anchors: certificates(anchor),
      intermediates: certificates(ca),
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: '1.3.6.1.5.5.7.3.1',
      keyAlgorithm: 'sm2',
    };
    const report = validateCertificatePath(leaf.certificate, options);
    expect(report.path).toEqual(certificates(leaf, ca, anchor));
    expect(lines(report)).toEqual([
      '1 validity passed',
      '1 critical-extensions passed',
      '1 key-usage passed',
      '1 extended-key-usage passed',
      '1 key-algorithm passed',
      '1 signature passed',
      '2 validity passed',
      '2 critical-extensions passed',
      '2 issuer-rights passed',
      '2 name-constraints passed',
      '2 signature passed',
      '3 validity passed',
      '3 critical-extensions passed',
      '3 issuer-rights passed',
      '3 path-length passed',
      '3 anchor passed',
      '0 anchor passed',
      '0 revocation indeterminate',
    ]);
    expect(verifyCertificatePath(leaf.certificate, options)).toEqual(report.verdict);
    for (const step of report.steps) {
      expect(step.en).toMatch(/^[A-Z].*\.$/);
      expect(step.zh).toMatch(/\p{Script=Han}.*。$/u);
      expect(step.clause).toMatch(/^RFC 5280 §/);
    }
  });

  it('says which step failed, and of which certificate', async () => {
    const anchor = await root();
    const ca = await under(anchor, 'CA', { ...CA, notAfter: day(-1), keyUsage: ['cRLSign'] });
    const leaf = await under(ca, 'leaf');
    const report = validateCertificatePath(leaf.certificate, {
      time: NOW,
      anchors: certificates(anchor),
      intermediates: certificates(ca),
    });
    const failed = report.steps.filter(({ status }) => status === 'failed');
    expect(failed.map(({ certificate, code }) => `${certificate} ${code}`)).toEqual([
      '2 CERTIFICATE_EXPIRED',
      '2 ISSUER_KEY_USAGE',
    ]);
  });
});

describe('policies [part of SEAL-015]', () => {
  const [A, B, ANY] = ['1.2.156.1', '1.2.156.2', '2.5.29.32.0'];
  type Policies = readonly string[] | undefined;
  const CASES: readonly [string, Policies, Policies, string[], string[]][] = [
    ['one that both name', [A], [A], [A], []],
    ['one of several', [A, B], [B], [A, B], []],
    ['a CA that leaves it open', [ANY], [A], [A], []],
    ['a leaf that names another', [ANY], [B], [A], ['POLICY_WRONG']],
    ['a CA that names another', [B], [A], [A], ['POLICY_WRONG']],
    ['not the same one all the way', [A], [B], [A, B], ['POLICY_WRONG']],
    ['a leaf that leaves it open', [A], [ANY], [A], ['POLICY_WRONG']],
    ['a leaf that names none', [A], undefined, [A], ['POLICY_WRONG']],
    ['a CA that names none', undefined, [A], [A], ['POLICY_WRONG']],
  ];
  it.each(CASES)('%s', async (_, caPolicies, leafPolicies, policies, codes) => {
    const spec = (list: Policies) => (list === undefined ? {} : { certificatePolicies: list });
    const anchor = await root();
    const ca = await under(anchor, 'CA', { ...CA, ...spec(caPolicies) });
    const leaf = await under(ca, 'leaf', spec(leafPolicies));
    const options = { time: NOW, anchors: certificates(anchor), intermediates: certificates(ca) };
    expect(troubles(validateCertificatePath(leaf.certificate, { ...options, policies }).verdict)).toEqual(
      codes,
    );
    expect(isAccepted(validateCertificatePath(leaf.certificate, options).verdict)).toBe(true);
  });
});

describe('signer IDs of certificates [part of SEAL-015]', () => {
  const EMPTY = new Uint8Array(0);
  const judge = async (sign: Parameters<typeof resignedLeaf>[0], signerIds?: PathOptions['signerIds']) => {
    const { leaf, anchor } = await resignedLeaf(sign);
    const ids = signerIds === undefined ? {} : { signerIds };
    const { verdict, steps } = validateCertificatePath(leaf, { time: NOW, anchors: [anchor], ...ids });
    return {
      codes: troubles(verdict),
      id: steps.find(({ check }) => check === 'signature')?.signerId,
      text: steps.map(({ en }) => en).join(' '),
    };
  };

  it('are those the caller lists, in their order; the one that fitted is named', async () => {
    const plain = await judge((pair, tbs) => sm2.signDigest(pair.privateKey, sm3(tbs)), [EMPTY, 'plain-sm3']);
    expect(plain).toMatchObject({ codes: [], id: 'plain-sm3' });
    expect(plain.text).toContain('signerId=plain-sm3');
    const empty = await judge((pair, tbs) => sm2.signWith(pair, tbs, { id: EMPTY }), ['plain-sm3', EMPTY]);
    expect(empty).toMatchObject({ codes: [], id: EMPTY });
    const mail = utf8('someone@example.cn');
    const own = await judge((pair, tbs) => sm2.signWith(pair, tbs, { id: mail }), [mail]);
    expect(own).toMatchObject({ codes: [], id: mail });
    expect(own.text).not.toContain('someone');
    const usual = await judge((pair, tbs) => sm2.signWith(pair, tbs), [EMPTY, utf8('1234567812345678')]);
    expect(usual).toMatchObject({ codes: [], id: undefined });
  });

  it('are no others: not the default one, not the empty one', async () => {
    const wrong = ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'];
    expect((await judge((pair, tbs) => sm2.signWith(pair, tbs), [EMPTY])).codes).toEqual(wrong);
    expect((await judge((pair, tbs) => sm2.signWith(pair, tbs, { id: EMPTY }), ['plain-sm3'])).codes).toEqual(
      wrong,
    );
    expect((await judge((pair, tbs) => sm2.signDigest(pair.privateKey, sm3(tbs)), [EMPTY])).codes).toEqual(
      wrong,
    );
    expect((await judge((pair, tbs) => sm2.signWith(pair, tbs, { id: utf8('x') }))).codes).toEqual([
      'CERTIFICATE_SIGNATURE_WRONG',
      'NO_PATH_TO_ANCHOR',
    ]);
  });

  it('fit a self-signed certificate too', () => {
    const leaf = parseCertificate(craft({}, { id: EMPTY }));
    const judged = (signerIds: PathOptions['signerIds'] & {}) =>
      validateCertificatePath(leaf, { time: NOW, anchors: [leaf], signerIds });
    expect(isAccepted(judged([EMPTY]).verdict)).toBe(true);
    expect(isAccepted(judged(['plain-sm3']).verdict)).toBe(false);
  });
});

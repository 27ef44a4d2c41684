import { generateKeyPairSync } from 'node:crypto';
import { isAccepted, type Verdict } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { OIDS, parseCertificate } from '../src/index.ts';
import { day, root, under } from './support/authority.ts';
import { statuses, troubles } from './support/codes.ts';
import { craft, extension, extensions } from './support/craft.ts';
import { CA, certificates, judge } from './support/path-judging.ts';

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
  ];

  it.each(FAULTS)('%s', async (_, verdict, status, codes) => {
    const judged = await verdict();
    expect(statuses(judged)).toBe(status);
    expect(troubles(judged)).toEqual(codes);
    expect(isAccepted(judged)).toBe(false);
  });
});

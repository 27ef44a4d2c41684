import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { keyUsageLabels, PROFILE_LABELS } from '../src/certificate/index.ts';
import { PROFILES } from '../src/certificate/profiles.ts';
import {
  type CertificateProfile,
  type KeyUsage,
  OIDS,
  PURPOSE_OIDS,
  verifyCertificatePath,
} from '../src/index.ts';
import { NOW, root, under } from './support/authority.ts';
import { codeOfAsync, troubles } from './support/codes.ts';

const SIGN: readonly KeyUsage[] = ['digitalSignature', 'nonRepudiation'];
const ENCRYPT: readonly KeyUsage[] = ['keyEncipherment', 'dataEncipherment', 'keyAgreement'];
const AUTHENTICATE: readonly KeyUsage[] = ['digitalSignature'];

/** Profile, usages, extended usages and whether these are critical. */
const EXPECTED: readonly (readonly [
  CertificateProfile,
  readonly KeyUsage[],
  readonly string[] | undefined,
  boolean,
])[] = [
  ['person', SIGN, undefined, false],
  ['person-encryption', ENCRYPT, undefined, false],
  ['organization', SIGN, undefined, false],
  ['organization-encryption', ENCRYPT, undefined, false],
  ['device-signing', SIGN, undefined, false],
  ['device-encryption', ENCRYPT, undefined, false],
  ['domain', AUTHENTICATE, [OIDS.serverAuth], false],
  ['tls-server', AUTHENTICATE, [OIDS.serverAuth], false],
  ['tls-server-encryption', ENCRYPT, [OIDS.serverAuth], false],
  ['tls-client', AUTHENTICATE, [OIDS.clientAuth], false],
  ['tls-client-encryption', ENCRYPT, [OIDS.clientAuth], false],
  ['seal-maker', SIGN, [PURPOSE_OIDS.sealMaker], false],
  ['seal-signer', SIGN, [PURPOSE_OIDS.sealSigner], false],
  ['tsa', SIGN, [OIDS.timeStamping], true],
  ['ocsp-responder', AUTHENTICATE, [OIDS.ocspSigning], false],
];
const PAIRS = [
  ['person', 'person-encryption'],
  ['organization', 'organization-encryption'],
  ['device-signing', 'device-encryption'],
  ['tls-server', 'tls-server-encryption'],
  ['tls-client', 'tls-client-encryption'],
] as const satisfies readonly (readonly [CertificateProfile, CertificateProfile])[];

describe('profiles for holders [part of SEAL-015, part of TCCIA-021]', () => {
  it.each(EXPECTED)(
    '%s states its usages, critical, and its purposes',
    async (profile, usages, purposes, flag) => {
      const { certificate } = await under(await root(), 'a.cn', { profile, dnsNames: ['a.cn'] });
      const criticalOf = (oid: string) => certificate.extensions.find((item) => item.oid === oid)?.critical;
      expect([...(certificate.keyUsage ?? [])]).toEqual(usages);
      expect(certificate.extendedKeyUsage).toEqual(purposes);
      expect(criticalOf(OIDS.keyUsage)).toBe(true);
      expect(criticalOf(OIDS.extendedKeyUsage)).toBe(purposes === undefined ? undefined : flag);
      expect(certificate.isCa).toBe(false);
      expect(certificate.unknownCritical).toEqual([]);
      expect(criticalOf(OIDS.ocspNoCheck)).toBe(profile === 'ocsp-responder' ? false : undefined);
    },
  );

  it('have a label in both languages, all of them', () => {
    expect(Object.keys(PROFILE_LABELS).sort()).toEqual(Object.keys(PROFILES).sort());
    for (const { en, zh } of Object.values(PROFILE_LABELS)) {
      expect(en).not.toBe('');
      expect(zh).toMatch(/\p{Script=Han}/u);
    }
    expect(keyUsageLabels(SIGN).map(({ zh }) => zh)).toEqual(['数字签名', '抗抵赖']);
  });
});

describe('dual certificates [part of SEAL-015]', () => {
  it.each(PAIRS)('%s and %s serve for one thing each and not for the other', async (sign, encrypt) => {
    const ca = await root();
    const judge = async (profile: CertificateProfile, usage: KeyUsage) => {
      const { certificate } = await under(ca, '双证书', { profile });
      const options = { anchors: [ca.certificate], time: NOW, keyUsage: [usage] };
      return isAccepted(verifyCertificatePath(certificate, options));
    };
    expect(await judge(sign, 'digitalSignature')).toBe(true);
    expect(await judge(sign, 'keyEncipherment')).toBe(false);
    expect(await judge(encrypt, 'keyEncipherment')).toBe(true);
    expect(await judge(encrypt, 'keyAgreement')).toBe(true);
    expect(await judge(encrypt, 'digitalSignature')).toBe(false);
    expect(await judge(encrypt, 'nonRepudiation')).toBe(false);
  });
});

describe('certificates of CAs', () => {
  it('a CA below another has no CA below it unless that was asked for', async () => {
    const top = await root();
    const sub = await under(top, 'sub', { profile: 'sub-ca' });
    expect(sub.certificate).toMatchObject({ isCa: true, pathLength: 0 });
    const wide = await under(top, 'wide', { profile: 'sub-ca', pathLength: 2 });
    expect(wide.certificate.pathLength).toBe(2);
    const third = await under(sub, 'third', { profile: 'sub-ca' });
    const leaf = await under(third, 'leaf');
    const verdict = verifyCertificatePath(leaf.certificate, {
      anchors: [top.certificate],
      intermediates: [sub.certificate, third.certificate],
      time: NOW,
    });
    expect(troubles(verdict)).toContain('PATH_TOO_LONG');
  });

  it('alone may sign certificates, have a path length, and limit names', async () => {
    const ca = await root();
    for (const profile of Object.keys(PROFILES) as CertificateProfile[]) {
      if (PROFILES[profile].ca) continue;
      const names = { profile, dnsNames: ['a.cn'] };
      for (const changes of [
        { keyUsage: ['digitalSignature', 'keyCertSign'] as const },
        { pathLength: 0 },
        { nameConstraints: { permitted: [{ kind: 'dns', value: 'a.cn' }] as const } },
      ]) {
        const code = await codeOfAsync(() => under(ca, 'x', { ...names, ...changes }));
        expect(code).toBe('ERR_PKI_REQUEST_INVALID');
      }
    }
  });

  it('a domain certificate without a host is refused, with an address or a name it is not', async () => {
    const ca = await root();
    const domain = (changes: object) =>
      codeOfAsync(() => under(ca, 'a.cn', { profile: 'domain', ...changes }));
    expect(await domain({})).toBe('ERR_PKI_REQUEST_INVALID');
    expect(await domain({ emails: ['a@b.cn'], dnsNames: [] })).toBe('ERR_PKI_REQUEST_INVALID');
    expect(await domain({ dnsNames: ['a.cn'] })).toBe('nothing was thrown');
    expect(await domain({ ipAddresses: ['10.0.0.1'] })).toBe('nothing was thrown');
  });
});

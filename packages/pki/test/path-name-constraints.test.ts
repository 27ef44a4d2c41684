import { derElement, fromHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { validateCertificatePath } from '../src/path/index.ts';
import type { NameConstraintSpec, NameConstraintsSpec } from '../src/spec/v1/issuing.ts';
import { NOW, root, under } from './support/authority.ts';
import { troubles } from './support/codes.ts';
import { CA, certificates } from './support/path-judging.ts';

type LeafSpec = Parameters<typeof under>[2];

async function judged(nameConstraints: NameConstraintsSpec, leafSpec: LeafSpec): Promise<string[]> {
  const anchor = await root();
  const ca = await under(anchor, 'CA', { ...CA, nameConstraints });
  const leaf = await under(ca, 'leaf', { profile: 'tls-server', ...leafSpec });
  const options = { time: NOW, anchors: certificates(anchor), intermediates: certificates(ca) };
  return troubles(validateCertificatePath(leaf.certificate, options).verdict);
}

const dns = (value: string): NameConstraintSpec => ({ kind: 'dns', value });
const email = (value: string): NameConstraintSpec => ({ kind: 'email', value });
const uri = (value: string): NameConstraintSpec => ({ kind: 'uri', value });
const ip = (value: string): NameConstraintSpec => ({ kind: 'ip', value });
const organization = (name: string): NameConstraintSpec => ({
  kind: 'directory',
  name: {
    raw: directory([
      [0x0c, '550406', 'CN'],
      [0x0c, '55040a', name],
    ]),
  },
});

/** A Name of attributes in the string types given. */
function directory(parts: readonly (readonly [tag: number, oid: string, text: string])[]): Uint8Array {
  const attribute = ([tag, oid, text]: readonly [number, string, string]) =>
    derElement(0x31, derElement(0x30, derElement(0x06, fromHex(oid)), derElement(tag, utf8(text))));
  return derElement(0x30, ...parts.map(attribute));
}
const subject = (...parts: Parameters<typeof directory>[0]): LeafSpec => ({
  subject: { raw: directory(parts) },
});

const KEPT: readonly [string, NameConstraintsSpec, LeafSpec][] = [
  ['the host itself', { permitted: [dns('example.cn')] }, { dnsNames: ['example.cn'] }],
  ['a host below, in other case', { permitted: [dns('example.cn')] }, { dnsNames: ['A.B.Example.CN'] }],
  ['a wildcard below', { permitted: [dns('example.cn')] }, { dnsNames: ['*.example.cn'] }],
  ['one of two domains', { permitted: [dns('a.cn'), dns('b.cn')] }, { dnsNames: ['x.b.cn', 'a.cn'] }],
  ['names of other kinds than the constraint', { permitted: [dns('example.cn')] }, { emails: ['a@b.cn'] }],
  [
    'a host that ends like an excluded one',
    { excluded: [dns('example.cn')] },
    { dnsNames: ['myexample.cn'] },
  ],
  ['a mailbox', { permitted: [email('a@example.cn')] }, { emails: ['a@EXAMPLE.cn'] }],
  ['a mailbox of a host', { permitted: [email('example.cn')] }, { emails: ['b@example.cn'] }],
  ['a mailbox below a domain', { permitted: [email('.example.cn')] }, { emails: ['b@mail.example.cn'] }],
  ['a URI of a host', { permitted: [uri('example.cn')] }, { uris: ['https://u@example.cn:8443/a@b?c'] }],
  ['a URI below a domain', { permitted: [uri('.example.cn')] }, { uris: ['ldap://x.example.cn'] }],
  ['an address of a network', { permitted: [ip('10.0.0.0/8')] }, { ipAddresses: ['10.255.1.2'] }],
  ['an IPv6 address of a network', { permitted: [ip('fd00::/8')] }, { ipAddresses: ['fd12::1'] }],
  [
    'an address outside of an excluded network',
    { excluded: [ip('10.0.0.0/9')] },
    { ipAddresses: ['10.128.0.1'] },
  ],
  [
    'a subject below a name',
    { permitted: [organization('示例')] },
    subject([0x13, '550406', 'CN'], [0x0c, '55040a', '示例'], [0x0c, '550403', '张三']),
  ],
  [
    'a subject in other case, spaces and string type',
    { permitted: [organization('Acme  Works')] },
    subject([0x0c, '550406', 'cn'], [0x13, '55040a', ' ACME works '], [0x0c, '550403', 'x']),
  ],
];

const VIOLATED: readonly [string, NameConstraintsSpec, LeafSpec][] = [
  ['another host', { permitted: [dns('example.cn')] }, { dnsNames: ['example.com'] }],
  [
    'a host that ends like the permitted one',
    { permitted: [dns('example.cn')] },
    { dnsNames: ['myexample.cn'] },
  ],
  ['one host of two', { permitted: [dns('example.cn')] }, { dnsNames: ['a.example.cn', 'b.com'] }],
  [
    'the domain itself where hosts below are permitted',
    { permitted: [dns('.example.cn')] },
    { dnsNames: ['example.cn'] },
  ],
  ['an excluded host', { excluded: [dns('example.cn')] }, { dnsNames: ['a.EXAMPLE.cn'] }],
  [
    'a host that is permitted and excluded',
    { permitted: [dns('cn')], excluded: [dns('example.cn')] },
    { dnsNames: ['example.cn'] },
  ],
  [
    'a wildcard that holds an excluded host',
    { excluded: [dns('a.example.cn')] },
    { dnsNames: ['*.example.cn'] },
  ],
  [
    'a wildcard of more than is permitted',
    { permitted: [dns('a.example.cn')] },
    { dnsNames: ['*.example.cn'] },
  ],
  ['a mailbox of another host', { permitted: [email('example.cn')] }, { emails: ['a@mail.example.cn'] }],
  [
    'a mailbox with the local part in other case',
    { permitted: [email('a@example.cn')] },
    { emails: ['A@example.cn'] },
  ],
  [
    'an excluded mailbox in the subject',
    { excluded: [email('example.cn')] },
    { subject: { commonName: 'x', email: 'x@example.cn' } },
  ],
  [
    'the domain itself where mailboxes below are permitted',
    { permitted: [email('.example.cn')] },
    { emails: ['a@example.cn'] },
  ],
  ['a URI of another host', { permitted: [uri('example.cn')] }, { uris: ['https://a.example.cn/'] }],
  [
    'a URI with the host in the user part',
    { permitted: [uri('example.cn')] },
    { uris: ['https://example.cn@evil.com/'] },
  ],
  ['a URI without a host', { permitted: [uri('example.cn')] }, { uris: ['urn:x:example.cn'] }],
  [
    'a URI with an address, whatever is excluded',
    { excluded: [uri('example.cn')] },
    { uris: ['https://10.0.0.1/'] },
  ],
  ['an address outside of the network', { permitted: [ip('10.0.0.0/8')] }, { ipAddresses: ['11.0.0.1'] }],
  [
    'an IPv6 address where IPv4 is permitted',
    { permitted: [ip('10.0.0.0/8')] },
    { ipAddresses: ['fd00::1'] },
  ],
  ['an address of an excluded network', { excluded: [ip('fd00::/16')] }, { ipAddresses: ['fd00:1::1'] }],
  [
    'a subject of another organization',
    { permitted: [organization('示例')] },
    subject([0x0c, '550406', 'CN'], [0x0c, '55040a', '示例二'], [0x0c, '550403', 'x']),
  ],
  [
    'a subject with the parts in another order',
    { permitted: [organization('示例')] },
    subject([0x0c, '55040a', '示例'], [0x0c, '550406', 'CN'], [0x0c, '550403', 'x']),
  ],
  [
    'a subject shorter than the constraint',
    { permitted: [organization('示例')] },
    subject([0x0c, '550406', 'CN']),
  ],
  [
    'an excluded subject in other case',
    { excluded: [organization('acme')] },
    subject([0x0c, '550406', 'cn'], [0x13, '55040a', 'ACME']),
  ],
];

describe('name constraints [part of SEAL-015]', () => {
  it.each(KEPT)('are kept by %s', async (_, constraints, leaf) => {
    expect(await judged(constraints, leaf)).toEqual([]);
  });

  it.each(VIOLATED)('are violated by %s', async (_, constraints, leaf) => {
    expect(await judged(constraints, leaf)).toEqual(['NAME_CONSTRAINTS_VIOLATED']);
  });

  it('of an anchor count, and bind CAs too, but not its own renewal', async () => {
    const constrained = { nameConstraints: { permitted: [organization('示例')] } };
    const anchor = await root(constrained);
    const ca = await under(anchor, 'CA', CA);
    const raw = directory([
      [0x0c, '550406', 'CN'],
      [0x0c, '55040a', '示例'],
      [0x0c, '550403', '张三'],
    ]);
    const judge = (leaf: Awaited<ReturnType<typeof under>>, between = ca) =>
      troubles(
        validateCertificatePath(leaf.certificate, {
          time: NOW,
          anchors: certificates(anchor),
          intermediates: certificates(between),
        }).verdict,
      );
    expect(judge(await under(ca, '', { subject: { raw } }))).toEqual(['NAME_CONSTRAINTS_VIOLATED']);
    const renewed = await under(anchor, '', { ...CA, subject: { raw: anchor.certificate.subjectRaw } });
    expect(judge(await under(renewed, '', { subject: { raw } }), renewed)).toEqual([]);
  });

  it('on a kind of name that is not evaluated stop a certificate with such a name only', async () => {
    const other = { kind: 'other', number: 0, raw: fromHex('a00806022a03a0020500') } as const;
    const nameConstraints = { permitted: [other], excluded: [] };
    const anchor = await root();
    const anchors = [{ ...anchor.certificate, nameConstraints }];
    const { certificate } = await under(anchor, 'leaf');
    const judge = (subjectAltNames: typeof certificate.subjectAltNames) =>
      troubles(validateCertificatePath({ ...certificate, subjectAltNames }, { time: NOW, anchors }).verdict);
    expect(judge([])).toEqual([]);
    expect(judge([{ ...other, number: 5 }])).toEqual([]);
    expect(judge([other])).toEqual(['NAME_CONSTRAINTS_UNSUPPORTED']);
  });

  it('of more names than are compared stop a path', async () => {
    const names = Array.from({ length: 300 }, (_, i) => ({ kind: 'dns', value: `${i}.cn` }) as const);
    const anchor = await root();
    const anchors = [{ ...anchor.certificate, nameConstraints: { permitted: names, excluded: [] } }];
    const leaf = { ...(await under(anchor, 'leaf')).certificate, subjectAltNames: names };
    expect(troubles(validateCertificatePath(leaf, { time: NOW, anchors }).verdict)).toEqual([
      'NAME_CONSTRAINTS_UNSUPPORTED',
    ]);
  });
});

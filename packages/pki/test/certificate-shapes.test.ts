import { describe, expect, it } from 'vitest';
import { formatDistinguishedName, issueCertificate } from '../src/index.ts';
import { createCertificateRequest } from '../src/request/index.ts';
import { issueCrl } from '../src/revocation/index.ts';
import { newSigner, request, root } from './support/authority.ts';
import { codeOf, codeOfAsync } from './support/codes.ts';
import { crlSpec } from './support/revocation.ts';

const name = { commonName: 'x' };

describe('values of a wrong shape are refused with a code', () => {
  const SPECS: readonly [string, object, string][] = [
    ['no subject', { subject: undefined }, 'ERR_PKI_NAME_INVALID'],
    ['no issuer', { issuer: undefined }, 'ERR_PKI_NAME_INVALID'],
    ['a subject that is null', { subject: null }, 'ERR_PKI_NAME_INVALID'],
    ['a subject as text', { subject: 'CN=x' }, 'ERR_PKI_NAME_INVALID'],
    ['a misspelt attribute', { subject: { ...name, organisation: 'x' } }, 'ERR_PKI_NAME_INVALID'],
    ['a policy that is null', { certificatePolicies: [null] }, 'ERR_PKI_REQUEST_INVALID'],
    ['an extension that is null', { extensions: [null] }, 'ERR_PKI_REQUEST_INVALID'],
    ['constraints that are null', { nameConstraints: null }, 'ERR_PKI_REQUEST_INVALID'],
    ['a constraint that is null', { nameConstraints: { permitted: [null] } }, 'ERR_PKI_REQUEST_INVALID'],
    [
      'misspelt constraints',
      { nameConstraints: { permitted: [{ kind: 'dns', value: 'a.cn' }], exclude: [] } },
      'ERR_PKI_REQUEST_INVALID',
    ],
    ['a host name that is null', { dnsNames: [null] }, 'ERR_PKI_REQUEST_INVALID'],
    ['a URI that is null', { ocspUrls: [null] }, 'ERR_PKI_REQUEST_INVALID'],
  ];
  it.each(SPECS)('in a certificate: %s', async (_, changes, code) => {
    const signer = newSigner();
    expect(await codeOfAsync(() => issueCertificate(request(changes), signer))).toBe(code);
  });

  it('under a misspelt name', async () => {
    const signer = newSigner();
    for (const name of ['dnsName', 'pathLen', 'keyUsages', 'nameConstraint']) {
      const spec = { ...request({ publicKeyInfo: signer.publicKeyInfo }), [name]: ['a.cn'] };
      expect(await codeOfAsync(() => issueCertificate(spec, signer))).toBe('ERR_PKI_REQUEST_INVALID');
    }
  });

  it('in a certificate or request: nothing at all', async () => {
    const signer = newSigner();
    expect(await codeOfAsync(() => issueCertificate(undefined as never, signer))).toBe(
      'ERR_PKI_REQUEST_INVALID',
    );
    for (const options of [undefined, null]) {
      expect(await codeOfAsync(() => createCertificateRequest(options as never, signer))).toBe(
        'ERR_PKI_REQUEST_INVALID',
      );
    }
    expect(await codeOfAsync(() => createCertificateRequest({} as never, signer))).toBe(
      'ERR_PKI_NAME_INVALID',
    );
  });

  const LISTS: readonly [string, object][] = [
    ['no entries', { entries: undefined }],
    ['entries that are null', { entries: null }],
    ['an entry that is null', { entries: [null] }],
    ['no issuer', { issuer: undefined }],
    ['an issuer as bytes', { issuer: new Uint8Array(8) }],
    ['a scope that is null', { issuingDistributionPoint: null }],
    ['a misspelt option', { baseCRLNumber: 1 }],
    ['a misspelt scope', { issuingDistributionPoint: { onlyUserCerts: true, onlyCACerts: true } }],
  ];
  it.each(LISTS)('in a list: %s', async (_, changes) => {
    const ca = await root();
    const spec = { ...crlSpec(ca), ...changes } as never;
    expect(await codeOfAsync(() => issueCrl(spec, ca.signer))).toBe('ERR_PKI_REVOCATION_OPTIONS');
  });

  it('as a name to print', () => {
    for (const raw of [undefined, null, 'CN=x', new Uint8Array(65_537)]) {
      expect(codeOf(() => formatDistinguishedName(raw as never))).toBe('ERR_PKI_NAME_INVALID');
    }
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { pemEncode } from '@cssi/pki';
import { concatBytes, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  MAX_INTEL_QUOTE_BYTES,
  parseIntelQuote,
  sgxVerifier,
  tdxVerifier,
} from '../../../src/evidence/intel/index.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import {
  createSyntheticIntelPlatform,
  createSyntheticIntelVendor,
  type SyntheticIntelPlatform,
  type SyntheticIntelVendor,
  type SyntheticQuoteOptions,
} from '../../../src/synthetic/intel/index.ts';
import { newHolder } from '../../../src/synthetic/intel/vendor.ts';
import { doubts, failures, flipped, outcome, put, TIME } from './support.ts';

const START = new Date('2026-01-01T00:00:00Z');
const FMSPC = Uint8Array.of(0, 0x90, 0x6e, 0xd5, 0, 0);
const NONCE = new Uint8Array(64).fill(0x5a);
const MR = new Uint8Array(48).fill(3);

let vendor: SyntheticIntelVendor;
let platform: SyntheticIntelPlatform;
let options: VerificationOptions;

beforeAll(async () => {
  vendor = await createSyntheticIntelVendor(START);
  platform = await createSyntheticIntelPlatform(vendor, { fmspc: FMSPC, components: [4, 4, 3], pceSvn: 11 });
  options = { time: TIME, anchors: { certificates: [vendor.root.certificate] }, reportData: NONCE };
});

const sgx = (more: SyntheticQuoteOptions = {}): Uint8Array =>
  platform.sgxQuote({ mrEnclave: MR.subarray(0, 32), reportData: NONCE }, more);
const tdx = (more: SyntheticQuoteOptions = {}, version: '1.0' | '1.5' = '1.0'): Uint8Array =>
  platform.tdxQuote({ version, mrTd: MR, reportData: NONCE }, more);
const strangerKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;

describe('versions of quotes', () => {
  it.each([3, 4, 5])('[part of CC-006] SGX in version %i', (version) => {
    const quote = sgx({ version });
    expect(sgxVerifier.recognises(quote)).toBe(true);
    expect(tdxVerifier.recognises(quote)).toBe(false);
    const verdict = sgxVerifier.verify(quote, options);
    expect(failures(verdict)).toEqual([]);
    expect(verdict.claims.format).toBe(`sgx-quote/${version}`);
  });

  it.each([
    [4, '1.0'],
    [5, '1.0'],
    [5, '1.5'],
  ] as const)('[part of CC-006] TDX in version %i with body %s', (version, body) => {
    const quote = tdx({ version }, body);
    expect(tdxVerifier.recognises(quote)).toBe(true);
    expect(sgxVerifier.recognises(quote)).toBe(false);
    const verdict = tdxVerifier.verify(quote, options);
    expect(failures(verdict)).toEqual([]);
    expect(verdict.claims.format).toBe(`tdx-quote/${version}`);
    expect(verdict.claims.details.tdReport).toBe(body);
    const names = verdict.claims.measurements.map(({ name }) => name);
    expect(names.includes('mrservicetd')).toBe(body === '1.5');
  });

  it('[part of CC-006] version 5 signs the type and length of its body', () => {
    const quote = tdx({ version: 5 }, '1.5');
    const reason = (changed: Uint8Array) => outcome(() => tdxVerifier.verify(changed, options));
    expect(reason(put(quote, 48, Uint8Array.of(2)))).toEqual([
      'ERR_TEE_EVIDENCE_MALFORMED',
      'reason=quote-body-length',
    ]);
    expect(reason(put(quote, 48, Uint8Array.of(1)))[1]).toBe('reason=quote-body-type');
    expect(reason(put(quote, 48, Uint8Array.of(4)))[1]).toBe('reason=quote-body-type');
    expect(reason(flipped(quote, 50))[1]).toBe('reason=quote-body-length');
    expect(parseIntelQuote(quote).signed.length).toBe(48 + 6 + 648);
  });

  it.each([
    ['teeTcbSvn2', 54 + 584],
    ['mrServiceTd', 54 + 600],
  ])('[part of CC-006] the fields of body 1.5 are signed: %s', (_, at) => {
    expect(outcome(() => tdxVerifier.verify(flipped(tdx({}, '1.5'), at), options))).toEqual([
      'signature:EVIDENCE_SIGNATURE_WRONG',
    ]);
  });

  it('[part of CC-006] version 3 is SGX only', () => {
    const changed = put(sgx(), 4, Uint8Array.of(0x81));
    expect(outcome(() => tdxVerifier.verify(changed, options))[1]).toBe('reason=quote-tee-type');
    expect(tdxVerifier.recognises(changed)).toBe(false);
  });

  it('[part of CC-006] zeros behind a quote are read over, up to the bound', () => {
    expect(failures(tdxVerifier.verify(tdx({ padding: 3000 }), options))).toEqual([]);
    const long = concatBytes(tdx(), new Uint8Array(MAX_INTEL_QUOTE_BYTES));
    expect(outcome(() => tdxVerifier.verify(long, options))[1]).toBe('reason=quote-too-long');
    expect(tdxVerifier.recognises(long)).toBe(false);
  });
});

describe('who vouches for the attestation key', () => {
  it('[part of CC-006] a quoting enclave that another key certified', () => {
    expect(outcome(() => sgxVerifier.verify(sgx({ certifiedBy: strangerKey() }), options))).toEqual([
      'signature:QE_REPORT_SIGNATURE_WRONG',
    ]);
  });

  it('[part of CC-006] a quote that another attestation key signed', () => {
    expect(outcome(() => tdxVerifier.verify(tdx({ signedBy: strangerKey() }), options))).toEqual([
      'signature:EVIDENCE_SIGNATURE_WRONG',
    ]);
  });

  it('[part of CC-006] a genuine quoting enclave that speaks for another key', () => {
    const qe = { reportData: new Uint8Array(32).fill(9) };
    expect(outcome(() => sgxVerifier.verify(sgx({ qe }), options))).toEqual([
      'binding:ATTESTATION_KEY_NOT_BOUND',
    ]);
  });

  it('[part of CC-006] a quoting enclave that can be debugged', () => {
    const qe = { attributes: Uint8Array.of(0x07) };
    expect(outcome(() => sgxVerifier.verify(sgx({ qe }), options))).toEqual(['binding:QE_DEBUG_ENABLED']);
  });

  it.each([1, 2, 3, 4])(
    '[part of CC-006] certification data of type %i brings no chain',
    (certificationType) => {
      const verdict = sgxVerifier.verify(
        sgx({ certificationType, certificationData: new Uint8Array(36) }),
        options,
      );
      expect(failures(verdict)).toEqual(['certificates:PCK_CHAIN_ABSENT']);
      expect(doubts(verdict)).toContain('signature:QE_REPORT_SIGNATURE_NOT_JUDGED');
      expect(verdict.integrity.status).toBe('indeterminate');
      expect(verdict.claims.device).toBeUndefined();
    },
  );

  it('[part of CC-006] certificates of other kinds under the same root speak for no platform', () => {
    const { tcbSigning, platformCa, root } = vendor;
    const chain = (...holders: (typeof root)[]) =>
      utf8(holders.map(({ certificate }) => pemEncode('CERTIFICATE', certificate.raw)).join(''));
    for (const certificationData of [
      chain(tcbSigning, root),
      chain(platformCa, root),
      chain(root),
      chain(root, platformCa, platform.pck),
    ]) {
      const quote = sgx({ certificationData, certifiedBy: tcbSigning.privateKey });
      expect(outcome(() => sgxVerifier.verify(quote, options))).toEqual([
        'certificates:PCK_CERTIFICATE_WRONG',
      ]);
    }
  });

  it('[part of CC-006] a certificate with the extension but of another name, or of another issuer', async () => {
    const dates = { notBefore: START, notAfter: vendor.notAfter, profile: 'device-signing' } as const;
    const { extensions } = platform.pck.certificate;
    const extension = extensions.filter(({ oid }) => oid === '1.2.840.113741.1.13.1');
    const named = await newHolder('Some Other Certificate', vendor.platformCa, {
      ...dates,
      extensions: extension,
    });
    const byRoot = await newHolder('Intel SGX PCK Certificate', vendor.root, {
      ...dates,
      extensions: extension,
    });
    for (const { certificate, privateKey } of [named, byRoot]) {
      const chain = [certificate, vendor.platformCa.certificate, vendor.root.certificate];
      const certificationData = utf8(chain.map(({ raw }) => pemEncode('CERTIFICATE', raw)).join(''));
      const quote = sgx({ certificationData, certifiedBy: privateKey });
      expect(outcome(() => sgxVerifier.verify(quote, options))).toEqual([
        'certificates:PCK_CERTIFICATE_WRONG',
      ]);
    }
  });

  it('[part of CC-006] a root of the same name with another key', async () => {
    const stranger = await createSyntheticIntelVendor(START);
    expect(stranger.root.certificate.subjectRaw).toEqual(vendor.root.certificate.subjectRaw);
    const anchors = { certificates: [stranger.root.certificate] };
    const verdict = sgxVerifier.verify(sgx(), { ...options, anchors });
    expect(verdict.trust.status).toBe('failed');
    expect(failures(verdict).every((one) => one.startsWith('chain:'))).toBe(true);
    expect(failures(verdict)).toContain('chain:NO_PATH_TO_ANCHOR');
  });

  it('[part of CC-006] a chain without its authority does not reach the anchor', () => {
    const { root } = vendor;
    const pem = [platform.pck, root].map(({ certificate }) => pemEncode('CERTIFICATE', certificate.raw));
    const quote = sgx({ certificationData: utf8(pem.join('')) });
    expect(outcome(() => sgxVerifier.verify(quote, options))).toEqual([
      'chain:ISSUER_UNKNOWN',
      'chain:NO_PATH_TO_ANCHOR',
    ]);
    const certificates = [vendor.platformCa.certificate];
    expect(outcome(() => sgxVerifier.verify(quote, { ...options, endorsements: { certificates } }))).toEqual(
      [],
    );
  });

  it('[part of CC-006] too many certificates, and text that is none', () => {
    const pem = pemEncode('CERTIFICATE', platform.pck.certificate.raw);
    const reason = (certificationData: Uint8Array) =>
      outcome(() => sgxVerifier.verify(sgx({ certificationData }), options));
    expect(reason(utf8(pem.repeat(7)))[1]).toBe('reason=pck-chain-length');
    expect(reason(utf8('no certificate'))[1]).toBe('reason=pck-chain');
    expect(reason(Uint8Array.of(0xff, 0xfe))[1]).toBe('reason=pck-chain');
    expect(reason(new Uint8Array(0))[1]).toBe('reason=pck-chain');
  });
});

describe('what an Intel quote claims', () => {
  const sgxClaims = (flags: number) =>
    sgxVerifier.verify(platform.sgxQuote({ attributes: Uint8Array.of(flags) }), options).claims;
  const tdClaims = (attributes: readonly number[]) =>
    tdxVerifier.verify(platform.tdxQuote({ tdAttributes: Uint8Array.from(attributes) }), options).claims;

  it('[part of CC-006] debug is a claim, for whoever appraises it', () => {
    expect(sgxClaims(0x05).debug).toBe('disabled');
    expect(sgxClaims(0x07)).toMatchObject({ debug: 'enabled', details: { provisionKey: false } });
    expect(sgxClaims(0x15).details.provisionKey).toBe(true);
    expect(tdClaims([0, 0, 0, 0x10]).debug).toBe('disabled');
    // Every bit of the group lets the host look into the TD.
    for (let bit = 0; bit < 8; bit++) expect(tdClaims([1 << bit]).debug).toBe('enabled');
  });

  it('[part of CC-006] a TD that may move says so', () => {
    expect(tdClaims([0, 0, 0, 0x20]).migration).toBe('attested');
    expect(tdClaims([0, 0, 0, 0x10]).migration).toBe('disabled');
    expect(tdClaims([0, 0, 0, 0x70, 0, 0, 0, 0x80]).details.tdAttributesSet).toEqual([
      'septVeDisable',
      'migratable',
      'protectionKeys',
      'perfmon',
    ]);
  });

  it('[part of CC-006] a challenge shorter than the field is compared with zeros behind it', () => {
    const quote = platform.sgxQuote({ reportData: utf8('challenge of 20 byte') });
    const judged = (reportData: Uint8Array) =>
      outcome(() => sgxVerifier.verify(quote, { ...options, reportData }));
    expect(judged(utf8('challenge of 20 byte'))).toEqual([]);
    expect(judged(utf8('challenge of 20 byt'))).toEqual(['freshness:NONCE_MISMATCH']);
    expect(judged(new Uint8Array(0))).toEqual(['freshness:NONCE_MISMATCH']);
  });

  it('[part of CC-006] synthetic evidence says that no hardware stands behind it', () => {
    expect(sgxClaims(0x05).emulated).toBe(true);
    expect(tdClaims([0]).emulated).toBe(true);
  });

  it('[part of CC-006] the platform is named by its provisioning id, unless that is hidden', async () => {
    const ppid = new Uint8Array(16).fill(0xab);
    const configuration = { dynamicPlatform: true, cachedKeys: false, smtEnabled: true };
    const named = await createSyntheticIntelPlatform(vendor, { fmspc: FMSPC, ppid, configuration });
    const hidden = await createSyntheticIntelPlatform(vendor, { fmspc: FMSPC, ppid: new Uint8Array(16) });
    const claims = (one: SyntheticIntelPlatform) => sgxVerifier.verify(one.sgxQuote({}), options).claims;
    expect(claims(named).device).toEqual(ppid);
    expect(claims(named).details.pck).toMatchObject(configuration);
    expect(claims(hidden).device).toBeUndefined();
  });
});

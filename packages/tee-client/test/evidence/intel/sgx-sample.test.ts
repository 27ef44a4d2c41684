import { createHash } from 'node:crypto';
import { toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseIntelQuote, sgxVerifier, tdxVerifier } from '../../../src/evidence/intel/index.ts';
import { createSyntheticIntelVendor } from '../../../src/synthetic/intel/index.ts';
import { sample, samplePresent } from '../samples.ts';
import { type Field, type Variant, variantsOf } from './sample-variants.ts';
import { doubts, failures, outcome, rootOf, TIME } from './support.ts';

const present = samplePresent('occlum_quote.dat', 'tdx_quote_4.dat');
const quote = present ? sample('occlum_quote.dat') : new Uint8Array();
const other = present ? sample('tdx_quote_4.dat') : new Uint8Array();

/** Fields of header and enclave report in the quote. */
const FIELDS: readonly Field[] = [
  ['qeSvn', 8],
  ['pceSvn', 10],
  ['qeVendor', 12],
  ['userData', 28],
  ['cpuSvn', 48],
  ['miscSelect', 64],
  ['reserved', 68],
  ['isvExtProdId', 80],
  ['attributes (provision key)', 98],
  ['xfrm', 104],
  ['mrEnclave', 112],
  ['mrSigner', 176],
  ['configId', 240],
  ['isvProdId', 304],
  ['isvSvn', 306],
  ['configSvn', 308],
  ['isvFamilyId', 352],
  ['reportData', 368, 'freshness:NONCE_MISMATCH'],
];

describe('SGX v3 quote of real hardware', () => {
  // The anchor is the independent copy in the other quote.
  const anchors = { certificates: present ? [rootOf(other)] : [] };
  const reportData = present ? parseIntelQuote(quote).body.reportData : new Uint8Array();
  const variants = present ? variantsOf(quote, 3, FIELDS, other, reportData) : [];

  it.skipIf(!present)('[part of CC-006] the anchor is the root whose fingerprint Intel publishes', () => {
    for (const one of [quote, other]) {
      const fingerprint = createHash('sha256').update(rootOf(one).raw).digest('hex');
      expect(fingerprint).toBe('44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3');
    }
  });

  it.skipIf(!present)(
    '[part of CC-006] is genuine under its true chain; what cannot be known is open',
    () => {
      const verdict = sgxVerifier.verify(quote, { time: TIME, anchors, reportData: utf8('test') });
      expect(failures(verdict)).toEqual([]);
      expect(doubts(verdict)).toEqual([
        'revocation:REVOCATION_NOT_JUDGED',
        'collateral:QE_IDENTITY_NOT_JUDGED',
        'tcb:TCB_NOT_JUDGED',
      ]);
      expect(verdict.integrity.status).toBe('passed');
      expect(verdict.trust.status).toBe('indeterminate');
      expect(verdict.time.status).toBe('passed');
    },
  );

  it.skipIf(!present)('[part of CC-006] says what the enclave is', () => {
    const { claims } = sgxVerifier.verify(quote, { time: TIME, anchors });
    expect(claims).toMatchObject({
      type: 'sgx',
      emulated: false,
      format: 'sgx-quote/3',
      deployment: 'enclave',
      debug: 'enabled',
      migration: 'disabled',
      memoryEncryption: 'active',
    });
    const values = claims.measurements.map(({ name, role, value }) => [name, role, toHex(value)]);
    expect(values).toEqual([
      ['mrenclave', 'workload', '8f173e4613ff05c52aaf04162d234edae8c9977eae47eb2299ae16a553011c68'],
      ['mrsigner', 'signer', '83d719e77deaca1470f6baf62a4d774303c899db69020f9c70ee1dfc08c7ce9e'],
    ]);
    expect(claims.versions).toContainEqual({ name: 'pce', value: 11 });
    expect(claims.versions).toContainEqual({ name: 'sgx-component-01', value: 4 });
    expect(claims.details.pck).toMatchObject({
      fmspc: '00606a000000',
      pceId: '0000',
      sgxType: 'scalable',
    });
    expect(toHex(claims.device!)).toBe('b9c92eb5053cb158956f4e68b6d82f52');
  });

  it.skipIf(!present)('[part of CC-006] there are at least 20 ways to tamper with it, all different', () => {
    expect(variants.length).toBeGreaterThanOrEqual(50);
    expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
  });

  it.each<Variant>([...variants])('[part of CC-006] refused at the right step: $name', (variant) => {
    const { time = TIME, anchors: given = anchors } = variant;
    const challenge = variant.reportData ?? reportData;
    const found = outcome(() =>
      sgxVerifier.verify(variant.quote, { time, anchors: given, reportData: challenge }),
    );
    expect([...found].sort()).toEqual([...variant.fails].sort());
  });

  it.skipIf(!present)('[part of CC-006] other anchors: the chain fails; none: trust stays open', async () => {
    const { root } = await createSyntheticIntelVendor(new Date('2026-01-01T00:00:00Z'));
    const wrong = { certificates: [root.certificate] };
    const refused = sgxVerifier.verify(quote, { time: TIME, anchors: wrong, reportData });
    expect(failures(refused)).toEqual(['chain:SELF_SIGNED_NOT_TRUSTED', 'chain:NO_PATH_TO_ANCHOR']);
    const open = sgxVerifier.verify(quote, { time: TIME, anchors: {}, reportData });
    expect(failures(open)).toEqual([]);
    expect(doubts(open)).toContain('chain:NO_ANCHOR_GIVEN');
  });

  it.skipIf(!present)('[part of CC-006] every shorter input is malformed', () => {
    for (let length = 0; length < quote.length; length += 7) {
      const found = outcome(() => sgxVerifier.verify(quote.subarray(0, length), { time: TIME, anchors }));
      expect(found[0]).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    }
  });

  it.skipIf(!present)('[part of CC-006] a quote of the other TEE is not this type', () => {
    expect(sgxVerifier.recognises(quote)).toBe(true);
    expect(tdxVerifier.recognises(quote)).toBe(false);
    expect(outcome(() => tdxVerifier.verify(quote, { time: TIME, anchors }))).toEqual([
      'ERR_TEE_EVIDENCE_MALFORMED',
      'reason=quote-tee-type',
    ]);
  });
});

import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseIntelQuote, sgxVerifier, tdxVerifier } from '../../../src/evidence/intel/index.ts';
import { createSyntheticIntelVendor } from '../../../src/synthetic/intel/index.ts';
import { sample, samplePresent } from '../samples.ts';
import { type Field, type Variant, variantsOf } from './sample-variants.ts';
import {
  certification,
  doubts,
  failures,
  flipped,
  outcome,
  partsOf,
  placeOf,
  put,
  rootOf,
  TIME,
} from './support.ts';

const present = samplePresent('occlum_quote.dat', 'tdx_quote_4.dat');
const quote = present ? sample('tdx_quote_4.dat') : new Uint8Array();
const other = present ? sample('occlum_quote.dat') : new Uint8Array();

/** Fields of header and TD report in the quote. */
const FIELDS: readonly Field[] = [
  ['reserved', 8],
  ['qeVendor', 12],
  ['userData', 28],
  ['teeTcbSvn', 48],
  ['mrSeam', 64],
  ['mrSignerSeam', 112],
  ['seamAttributes', 160],
  ['tdAttributes (debug)', 168],
  ['xfam', 176],
  ['mrTd', 184],
  ['mrConfigId', 232],
  ['mrOwner', 280],
  ['mrOwnerConfig', 328],
  ['rtmr0', 376],
  ['rtmr1', 424],
  ['rtmr2', 472],
  ['rtmr3', 520],
  ['reportData', 568, 'freshness:NONCE_MISMATCH'],
];

describe('TDX v4 quote of real hardware', () => {
  // The anchor is the independent copy in the other quote.
  const anchors = { certificates: present ? [rootOf(other)] : [] };
  const reportData = present ? parseIntelQuote(quote).body.reportData : new Uint8Array();
  const variants = present ? variantsOf(quote, 4, FIELDS, other, reportData) : [];

  it.skipIf(!present)(
    '[part of CC-006] is genuine under its true chain; what cannot be known is open',
    () => {
      const verdict = tdxVerifier.verify(quote, { time: TIME, anchors, reportData });
      expect(failures(verdict)).toEqual([]);
      expect(doubts(verdict)).toEqual([
        'revocation:REVOCATION_NOT_JUDGED',
        'collateral:QE_IDENTITY_NOT_JUDGED',
        'collateral:TDX_MODULE_NOT_JUDGED',
        'tcb:TCB_NOT_JUDGED',
      ]);
      expect(verdict.integrity.status).toBe('passed');
      expect(verdict.trust.status).toBe('indeterminate');
      expect(verdict.time.status).toBe('passed');
    },
  );

  it.skipIf(!present)('[part of CC-006] without a challenge freshness is open', () => {
    const verdict = tdxVerifier.verify(quote, { time: TIME, anchors });
    expect(doubts(verdict)).toContain('freshness:NONCE_NOT_COMPARED');
    expect(verdict.time.status).toBe('indeterminate');
  });

  it.skipIf(!present)('[part of CC-006] says what the trust domain is', () => {
    const { claims } = tdxVerifier.verify(quote, { time: TIME, anchors });
    expect(claims).toMatchObject({
      type: 'tdx',
      format: 'tdx-quote/4',
      deployment: 'virtual-machine',
      debug: 'enabled',
      migration: 'disabled',
      memoryEncryption: 'active',
      emulated: false,
    });
    expect(claims.details.tdAttributesSet).toEqual(['debug', 'septVeDisable']);
    expect(claims.details.pck).toMatchObject({ fmspc: '50806f000000', smtEnabled: true });
    const value = (wanted: string) => toHex(claims.measurements.find(({ name }) => name === wanted)!.value);
    expect(value('mrtd')).toMatch(/^705ee9381b8633a9/);
    expect(value('rtmr0')).toMatch(/^e940da7c2712d279/);
    expect(value('rtmr1')).toMatch(/^559cfcf42716ed6c/);
    expect(value('rtmr3')).toBe('00'.repeat(48));
    expect(value('mrseam')).toMatch(/^2fd279c16164a93d/);
    expect(claims.versions).toContainEqual({ name: 'tdx-module', value: 3 });
    expect(claims.versions).toContainEqual({ name: 'seam-patch', value: 5 });
    expect(claims.versions).toContainEqual({ name: 'quoting-enclave', value: 4 });
  });

  it.skipIf(!present)('[part of CC-006] there are at least 20 ways to tamper with it, all different', () => {
    expect(variants.length).toBeGreaterThanOrEqual(50);
    expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
  });

  it.each<Variant>([...variants])('[part of CC-006] refused at the right step: $name', (variant) => {
    const { time = TIME, anchors: given = anchors } = variant;
    const challenge = variant.reportData ?? reportData;
    const found = outcome(() =>
      tdxVerifier.verify(variant.quote, { time, anchors: given, reportData: challenge }),
    );
    expect([...found].sort()).toEqual([...variant.fails].sort());
  });

  it.skipIf(!present)('[part of CC-006] other anchors: the chain fails; none: trust stays open', async () => {
    const { root } = await createSyntheticIntelVendor(new Date('2026-01-01T00:00:00Z'));
    const wrong = { certificates: [root.certificate] };
    const refused = tdxVerifier.verify(quote, { time: TIME, anchors: wrong, reportData });
    expect(failures(refused)).toEqual(['chain:SELF_SIGNED_NOT_TRUSTED', 'chain:NO_PATH_TO_ANCHOR']);
    const open = tdxVerifier.verify(quote, { time: TIME, anchors: {}, reportData });
    expect(failures(open)).toEqual([]);
    expect(open.trust.status).toBe('indeterminate');
  });

  it.skipIf(!present)('[part of CC-006] nested certification data has to be what it says', () => {
    const { qeReportRaw } = partsOf(quote);
    const type = placeOf(quote, qeReportRaw) - 6;
    const reason = (changed: Uint8Array) =>
      outcome(() => tdxVerifier.verify(changed, { time: TIME, anchors }));
    // Not the report of a quoting enclave; a nesting of its own; one byte more and one less than there is.
    expect(reason(put(quote, type, Uint8Array.of(5)))).toEqual([
      'ERR_TEE_EVIDENCE_MALFORMED',
      'reason=certification-data-type',
    ]);
    const inner = placeOf(quote, certification(5, partsOf(quote).certificationData));
    expect(reason(put(quote, inner, Uint8Array.of(6)))[1]).toBe('reason=certification-data-type');
    expect(reason(flipped(quote, inner + 2))[0]).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    expect(reason(flipped(quote, type + 2))[0]).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    expect(reason(put(quote, inner + 2, Uint8Array.of(0xff, 0xff, 0xff, 0xff)))[1]).toBe(
      'reason=certification-data-length',
    );
  });

  it.skipIf(!present)('[part of CC-006] every shorter input is malformed', () => {
    for (let length = 0; length < quote.length; length += 7) {
      const found = outcome(() => tdxVerifier.verify(quote.subarray(0, length), { time: TIME, anchors }));
      expect(found[0]).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    }
  });

  it.skipIf(!present)('[part of CC-006] is recognised as what it is', () => {
    expect(tdxVerifier.recognises(quote)).toBe(true);
    expect(sgxVerifier.recognises(quote)).toBe(false);
    for (const name of ['report.cert', 'test-report.bin', 'nitro.bin', 'ccel_csv.bin', 'hrk.cert'] as const) {
      if (!samplePresent(name)) continue;
      expect(tdxVerifier.recognises(sample(name))).toBe(false);
      expect(sgxVerifier.recognises(sample(name))).toBe(false);
    }
  });
});

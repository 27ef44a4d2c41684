import { concatBytes, fromHex, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  decodeTpmEvidence,
  encodeTpmEvidence,
  parseTpmPublicArea,
  parseTpmQuote,
  parseTpmSignature,
  tcmVerifier,
  tpmVerifier,
} from '../../../src/evidence/tpm/index.ts';
import { anchored, changed, flip, machine, malformation, NONCE } from './support.ts';

const name = `000b${'11'.repeat(32)}`;
/** Written by hand from TCG TPM 2.0 Library Part 2 §10.12: PCR 0 and 9 of SM3, PCR 23 of SHA-256. */
const QUOTE = [
  'ff544347',
  '8018',
  `0022${name}`,
  '0004deadbeef',
  '00000000000003e8',
  '00000002',
  '00000003',
  '01',
  '0001000200030004',
  '00000002',
  '0012 03 010200'.replaceAll(' ', ''),
  '000b 03 000080'.replaceAll(' ', ''),
  `0020${'22'.repeat(32)}`,
].join('');

describe('structures of a TPM', () => {
  it('reads a quote field by field', () => {
    const quote = parseTpmQuote(fromHex(QUOTE));
    expect(toHex(quote.qualifiedSigner)).toBe(name);
    expect(toHex(quote.extraData)).toBe('deadbeef');
    expect(quote).toMatchObject({
      clock: 1000n,
      resetCount: 2,
      restartCount: 3,
      safe: true,
      firmwareVersion: 0x0001_0002_0003_0004n,
      selections: [
        { bank: 'sm3', indexes: [0, 9] },
        { bank: 'sha256', indexes: [23] },
      ],
    });
    expect(toHex(quote.pcrDigest)).toBe('22'.repeat(32));
  });

  it.each([
    ['8018', '8017', 'quote-type'],
    ['ff544347', 'ff544348', 'quote-magic'],
    ['0000000301', '0000000302', 'quote-safe'],
    ['000000020012', '000000110012', 'quote-pcr-count'],
    ['001203010200', '001205010200', 'quote-pcr-select'],
    ['001203010200', '002703010200', 'quote-pcr-bank'],
    ['0004deadbeef', '0043deadbeef', 'quote-extra-data'],
    ['0004deadbeef', '0005deadbeef', undefined],
  ])('%s to %s: %s', (from, to, reason) => {
    expect(QUOTE).toContain(from);
    const said = malformation(() => parseTpmQuote(fromHex(QUOTE.replace(from, to))));
    if (reason !== undefined) expect(said).toBe(reason);
  });

  it('every length but the right one is malformed', () => {
    const whole = fromHex(QUOTE);
    for (let length = 0; length < whole.length; length++)
      malformation(() => parseTpmQuote(whole.subarray(0, length)));
    expect(malformation(() => parseTpmQuote(concatBytes(whole, Uint8Array.of(0))))).toBe('quote-trailing');
    expect(malformation(() => parseTpmQuote(new Uint8Array(2049)))).toBe('quote-size');
  });

  it('reads signatures, and refuses others and all that is longer or shorter', () => {
    const ecc = fromHex(`001b00120001aa0002bbcc`);
    expect(parseTpmSignature(ecc)).toMatchObject({
      scheme: 'sm2',
      hash: 'sm3',
      r: fromHex('aa'),
      s: fromHex('bbcc'),
    });
    expect(parseTpmSignature(fromHex('0016000b0001aa'))).toMatchObject({
      scheme: 'rsapss',
      value: fromHex('aa'),
    });
    for (let length = 0; length < ecc.length; length++) {
      expect(malformation(() => parseTpmSignature(ecc.subarray(0, length)))).toMatch(/^signature-/);
    }
    expect(malformation(() => parseTpmSignature(concatBytes(ecc, ecc)))).toBe('signature-trailing');
    // HMAC, ECDAA, no hash at all.
    for (const bad of ['0005000b', '001a000b00010000010000', '00180010000100000100']) {
      expect(malformation(() => parseTpmSignature(fromHex(bad)))).toBe('signature-algorithm');
    }
    expect(malformation(() => parseTpmSignature(fromHex(`0018000b0043${'00'.repeat(70)}`)))).toBe(
      'signature-value',
    );
  });

  it('public areas: every length, every length field', async () => {
    const { publicArea } = await machine();
    expect(parseTpmPublicArea(publicArea)).toMatchObject({
      nameHash: 'sm3',
      key: { type: 'ecc', curve: 'sm2' },
    });
    for (let length = 0; length < publicArea.length; length++) {
      malformation(() => parseTpmPublicArea(publicArea.subarray(0, length)));
    }
    expect(malformation(() => parseTpmPublicArea(concatBytes(publicArea, Uint8Array.of(0))))).toBe(
      'public-trailing',
    );
    expect(malformation(() => parseTpmPublicArea(flip(publicArea, 1, 0x08)))).toBe('public-type');
    expect(malformation(() => parseTpmPublicArea(flip(publicArea, 3, 0x80)))).toBe('public-name-hash');
    expect(malformation(() => parseTpmPublicArea(flip(publicArea, 17, 0x10)))).toBe('public-curve');
  });

  it('a point off the curve is no key', async () => {
    const tpm = await machine();
    const bad = changed(tpm.evidence(NONCE), ({ publicArea }) => ({ publicArea: flip(publicArea!, -1) }));
    expect(malformation(() => tpmVerifier.verify(bad, anchored(tpm)))).toBe('public-key');
  });
});

describe('evidence documents', () => {
  const rewritten = (evidence: Uint8Array, from: string | RegExp, to: string): Uint8Array => {
    const text = Buffer.from(evidence).toString('latin1');
    const next = text.replace(from, to);
    expect(next).not.toBe(text);
    return Uint8Array.from(Buffer.from(next, 'latin1'));
  };

  it('one content has one encoding', async () => {
    const tpm = await machine();
    const evidence = tpm.evidence(NONCE);
    expect(encodeTpmEvidence(decodeTpmEvidence(evidence))).toEqual(evidence);
  });

  it.each([
    ['white space', '{', '{ ', 'not-canonical'],
    ['a member twice', '"format":', '"format":"x","format":', 'not-canonical'],
    ['another format', 'cssi-tpm-evidence/1', 'cssi-tpm-evidence/2', 'format'],
    ['an unknown member', /\}$/, ',"zz":1}', 'members'],
    ['base64 that is not canonical', /"signature":"../, '"signature":"A=', 'signature'],
    ['a number instead of bytes', /"quote":"[^"]+"/, '"quote":1', 'quote'],
    ['an unknown bank', '"sm3":', '"sm4":', 'pcr-bank'],
    ['a register that is none', '"0":"', '"00":"', 'pcr-index'],
    ['a register beyond all', '"9":"', '"99":"', 'pcr-index'],
    ['no registers', /"pcrs":\{.*?\}\}/, '"pcrs":{}', 'pcrs'],
    ['a short value', /"0":"[^"]+"/, '"0":"AAAA"', 'pcr-value'],
    ['no certificates in the list', /"certificates":\[[^\]]+\]/, '"certificates":[]', 'certificates'],
    ['cut', /.$/, '', 'json'],
    [
      'nothing but nesting',
      /^.*$/s,
      `{"format":"cssi-tpm-evidence/1","pcrs":${'['.repeat(200)}${']'.repeat(200)}}`,
      'json',
    ],
  ])('refuses %s', async (_name, from, to, reason) => {
    const evidence = (await machine()).evidence(NONCE);
    expect(malformation(() => decodeTpmEvidence(rewritten(evidence, from, to)))).toBe(reason);
  });

  it('is recognised by its format alone', async () => {
    const evidence = (await machine()).evidence(NONCE);
    const other = rewritten(evidence, 'cssi-tpm-evidence/1', 'cssi-tcm-evidence/1');
    const neither = rewritten(evidence, 'cssi-tpm-evidence/1', 'cssi-abc-evidence/1');
    const recognised = [
      evidence,
      other,
      neither,
      evidence.subarray(1),
      new Uint8Array(),
      new Uint8Array(9_000_000),
    ].map((one) => [tpmVerifier.recognises(one), tcmVerifier.recognises(one)]);
    const no = [false, false];
    expect(recognised).toEqual([[true, false], [false, true], no, no, no, no]);
  });

  it('refuses what is too large before it looks at it', async () => {
    const tpm = await machine();
    expect(malformation(() => tpmVerifier.verify(new Uint8Array(8_388_609), anchored(tpm)))).toBe('size');
    expect(malformation(() => tpmVerifier.verify('{}' as never, anchored(tpm)))).toBe('size');
  });
});

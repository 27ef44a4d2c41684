import {
  canonicalJson,
  concatBytes,
  fromUtf8,
  type JsonValue,
  parseJson,
  toBase64,
  utf8,
} from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  decodeEvidence,
  encodeEvidence,
  MAX_SOFTWARE_EVIDENCE_BYTES,
  softwareVerifier,
} from '../../../src/evidence/software/index.ts';
import { EVIDENCE_FORMAT } from '../../../src/spec/v1/evidence.ts';
import { bytesOf, evidenceOf } from './support.ts';

const good = bytesOf();
const value = parseJson(good, MAX_SOFTWARE_EVIDENCE_BYTES) as Record<string, JsonValue>;
const edited = (changes: Record<string, JsonValue>): Uint8Array => canonicalJson({ ...value, ...changes });

describe('evidence of the software TEE as bytes', () => {
  it('is read as it was written [part of CC-006]', () => {
    expect(decodeEvidence(good)).toEqual(decodeEvidence(encodeEvidence(decodeEvidence(good))));
    const evidence = evidenceOf();
    expect(decodeEvidence(encodeEvidence(evidence))).toEqual(evidence);
  });

  it('holds the longest report and the most certificates there may be', () => {
    const evidence = {
      format: EVIDENCE_FORMAT,
      report: new Uint8Array(65_536),
      certificates: Array.from({ length: 8 }, () => new Uint8Array(16_384)),
    };
    const encoded = encodeEvidence(evidence);
    expect(encoded.length).toBeLessThanOrEqual(MAX_SOFTWARE_EVIDENCE_BYTES);
    expect(decodeEvidence(encoded)).toEqual(evidence);
    expect(softwareVerifier.recognises(encoded)).toBe(true);
  });

  it.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['no JSON', utf8('{"certificates":[')],
    ['no object', utf8('[]')],
    ['white space before', concatBytes(utf8(' '), good)],
    ['white space behind', concatBytes(good, utf8('\n'))],
    ['cut short', good.subarray(0, good.length - 1)],
    [
      'members in another order',
      utf8(`{"report":"AAAA","certificates":["AAAA"],"format":"${EVIDENCE_FORMAT}"}`),
    ],
    ['a member twice', utf8(fromUtf8(good).replace('{', '{"format":"x",'))],
    ['a member more', edited({ extra: 1 })],
    ['a member less', canonicalJson({ format: EVIDENCE_FORMAT, report: 'AAAA' })],
    ['another format', edited({ format: 'cssi-tee-evidence/2' })],
    ['a format that is no text', edited({ format: 1 })],
    ['no report', edited({ report: '' })],
    ['a report that is no base64', edited({ report: '*' })],
    ['base64url', edited({ report: '-_-_' })],
    ['base64 with bits left over', edited({ report: 'AB==' })],
    ['a report too long', edited({ report: toBase64(new Uint8Array(65_537)) })],
    ['no certificates', edited({ certificates: [] })],
    ['an empty certificate', edited({ certificates: [''] })],
    ['certificates that are no list', edited({ certificates: 'AAAA' })],
    ['certificates nested', edited({ certificates: [['AAAA']] })],
    ['nine certificates', edited({ certificates: Array.from({ length: 9 }, () => 'AAAA') })],
    ['a certificate too long', edited({ certificates: [toBase64(new Uint8Array(16_385))] })],
    ['too long altogether', new Uint8Array(MAX_SOFTWARE_EVIDENCE_BYTES + 1).fill(0x20)],
    ['deeply nested', utf8('['.repeat(100_000))],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeEvidence(bytes)).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' }),
    );
  });

  it('is not written where it could not be read', () => {
    const malformed = expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
    const evidence = evidenceOf();
    expect(() => encodeEvidence({ ...evidence, format: 'x' })).toThrow(malformed);
    expect(() => encodeEvidence({ ...evidence, report: new Uint8Array(0) })).toThrow(malformed);
    expect(() => encodeEvidence({ ...evidence, certificates: [] })).toThrow(malformed);
    expect(() => encodeEvidence({ ...evidence, report: new Uint8Array(65_537) })).toThrow(malformed);
  });

  it('is recognised, and nothing else is', () => {
    expect(softwareVerifier.recognises(good)).toBe(true);
    for (const bytes of [
      new Uint8Array(0),
      utf8('{}'),
      utf8('{"certificates":['),
      utf8('{"certificates":[]}'),
      utf8(fromUtf8(good).replace(EVIDENCE_FORMAT, 'cssi-tpm-evidence/1')),
      good.subarray(1),
      new Uint8Array(1184),
    ]) {
      expect(softwareVerifier.recognises(bytes)).toBe(false);
    }
  });
});

import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { eventLogVerifier } from '../../src/evidence/event-log/index.ts';
import { answersChallenge, judgeFreshness } from '../../src/evidence/freshness.ts';
import { ReportBuilder } from '../../src/evidence/report-builder.ts';
import { synthesizeEventLog } from '../../src/synthetic/event-log.ts';

const field = (text: string, length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(utf8(text));
  return bytes;
};

describe('[part of CC-006] the challenge of evidence', () => {
  it.each<[name: string, signed: Uint8Array, given: Uint8Array, answer: boolean]>([
    ['the same', utf8('nonce'), utf8('nonce'), true],
    ['padded by zeros', field('nonce', 64), utf8('nonce'), true],
    ['padded by zeros on both sides', field('nonce', 64), field('nonce', 32), true],
    ['another', utf8('nonce'), utf8('nonces'.slice(1)), false],
    ['a longer field with something in it', field('nonces', 64), utf8('nonce'), false],
    [
      'a field that begins with it and ends otherwise',
      new Uint8Array(64).fill(1, 63),
      new Uint8Array(32),
      false,
    ],
    ['longer than the field', utf8('nonc'), utf8('nonce'), false],
    ['longer than the field by zeros', utf8('nonce'), field('nonce', 6), false],
    ['empty, against zeros', new Uint8Array(64), new Uint8Array(0), false],
    ['empty, against nothing', new Uint8Array(0), new Uint8Array(0), false],
    ['against nothing', new Uint8Array(0), utf8('nonce'), false],
    ['its last bit', field('nonce', 64), field('noncd', 64), false],
  ])('is compared as it stands or padded: %s', (_name, signed, given, answer) => {
    expect(answersChallenge(signed, given)).toBe(answer);
  });

  const log = synthesizeEventLog({ events: [] }).log;
  const { claims } = eventLogVerifier.verify(log, { time: new Date(0), anchors: {} });

  it.each([
    ['passed', 'NONCE_MATCHES', utf8('nonce'), true],
    ['failed', 'NONCE_MISMATCH', utf8('Nonce'), false],
    ['indeterminate', 'NONCE_NOT_COMPARED', undefined, true],
  ] as const)('counts for time: %s %s', (status, code, given, result) => {
    const report = new ReportBuilder();
    expect(judgeFreshness(report, utf8('nonce'), given)).toBe(result);
    const verdict = report.build(claims);
    expect(verdict.steps).toMatchObject([{ step: 'freshness', status, code, aspect: 'time' }]);
    expect(verdict.time.status).toBe(status);
  });
});

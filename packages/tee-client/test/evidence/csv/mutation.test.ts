import { concatBytes, SmError } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { csvVerifier, parseHygonCertificates } from '../../../src/evidence/csv/index.ts';
import { seededNumbers } from '../seeded-numbers.ts';
import { chip, NONCE, trusting } from './support.ts';

const SEED = 'csv mutation 1';
const ROUNDS = 600;

/** A copy that differs: bits, ranges, lengths. */
function mutate(bytes: Uint8Array, next: (bound: number) => number): Uint8Array {
  const at = next(bytes.length);
  const copy = bytes.slice();
  switch (next(6)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return concatBytes(copy, copy.subarray(0, 1 + next(64)));
    case 2:
      copy.fill(copy[at] === 0xff ? 0 : 0xff, at, at + 1 + next(80));
      return copy;
    case 3:
      copy[at] = (copy[at]! + 1 + next(255)) & 255;
      return copy;
    default:
      copy[at]! ^= 1 << next(8);
      return copy;
  }
}

describe('[part of CC-006] a CSV report that was changed anywhere', () => {
  it.each([1, 2] as const)('is a verdict that says no, or a coded error: version %i', (version) => {
    console.info(`seed: ${SEED} ${version}`);
    const next = seededNumbers(`${SEED} ${version}`);
    const report = chip().report({ version, reportData: NONCE, withChain: true });
    const options = trusting(chip());
    let refused = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const changed = mutate(report, next);
      try {
        // Of version 1 an untouched report leaves that doubt too: it is no refusal.
        const { steps } = csvVerifier.verify(changed, options);
        const against = steps.filter(
          ({ status, code }) => status !== 'passed' && code !== 'CSV_LAUNCH_NOT_COMPARED',
        );
        expect(against.length, `round ${i}`).toBeGreaterThan(0);
      } catch (error) {
        expect(error, `round ${i}`).toBeInstanceOf(SmError);
        expect((error as SmError).code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
        refused++;
      }
      csvVerifier.recognises(changed);
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10);
    expect(refused).toBeLessThan(ROUNDS);
  });

  it('is refused bit by bit wherever it is not an empty slot: every byte of version 2', () => {
    const report = chip().report({ reportData: NONCE });
    const options = trusting(chip(), [chip().hskCek]);
    for (let at = 0; at < report.length; at += 7) {
      const changed = report.slice();
      changed[at]! ^= 0x10;
      let accepted = false;
      try {
        const { integrity, trust, time } = csvVerifier.verify(changed, options);
        accepted = [integrity, trust, time].every(({ status }) => status === 'passed');
      } catch (error) {
        expect((error as SmError).code, `byte ${at}`).toBe('ERR_TEE_EVIDENCE_MALFORMED');
      }
      expect(accepted, `byte ${at}`).toBe(false);
    }
  });

  it.each(['hrk', 'hsk', 'cek', 'oca', 'hskCek'] as const)('holds for certificates: %s', (name) => {
    console.info(`seed: ${SEED} ${name}`);
    const next = seededNumbers(`${SEED} ${name}`);
    for (let i = 0; i < 300; i++) {
      try {
        parseHygonCertificates(mutate(chip()[name], next));
      } catch (error) {
        expect(error, `round ${i}`).toMatchObject({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
      }
    }
  });
});

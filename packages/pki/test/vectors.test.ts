import { describe, expect, it } from 'vitest';
import {
  ALLOWED_VECTOR_SKIPS,
  type PkiVectorFileResult,
  runPkiVectorFile,
} from '../src/conformance/vectors/index.ts';
import { sharedBytes, sharedPresent } from './support/shared.ts';

const CERTS = 'vectors/certs/';
/** Files, the checks that must pass, and the ones that may be left out. */
const FILES: readonly (readonly [file: string, passed: number, skips: PkiVectorFileResult['skips']])[] = [
  ['containers.json', 9, {}],
  ['generated_pki.json', 54, {}],
  ['third_party_certs.json', 79, { 'issuer-not-in-set': 1 }],
];

const present = sharedPresent(`${CERTS}containers.json`);

describe.skipIf(!present)('shared vectors of certificates', () => {
  it.each(FILES)(
    '%s: %i cases get the expected verdict [part of SEAL-015, SEAL-016, SEAL-018]',
    async (file, passed, skips) => {
      const result = await runPkiVectorFile({ path: file, content: sharedBytes(CERTS + file) });
      console.info(`${file}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`);
      expect(result.failures).toEqual([]);
      expect([result.passed, result.failed, result.skips]).toEqual([passed, 0, skips]);
      for (const name of Object.keys(result.skips)) expect(ALLOWED_VECTOR_SKIPS).toHaveProperty(name);
    },
  );
});

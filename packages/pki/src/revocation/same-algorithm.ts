import { equalBytes } from '@cssi/sm-core';
import type { AlgorithmRef } from '../spec/v1/algorithm.ts';

const NOTHING = /* @__PURE__ */ Uint8Array.of(0x05, 0x00);

/** Do the algorithm that was signed and the one outside say the same? NULL and absent do. */
export function sameAlgorithm(a: AlgorithmRef, b: AlgorithmRef): boolean {
  return a.oid === b.oid && equalBytes(a.parameters?.raw ?? NOTHING, b.parameters?.raw ?? NOTHING);
}

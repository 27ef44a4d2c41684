import type { BrokenEngine } from './broken/base.ts';
import { BROKEN_CONTRACT } from './broken/contract.ts';
import { BROKEN_SM2 } from './broken/sm2.ts';
import { BROKEN_SM3 } from './broken/sm3.ts';
import { BROKEN_SM4 } from './broken/sm4.ts';
import { BROKEN_ZUC } from './broken/zuc.ts';

/** The planted faults, by algorithm. */
export const BROKEN_ENGINES: readonly BrokenEngine[] = [
  ...BROKEN_CONTRACT,
  ...BROKEN_SM3,
  ...BROKEN_SM2,
  ...BROKEN_SM4,
  ...BROKEN_ZUC,
];

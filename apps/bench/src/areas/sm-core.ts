import type { BenchArea } from '../area.ts';
import { agreementRows } from './sm-core-agreement.ts';
import { sm2Rows } from './sm-core-sm2.ts';
import { sm3Rows } from './sm-core-sm3.ts';
import { sm4Rows } from './sm-core-sm4.ts';

/** The algorithms on one thread: T/TCCIA 0002-2022 §5.5 asks for these rates of one instance. */
export const smCoreArea: BenchArea = {
  name: 'sm-core',
  summary: 'SM2, SM3 and SM4 on one thread',
  prepare: async () => ({
    rows: [...agreementRows(), ...sm2Rows(), ...(await sm3Rows()), ...sm4Rows()],
  }),
};

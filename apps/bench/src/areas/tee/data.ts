import { randomBytes, Secret, sm4 } from '@cssi/sm-core';
import { CONFORMANCE_TA_UUID } from '@cssi/tee-client';
import type { DirectRow, Measured } from '../../area.ts';
import type { Mode, TeeSubject } from './subject.ts';

const PIECE = 64 * 1024;
const MEGABYTE = 1_000_000;
const ROUNDS = 9;

/** Megabytes a second of `work`, which moves `PIECE` bytes. */
async function rate(milliseconds: number, work: () => unknown): Promise<number> {
  const start = performance.now();
  let pieces = 0;
  for (; performance.now() - start < milliseconds; pieces++) await work();
  return (pieces * PIECE) / MEGABYTE / ((performance.now() - start) / 1_000);
}

/** Sealing 64 KiB pieces in an enclave, beside the same cipher called directly in this process. */
export function sealRow(mode: Mode, { tee }: TeeSubject): DirectRow {
  return {
    id: `seal-64k.${mode}`,
    unit: 'MB/s',
    better: 'higher',
    aims: [{ peer: 'SM4-GCM called directly', value: 0.25 }],
    measure: async (seconds): Promise<Measured> => {
      const enclave = await tee.enclaves().create(CONFORMANCE_TA_UUID);
      const piece = randomBytes(PIECE);
      const aad = new Uint8Array(0);
      const gcm = sm4.gcm(Secret.random(16));
      let counter = 0;
      const direct = (): unknown => {
        const nonce = new Uint8Array(12);
        new DataView(nonce.buffer).setUint32(8, counter++);
        return gcm.seal(nonce, piece, aad);
      };
      const milliseconds = Math.max(50, (seconds * 500) / ROUNDS);
      const ours: number[] = [];
      const plain: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await rate(milliseconds, () => enclave.seal(piece, aad)));
        plain.push(await rate(milliseconds, direct));
      }
      await enclave.destroy();
      return { ours, peers: { 'SM4-GCM called directly': plain } };
    },
  };
}

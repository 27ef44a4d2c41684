import { CONFORMANCE_TA_UUID } from '@cssi/tee-client';
import type { DirectRow, Measured } from '../../area.ts';
import { copies } from './calls.ts';
import type { Mode, TeeSubject } from './subject.ts';

const MEBIBYTE = 1 << 20;
/** Growth above this is a leak and not the collector's play. */
const GOAL_MEBIBYTES = 16;

/** Resident bytes of the application's process where it has one, of this process otherwise. */
async function resident({ tee }: TeeSubject): Promise<number> {
  const { applications } = await tee.module.snapshot();
  const found = applications.find(({ uuid }) => uuid === CONFORMANCE_TA_UUID);
  return found?.residentBytes ?? process.memoryUsage().rss;
}

/** One turn of work: calls, a session, secure memory, sealing. */
async function turn(subject: TeeSubject): Promise<void> {
  for (let i = 0; i < 50; i++) if (!(await copies(subject))) throw new Error('soak: a call gave other bytes');
  const enclave = await subject.tee.enclaves().create(CONFORMANCE_TA_UUID);
  const memory = await enclave.allocateMemory(64 * 1024);
  await memory.grow(128 * 1024);
  await memory.release();
  const blob = await enclave.seal(new Uint8Array(4096), new Uint8Array(0));
  if ((await enclave.unseal(blob, new Uint8Array(0))).length !== 4096) throw new Error('soak: unsealing');
  await enclave.destroy();
}

/** Growth of memory over a soak: the last fifth against the second; an error ends the run. */
export function soakRow(mode: Mode, subject: TeeSubject): DirectRow {
  return {
    id: `soak.growth.${mode}`,
    unit: 'MiB',
    better: 'lower',
    goal: GOAL_MEBIBYTES,
    requirements: ['CSSI-014'],
    measure: async (seconds): Promise<Measured> => {
      const milliseconds = Math.max(1_000, seconds * 1_000);
      const samples: number[] = [];
      const start = performance.now();
      while (performance.now() - start < milliseconds) {
        await turn(subject);
        samples.push(await resident(subject));
      }
      const fifth = Math.max(1, Math.floor(samples.length / 5));
      const highest = (from: number, to: number): number => Math.max(...samples.slice(from, to));
      const growth = highest(samples.length - fifth, samples.length) - highest(fifth, 2 * fifth);
      return { ours: [Math.max(0, growth / MEBIBYTE)], peers: {} };
    },
  };
}

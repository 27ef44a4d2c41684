import type { BenchArea } from '../area.ts';
import { agree } from './agree.ts';
import { channelOverhead, copies, eightSessions, layerRows, roundTrip } from './tee/calls.ts';
import { sealRow } from './tee/data.ts';
import { soakRow } from './tee/soak.ts';
import { startRows } from './tee/start.ts';
import { storageRows } from './tee/storage.ts';
import { MODES, startTee } from './tee/subject.ts';

/** The software TEE in its three modes: calls, layers, sealing, storage, starts, a soak. */
export const teeArea: BenchArea = {
  name: 'tee',
  summary: 'calls, sealing, storage, starts and a soak of the software TEE in its three modes',
  prepare: async () => {
    const subjects = await Promise.all(MODES.map(async (mode) => [mode, await startTee(mode)] as const));
    for (const [mode, subject] of subjects) agree(await copies(subject), `copying in mode ${mode}`);
    return {
      rows: [
        ...subjects.map(([mode, subject]) => roundTrip(mode, subject)),
        ...subjects.flatMap(([mode, subject]) =>
          mode === 'in-process' ? layerRows(subject) : [channelOverhead(mode, subject)],
        ),
        ...subjects.map(([mode, subject]) => eightSessions(mode, subject)),
        ...subjects.map(([mode, subject]) => sealRow(mode, subject)),
        ...subjects.flatMap(([mode, subject]) => storageRows(mode, subject)),
        ...MODES.flatMap(startRows),
        ...subjects.map(([mode, subject]) => soakRow(mode, subject)),
      ],
      close: async () => {
        await Promise.all(subjects.map(([, subject]) => subject.close()));
      },
    };
  },
};

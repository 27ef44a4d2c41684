import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID, outputBytes, teecParam } from '@cssi/tee-client';
import type { DirectRow, Measured } from '../../area.ts';
import { type BareCall, bareChild, bareWorker } from './bare.ts';
import { latencies, ratios } from './latency.ts';
import type { Mode, TeeSubject } from './subject.ts';

const BYTES = 1024;
const SESSIONS = 8;
const ROUNDS = 9;

const input: Uint8Array = new Uint8Array(BYTES).fill(0x5a);

/** 1 KiB in and 1 KiB out through the client API. */
function copyCall({ session }: TeeSubject): () => Promise<unknown> {
  const output = new Uint8Array(BYTES);
  return () =>
    session.invokeCommand(CONFORMANCE_COMMANDS.COPY, {
      params: [teecParam.tempInput(input), teecParam.tempOutput(output)],
    });
}

const GOALS: Readonly<Partial<Record<Mode, number>>> = { process: 60, worker: 30 };
/** What a call may cost, as a multiple of what lies below it. */
const OVERHEAD_GOAL = 2;

/** Round trip of one call, beside the bare channel of the same kind. */
export function roundTrip(mode: Mode, subject: TeeSubject): DirectRow {
  const goal = GOALS[mode];
  return {
    id: `call-1k.${mode}`,
    unit: 'µs',
    better: 'lower',
    ...(goal === undefined ? {} : { aims: [{ value: goal }] }),
    measure: async (seconds): Promise<Measured> => {
      const bare: BareCall | undefined =
        mode === 'process' ? bareChild(BYTES) : mode === 'worker' ? bareWorker(BYTES) : undefined;
      try {
        const peers = bare === undefined ? {} : { [`bare ${mode}`]: bare.call };
        return await latencies(seconds, copyCall(subject), peers);
      } finally {
        await bare?.close();
      }
    },
  };
}

/** What a call costs, as a multiple of the bare channel of the same kind. */
export function channelOverhead(mode: 'process' | 'worker', subject: TeeSubject): DirectRow {
  return {
    id: `overhead.channel.${mode}`,
    unit: 'times',
    better: 'lower',
    goal: OVERHEAD_GOAL,
    requirements: ['CSSI-012'],
    measure: async (seconds) => {
      const bare = mode === 'process' ? bareChild(BYTES) : bareWorker(BYTES);
      try {
        return ratios(await latencies(seconds, copyCall(subject), { bare: bare.call }));
      } finally {
        await bare.close();
      }
    },
  };
}

/**
 * What each layer costs as a multiple of the one below, in the calling process, where no channel hides it: the client API
 * over the module interface, and the enclave interface over that.
 */
export function layerRows(subject: TeeSubject): DirectRow[] {
  const { tee } = subject;
  const client = { login: 0, uuid: '00000000-0000-0000-0000-000000000000' };
  const moduleCall = async (): Promise<() => Promise<unknown>> => {
    const { session } = await tee.module.openSession(CONFORMANCE_TA_UUID, client, []);
    return () =>
      tee.module.invoke(session ?? 0, CONFORMANCE_COMMANDS.COPY, [
        { type: 5, size: BYTES, buffer: Uint8Array.from(input) },
        { type: 6, size: BYTES, buffer: new Uint8Array(0) },
      ]);
  };
  const row = (
    id: string,
    make: () => Promise<readonly [ours: () => Promise<unknown>, peer: () => Promise<unknown>]>,
  ): DirectRow => ({
    id,
    unit: 'times',
    better: 'lower',
    goal: OVERHEAD_GOAL,
    requirements: ['CSSI-012'],
    measure: async (seconds) => {
      const [ours, below] = await make();
      return ratios(await latencies(seconds, ours, { below }));
    },
  });
  return [
    row('overhead.client-api', async () => [copyCall(subject), await moduleCall()]),
    row('overhead.enclave', async () => {
      const enclave = await tee.enclaves().create(CONFORMANCE_TA_UUID);
      return [() => enclave.call(CONFORMANCE_COMMANDS.COPY, input, { maxOutput: BYTES }), copyCall(subject)];
    }),
  ];
}

/** Calls a second of eight sessions that call at the same time. */
export function eightSessions(mode: Mode, subject: TeeSubject): DirectRow {
  return {
    id: `calls.8-sessions.${mode}`,
    unit: 'ops/s',
    better: 'higher',
    measure: async (seconds): Promise<Measured> => {
      const sessions = await Promise.all(
        Array.from({ length: SESSIONS }, () => subject.context.openSession(CONFORMANCE_TA_UUID)),
      );
      const ours: number[] = [];
      const milliseconds = Math.max(50, (seconds * 1_000) / ROUNDS);
      for (let round = 0; round < ROUNDS; round++) {
        const start = performance.now();
        const counts = await Promise.all(
          sessions.map(async (session) => {
            const call = copyCall({ ...subject, session });
            let done = 0;
            for (; performance.now() - start < milliseconds; done++) await call();
            return done;
          }),
        );
        ours.push((counts.reduce((sum, count) => sum + count, 0) * 1_000) / (performance.now() - start));
      }
      await Promise.all(sessions.map((session) => session.close()));
      return { ours, peers: {} };
    },
  };
}

/** The answer is the input: no contender is fast because it does not work. */
export async function copies(subject: TeeSubject): Promise<boolean> {
  const output = new Uint8Array(BYTES);
  const answer = await subject.session.invokeCommand(CONFORMANCE_COMMANDS.COPY, {
    params: [teecParam.tempInput(input), teecParam.tempOutput(output)],
  });
  return Buffer.from(outputBytes(answer, 1) ?? []).equals(input);
}

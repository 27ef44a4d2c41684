import type { TEE_Params, TEE_TASessionHandle, TEE_Time, Tee } from '../../../src/spec/v1/internal/tee.ts';
import { type Fault, inside, otherwise, outcome, real } from './kit.ts';

const ms = ({ seconds, millis }: TEE_Time): number => 1000 * seconds + millis;
const time = (value: number): TEE_Time => ({ seconds: Math.floor(value / 1000), millis: value % 1000 });

/** Defects of time, calls between applications, cancellation and declared groups. */
export const callFaults: readonly Fault[] = [
  inside('system time goes backwards', 'TEE_GetSystemTime', (tee) => {
    const start = ms(tee.TEE_GetSystemTime()) + 10_000_000;
    let calls = 0;
    return { TEE_GetSystemTime: () => time(start - ++calls) };
  }),
  outcome('milliseconds go above 1,000', 'TEE_GetSystemTime', (value: TEE_Time) => ({
    seconds: value.seconds,
    millis: value.millis + 1000,
  })),
  inside('waiting does not wait', 'TEE_Wait', () => ({ TEE_Wait: () => undefined })),
  inside('waiting for nothing is refused', 'TEE_Wait', (tee) => ({
    TEE_Wait: (duration: number) => {
      if (duration === 0) throw tee.error('BAD_PARAMETERS');
      tee.TEE_Wait(duration);
    },
  })),
  outcome('the time outside starts with the TEE', 'TEE_GetREETime', (_, __, tee) => tee.TEE_GetSystemTime()),
  outcome('the time outside has microseconds', 'TEE_GetREETime', (value: TEE_Time) => ({
    seconds: value.seconds,
    millis: 1000 + value.millis,
  })),
  otherwise('persistent time starts at 0', 'TEE_GetTAPersistentTime', 'TIME_NOT_SET', () => ({
    seconds: 0,
    millis: 0,
  })),
  inside('persistent time stands still', 'TEE_GetTAPersistentTime', (tee) => {
    let set: TEE_Time | undefined;
    return {
      TEE_SetTAPersistentTime: (value: TEE_Time) => {
        set = value;
        tee.TEE_SetTAPersistentTime(value);
      },
      TEE_GetTAPersistentTime: () => set ?? tee.TEE_GetTAPersistentTime(),
    };
  }),
  inside('persistent time is global', 'TEE_GetTAPersistentTime', (tee) => ({
    TEE_SetTAPersistentTime: (value: TEE_Time) => {
      globalTime = value;
      tee.TEE_SetTAPersistentTime(value);
    },
    TEE_GetTAPersistentTime: () => globalTime ?? tee.TEE_GetTAPersistentTime(),
  })),
  inside('persistent time ends with its instance', 'TEE_GetTAPersistentTime', (tee) => {
    let set = false;
    return {
      TEE_SetTAPersistentTime: (value: TEE_Time) => {
        set = true;
        tee.TEE_SetTAPersistentTime(value);
      },
      TEE_GetTAPersistentTime: () => {
        if (!set) throw tee.error('TIME_NOT_SET');
        return tee.TEE_GetTAPersistentTime();
      },
    };
  }),
  inside('persistent time cannot be set back', 'TEE_SetTAPersistentTime', (tee) => {
    let last = -1;
    return {
      TEE_SetTAPersistentTime: (value: TEE_Time) => {
        if (ms(value) > last) tee.TEE_SetTAPersistentTime(value);
        last = Math.max(last, ms(value));
      },
    };
  }),
  otherwise('persistent time wraps', 'TEE_GetTAPersistentTime', 'OVERFLOW', () => ({
    seconds: 0,
    millis: 0,
  })),
  otherwise('a session with an absent application is none', 'TEE_OpenTASession', 'ITEM_NOT_FOUND', () => ({
    kind: 'session',
  })),
  inside('parameters of a session are not given', 'TEE_OpenTASession', (tee) => ({
    TEE_OpenTASession: (to: string, timeout: number, params: TEE_Params) =>
      tee.TEE_OpenTASession(to, timeout, params.map((param) => ({ ...param })) as never),
  })),
  inside('parameters of a command do not come back', 'TEE_InvokeTACommand', (tee) => ({
    TEE_InvokeTACommand: (
      session: TEE_TASessionHandle,
      timeout: number,
      command: number,
      params: TEE_Params,
    ) =>
      tee.TEE_InvokeTACommand(
        session,
        timeout,
        command,
        params.map((param) =>
          'buffer' in param ? { ...param, buffer: param.buffer.slice() } : { ...param },
        ) as never,
      ),
  })),
  inside('values between applications have 31 bits', 'TEE_InvokeTACommand', (tee) => ({
    TEE_InvokeTACommand: (
      session: TEE_TASessionHandle,
      timeout: number,
      command: number,
      params: TEE_Params,
    ) => {
      tee.TEE_InvokeTACommand(session, timeout, command, params);
      for (const param of params) if ('a' in param) param.b &= 0x7fffffff;
    },
  })),
  inside('outputs between applications keep their room', 'TEE_InvokeTACommand', (tee) => ({
    TEE_InvokeTACommand: (
      session: TEE_TASessionHandle,
      timeout: number,
      command: number,
      params: TEE_Params,
    ) => {
      const sizes = params.map((param) => ('size' in param ? param.size : 0));
      tee.TEE_InvokeTACommand(session, timeout, command, params);
      params.forEach((param, i) => {
        if (param.type === 6) param.size = sizes[i] ?? 0;
      });
    },
  })),
  inside('memory goes only one way between applications', 'TEE_InvokeTACommand', (tee) => ({
    TEE_InvokeTACommand: (
      session: TEE_TASessionHandle,
      timeout: number,
      command: number,
      params: TEE_Params,
    ) => {
      const before = params.map((param) => ('buffer' in param ? param.buffer.slice() : undefined));
      tee.TEE_InvokeTACommand(session, timeout, command, params);
      params.forEach((param, i) => {
        if (param.type === 7) param.buffer.set(before[i] ?? []);
      });
    },
  })),
  inside('empty memory between applications is refused', 'TEE_InvokeTACommand', (tee) => ({
    TEE_InvokeTACommand: (
      session: TEE_TASessionHandle,
      timeout: number,
      command: number,
      params: TEE_Params,
    ) => {
      if (params.some((param) => 'buffer' in param && param.buffer.length === 0))
        throw tee.error('BAD_PARAMETERS');
      tee.TEE_InvokeTACommand(session, timeout, command, params);
    },
  })),
  inside('SHORT_BUFFER of another application gives no size', 'TEE_InvokeTACommand', (tee) => ({
    TEE_InvokeTACommand: (
      session: TEE_TASessionHandle,
      timeout: number,
      command: number,
      params: TEE_Params,
    ) => {
      const sizes = params.map((param) => ('size' in param ? param.size : 0));
      try {
        tee.TEE_InvokeTACommand(session, timeout, command, params);
      } catch (error) {
        params.forEach((param, i) => {
          if ('size' in param) param.size = sizes[i] ?? 0;
        });
        throw error;
      }
    },
  })),
  ...(['TEE_InvokeTACommand', 'TEE_OpenTASession'] as const).map((name) =>
    inside(`${name} answers without the origin`, name, (tee) => ({
      [name]: (...args: unknown[]) => {
        try {
          return real(tee, name)(...args);
        } catch (error) {
          const { result, name: kind } = error as { result?: number; name: string };
          if (kind !== 'TeeError' || result === undefined) throw error;
          throw Object.assign(new Error(), { name: 'TeeError', result, origin: 1 });
        }
      },
    })),
  ),
  inside('one session with another application serves all', 'TEE_OpenTASession', (tee) => {
    const known = new Map<string, TEE_TASessionHandle>();
    return {
      TEE_OpenTASession: (to: string, timeout: number, params: TEE_Params) => {
        const session = known.get(to) ?? tee.TEE_OpenTASession(to, timeout, params);
        known.set(to, session);
        return session;
      },
    };
  }),
  inside('TEE_HANDLE_NULL is no session to close', 'TEE_CloseTASession', (tee) => ({
    TEE_CloseTASession: (session: TEE_TASessionHandle | null) => {
      if (session === null) throw tee.error('BAD_PARAMETERS');
      tee.TEE_CloseTASession(session);
    },
  })),
  inside('a panic there is a panic here', 'TEE_InvokeTACommand', (tee: Tee) => ({
    TEE_InvokeTACommand: (...args: Parameters<Tee['TEE_InvokeTACommand']>) => {
      try {
        tee.TEE_InvokeTACommand(...args);
      } catch (error) {
        if ((error as { result?: number }).result === 0xffff3024) tee.TEE_Panic(2);
        throw error;
      }
    },
  })),
  inside('sessions to others stay open', 'TEE_CloseTASession', () => ({
    TEE_CloseTASession: () => undefined,
  })),
  outcome('the flag of cancellation is always set', 'TEE_GetCancellationFlag', () => true),
  outcome('cancellation is never masked', 'TEE_MaskCancellation', () => false),
  outcome('cancellation is always masked', 'TEE_UnmaskCancellation', () => true),
  inside('undeclared random numbers are given', 'TEE_GenerateRandom', (tee) => ({
    TEE_GenerateRandom: (size: number) => {
      try {
        return tee.TEE_GenerateRandom(size);
      } catch {
        return new Uint8Array(size);
      }
    },
  })),
  inside('a refused call leaves the application without memory', 'TEE_GenerateRandom', (tee) => {
    let refused = false;
    return {
      TEE_GenerateRandom: (size: number) => {
        try {
          return tee.TEE_GenerateRandom(size);
        } catch (error) {
          refused = true;
          throw error;
        }
      },
      TEE_Malloc: (size: number, hint: number) => (refused ? null : tee.TEE_Malloc(size, hint)),
    };
  }),
];

let globalTime: TEE_Time | undefined;

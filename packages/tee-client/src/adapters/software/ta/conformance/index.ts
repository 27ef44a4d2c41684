import { CONFORMANCE_COMMANDS } from '../../../../spec/v1/conformance-ta.ts';
import {
  expectTypes,
  memoryAt,
  TaFailure,
  type TrustedApplication,
  valueAt,
  writeOutputs,
} from '../trusted-application.ts';

const MAX_WAIT_MS = 10_000;
const plusOne = (value: number): number => (value + 1) >>> 0;

interface Session {
  count: number;
}

/** The conformance TA: does to parameters what `CONFORMANCE_COMMANDS` says. */
export async function createTrustedApplication(): Promise<TrustedApplication<Session>> {
  return {
    publicInfo: {},
    openSession: (call) => {
      if (call.params[0]?.type !== 0) {
        expectTypes(call, 3);
        const value = valueAt(call, 0);
        value.a = plusOne(value.a);
        value.b = plusOne(value.b);
      } else expectTypes(call);
      return { count: 0 };
    },
    closeSession: () => {},
    destroy: () => {},
    invokeCommand: (session, commandId, call) => {
      switch (commandId) {
        case CONFORMANCE_COMMANDS.VALUES: {
          expectTypes(call, 1, 2, 3);
          const [input, output, inout] = [valueAt(call, 0), valueAt(call, 1), valueAt(call, 2)];
          output.a = input.b;
          output.b = input.a;
          inout.a = plusOne(inout.a);
          inout.b = plusOne(inout.b);
          return;
        }
        case CONFORMANCE_COMMANDS.COPY:
          expectTypes(call, 5, 6);
          writeOutputs([memoryAt(call, 1), memoryAt(call, 0).buffer]);
          return;
        case CONFORMANCE_COMMANDS.INVERT: {
          expectTypes(call, 7);
          const memory = memoryAt(call, 0);
          writeOutputs([memory, memory.buffer.map((byte) => byte ^ 0xff)]);
          return;
        }
        case CONFORMANCE_COMMANDS.COUNT:
          expectTypes(call, 2);
          valueAt(call, 0).a = ++session.count;
          return;
        case CONFORMANCE_COMMANDS.PANIC:
          throw new Error('panic asked for by a test');
        case CONFORMANCE_COMMANDS.WAIT: {
          expectTypes(call, 1);
          const { a: milliseconds } = valueAt(call, 0);
          if (milliseconds > MAX_WAIT_MS) throw new TaFailure('BAD_PARAMETERS');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
          return;
        }
        default:
          throw new TaFailure('NOT_SUPPORTED');
      }
    },
  };
}

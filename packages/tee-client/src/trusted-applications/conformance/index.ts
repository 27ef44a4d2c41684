import { CONFORMANCE_COMMANDS } from '../../spec/v1/conformance-ta.ts';
import {
  defineTrustedApplication,
  type TEE_MemrefParam,
  type TEE_Params,
  type TEE_ValueParam,
  type Tee,
  type TrustedApplication,
  type TrustedApplicationFactory,
} from '../../ta/index.ts';
import { Machine } from './machine.ts';

const MAX_WAIT_MS = 10_000;
const plusOne = (value: number): number => (value + 1) >>> 0;

interface Session {
  count: number;
  readonly machine: Machine;
}

/** Checks the packed types and gives the parameters back with their types. */
function valueAt(tee: Tee, params: TEE_Params, index: number, type: 1 | 2 | 3): TEE_ValueParam {
  const param = params[index];
  if (param?.type !== type) throw tee.error('BAD_PARAMETERS');
  return param;
}

function memoryAt(tee: Tee, params: TEE_Params, index: number, type: 5 | 6 | 7): TEE_MemrefParam {
  const param = params[index];
  if (param?.type !== type) throw tee.error('BAD_PARAMETERS');
  return param;
}

function noneFrom(tee: Tee, params: TEE_Params, from: number): void {
  if (params.slice(from).some((param) => param.type !== 0)) throw tee.error('BAD_PARAMETERS');
}

function output(tee: Tee, param: TEE_MemrefParam, bytes: Uint8Array): void {
  const room = param.size;
  param.size = bytes.length;
  if (bytes.length > room) throw tee.error('SHORT_BUFFER');
  param.buffer.set(bytes);
}

function open(tee: Tee, params: TEE_Params): Session {
  if (params[0].type === 0) noneFrom(tee, params, 0);
  else {
    const value = valueAt(tee, params, 0, 3);
    value.a = plusOne(value.a);
    value.b = plusOne(value.b);
    if (params[1].type === 1) {
      const { a: behaviour, b: result } = params[1];
      if (behaviour === 1) tee.TEE_Panic(1);
      if (behaviour === 2) throw tee.error(result);
      noneFrom(tee, params, 2);
    } else noneFrom(tee, params, 1);
  }
  return { count: 0, machine: new Machine(tee) };
}

function invertAll(tee: Tee, params: TEE_Params): void {
  const memory = params.map((param) => {
    if (param.type < 5) throw tee.error('BAD_PARAMETERS');
    return param as TEE_MemrefParam;
  });
  const inputs = memory
    .filter((param) => param.type !== 6)
    .flatMap((param) => [...param.buffer.subarray(0, param.size)]);
  for (const param of memory) {
    if (param.type === 5) continue;
    for (let i = 0; i < param.size; i++) param.buffer[i] = ~(inputs[i] ?? 0);
  }
}

function invoke(tee: Tee, session: Session, command: number, params: TEE_Params): void {
  switch (command) {
    case CONFORMANCE_COMMANDS.VALUES: {
      const [input, out] = [valueAt(tee, params, 0, 1), valueAt(tee, params, 1, 2)];
      const inout = valueAt(tee, params, 2, 3);
      noneFrom(tee, params, 3);
      [out.a, out.b] = [input.b, input.a];
      inout.a = plusOne(inout.a);
      inout.b = plusOne(inout.b);
      return;
    }
    case CONFORMANCE_COMMANDS.COPY: {
      const [source, target] = [memoryAt(tee, params, 0, 5), memoryAt(tee, params, 1, 6)];
      noneFrom(tee, params, 2);
      output(tee, target, source.buffer.subarray(0, source.size));
      return;
    }
    case CONFORMANCE_COMMANDS.INVERT: {
      const memory = memoryAt(tee, params, 0, 7);
      noneFrom(tee, params, 1);
      for (let i = 0; i < memory.size; i++) memory.buffer[i] = ~(memory.buffer[i] ?? 0);
      return;
    }
    case CONFORMANCE_COMMANDS.COUNT:
      noneFrom(tee, params, 1);
      valueAt(tee, params, 0, 2).a = ++session.count;
      return;
    case CONFORMANCE_COMMANDS.PANIC:
      tee.TEE_Panic(0);
      return;
    case CONFORMANCE_COMMANDS.WAIT: {
      noneFrom(tee, params, 1);
      const { a: milliseconds } = valueAt(tee, params, 0, 1);
      if (milliseconds > MAX_WAIT_MS) throw tee.error('BAD_PARAMETERS');
      // Cancellation is masked when an entry point starts, so this always waits to its end.
      tee.TEE_Wait(milliseconds);
      return;
    }
    case CONFORMANCE_COMMANDS.CALL: {
      const [program, answer] = [memoryAt(tee, params, 0, 5), memoryAt(tee, params, 1, 6)];
      output(tee, answer, session.machine.run(program.buffer.subarray(0, program.size), params));
      return;
    }
    case CONFORMANCE_COMMANDS.RESULT:
      noneFrom(tee, params, 1);
      throw tee.error(valueAt(tee, params, 0, 1).a);
    case CONFORMANCE_COMMANDS.INVERT_ALL:
      invertAll(tee, params);
      return;
    default:
      throw tee.error('NOT_SUPPORTED');
  }
}

/** The conformance TA: does to parameters what `CONFORMANCE_COMMANDS` says. */
const conformance: TrustedApplicationFactory = defineTrustedApplication(
  (tee): TrustedApplication<Session> => ({
    TA_OpenSessionEntryPoint: (_, params) => open(tee, params),
    TA_CloseSessionEntryPoint: (session) => session.machine.release(),
    TA_InvokeCommandEntryPoint: (session, command, _, params) => invoke(tee, session, command, params),
  }),
);

export default conformance;

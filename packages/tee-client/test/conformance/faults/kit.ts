import type { TeeClient, TeecContext, TeecSession } from '../../../src/spec/v1/client.ts';
import {
  decodeProgram,
  encodeAnswer,
  type RemoteCall,
  type RemoteResult,
} from '../../../src/spec/v1/conformance-call.ts';
import {
  CONFORMANCE_COMMANDS,
  REMOTE_FUNCTIONS,
  type RemoteFunctionName,
} from '../../../src/spec/v1/conformance-ta.ts';
import { TeecError } from '../../../src/spec/v1/error.ts';
import type { Tee } from '../../../src/spec/v1/internal/tee.ts';
import type { TeecOperation } from '../../../src/spec/v1/operation.ts';
import { TEEC_RESULTS, type TeecResultName } from '../../../src/spec/v1/results.ts';

/** Functions of the internal API that a fault puts in the place of the real ones, one set for each instance. */
export type PlantInside = (tee: Tee) => { readonly [K in keyof Tee]?: (...args: never[]) => unknown };

/** A defect, planted inside (the internal API), or outside (the client, the module). */
export interface Fault {
  readonly name: string;
  readonly inside?: PlantInside;
  readonly outside?: (client: TeeClient) => TeeClient;
  /** The function of the internal API that is faulty, where it is one: only cases that call it are tried. */
  readonly function?: RemoteFunctionName;
}

/** The fault that is planted now. */
let planted: Fault | undefined;

export const plant = (fault: Fault | undefined): void => {
  planted = fault;
};

/** For `instrument` of the in-process TEE: follows {@link plant} at run time. */
export function instrument(tee: Tee): Tee {
  let fault: Fault | undefined;
  let overrides: ReturnType<PlantInside> = {};
  const entries = Object.entries(tee).map(([name, real]: [string, unknown]) => [
    name,
    (...args: never[]): unknown => {
      if (fault !== planted) {
        fault = planted;
        overrides = planted?.inside?.(tee) ?? {};
      }
      const replaced = (overrides as Record<string, ((...given: never[]) => unknown) | undefined>)[name];
      return (replaced ?? (real as (...given: never[]) => unknown))(...args);
    },
  ]);
  return Object.fromEntries(entries) as Tee;
}

/** `target` with some methods changed. */
export const bind = <T extends object>(target: T, overrides: Partial<T>): T =>
  new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(overrides, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** A client whose contexts and sessions pass through `change`. */
export function faulty(
  client: TeeClient,
  change: {
    context?: (context: TeecContext) => Partial<TeecContext>;
    session?: (session: TeecSession, context: TeecContext, destination: string) => Partial<TeecSession>;
  },
): TeeClient {
  return bind(client, {
    initializeContext: async (name) => {
      const context = await client.initializeContext(name);
      return bind(context, {
        openSession: async (...args: Parameters<TeecContext['openSession']>) => {
          const session = await context.openSession(...args);
          return bind(session, change.session?.(session, context, args[0]) ?? {});
        },
        ...change.context?.(context),
      });
    },
  });
}

/** The program of a command CALL. */
export function programOf(command: number, operation: TeecOperation | undefined): RemoteCall[] {
  const program = operation?.params[0];
  if (command !== CONFORMANCE_COMMANDS.CALL || program === undefined || !('buffer' in program)) return [];
  try {
    return program.buffer === null ? [] : decodeProgram(program.buffer);
  } catch {
    return [];
  }
}

/** An operation as if the application had answered `results`. */
function answered(operation: TeecOperation, results: readonly RemoteResult[]): TeecOperation {
  const bytes = encodeAnswer(results);
  const params = operation.params.map((parameter, i) => {
    if (i !== 1 || !('buffer' in parameter)) return parameter;
    parameter.buffer?.set(bytes);
    return { ...parameter, size: bytes.length };
  });
  return { ...operation, params };
}

/** A client whose calls of `name` never panic: they succeed and give nothing. */
export const withoutPanic = (client: TeeClient, name: RemoteFunctionName): TeeClient =>
  faulty(client, {
    session: (session) => ({
      invokeCommand: async (command, operation) => {
        try {
          return await session.invokeCommand(command, operation);
        } catch (error) {
          const calls = programOf(command, operation);
          const dead = error instanceof TeecError && error.result === TEEC_RESULTS.TARGET_DEAD;
          if (
            !dead ||
            operation === undefined ||
            !calls.some((item) => item.function === REMOTE_FUNCTIONS[name])
          ) {
            throw error;
          }
          return answered(
            operation,
            calls.map(() => ({ result: 0, required: 0, origin: 0, value: null })),
          );
        }
      },
    }),
  });

/** Changes a result of the internal API as a defect would. */
export function spoil(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    if (value.length === 0) return Uint8Array.of(1);
    return value.map((byte, i) => (i === value.length - 1 ? byte ^ 1 : byte));
  }
  if (typeof value === 'number') return value === 0 ? 1 : value - 1;
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return value.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  if (value instanceof Uint32Array || typeof value !== 'object' || value === null) return value;
  if ('kind' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, spoil(item)]));
}

/** Is it an error the API answers with? */
export const isAnswer = (error: unknown): error is { readonly result: number; readonly required?: number } =>
  error instanceof Error && error.name === 'TeeError';

/** Is it this result? */
export const isResult = (error: unknown, name: TeecResultName): boolean =>
  isAnswer(error) && error.result === TEEC_RESULTS[name];

/** A fault inside with its function. */
export const inside = (name: string, functionName: RemoteFunctionName, plantInside: PlantInside): Fault => ({
  name,
  function: functionName,
  inside: plantInside,
});

/** The real function, without its types: faults change arguments freely. */
export const real = (tee: Tee, name: keyof Tee): ((...args: unknown[]) => unknown) =>
  tee[name] as unknown as (...args: unknown[]) => unknown;

/** A fault that changes the arguments of a function. */
export const argument = (
  name: string,
  functionName: RemoteFunctionName,
  change: (args: unknown[], tee: Tee) => unknown[],
): Fault =>
  inside(name, functionName, (tee) => ({
    [functionName]: (...args: unknown[]) => real(tee, functionName)(...change(args, tee)),
  }));

/** A fault that changes the result of a function. */
export const outcome = (
  name: string,
  functionName: RemoteFunctionName,
  change: (value: never, args: unknown[], tee: Tee) => unknown,
): Fault =>
  inside(name, functionName, (tee) => ({
    [functionName]: (...args: unknown[]) => change(real(tee, functionName)(...args) as never, args, tee),
  }));

/** A fault that answers another result in the place of one. */
export const otherwise = (
  name: string,
  functionName: RemoteFunctionName,
  result: TeecResultName,
  instead: (args: unknown[], tee: Tee) => unknown,
): Fault =>
  inside(name, functionName, (tee) => ({
    [functionName]: (...args: unknown[]) => {
      try {
        return real(tee, functionName)(...args);
      } catch (error) {
        if (!isResult(error, result)) throw error;
        return instead(args, tee);
      }
    },
  }));

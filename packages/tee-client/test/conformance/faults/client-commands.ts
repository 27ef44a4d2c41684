import type { TeeClient, TeecContext, TeecSession } from '../../../src/spec/v1/client.ts';
import { encodeProgram } from '../../../src/spec/v1/conformance-call.ts';
import { CONFORMANCE_COMMANDS } from '../../../src/spec/v1/conformance-ta.ts';
import { TeecError } from '../../../src/spec/v1/error.ts';
import type { TeecOperation, TeecParameter } from '../../../src/spec/v1/operation.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName } from '../../../src/spec/v1/results.ts';
import { bind, type Fault, faulty, programOf } from './kit.ts';

type Invoke = TeecSession['invokeCommand'];
const { COPY, COUNT, INVERT, INVERT_ALL, RESULT, WAIT } = CONFORMANCE_COMMANDS;
const failed = (error: unknown, name: TeecResultName): error is TeecError =>
  error instanceof TeecError && error.result === TEEC_RESULTS[name];

const outside = (name: string, plant: (client: TeeClient) => TeeClient): Fault => ({ name, outside: plant });
/** Commands pass through `change`. */
const commands = (
  name: string,
  change: (invoke: Invoke, session: TeecSession, context: TeecContext) => Invoke,
): Fault =>
  outside(name, (client) =>
    faulty(client, {
      session: (session, context) => ({
        invokeCommand: change((c, o) => session.invokeCommand(c, o), session, context),
      }),
    }),
  );
/** A result of a command is another one. */
const results = (
  name: string,
  from: TeecResultName,
  make: (error: TeecError, operation: TeecOperation | undefined) => unknown,
): Fault =>
  commands(name, (invoke) => async (command, operation) => {
    try {
      return await invoke(command, operation);
    } catch (error) {
      if (!failed(error, from)) throw error;
      return make(error, operation) as TeecOperation;
    }
  });
const raise = (result: TeecResultName, origin: keyof typeof TEEC_ORIGINS): never => {
  throw new TeecError(TEEC_RESULTS[result], TEEC_ORIGINS[origin]);
};
const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
const empty: TeecOperation = { params: [] };
const ignored = (operation: TeecOperation | undefined): TeecOperation => operation ?? empty;
const part = (parameter: TeecParameter): parameter is Extract<TeecParameter, { parent: unknown }> =>
  'parent' in parameter;

/** Defects of commands, their parameters and shared memory. */
export const commandFaults: readonly Fault[] = [
  results('SHORT_BUFFER is not reported', 'SHORT_BUFFER', (error) => error.operation ?? empty),
  results('SHORT_BUFFER without the size required', 'SHORT_BUFFER', (error) => {
    throw new TeecError(error.result, error.origin);
  }),
  results('SHORT_BUFFER comes from the TEE', 'SHORT_BUFFER', (error) =>
    raise('SHORT_BUFFER', error.origin === 4 ? 'TEE' : 'API'),
  ),
  results('panics come from the application', 'TARGET_DEAD', () => raise('TARGET_DEAD', 'TRUSTED_APP')),
  results('panics are errors', 'TARGET_DEAD', () => raise('GENERIC', 'TEE')),
  results('unknown commands succeed', 'NOT_SUPPORTED', (_, operation) => ignored(operation)),
  results('wrong parameters succeed', 'BAD_PARAMETERS', (_, operation) => ignored(operation)),
  results('refusals of parameters come from the application', 'BAD_PARAMETERS', () =>
    raise('BAD_PARAMETERS', 'TRUSTED_APP'),
  ),
  results('refusals of parameters come from the TEE', 'BAD_PARAMETERS', () => raise('BAD_PARAMETERS', 'TEE')),
  results('cancelled calls succeed', 'CANCEL', (_, operation) => ignored(operation)),
  results('malformed programs succeed', 'BAD_FORMAT', (_, operation) => ignored(operation)),
  commands('results of applications are GENERIC', (invoke) => async (command, operation) => {
    try {
      return await invoke(command, operation);
    } catch (error) {
      if (command === RESULT) raise('GENERIC', 'TRUSTED_APP');
      throw error;
    }
  }),
  commands('results of a vendor become GENERIC', (invoke) => async (command, operation) => {
    try {
      return await invoke(command, operation);
    } catch (error) {
      if (error instanceof TeecError && error.result === 0x80001234) raise('GENERIC', 'TRUSTED_APP');
      throw error;
    }
  }),
  commands('results of an application come from the TEE', (invoke) => async (command, operation) => {
    try {
      return await invoke(command, operation);
    } catch (error) {
      if (error instanceof TeecError && error.origin === 4)
        throw new TeecError(error.result, 3, error.operation ? { operation: error.operation } : {});
      throw error;
    }
  }),
  commands('a failed command ends the session', (invoke) => {
    let dead = false;
    return async (command, operation) => {
      if (dead) raise('BAD_STATE', 'API');
      try {
        return await invoke(command, operation);
      } catch (error) {
        dead = true;
        throw error;
      }
    };
  }),
  commands('values do not come back', (invoke) => async (command, operation) => {
    await invoke(command, operation);
    return ignored(operation);
  }),
  commands('values are signed', (invoke) => async (command, operation) => {
    const answer = await invoke(command, operation);
    return {
      ...answer,
      params: answer.params.map((item) => ('a' in item ? { ...item, a: item.a | 0, b: item.b | 0 } : item)),
    };
  }),
  commands('outputs change places', (invoke) => async (command, operation) => {
    const answer = await invoke(command, operation);
    return {
      ...answer,
      params: answer.params.map((item) => ('a' in item ? { ...item, a: item.b, b: item.a } : item)),
    };
  }),
  commands('calls of one session overtake each other', (invoke) => {
    let calls = 0;
    return async (command, operation) => {
      if (calls++ % 2 === 0) await later(5);
      return invoke(command, operation);
    };
  }),
  commands('inputs are read after the call returned', (invoke) => async (command, operation) => {
    await later(1);
    return invoke(command, operation);
  }),
  commands('answers of parallel calls are mixed up', (invoke) => {
    return async (command, operation) => {
      if (command !== COPY || operation === undefined) return invoke(command, operation);
      const input = operation.params[0];
      if (input === undefined || !('buffer' in input) || input.buffer === null || input.buffer.length < 50)
        return invoke(command, operation);
      running++;
      const mixed = running > 1;
      try {
        const params = mixed
          ? [{ ...input, buffer: input.buffer.slice().fill(1) }, ...operation.params.slice(1)]
          : operation.params;
        return await invoke(command, { ...operation, params });
      } finally {
        running--;
      }
    };
  }),
  commands('outputs are cut to 256 bytes', (invoke) => async (command, operation) => {
    const answer = await invoke(command, operation);
    for (const item of answer.params)
      if (command === COPY && 'buffer' in item && (item.type & 2) !== 0) item.buffer?.fill(0, 256);
    return answer;
  }),
  commands(
    'memory above 64 KiB is not carried',
    (invoke) => (command, operation) =>
      operation?.params.some((item) => 'size' in item && item.size > 65_536)
        ? raise('OUT_OF_MEMORY', 'COMMS')
        : invoke(command, operation),
  ),
  commands('outputs fill their whole buffer', (invoke) => async (command, operation) => {
    const answer = await invoke(command, operation);
    for (const item of answer.params)
      if (command === COPY && 'buffer' in item && item.type === 6) item.buffer?.fill(0, item.size);
    return answer;
  }),
  commands('sizes of outputs are those of their buffers', (invoke) => async (command, operation) => {
    const answer = await invoke(command, operation);
    if (command !== COPY) return answer;
    return {
      ...answer,
      params: answer.params.map((item, i) =>
        'size' in item && operation?.params[i] !== undefined && 'size' in operation.params[i]
          ? { ...item, size: operation.params[i].size }
          : item,
      ),
    };
  }),
  commands('inputs are inverted with what is inverted', (invoke) => async (command, operation) => {
    const answer = await invoke(command, operation);
    if (command === INVERT_ALL || command === INVERT)
      for (const item of operation?.params ?? []) if (part(item)) item.parent.buffer.fill(0, 0, 1);
    return answer;
  }),
  commands(
    'a part is the whole block',
    (invoke) => (command, operation) =>
      invoke(
        command,
        operation === undefined
          ? undefined
          : {
              ...operation,
              params: operation.params.map((item) =>
                part(item) && item.type !== 12 ? { ...item, offset: 0 } : item,
              ),
            },
      ),
  ),
  commands('only two references are carried', (invoke) => async (command, operation) => {
    const before =
      operation?.params.map((item) => ('buffer' in item ? item.buffer?.slice() : undefined)) ?? [];
    const answer = await invoke(command, operation);
    if (command === INVERT_ALL)
      operation?.params.forEach((item, i) => {
        if (i > 0 && 'buffer' in item && before[i]) item.buffer?.set(before[i]);
      });
    return answer;
  }),
  commands(
    'empty memory is refused',
    (invoke) => (command, operation) =>
      operation?.params.some((item) => 'size' in item && item.size === 0 && (item.type & 3) !== 2)
        ? raise('BAD_PARAMETERS', 'API')
        : invoke(command, operation),
  ),
  commands(
    'NULL is refused',
    (invoke) => (command, operation) =>
      operation?.params.some((item) => 'buffer' in item && item.buffer === null && (item.type & 1) !== 0)
        ? raise('BAD_PARAMETERS', 'API')
        : invoke(command, operation),
  ),
  commands(
    'empty blocks are refused',
    (invoke) => (command, operation) =>
      operation?.params.some((item) => part(item) && item.parent.size === 0)
        ? raise('BAD_PARAMETERS', 'API')
        : invoke(command, operation),
  ),
  commands(
    'empty parts are refused',
    (invoke) => (command, operation) =>
      operation?.params.some((item) => part(item) && item.size === 0 && item.parent.size > 0)
        ? raise('BAD_PARAMETERS', 'API')
        : invoke(command, operation),
  ),
  commands(
    'the last byte of a block is no part of it',
    (invoke) => (command, operation) =>
      operation?.params.some(
        (item) =>
          part(item) &&
          item.type !== 12 &&
          item.offset > 0 &&
          item.offset + item.size === item.parent.size &&
          item.size === 1,
      )
        ? raise('BAD_PARAMETERS', 'API')
        : invoke(command, operation),
  ),
  commands(
    'parameters after the fourth do not count',
    (invoke) => (command, operation) =>
      invoke(command, operation && operation.params.length > 4 ? undefined : operation).catch((error) => {
        if ((operation?.params.length ?? 0) > 4) return ignored(operation);
        throw error;
      }),
  ),
  commands('numbers are cut to 32 bits', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some((item) => 'a' in item && (item.a < 0 || item.a > 0xffffffff));
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('sizes are cut to the buffer', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some(
      (item) => 'buffer' in item && item.buffer instanceof Uint8Array && item.size > item.buffer.length,
    );
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('texts are bytes', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some((item) => 'buffer' in item && typeof item.buffer === 'string');
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('unknown types are no parameters', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some((item) => (item.type as number) === 4);
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('NULL with a size is empty', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some((item) => 'buffer' in item && item.buffer === null && item.size > 0);
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('parts are cut to their block', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some(
      (item) => part(item) && (item.offset < 0 || item.offset + item.size > item.parent.size),
    );
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('ends of parts wrap', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some((item) => part(item) && item.size === 0xffffffff);
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('directions of blocks are not checked', (invoke) => async (command, operation) => {
    const wrong = operation?.params.some(
      (item) => part(item) && item.type !== 12 && (item.type & 3 & ~item.parent.flags) !== 0,
    );
    return wrong ? ignored(operation) : invoke(command, operation);
  }),
  commands('released blocks are usable', (invoke) => async (command, operation) => {
    try {
      return await invoke(command, operation);
    } catch (error) {
      if (operation?.params.some((item) => part(item) && item.type === 12)) return ignored(operation);
      throw error;
    }
  }),
  commands('input memory is written back', (invoke) => async (command, operation) => {
    const answer = await invoke(command, operation);
    if (programOf(command, operation).some((item) => item.function === 0xf003)) {
      for (const item of operation?.params ?? []) if (part(item)) item.parent.buffer.fill(0);
    }
    return answer;
  }),
  commands(
    'a call that waits runs although cancelled, and is told to be cancelled',
    (invoke) => async (command, operation) => {
      if (command !== COUNT || operation?.cancellation === undefined) return invoke(command, operation);
      await invoke(command, { params: operation.params });
      return raise('CANCEL', 'API');
    },
  ),
  commands(
    'cancellation does not reach the application',
    (invoke) => (command, operation) => invoke(command, operation && { params: operation.params }),
  ),
  commands('cancellation ends every call', (invoke) => async (command, operation) => {
    if (operation?.cancellation === undefined || command === WAIT) return invoke(command, operation);
    const aborted = new Promise<never>((_, reject) =>
      operation.cancellation?.addEventListener('abort', () => reject(new TeecError(TEEC_RESULTS.CANCEL, 1))),
    );
    return Promise.race([invoke(command, operation), aborted]);
  }),
  commands('time limits between applications are ignored', (invoke) => (command, operation) => {
    const calls = programOf(command, operation);
    const [program, ...rest] = operation?.params ?? [];
    if (program === undefined || !calls.some((item) => item.function === 0x0303))
      return invoke(command, operation);
    const endless = calls.map((item) => ({
      ...item,
      args: item.args.map((value, i) => (item.function === 0x0303 && i === 1 ? 0xffffffff : value)),
    }));
    const buffer = encodeProgram(endless);
    return invoke(command, { ...operation, params: [{ type: 5, buffer, size: buffer.length }, ...rest] });
  }),
  outside('nothing of 0 bytes is allocated', (client) =>
    faulty(client, {
      context: (context) => ({
        allocateSharedMemory: (size, flags) =>
          size === 0 ? raise('BAD_PARAMETERS', 'API') : context.allocateSharedMemory(size, flags),
      }),
    }),
  ),
  commands('inout memory does not come back', (invoke) => async (command, operation) => {
    const [first] = operation?.params ?? [];
    const before = first !== undefined && 'buffer' in first ? first.buffer?.slice() : undefined;
    const answer = await invoke(command, operation);
    if (command === INVERT && before && first !== undefined && 'buffer' in first) first.buffer?.set(before);
    return answer;
  }),
  outside('shared memory of any size and flags, with old contents', (client) =>
    faulty(client, {
      context: () => ({
        allocateSharedMemory: (size, flags) => ({
          buffer: new Uint8Array(Math.max(0, Math.min(size, 4096))).fill(1),
          size,
          flags,
          release: () => {},
        }),
      }),
    }),
  ),
  outside('registered memory is a copy', (client) =>
    faulty(client, {
      context: (context) => ({
        registerSharedMemory: (buffer, flags) => context.registerSharedMemory(buffer.slice(), flags),
      }),
    }),
  ),
  outside('registered memory may have any flags', (client) =>
    faulty(client, {
      context: (context) => ({
        registerSharedMemory: (buffer, flags) => context.registerSharedMemory(buffer, Math.min(flags, 3)),
      }),
    }),
  ),
  outside('allocated memory may have no flags', (client) =>
    faulty(client, {
      context: (context) => ({
        allocateSharedMemory: (size, flags) => context.allocateSharedMemory(Math.abs(size), flags || 3),
      }),
    }),
  ),
  outside('allocations are the same block', (client) =>
    faulty(client, {
      context: (context) => {
        const known = new Map<number, Uint8Array>();
        return {
          allocateSharedMemory: (size, flags) => {
            const block = context.allocateSharedMemory(size, flags);
            const buffer = known.get(size) ?? block.buffer;
            known.set(size, buffer);
            return bind(block, { buffer });
          },
        };
      },
    }),
  ),
  outside('there is no shared memory of 0 bytes', (client) =>
    faulty(client, {
      context: (context) => ({
        registerSharedMemory: (buffer, flags) =>
          buffer.length === 0 ? raise('BAD_PARAMETERS', 'API') : context.registerSharedMemory(buffer, flags),
      }),
    }),
  ),
  outside('memory is not registered twice', (client) =>
    faulty(client, {
      context: (context) => {
        const known = new Set<Uint8Array>();
        return {
          registerSharedMemory: (buffer, flags) => {
            if (known.has(buffer)) raise('BUSY', 'API');
            known.add(buffer);
            return context.registerSharedMemory(buffer, flags);
          },
        };
      },
    }),
  ),
  outside('shared memory ends at 16 KiB', (client) =>
    faulty(client, {
      context: (context) => ({
        registerSharedMemory: (buffer, flags) =>
          buffer.length > 16_384
            ? raise('OUT_OF_MEMORY', 'API')
            : context.registerSharedMemory(buffer, flags),
        allocateSharedMemory: (size, flags) =>
          size > 16_384 ? raise('OUT_OF_MEMORY', 'API') : context.allocateSharedMemory(size, flags),
      }),
    }),
  ),
  outside('outputs cannot be registered', (client) =>
    faulty(client, {
      context: (context) => ({
        registerSharedMemory: (buffer, flags) =>
          flags === 2 ? raise('NOT_SUPPORTED', 'API') : context.registerSharedMemory(buffer, flags),
        allocateSharedMemory: (size, flags) =>
          flags === 2 ? raise('NOT_SUPPORTED', 'API') : context.allocateSharedMemory(size, flags),
      }),
    }),
  ),
];

let running = 0;

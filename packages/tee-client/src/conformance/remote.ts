import { ConformanceFailure } from '@cssi/sm-core/conformance';
import type { TeecSession } from '../spec/v1/client.ts';
import {
  decodeAnswer,
  encodeProgram,
  type RemoteAttribute,
  type RemoteCall,
  type RemoteHandle,
  type RemoteParam,
  type RemoteParameter,
  type RemoteResult,
  type RemoteValue,
} from '../spec/v1/conformance-call.ts';
import {
  CONFORMANCE_COMMANDS,
  REMOTE_FUNCTIONS,
  REMOTE_HELPERS,
  REMOTE_RECORDS,
  type RemoteFunctionName,
} from '../spec/v1/conformance-ta.ts';
import type { TEE_Params, TEE_TASessionHandle, Tee } from '../spec/v1/internal/tee.ts';
import { outputBytes, type TeecParameter, teecParam } from '../spec/v1/operation.ts';
import { teecResultName } from '../spec/v1/results.ts';

const ANSWER_BYTES = 16 * 1024;

/** A function of the internal API answered something else than TEE_SUCCESS. */
export class RemoteFailure extends Error {
  override readonly name = 'RemoteFailure';
  readonly result: number;
  readonly required: number;
  readonly origin: number;
  readonly params: readonly RemoteParam[] | undefined;

  constructor(name: string, failure: RemoteResult) {
    super(`${name}: ${teecResultName(failure.result) ?? failure.result.toString(16)}`);
    this.result = failure.result;
    this.required = failure.required;
    this.origin = failure.origin;
    const { value } = failure;
    this.params = typeof value === 'object' && value !== null && 'params' in value ? value.params : undefined;
  }
}

/** Big integers and memory of TEE_Malloc live in the TA; here they are handles. */
export interface RemoteWords extends RemoteHandle {
  readonly words: true;
}
export interface RemoteMemory extends RemoteHandle {
  readonly memory: true;
}

type Mapped<T> = T extends Uint32Array
  ? RemoteWords
  : T extends Uint8Array
    ? Uint8Array | RemoteMemory | RemoteParameter
    : T;
type MappedArguments<A extends readonly unknown[]> = { [I in keyof A]: Mapped<A[I]> };
type Generic = Exclude<
  RemoteFunctionName,
  'TEE_Malloc' | 'TEE_Realloc' | 'TEE_OpenTASession' | 'TEE_InvokeTACommand'
>;

/** The internal API of a trusted application, called from outside. */
export type RemoteTee = {
  readonly [K in Generic]: (...args: MappedArguments<Parameters<Tee[K]>>) => Promise<ReturnType<Tee[K]>>;
} & {
  TEE_Malloc(size: number, hint: number): Promise<RemoteMemory | null>;
  TEE_Realloc(buffer: RemoteMemory | null, size: number): Promise<RemoteMemory | null>;
  TEE_OpenTASession(
    destination: string,
    timeout: number,
    params: TEE_Params,
  ): Promise<{ readonly session: TEE_TASessionHandle; readonly params: readonly RemoteParam[] }>;
  TEE_InvokeTACommand(
    session: TEE_TASessionHandle,
    timeout: number,
    command: number,
    params: TEE_Params,
  ): Promise<readonly RemoteParam[]>;
  newWords(count: number): Promise<RemoteWords>;
  getMemory(
    memory: RemoteMemory | RemoteWords | RemoteParameter,
    offset: number,
    size: number,
  ): Promise<Uint8Array>;
  setMemory(
    memory: RemoteMemory | RemoteWords | RemoteParameter,
    offset: number,
    bytes: Uint8Array,
  ): Promise<void>;
  fault(kind: number): Promise<unknown>;
  /** A handle the TEE never gave out; fits wherever a handle does. */
  forgeHandle(): Promise<never>;
  /** One program of several calls: the results, the last one may be a failure. */
  program(calls: readonly RemoteCall[]): Promise<RemoteResult[]>;
};

/** Parameter 2 or 3 of the command the calls travel in. */
export const ownParameter = (parameter: 2 | 3): RemoteParameter => ({ parameter });
/** A call for {@link RemoteTee.program}. */
export const call = (name: RemoteFunctionName, ...args: readonly unknown[]): RemoteCall => ({
  function: REMOTE_FUNCTIONS[name],
  args: args.map(toWire),
});

function toWire(value: unknown): RemoteValue {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object') return value as RemoteValue;
  if (Array.isArray(value)) {
    const first: unknown = value[0];
    if (typeof first === 'object' && first !== null && 'type' in first)
      return { params: value as RemoteParam[] };
    return { attributes: value as RemoteAttribute[] };
  }
  if ('seconds' in value && 'millis' in value)
    return { record: [Number(value.seconds), Number(value.millis)] };
  return value as RemoteValue;
}

const fields = (
  names: readonly string[] | undefined,
  value: RemoteValue | undefined,
): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || !('record' in value)) {
    throw new ConformanceFailure('the conformance TA answers no structure where one is due');
  }
  return Object.fromEntries((names ?? []).map((name, i) => [name, value.record[i]]));
};

function fromWire(name: RemoteFunctionName, value: RemoteValue): unknown {
  const list = (item: RemoteValue | undefined): readonly RemoteValue[] =>
    typeof item === 'object' && item !== null && 'record' in item ? item.record : [];
  if (name === 'TEE_GetNextPersistentObject') {
    const [info, objectID] = list(value);
    return { objectInfo: fields(REMOTE_RECORDS.TEE_GetObjectInfo1, info), objectID };
  }
  if (name === 'TEE_GetOperationInfoMultiple') {
    const names = REMOTE_RECORDS.TEE_GetOperationInfo ?? [];
    const [operationState, keys] = list(value).slice(names.length);
    const keyInformation = list(keys).map((key) => fields(['keySize', 'requiredKeyUsage'], key));
    return { ...fields(names, value), operationState, keyInformation };
  }
  if (name === 'TEE_OpenTASession' || name === 'TEE_InvokeTACommand') {
    const [session, params] = list(value);
    const given = typeof params === 'object' && params !== null && 'params' in params ? params.params : [];
    return name === 'TEE_InvokeTACommand' ? given : { session, params: given };
  }
  const names = REMOTE_RECORDS[name];
  return names === undefined ? value : fields(names, value);
}

export interface RemoteOptions {
  /** Room for the answer in bytes. */
  readonly answerBytes?: number;
  /** What goes along as parameters 2 and 3. */
  readonly params?: readonly TeecParameter[];
  readonly cancellation?: AbortSignal;
}

/** The internal API of the conformance TA behind `session`. Each call is one command. */
export function remoteTee(session: TeecSession, options: RemoteOptions = {}): RemoteTee {
  const program = async (calls: readonly RemoteCall[]): Promise<RemoteResult[]> => {
    const answer = await session.invokeCommand(CONFORMANCE_COMMANDS.CALL, {
      params: [
        teecParam.tempInput(encodeProgram(calls)),
        teecParam.tempOutput(options.answerBytes ?? ANSWER_BYTES),
        ...(options.params ?? []),
      ],
      ...(options.cancellation === undefined ? {} : { cancellation: options.cancellation }),
    });
    return decodeAnswer(outputBytes(answer, 1) ?? new Uint8Array(0));
  };
  const one = async (number: number, args: readonly unknown[], name: string): Promise<RemoteValue> => {
    const [result] = await program([{ function: number, args: args.map(toWire) }]);
    if (result === undefined) throw new ConformanceFailure(`${name}: the conformance TA answers nothing`);
    if (result.result !== 0) throw new RemoteFailure(name, result);
    return result.value;
  };
  const functions = Object.fromEntries(
    Object.entries(REMOTE_FUNCTIONS).map(([name, number]) => [
      name,
      async (...args: unknown[]) => fromWire(name as RemoteFunctionName, await one(number, args, name)),
    ]),
  );
  const helper =
    (name: keyof typeof REMOTE_HELPERS) =>
    (...args: unknown[]): Promise<RemoteValue> =>
      one(REMOTE_HELPERS[name], args, name);
  return {
    ...functions,
    newWords: helper('NEW_WORDS'),
    getMemory: helper('GET_MEMORY'),
    setMemory: helper('SET_MEMORY'),
    fault: helper('FAULT'),
    forgeHandle: helper('FORGE_HANDLE'),
    program,
  } as unknown as RemoteTee;
}

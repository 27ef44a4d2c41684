import {
  decodeProgram,
  encodeAnswer,
  type RemoteCall,
  RemoteFormatError,
  type RemoteParam,
  type RemoteResult,
  type RemoteValue,
} from '../../spec/v1/conformance-call.ts';
import {
  REMOTE_FUNCTIONS,
  REMOTE_HELPERS,
  REMOTE_RECORDS,
  type RemoteFunctionName,
} from '../../spec/v1/conformance-ta.ts';
import type { TEE_Param, TEE_Params, Tee } from '../../ta/index.ts';

const NAMES: ReadonlyMap<number, RemoteFunctionName> = new Map(
  Object.entries(REMOTE_FUNCTIONS).map(([name, number]) => [number, name as RemoteFunctionName]),
);

/** What frees a handle, and which function of the API takes it out of use. */
const RELEASES: Readonly<Record<string, RemoteFunctionName>> = {
  object: 'TEE_CloseObject',
  operation: 'TEE_FreeOperation',
  session: 'TEE_CloseTASession',
  'object-enumerator': 'TEE_FreePersistentObjectEnumerator',
  'property-enumerator': 'TEE_FreePropertyEnumerator',
  memory: 'TEE_Free',
};
const ENDS: ReadonlySet<string> = new Set([
  ...Object.values(RELEASES),
  'TEE_FreeTransientObject',
  'TEE_CloseAndDeletePersistentObject1',
  'TEE_Realloc',
]);

interface Entry {
  readonly value: unknown;
  readonly release: RemoteFunctionName | undefined;
  live: boolean;
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The result of a failed call; anything that is no error of the API is a panic and goes on. */
function resultOf(error: unknown): Omit<RemoteResult, 'value'> {
  const result = field(error, 'result');
  if (field(error, 'name') !== 'TeeError' || typeof result !== 'number') throw error;
  const number = (name: string): number => {
    const value = field(error, name);
    return typeof value === 'number' ? value : 0;
  };
  return { result, required: number('required'), origin: number('origin') };
}

/** Runs the programs of one session and keeps the handles they get. */
export class Machine {
  readonly #tee: Tee;
  readonly #handles: Entry[] = [];

  constructor(tee: Tee) {
    this.#tee = tee;
  }

  run(program: Uint8Array, own: TEE_Params): Uint8Array {
    let calls: RemoteCall[];
    try {
      calls = decodeProgram(program);
    } catch (error) {
      if (error instanceof RemoteFormatError) throw this.#tee.error('BAD_FORMAT');
      throw error;
    }
    const results: RemoteResult[] = [];
    const values: unknown[] = [];
    for (const call of calls) {
      const given = call.args.map((value) => this.#argument(value, values, own));
      const params = given.find((value): value is TEE_Param[] => Array.isArray(value) && isParams(value));
      try {
        const value = this.#call(call.function, given);
        // An attribute is used in a list; a list of it is what a later call can refer to.
        values.push(field(value, 'attributeID') === undefined ? value : [value]);
        const wire = this.#wire(call.function, value);
        results.push({
          result: 0,
          required: 0,
          origin: 0,
          value: params === undefined ? wire : { record: [wire, { params: params.map(wireParam) }] },
        });
      } catch (error) {
        const failure = resultOf(error);
        const value = params === undefined ? null : { params: params.map(wireParam) };
        results.push({ ...failure, value });
        break;
      }
    }
    return encodeAnswer(results);
  }

  /** Frees what the session's programs left. */
  release(): void {
    for (const entry of this.#handles.splice(0).reverse()) {
      if (entry.live && entry.release !== undefined) {
        Reflect.apply(this.#tee[entry.release], this.#tee, [entry.value]);
      }
    }
  }

  #call(number: number, args: readonly unknown[]): unknown {
    const name = NAMES.get(number);
    if (name === undefined) return this.#help(number, args);
    if (ENDS.has(name)) {
      const entry = this.#handles.find((item) => item.live && item.value === args[0]);
      if (entry !== undefined && name !== 'TEE_Realloc') entry.live = false;
      const result = Reflect.apply(this.#tee[name], this.#tee, args);
      if (entry !== undefined && result !== undefined && result !== null) entry.live = false;
      return result;
    }
    return Reflect.apply(this.#tee[name], this.#tee, args);
  }

  #help(number: number, args: readonly unknown[]): unknown {
    const [memory, offset, third] = args;
    switch (number) {
      case REMOTE_HELPERS.NEW_WORDS:
        return new Uint32Array(Number(memory)).fill(0xffffffff);
      case REMOTE_HELPERS.GET_MEMORY: {
        const bytes = this.#bytes(memory);
        return bytes.slice(Number(offset), Number(offset) + Number(third));
      }
      case REMOTE_HELPERS.SET_MEMORY:
        return this.#bytes(memory).set(third as Uint8Array, Number(offset));
      case REMOTE_HELPERS.FAULT:
        return fault(Number(memory));
      case REMOTE_HELPERS.FORGE_HANDLE:
        return { kind: 'forged' };
      default:
        throw this.#tee.error('NOT_SUPPORTED');
    }
  }

  #bytes(value: unknown): Uint8Array {
    if (value instanceof Uint32Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (value instanceof Uint8Array) return value;
    throw this.#tee.error('BAD_PARAMETERS');
  }

  #of(handle: number): unknown {
    const entry = this.#handles[handle];
    if (entry === undefined) throw this.#tee.error('BAD_FORMAT');
    return entry.value;
  }

  #argument(value: RemoteValue, values: readonly unknown[], own: TEE_Params): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    if ('handle' in value) return this.#of(value.handle);
    if ('result' in value) return values[value.result];
    if ('parameter' in value) {
      const param = own[value.parameter];
      if (param.type < 5) throw this.#tee.error('BAD_PARAMETERS');
      return field(param, 'buffer');
    }
    if ('attributes' in value) {
      return value.attributes.map((attribute) =>
        'memory' in attribute
          ? { attributeID: attribute.attributeID, content: this.#of(attribute.memory.handle) }
          : attribute,
      );
    }
    if ('params' in value) return value.params.map((param) => ({ ...param }));
    // The one structure that goes in is TEE_Time.
    const [seconds, millis] = value.record;
    return { seconds, millis };
  }

  #keep(value: unknown, release: RemoteFunctionName | undefined): RemoteValue {
    const known = this.#handles.findIndex((entry) => entry.live && entry.value === value);
    if (known >= 0) return { handle: known };
    return { handle: this.#handles.push({ value, release, live: true }) - 1 };
  }

  #wire(number: number, value: unknown): RemoteValue {
    const name = NAMES.get(number);
    if (value === undefined || value === null) return null;
    if (value instanceof Uint32Array) return this.#keep(value, undefined);
    if (value instanceof Uint8Array) {
      const memory = name === 'TEE_Malloc' || name === 'TEE_Realloc';
      return memory ? this.#keep(value, 'TEE_Free') : value.slice();
    }
    if (typeof value !== 'object') return value as RemoteValue;
    const fields = name === undefined ? undefined : REMOTE_RECORDS[name];
    if (fields !== undefined) return { record: fields.map((key) => field(value, key) as RemoteValue) };
    if (name === 'TEE_GetNextPersistentObject') {
      const info = field(value, 'objectInfo');
      const record = (REMOTE_RECORDS.TEE_GetObjectInfo1 ?? []).map((key) => field(info, key) as RemoteValue);
      return { record: [{ record }, field(value, 'objectID') as Uint8Array] };
    }
    if (name === 'TEE_GetOperationInfoMultiple') {
      const keys = field(value, 'keyInformation') as readonly { keySize: number; requiredKeyUsage: number }[];
      const base = REMOTE_RECORDS.TEE_GetOperationInfo ?? [];
      return {
        record: [
          ...base.map((key) => field(value, key) as RemoteValue),
          field(value, 'operationState') as number,
          { record: keys.map((key) => ({ record: [key.keySize, key.requiredKeyUsage] })) },
        ],
      };
    }
    if (name === 'TEE_InitRefAttribute' || name === 'TEE_InitValueAttribute') {
      return { attributes: [value as never] };
    }
    return this.#keep(value, RELEASES[String(field(value, 'kind'))]);
  }
}

const isParams = (value: readonly unknown[]): boolean => field(value[0], 'type') !== undefined;

function wireParam(param: TEE_Param): RemoteParam {
  if (param.type === 0) return { type: 0 };
  if ('a' in param) return { type: param.type, a: param.a, b: param.b };
  const given = param.type === 5 ? new Uint8Array(0) : param.buffer.slice(0, param.size);
  return { type: param.type, size: param.size, buffer: given };
}

function fault(kind: number): unknown {
  const nothing = undefined as unknown as { readonly read: () => unknown };
  if (kind === 0) return nothing.read;
  if (kind === 1) return (nothing as unknown as () => unknown)();
  const recurse = (depth: number): number => recurse(depth + 1) + 1;
  return recurse(0);
}
